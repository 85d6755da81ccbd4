"""An argument parser that names similar options, and prints to closed or narrow outputs."""

import argparse
import re
import sys
from collections.abc import Collection, Sequence
from typing import Any, NoReturn

from dream_engine.cli.help_format import HelpFormatter
from dream_engine.cli.output import print_error, print_line
from dream_engine.suggestions import did_you_mean, similar, unknown_name

_ABOUT_ARGUMENT = re.compile(r"argument (?:\S+/)?(\S+): (.*)", re.DOTALL)
"""How argparse words an error about an argument."""


class ArgumentParser(argparse.ArgumentParser):
    """Reports each error in one line, and suggests options for those that do not exist.

    Args:
        checked: The destinations of arguments whose choices are checked here. Other choices only serve the
            shell's completion, because the settings check them.
        **options: The options of the base class.
    """

    def __init__(self, checked: Collection[str] = (), **options: Any) -> None:
        super().__init__(allow_abbrev=False, add_help=False, formatter_class=HelpFormatter, **options)
        self._checked = frozenset(checked)

    @property
    def actions(self) -> Sequence[argparse.Action]:
        """All arguments and options."""
        return self._actions

    def parse_args(  # type: ignore[override] # the base class is overloaded for other namespaces
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> argparse.Namespace:
        """Parse arguments. An option that does not exist ends the program before any value is read."""
        words = sys.argv[1:] if args is None else list(args)
        self._check_options(words)
        return super().parse_args(words, namespace)

    def error(self, message: str) -> NoReturn:
        """Print the error in one line, and exit with status 2."""
        if found := _ABOUT_ARGUMENT.fullmatch(message):
            option, problem = found.groups()
            if problem.startswith("expected"):
                problem = "needs a value"
            message = f"{option} {problem.replace('not allowed with argument', 'is not allowed with')}."
        print_error(message)
        self.exit(2)

    def _check_options(self, words: Sequence[str]) -> None:
        names = self._option_string_actions
        for word in words:
            if word == "--":
                return
            if not word.startswith("-") or word == "-" or " " in word or _is_number(word):
                continue
            name = word.partition("=")[0]
            if name.startswith("--"):
                is_known = name in names
            else:  # -force is --force with a hyphen too few, and not -f -o rce
                is_known = word[:2] in names and f"-{name}" not in names
            if not is_known:
                self.error(self._unknown(name))

    def _unknown(self, name: str) -> str:
        known = [option for option in self._option_string_actions if option.startswith("--")]
        hint = did_you_mean(similar(name, known))
        return f"There is no option {name}{f'; {hint}' if hint else '. dream --help lists all options.'}"

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.dest in self._checked and action.choices is not None and value not in action.choices:
            raise unknown_name(action.option_strings[-1].lstrip("-"), str(value), action.choices)

    def _print_message(self, message: str, file: Any = None) -> None:
        if message and file is not None and file is sys.stdout:
            print_line(message.removesuffix("\n"))
        else:
            super()._print_message(message, file)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
