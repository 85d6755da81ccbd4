"""The options that every benchmark's command line has."""

import argparse
from collections.abc import Callable, Collection


def add_choosing(parser: argparse.ArgumentParser, known: Collection[str]) -> None:
    """Let some of the known measurements be chosen, or none, to write what was measured before."""
    parser.add_argument(
        "--only", type=_names_in(known), metavar="NAME,NAME", help=f"measure only some of {', '.join(known)}"
    )
    parser.add_argument(
        "--write-docs", action="store_true", help="measure nothing, write the page from the results"
    )


def _names_in(known: Collection[str]) -> Callable[[str], list[str]]:
    def names(words: str) -> list[str]:
        chosen = words.split(",")
        for name in chosen:
            if name not in known:
                raise argparse.ArgumentTypeError(f"{name} is none of {', '.join(known)}")
        return chosen

    return names
