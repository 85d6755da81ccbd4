"""Command-line options that all benchmarks share."""

import argparse
from collections.abc import Callable, Collection


def add_choosing(parser: argparse.ArgumentParser, known: Collection[str]) -> None:
    """Add the options that choose measurements, or skip all and only write the docs."""
    parser.add_argument(
        "--only",
        type=_names_in(known),
        metavar="NAME,NAME",
        help=f"measure only these, of {', '.join(known)}",
    )
    parser.add_argument(
        "--write-docs", action="store_true", help="write the page from the stored results, without measuring"
    )


def _names_in(known: Collection[str]) -> Callable[[str], list[str]]:
    def names(words: str) -> list[str]:
        chosen = words.split(",")
        for name in chosen:
            if name not in known:
                raise argparse.ArgumentTypeError(f"unknown: {name}; choose from {', '.join(known)}")
        return chosen

    return names
