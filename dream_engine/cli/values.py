"""Reads the values of single options."""

import argparse
import math
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from dream_engine.cli.streams import STANDARD
from dream_engine.errors import FileError
from dream_engine.settings import MAX_STRENGTH, MIN_STRENGTH

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)

_EXAMPLES = {"--guide": "guide.jpg", "--mask": "mask.png", "--weights": "weights.h5"}
"""File names for the way out of an address, by option."""


def read_from(option: str) -> Callable[[str], Path]:
    """Create the reader of an option that names a file, a folder, or standard input as ``-``.

    Args:
        option: The option, for error messages.

    Returns:
        A function that turns the option's value into a path. It raises a :class:`FileError` for an address
        such as ``https://…``, which is never fetched.
    """

    def read(text: str) -> Path:
        if _ADDRESS.match(text):
            raise FileError(reason=_not_opened(text, option))
        return _path(text)

    return read


def write_to(option: str) -> Callable[[str], Path]:
    """Create the reader of an option that names a file to write, or standard output as ``-``.

    Args:
        option: The option, for error messages.
    """

    def read(text: str) -> Path:
        if _ADDRESS.match(text):
            raise FileError(reason=f"{text} is an address, and {option} takes only files: name a file.")
        return _path(text)

    return read


def _path(text: str) -> Path:
    if text == "-":
        return STANDARD
    path = Path(text)
    return path.absolute() if path == STANDARD else path  # ./- is a file of that name


def _not_opened(address: str, option: str) -> str:
    if address.lower().startswith("file:"):
        return f"{address} is an address: name the file itself, {unquote(urlsplit(address).path)}"
    way_out = f"curl -L {shlex.quote(address)}"
    match option:
        case "INPUT":
            way_out += " | dream - -o dream.png"
        case "--describe":
            way_out += " | dream --describe -"
        case _:
            file = _EXAMPLES[option]
            way_out += f" -o {file}, and then {option} {file}"
    return f"{address} is an address, and dream opens only files: download it first ({way_out})."


def factor(text: str) -> float:
    """Read the factor of the number of iterations. The settings check its bounds."""
    if math.isnan(number := _number(text)):
        bound = f"must be a number from {MIN_STRENGTH} to {MAX_STRENGTH:g}"
        raise argparse.ArgumentTypeError(f"{bound}, not {text!r}")
    return number


def worker_number(text: str) -> int:
    """Read the number of workers."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1, not {text!r}")
    return int(text)


def cores(text: str) -> float:
    """Read a number of processor cores."""
    if not (number := _number(text)) > 0.0:
        raise argparse.ArgumentTypeError(f"must be a number above 0, not {text!r}")
    return number


def gpus(text: str) -> float:
    """Read a number of GPUs, or a share of one."""
    if not (0.0 <= (number := _number(text)) <= 1.0 or number.is_integer()):
        raise argparse.ArgumentTypeError(f"must be a number from 0 to 1, or a whole number, not {text!r}")
    return number


def _number(text: str) -> float:
    """Parse a finite number; NaN if the text is not one."""
    try:
        number = float(text)
    except ValueError:
        return math.nan
    return number if math.isfinite(number) else math.nan


def none_or_text(text: str) -> str | None:
    """Convert "none" to ``None``. The settings themselves parse numbers and report invalid ones."""
    return None if text.lower() == "none" else text


def weighted(text: str) -> tuple[str, str]:
    """Read a name and its weight, which is 1 if it is left out."""
    name, _, weight = text.partition("=")
    return name, weight or "1"


def channels(text: str) -> tuple[str, ...]:
    """Read numbers of channels."""
    return tuple(channel.strip() for channel in text.split(","))
