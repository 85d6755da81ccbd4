"""Builds the parser of the ``dream`` command. The declarations of the settings give most of its options."""

import argparse
from collections.abc import Iterable
from typing import Any

from pydantic.fields import FieldInfo

import dream_engine
from dream_engine import backbones, image_classes, presets
from dream_engine.bounds import bounds, choices_of, type_of
from dream_engine.cli.formats import FORMAT_NAMES
from dream_engine.cli.help_format import described, in_words
from dream_engine.cli.parser import ArgumentParser
from dream_engine.cli.values import (
    channels,
    cores,
    factor,
    gpus,
    none_or_text,
    read_from,
    weighted,
    worker_number,
    write_to,
)
from dream_engine.motion.settings import MotionSettings
from dream_engine.precision import PRECISIONS
from dream_engine.settings import MAX_STRENGTH, MIN_STRENGTH, DreamSettings
from dream_engine.suggestions import either

SHELLS = ("bash", "zsh", "fish", "tcsh", "powershell")
"""The shells for which shtab writes completions."""

LOOK = (
    *("backbone", "layers", "channels", "strongest", "classes", "guide", "mask", "keep_colour", "smoothing"),
    *("colour_decorrelation", "frequency_emphasis", "soft_range", "seed"),
)
SIZE_AND_QUALITY = (
    *("size", "octaves", "octave_scale", "iterations", "step_size", "max_loss", "jitter", "scale_jitter"),
    *("clip", "detail", "tile"),
)
"""The settings in the help's groups, in order; together, they are all of them."""

_EPILOG = """\
examples:
  dream cat.jpg -o cat-dream.png --preset eyes
  dream cat.jpg -o cat-dream.png --of jellyfish --size 1024
  dream photos/ -o dreams/ --format webp
  dream cat.jpg -o loop.gif --motion zoom
  curl -L https://example.com/cat.jpg | dream - -o - > cat-dream.jpg

The exit status is 0 if all went well, 2 for a wrong argument or file, 1 for any other failure, and 130 \
after Ctrl-C.
"""


def build_parser() -> ArgumentParser:
    """Build the parser of the ``dream`` command."""
    parser = ArgumentParser(
        checked=("file_format", "precision", "print_completion"),
        prog="dream",
        usage="dream INPUT... -o OUTPUT [OPTION...]\ndream --describe FILE\ndream --list-presets",
        description="Turn pictures into DeepDreams by maximising the activations of a neural network.",
        epilog=_EPILOG,
    )
    _add_files(parser.add_argument_group("input and output"))
    preset = f"Settings override the preset's; the defaults shown are those of {presets.DEFAULT}."
    _add_look(parser.add_argument_group("look", preset))
    _add_settings(parser.add_argument_group("size and quality", preset), SIZE_AND_QUALITY)
    _add_motion(parser.add_argument_group("motion"))
    _add_machine(parser.add_argument_group("machine"))
    _add_information(parser.add_argument_group("information"))
    return parser


def _add_files(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "inputs",
        metavar="INPUT",
        nargs="*",
        type=read_from("INPUT"),
        help="A picture, an animation or a video of any common format, a folder of them, or - for standard "
        "input.",
    )
    group.add_argument(
        "-o",
        "--output",
        metavar="OUTPUT",
        type=write_to("--output"),
        help="The file to write, which is replaced if it exists. Its ending sets the format: .png, .jpg or "
        ".webp; for a motion .webp, .gif, .avif, .apng, .mp4 or .webm. A folder for several pictures, or - "
        "for standard output.",
    )
    group.add_argument(
        "--format",
        dest="file_format",
        metavar="FORMAT",
        choices=FORMAT_NAMES,
        help=described(
            "The format of dreams in a folder, as far as it can hold them, or on standard output.",
            f"one of {', '.join(FORMAT_NAMES)}",
            "in a folder png, and webp for motions; on standard output the source's",
        ),
    )
    group.add_argument(
        "-f",
        "--force",
        action="store_true",
        help="Dream again what a folder has already, and let a dream replace its own source.",
    )
    group.add_argument(
        "--report",
        metavar="FILE",
        type=write_to("--report"),
        help="Write settings, losses and times to this file, as JSON; - for standard output.",
    )
    group.add_argument("-q", "--quiet", action="store_true", help="Print nothing but errors.")


def _add_look(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--preset",
        metavar="NAME",
        choices=(*presets.PRESETS, presets.THING),
        help=described(
            "Named settings to start from; --list-presets lists them.",
            default=f"{presets.DEFAULT}, or {presets.THING} with --of",
        ),
    )
    group.add_argument(
        "--strength",
        metavar="NUMBER",
        type=factor,
        default=1.0,
        help=described(
            "Multiply the number of iterations by this.",
            f"a number from {MIN_STRENGTH} to {MAX_STRENGTH:g}",
            "1",
        ),
    )
    _add_settings(group, LOOK)


def _add_settings(group: argparse._ArgumentGroup, names: Iterable[str]) -> None:
    for name in names:
        _add_setting(group, name, DreamSettings.model_fields[name], _DEFAULTS[name])


