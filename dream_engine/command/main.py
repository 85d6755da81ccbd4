"""Runs the ``dream`` command."""

import argparse
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dream_engine import backbones, presets
from dream_engine.command import display, files
from dream_engine.command.arguments import build_parser, read_settings
from dream_engine.command.display import Display
from dream_engine.command.files import Errand, FileError
from dream_engine.command.output import complain, prepare, say
from dream_engine.dreams import Dream, DreamRequest
from dream_engine.errors import (
    DreamError,
    PictureError,
    SettingsError,
    UnsafeWeightsError,
    WeightsMismatchError,
    WeightsNotFoundError,
)
from dream_engine.images import describe

if TYPE_CHECKING:
    from dream_engine.dreamer import Dreamer

DONE, FAILED, WRONG_INPUT, INTERRUPTED = 0, 1, 2, 130

_OF_THE_CALLER = (
    FileError,
    PictureError,
    SettingsError,
    UnsafeWeightsError,
    WeightsMismatchError,
    WeightsNotFoundError,
)
"""What is wrong with the command line or a file on it; any other error is a failure of ours."""


def main(words: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        words: What stands behind ``dream`` on the command line; by default, this process's arguments.

    Returns:
        The exit status: 0 done, 1 a failure, 2 a wrong argument or an unreadable input, 130 interrupted.
    """
    try:
        prepare()
        arguments = build_parser().parse_args(words)
        return DONE if _answer(arguments) else _dream(arguments)
    except DreamError as error:
        return _refuse(error)
    except KeyboardInterrupt:
        complain("stopped")
        return INTERRUPTED
    except Exception as error:
        if os.environ.get("DREAM_DEBUG"):
            raise
        complain(f"a bug, please report it: {type(error).__name__}: {error} (DREAM_DEBUG=1 shows where)")
        return FAILED


def _answer(arguments: argparse.Namespace) -> bool:
    """Answer what was asked in place of a dream, if anything was."""
    if arguments.list_presets:
        _print_table((preset.name, preset.description) for preset in presets.PRESETS.values())
    elif arguments.list_backbones:
        _print_table((known.name, known.description) for known in backbones.all_backbones().values())
    elif arguments.list_layers is not None:
        layers = backbones.get(arguments.list_layers).layers
        _print_table((layer.name, f"{layer.channels} channels") for layer in layers)
    elif arguments.describe is not None:
        say(json.dumps(describe(files.read(arguments.describe)), indent=2))
    else:
        return False
    return True


def _print_table(rows: Iterable[tuple[str, str]]) -> None:
    rows = list(rows)
    width = max(len(name) for name, _ in rows)
    for name, words in rows:
        say(f"{name:{width}}  {words}")


def _dream(arguments: argparse.Namespace) -> int:
    settings = read_settings(arguments)
    errands = files.plan(arguments.inputs, arguments.output, arguments.report)
    guide = files.read(arguments.guide) if arguments.guide else None
    weights = {settings.backbone: arguments.weights} if arguments.weights else {}

    from dream_engine.dreamer import Dreamer  # noqa: PLC0415 - loads TensorFlow; a wrong argument need not wait

    dreamer = Dreamer(weights, precision=arguments.precision)
    reports: dict[str, Mapping[str, Any]] = {}
    status = DONE
    with display.choose(quiet=arguments.quiet) as shown:
        for errand in errands:
            try:
                request = DreamRequest(
                    files.read(errand.source), settings, guide, arguments.preset, errand.file_format
                )
                shown.begin(errand.source.name)
                reports[str(errand.source)] = _run(dreamer, request, errand, shown)
            except (PictureError, FileError) as error:
                if len(errands) == 1:
                    raise
                # One bad picture among many does not keep the others from being dreamed.
                status = _refuse(error, about=None if isinstance(error, FileError) else errand.source)
    if arguments.report:
        report = reports[str(errands[0].source)] if len(errands) == 1 else reports
        files.write(arguments.report, (json.dumps(report, indent=2) + "\n").encode())
    return status


def _run(dreamer: "Dreamer", request: DreamRequest, errand: Errand, shown: Display) -> Mapping[str, Any]:
    for event in dreamer.dream(request):
        if isinstance(event, Dream):
            files.write(errand.output, event.image)
            shown.finish(event, str(errand.output))
            return event.report()
        shown.go_on(event)
    raise AssertionError("a dream ends with a dream")


def _refuse(error: DreamError, about: Path | None = None) -> int:
    complain(f"{about}: {error}" if about else str(error))
    return WRONG_INPUT if isinstance(error, _OF_THE_CALLER) else FAILED
