"""The command line, read from the declarations of the settings."""

import argparse
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import dream_engine
from dream_engine import presets
from dream_engine.cli.output import complain
from dream_engine.precision import PRECISIONS
from dream_engine.settings import MAX_STRENGTH, MIN_STRENGTH, DreamSettings, bounds

LOCAL = "local"
OF_A_CLUSTER = ("workers", "cpus", "gpus")
"""The options that only a cluster knows."""


class _Parser(argparse.ArgumentParser):
    """Complains in one line."""

    def error(self, message: str) -> NoReturn:
        complain(message)
        self.exit(2)


def parse(words: Sequence[str] | None = None) -> argparse.Namespace:
    """The arguments of a command line; of a wrong one, a line on stderr and an end with status 2.

    Args:
        words: What stands behind ``dream``; by default, this process's arguments.
    """
    parser = build_parser()
    arguments = parser.parse_args(words)
    if arguments.executor in (None, LOCAL):
        for name in OF_A_CLUSTER:
            if getattr(arguments, name) is not None:
                parser.error(f"--{name} is about a cluster's workers; name a cluster with --executor.")
    return arguments


def build_parser() -> argparse.ArgumentParser:
    """The parser of the ``dream`` command."""
    parser = _Parser(
        prog="dream",
        description="Dream pictures: what a network saw in millions of photographs grows out of yours.",
        allow_abbrev=False,
        epilog="Example: dream cat.jpg -o cat-dream.png --preset intense",
    )
    parser.add_argument(
        "inputs",
        metavar="INPUT",
        nargs="*",
        type=Path,
        help="a picture of any usual format, or a folder of them",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        help="where the dream goes: a .png, .jpg or .webp, or a folder for several pictures",
    )
    parser.add_argument(
        "--preset", default=presets.DEFAULT, help="named settings to start from (default: %(default)s)"
    )
    parser.add_argument(
        "--strength",
        metavar="FACTOR",
        type=float,
        default=1.0,
        help=f"go so many times as deep as the settings say, from {MIN_STRENGTH} to {MAX_STRENGTH}",
    )
    parser.add_argument(
        "--weights", metavar="FILE", type=Path, help="the backbone's weights, in place of its own"
    )
    parser.add_argument(
        "--precision",
        choices=PRECISIONS,
        help="what the network computes in (default: what this processor is quickest with)",
    )
    parser.add_argument(
        "--report", metavar="FILE.json", type=Path, help="write settings, losses and seconds here"
    )
    parser.add_argument("--quiet", action="store_true", help="say nothing unless something is wrong")
    _add_spreading(parser.add_argument_group("spreading", "dream many pictures side by side"))
    _add_settings(parser.add_argument_group("settings", "each takes the place of the preset's"))
    asking = parser.add_argument_group("asking").add_mutually_exclusive_group()
    asking.add_argument("--list-presets", action="store_true", help="name the presets")
    asking.add_argument("--list-backbones", action="store_true", help="name the backbones")
    asking.add_argument("--list-layers", metavar="BACKBONE", help="name a backbone's layers")
    asking.add_argument("--describe", metavar="FILE", type=Path, help="tell what settings made a dream")
    asking.add_argument("--version", action="version", version=f"dream-bot {dream_engine.__version__}")
    return parser


def read_settings(arguments: argparse.Namespace) -> DreamSettings:
    """The preset's settings, and in their place what was given.

    Raises:
        SettingsError: Something given is out of its bounds.
    """
    given = {name: value for name, value in vars(arguments).items() if name in DreamSettings.model_fields}
    given.pop("guide", None)  # a file here, a hash in the settings
    return presets.resolve(arguments.preset, strength=arguments.strength, **given)


def _add_spreading(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--executor",
        metavar="ADDRESS",
        help="on all devices of this machine (local), or on the Ray cluster that it belongs to (auto) or "
        "that answers at host:port or ray://host:port (default: one after the other, in this process)",
    )
    group.add_argument(
        "--workers",
        metavar="N",
        type=_worker_number,
        help="at most so many in the cluster (default: as many as it has room for)",
    )
    group.add_argument("--cpus", metavar="N", type=_cores, help="processor cores for each of them")
    group.add_argument("--gpus", metavar="N", type=_gpus, help="GPUs for each of them; 0.5 is half of one")


def _worker_number(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1, not {text!r}")
    return int(text)


def _cores(text: str) -> float:
    if not (cores := _number(text)) > 0.0:
        raise argparse.ArgumentTypeError(f"must be a number above 0, not {text!r}")
    return cores


def _gpus(text: str) -> float:
    if not (0.0 <= (gpus := _number(text)) <= 1.0 or gpus.is_integer()):
        raise argparse.ArgumentTypeError(f"must be a number from 0 to 1, or a whole number, not {text!r}")
    return gpus


def _number(text: str) -> float:
    """What a text says, not a number where it says none."""
    try:
        number = float(text)
    except ValueError:
        return math.nan
    return number if math.isfinite(number) else math.nan


def _add_settings(group: argparse._ArgumentGroup) -> None:
    for name, field in DreamSettings.model_fields.items():
        if name in _OWN_FORM:
            flag, form = _OWN_FORM[name]
            group.add_argument(flag, dest=name, help=field.description, **form)
            continue
        flag = f"--{name.replace('_', '-')}"
        words = f"{field.description} [{bounds(field)}]"
        if field.annotation is bool:
            group.add_argument(
                flag, action=argparse.BooleanOptionalAction, default=argparse.SUPPRESS, help=words
            )
        else:
            group.add_argument(flag, type=_none_or_text, default=argparse.SUPPRESS, help=words)


def _none_or_text(text: str) -> str | None:
    """The settings themselves turn texts into numbers, and complain of those that are none."""
    return None if text.lower() == "none" else text


def _layer(text: str) -> tuple[str, str]:
    name, _, weight = text.partition("=")
    return name, weight or "1"


def _channels(text: str) -> tuple[str, ...]:
    return tuple(channel.strip() for channel in text.split(","))


_OWN_FORM: dict[str, tuple[str, dict[str, Any]]] = {
    "layers": (
        "--layer",
        {"metavar": "NAME=WEIGHT", "action": "append", "type": _layer, "default": argparse.SUPPRESS},
    ),
    "channels": ("--channels", {"metavar": "N,N,…", "type": _channels, "default": argparse.SUPPRESS}),
    "guide": ("--guide", {"metavar": "FILE", "type": Path}),
}
"""How settings that are no single word are given."""
