"""Runs the ``dream`` command."""

import argparse
import asyncio
import json
import os
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from dream_engine import backbones, presets
from dream_engine.cli import batch_display, display, files
from dream_engine.cli.arguments import parse, read_settings
from dream_engine.cli.batch_runner import BatchRunner
from dream_engine.cli.display import Display
from dream_engine.cli.executors import executor_for
from dream_engine.cli.files import FileError, FileTask
from dream_engine.cli.output import complain, complaining_of_log, prepare, say
from dream_engine.cli.results import (
    DONE,
    FAILED,
    INTERRUPTED,
    Results,
    bug,
    refuse,
)
from dream_engine.dreams import Dream, DreamRequest
from dream_engine.errors import DreamError, PictureError
from dream_engine.executors.base import DreamCrashedError, ExecutorError
from dream_engine.images import describe

if TYPE_CHECKING:
    from dream_engine.compute.dreamer import Dreamer


def main(words: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        words: What stands behind ``dream`` on the command line; by default, this process's arguments.

    Returns:
        The exit status: 0 done, 1 a failure, 2 a wrong argument or an unreadable input, 130 interrupted.
    """
    try:
        prepare()
        arguments = parse(words)
        return DONE if _answer(arguments) else _dream(arguments)
    except (DreamError, ExecutorError) as error:
        return refuse(error)
    except KeyboardInterrupt:
        complain("stopped")
        return INTERRUPTED
    except Exception as error:
        if os.environ.get("DREAM_DEBUG"):
            raise
        complain(bug(f"{type(error).__name__}: {error}"))
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
    alone = files.are_one_picture(arguments.inputs)
    results = Results(errands, alone=alone)

    def request_for(errand: FileTask) -> DreamRequest:
        return DreamRequest(errand.read(), settings, guide, arguments.preset, errand.file_format)

    if arguments.executor is None:
        from dream_engine.compute.dreamer import Dreamer  # noqa: PLC0415 - loads TensorFlow; a wrong argument need not wait

        weights = {settings.backbone: arguments.weights} if arguments.weights else {}
        dreamer = Dreamer(weights, precision=arguments.precision)
        with display.choose(quiet=arguments.quiet) as shown:
            for errand in errands:
                _dream_here(dreamer, errand, request_for, shown, results)
    else:
        executor = executor_for(arguments, settings, len(errands))
        choose = display.choose if alone else partial(batch_display.choose, len(errands))
        with choose(quiet=arguments.quiet) as shown, complaining_of_log():
            asyncio.run(BatchRunner(executor, request_for, shown, results).run(errands))
    if arguments.report:
        results.write_report(arguments.report)
    return results.status


def _dream_here(
    dreamer: "Dreamer",
    errand: FileTask,
    request_for: Callable[[FileTask], DreamRequest],
    shown: Display,
    results: Results,
) -> None:
    try:
        request = request_for(errand)
        shown.begin(errand)
        for event in dreamer.dream(request):
            if isinstance(event, Dream):
                results.keep(errand, event)
                shown.finish(errand, event)
            else:
                shown.go_on(errand, event)
    except (PictureError, FileError) as error:
        shown.give_up(errand)
        results.refuse(errand, error)
    except DreamError:  # about the settings or the weights, and so about every picture
        raise
    except Exception as error:
        if results.alone:
            raise
        shown.give_up(errand)
        results.refuse(errand, DreamCrashedError(f"{type(error).__name__}: {error}"))
