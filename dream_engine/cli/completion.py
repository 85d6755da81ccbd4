"""Writes the scripts with which shells complete the command's arguments."""

from typing import Any

import shtab

from dream_engine.cli.options import build_parser

_FILES = ("INPUT", "OUTPUT", "FILE")
"""The names of the values that are files or folders, in the help."""


def completion_script(shell: str) -> str:
    """Return the script for a shell.

    Args:
        shell: One of :data:`~dream_engine.cli.options.SHELLS`.
    """
    parser = build_parser()
    action: Any  # shtab reads an attribute of actions that argparse does not declare
    for action in parser.actions:
        if action.metavar in _FILES:
            action.complete = shtab.FILE
    return shtab.complete(parser, shell)