def _add_motion(group: argparse._ArgumentGroup) -> None:
    for name, field in MotionSettings.model_fields.items():
        _add_setting(group, name, field, field.default)


def _add_setting(group: argparse._ArgumentGroup, name: str, field: FieldInfo, default: Any) -> None:
    """Add the option of a setting. Without the option, parsed arguments do not have the setting's name."""
    flag, special = _SPECIAL_OPTIONS.get(name, (f"--{name.replace('_', '-')}", {}))
    sentence, bound = field.description or "", bounds(field)
    if name in _FILES:
        group.add_argument(flag, metavar="FILE", type=read_from(flag), help=described(sentence))
        return
    if field.annotation is bool:
        help_text = described(sentence, default="on" if default else "off")
        group.add_argument(
            flag, action=argparse.BooleanOptionalAction, default=argparse.SUPPRESS, help=help_text
        )
        return
    choices = backbones.all_backbones() if name == "backbone" else choices_of(field.annotation)
    if name == "backbone":
        bound = f"one of {', '.join(choices)}"
    form: dict[str, Any] = {"metavar": _METAVARS.get(type_of(field.annotation), "NAME"), "type": none_or_text}
    if choices:
        form["choices"] = tuple(choices)
    help_text = described(sentence, bound, in_words(default))
    group.add_argument(flag, dest=name, default=argparse.SUPPRESS, help=help_text, **(form | special))


def _add_machine(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--precision",
        metavar="NAME",
        choices=PRECISIONS,
        help=described(
            "The number format that the network computes in.",
            f"one of {', '.join(PRECISIONS)}",
            "the fastest on this processor",
        ),
    )
    group.add_argument(
        "--weights",
        metavar="FILE",
        type=read_from("--weights"),
        help=described("A weights file for the backbone.", default="the backbone's own weights"),
    )
    group.add_argument(
        "--executor",
        metavar="ADDRESS",
        help=described(
            "Where to dream many pictures: on this machine (local), on the Ray cluster of this machine "
            "(auto), or on the Ray cluster at host:port or ray://host:port.",
            default="this machine",
        ),
    )
    group.add_argument(
        "--workers",
        metavar="N",
        type=worker_number,
        help=described(
            "The most pictures to dream at the same time, each in a worker process.",
            "a whole number from 1",
            "one on each GPU or core, as far as memory suffices",
        ),
    )
    group.add_argument(
        "--cpus",
        metavar="NUMBER",
        type=cores,
        help=described(
            "The processor cores of each worker in the cluster.",
            "a number above 0",
            "1",
        ),
    )
    group.add_argument(
        "--gpus",
        metavar="NUMBER",
        type=gpus,
        help=described(
            "The GPUs of each worker in the cluster; 0.5 is half a GPU.",
            "a number from 0 to 1, or a whole number",
            "1 if the cluster has GPUs",
        ),
    )


def _add_information(group: argparse._ArgumentGroup) -> None:
    chosen = group.add_mutually_exclusive_group()
    chosen.add_argument("-h", "--help", action="help", help="Print this help.")
    chosen.add_argument(
        "--version",
        action="version",
        version=f"dream-bot {dream_engine.__version__}",
        help="Print the version.",
    )
    chosen.add_argument("--list-presets", action="store_true", help="List the presets.")
    chosen.add_argument("--list-backbones", action="store_true", help="List the backbones.")
    chosen.add_argument(
        "--list-layers",
        metavar="BACKBONE",
        choices=tuple(backbones.all_backbones()),
        help="List the layers of a backbone.",
    )
    chosen.add_argument(
        "--list-things",
        metavar="WORD",
        nargs="?",
        const="",
        help="List the things that --of knows, or those whose names contain a word.",
    )
    chosen.add_argument(
        "--describe",
        metavar="FILE",
        type=read_from("--describe"),
        help="Print the settings of a dream, as JSON; - for standard input.",
    )
    chosen.add_argument(
        "--print-completion",
        metavar="SHELL",
        choices=SHELLS,
        help=f"Print a script that completes this command's arguments in {either(SHELLS)}.",
    )


def _completed_things() -> tuple[str, ...]:
    """Return the names of things in a form that needs no quotes in a shell."""
    names = (image_classes.fold(known.name).replace(" ", "-") for known in image_classes.all_classes())
    return tuple(sorted(name for name in names if name.isascii() and "'" not in name))


_DEFAULTS = dict(presets.resolve())
_METAVARS = {int: "N", float: "NUMBER"}
_FILES = ("guide", "mask")
"""The settings that are the hashes of files, which the options name."""

_LAYER_NAMES = tuple(
    dict.fromkeys(layer.name for known in backbones.all_backbones().values() for layer in known.layers)
)

_SPECIAL_OPTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "layers": (
        "--layer",
        {"metavar": "NAME[=NUMBER]", "action": "append", "type": weighted, "choices": _LAYER_NAMES},
    ),
    "classes": (
        "--of",
        {"metavar": "THING[=NUMBER]", "action": "append", "type": weighted, "choices": _completed_things()},
    ),
    "channels": ("--channels", {"metavar": "N[,N...]", "type": channels}),
}
"""The flags and argparse options of settings that are not a single value."""
