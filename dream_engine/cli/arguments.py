"""Parses the command line, and reads the settings from it."""

import argparse
from collections.abc import Sequence

from dream_engine import presets
from dream_engine.cli.options import build_parser
from dream_engine.errors import SettingsError
from dream_engine.motion.settings import MotionSettings
from dream_engine.settings import DreamSettings

LOCAL = "local"
CLUSTER_OPTIONS = ("cpus", "gpus")
"""The options that apply only to a cluster."""


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse a command line. A wrong one prints a line to stderr and exits with status 2.

    Args:
        argv: The arguments after ``dream``; by default, this process's arguments.

    Raises:
        FileError: An address is given in place of a file.
        SettingsError: A name is not among those that an option knows.
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


def read_motion(arguments: argparse.Namespace) -> MotionSettings:
    """Read the settings of the motion.

    Raises:
        SettingsError: An option is out of bounds.
    """
    return MotionSettings(
        **{name: value for name, value in vars(arguments).items() if name in MotionSettings.model_fields}
    )
