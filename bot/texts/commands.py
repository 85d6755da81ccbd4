"""How sentences name commands: as mentions that can be clicked, or as people type them."""

import re
from collections.abc import Callable, Mapping
from typing import Any

_START, _END = "\ue000", "\ue001"
"""They enclose a command's name in a formatted text; Unicode leaves these characters to applications."""
_MARKED = re.compile(f"{_START}([^{_START}{_END}]*){_END}")


def mark(name: Any) -> str:
    """Mark a command's English name, such as ``dream-admin resume``: the Fluent function ``COMMAND``."""
    return f"{_START}{name}{_END}"


def name_commands(text: str, find: Callable[[str], str | None], ids: Mapping[str, int]) -> str:
    """Replace the marked names in a formatted text.

    Args:
        text: The formatted text.
        find: Returns a message of the text's language.
        ids: The ids of the registered commands, by their English names. A subcommand has its group's id.

    Returns:
        The text with ``</dream:1>`` where the id is known, and otherwise with the name in its language.
    """

    def named(match: re.Match[str]) -> str:
        name = match[1]
        command, _, subcommand = name.partition(" ")
        if number := ids.get(command):
            return f"</{name}:{number}>"
        words = [find(f"command-{command}") or command]
        if subcommand:
            group = command.removeprefix("dream-")
            words.append(find(f"{group}-{subcommand}") or subcommand)
        return f"`/{' '.join(words)}`"

    return _MARKED.sub(named, text)
