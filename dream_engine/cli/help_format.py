"""Formats ``dream --help`` for any width, alike in every version of Python."""

import argparse
import shutil
import textwrap
from collections.abc import Iterable
from typing import Any

_WIDEST = 100
"""The most columns: longer lines are harder to read."""

_HELP_POSITION = 26


class HelpFormatter(argparse.HelpFormatter):
    """Formats help for the terminal's width, or for the variable ``COLUMNS``.

    Words such as ``--list-things`` are never broken, and an option with several names shows its value once.
    """

    def __init__(self, prog: str, **options: Any) -> None:
        columns = min(shutil.get_terminal_size().columns, _WIDEST)
        super().__init__(prog, max_help_position=_HELP_POSITION, width=columns - 1, **options)

    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[Any],
        prefix: str | None = None,
    ) -> None:
        """Add the usage, whose lines are wrapped."""
        del actions, groups, prefix
        if usage is not None:
            self._add_item(self._wrapped_usage, [usage])

    def _wrapped_usage(self, usage: str) -> str:
        start = "usage: "
        lines: list[str] = []
        for line in usage.splitlines():
            lines += self._wrap(line, indent=4, width=self._width - len(start))
        return start + f"\n{' ' * len(start)}".join(lines) + "\n\n"

    def _split_lines(self, text: str, width: int) -> list[str]:
        return self._wrap(text, width=width)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        lines: list[str] = []
        for line in text.splitlines():
            is_example = line.startswith(" ")
            wrapped = self._wrap(line, indent=6 if is_example else 0, width=width, keep=is_example)
            lines += wrapped or [""]
        return "\n".join(indent + line for line in lines)

    def _format_action_invocation(self, action: argparse.Action) -> str:
        if not action.option_strings:
            return str(action.metavar)
        names = ", ".join(action.option_strings)
        if action.nargs == 0:
            return names
        value = f"[{action.metavar}]" if action.nargs == "?" else str(action.metavar)
        return f"{names} {value}"

    def _format_action(self, action: argparse.Action) -> str:
        lines: list[str] = []
        for line in super()._format_action(action).splitlines():
            lines += self._wrap(line, indent=6, width=self._width, keep=True)
        return "".join(f"{line}\n" for line in lines)

    @staticmethod
    def _wrap(text: str, *, width: int, indent: int = 0, keep: bool = False) -> list[str]:
        """Break a line between words.

        Args:
            text: The line.
            width: In columns.
            indent: The indent of the lines that follow the first.
            keep: Keep the spaces in the line, and leave it alone if it is short enough.
        """
        if keep and len(text) <= width:
            return [text]
        return textwrap.wrap(
            text if keep else " ".join(text.split()),
            max(width, indent + 1),
            subsequent_indent=" " * indent,
            break_long_words=False,
            break_on_hyphens=False,
        )


def described(sentence: str, bound: str = "", default: str = "") -> str:
    """Append the bounds and the default to the description of an option.

    Args:
        sentence: The description.
        bound: What the value may be.
        default: The value without the option.
    """
    facts = "; ".join(filter(None, (bound, default and f"default: {default}")))
    return f"{sentence} ({facts})".replace("%", "%%") if facts else sentence.replace("%", "%%")


def in_words(value: Any) -> str:
    """Format a default for the help."""
    if value in (None, ()):
        return "none"
    if isinstance(value, tuple):
        return ", ".join(f"{name}={weight:g}" for name, weight in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
