"""Parses the command line, with options generated from the declarations of the settings."""

import argparse
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import dream_engine
from dream_engine import presets
from dream_engine.bounds import bounds
from dream_engine.cli.output import print_error
from dream_engine.errors import SettingsError
from dream_engine.motion.settings import MotionSettings
from dream_engine.precision import PRECISIONS
from dream_engine.settings import MAX_STRENGTH, MIN_STRENGTH, DreamSettings

LOCAL = "local"
CLUSTER_OPTIONS = ("workers", "cpus", "gpus")
"""The options that apply only to a cluster."""


class _Parser(argparse.ArgumentParser):
    """An argument parser that reports errors in one line."""

    def error(self, message: str) -> NoReturn:
        print_error(message)
        self.exit(2)


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse a command line. A wrong one prints a line to stderr and exits with status 2.

    Args:
        argv: The arguments after ``dream``; by default, this process's arguments.
    """
    parser = build_parser()
    arguments = parser.parse_args(argv)
    if arguments.preset is None:
        arguments.preset = presets.default_name(getattr(arguments, "classes", ()))
    if arguments.executor in (None, LOCAL):
        for name in CLUSTER_OPTIONS:
            if getattr(arguments, name) is not None:
                parser.error(f"--{name} is about a cluster's workers; name a cluster with --executor.")
    return arguments


def build_parser() -> argparse.ArgumentParser:
    """Build the parser of the ``dream`` command."""
    parser = _Parser(
        prog="dream",
        description="Turn pictures into DeepDreams by maximising the activations of a neural network.",
        allow_abbrev=False,
        epilog="Examples: dream cat.jpg -o cat-dream.png --preset intense; dream cat.jpg --of jellyfish",
    )
    parser.add_argument(
        "inputs",
        metavar="INPUT",
        nargs="*",
        type=Path,
        help="a picture, an animation or a video of any common format, or a folder of them",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        help="the output file (.png, .jpg or .webp; for a motion .webp, .gif, .avif, .apng, .mp4 or .webm), "
        "or a folder for several pictures",
    )
    parser.add_argument(
        "--preset",
        help=f"named settings to start from (default: {presets.DEFAULT}, or {presets.THING} with --of)",
    )
    parser.add_argument(
        "--strength",
        metavar="FACTOR",
        type=float,
        default=1.0,
        help=f"multiply the number of iterations by this, from {MIN_STRENGTH} to {MAX_STRENGTH}",
    )
    parser.add_argument(
        "--weights", metavar="FILE", type=Path, help="a weights file, instead of the backbone's own weights"
    )
    parser.add_argument(
        "--precision",
        choices=PRECISIONS,
        help="the number format that the network computes in (default: the fastest on this processor)",
    )
    parser.add_argument(
        "--report", metavar="FILE.json", type=Path, help="write settings, losses and times to this file"
    )
    parser.add_argument("--quiet", action="store_true", help="print nothing but errors")
    _add_executor_options(parser.add_argument_group("executor", "dream many pictures in parallel"))
    _add_motion(parser.add_argument_group("motion", "how the dream moves"))
    _add_settings(parser.add_argument_group("settings", "each overrides the preset's"))
    information = parser.add_argument_group("information").add_mutually_exclusive_group()
    information.add_argument("--list-presets", action="store_true", help="list the presets")
    information.add_argument("--list-backbones", action="store_true", help="list the backbones")
    information.add_argument("--list-layers", metavar="BACKBONE", help="list a backbone's layers")
    information.add_argument(
        "--list-things",
        metavar="WORD",
        nargs="?",
        const="",
        help="list the things that --of knows, or those whose names contain a word",
    )
    information.add_argument("--describe", metavar="FILE", type=Path, help="print the settings of a dream")
    information.add_argument("--version", action="version", version=f"dream-bot {dream_engine.__version__}")
    return parser


def read_settings(arguments: argparse.Namespace) -> DreamSettings:
    """Read the settings: the preset's, overridden by options.

    Raises:
        SettingsError: An option is out of bounds.
    """
    given = {name: value for name, value in vars(arguments).items() if name in DreamSettings.model_fields}
    guide = given.pop("guide", None)  # the options are files, and the settings their hashes
    given.pop("mask", None)
    if guide is not None and given.get("classes"):
        raise SettingsError(field="of", bound="left out beside guide", value="given")
    return presets.resolve(arguments.preset, strength=arguments.strength, **given)


def _add_executor_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--executor",
        metavar="ADDRESS",
        help="dream on all devices of this machine (local), on the Ray cluster of this machine (auto), or on "
        "the Ray cluster at host:port or ray://host:port (default: one picture at a time in this process)",
    )
    group.add_argument(
        "--workers",
        metavar="N",
        type=_worker_number,
        help="the most workers in the cluster (default: as many as fit)",
    )
    group.add_argument("--cpus", metavar="N", type=_cores, help="processor cores of each worker")
    group.add_argument("--gpus", metavar="N", type=_gpus, help="GPUs of each worker; 0.5 is half a GPU")


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
    """Parse a finite number; NaN if the text is not one."""
    try:
        number = float(text)
    except ValueError:
        return math.nan
    return number if math.isfinite(number) else math.nan


def _add_settings(group: argparse._ArgumentGroup) -> None:
    for name, field in DreamSettings.model_fields.items():
        if name in _SPECIAL_OPTIONS:
            flag, form = _SPECIAL_OPTIONS[name]
            group.add_argument(flag, dest=name, help=field.description, **form)
            continue
        flag = f"--{name.replace('_', '-')}"
        description = f"{field.description} [{bounds(field)}]"
        if field.annotation is bool:
            group.add_argument(
                flag, action=argparse.BooleanOptionalAction, default=argparse.SUPPRESS, help=description
            )
        else:
            group.add_argument(flag, type=_none_or_text, default=argparse.SUPPRESS, help=description)


def read_motion(arguments: argparse.Namespace) -> MotionSettings:
    """Read the settings of the motion.

    Raises:
        SettingsError: An option is out of bounds.
    """
    return MotionSettings(
        **{name: value for name, value in vars(arguments).items() if name in MotionSettings.model_fields}
    )


def _add_motion(group: argparse._ArgumentGroup) -> None:
    for name, field in MotionSettings.model_fields.items():
        description = f"{field.description} [{bounds(field)}]"
        group.add_argument(f"--{name}", type=_none_or_text, default=argparse.SUPPRESS, help=description)


def _none_or_text(text: str) -> str | None:
    """Convert "none" to ``None``. The settings themselves parse numbers and report invalid ones."""
    return None if text.lower() == "none" else text


def _weighted(text: str) -> tuple[str, str]:
    name, _, weight = text.partition("=")
    return name, weight or "1"


def _channels(text: str) -> tuple[str, ...]:
    return tuple(channel.strip() for channel in text.split(","))


_SPECIAL_OPTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "layers": (
        "--layer",
        {"metavar": "NAME=WEIGHT", "action": "append", "type": _weighted, "default": argparse.SUPPRESS},
    ),
    "classes": (
        "--of",
        {"metavar": "THING[=WEIGHT]", "action": "append", "type": _weighted, "default": argparse.SUPPRESS},
    ),
    "channels": ("--channels", {"metavar": "N,N,…", "type": _channels, "default": argparse.SUPPRESS}),
    "guide": ("--guide", {"metavar": "FILE", "type": Path}),
    "mask": ("--mask", {"metavar": "FILE", "type": Path}),
}
"""The flags and argparse options of settings that are not a single value."""
