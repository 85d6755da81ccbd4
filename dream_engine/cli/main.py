"""Runs the ``dream`` command."""

import argparse
import asyncio
import contextlib
import json
import os
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from dream_engine import backbones, image_classes, presets
from dream_engine.cli import batch_display, display, files
from dream_engine.cli.arguments import parse, read_motion, read_settings
from dream_engine.cli.batch_runner import BatchRunner
from dream_engine.cli.display import Display
from dream_engine.cli.executors import dreams_in_process, executor_for
from dream_engine.cli.files import FileError, FileTask
from dream_engine.cli.motions import RequestReader, run_motion
from dream_engine.cli.output import configure_streams, log_to_stderr, print_error, print_line, print_status
from dream_engine.cli.results import (
    DONE,
    FAILED,
    INTERRUPTED,
    UNREAD,
    Results,
    bug_message,
    report_error,
)
from dream_engine.dreams import Dream, DreamRequest
from dream_engine.errors import AnimationTooLargeError, DreamError, PictureError, VideoMissingError
from dream_engine.executors.base import DreamCrashedError, ExecutorError
from dream_engine.motion.description import describe_animation
from dream_engine.motion.preparation import MotionRequest
from dream_engine.motion.runner import MotionDream
from dream_engine.motion.threads import ThreadedChunks

if TYPE_CHECKING:
    from dream_engine.compute.dreamer import Dreamer


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        argv: The arguments after ``dream``; by default, this process's arguments.

    Returns:
        The exit status: 0 done, 1 failed, 2 a wrong argument or an unreadable input, 130 interrupted, 141
        if the program that reads the output has ended.
    """
    try:
        configure_streams()
        arguments = parse(argv)
        return DONE if _print_information(arguments) else _dream(arguments)
    except (DreamError, ExecutorError) as error:
        return report_error(error)
    except KeyboardInterrupt:
        print_error("stopped")
        return INTERRUPTED
    except BrokenPipeError:
        return UNREAD
    except Exception as error:
        if os.environ.get("DREAM_DEBUG"):
            raise
        print_error(bug_message(f"{type(error).__name__}: {error}"))
        return FAILED


def _print_information(arguments: argparse.Namespace) -> bool:
    """Print the information that an option asks for; returns whether there was such an option."""
    if arguments.list_presets:
        _print_table((preset.name, preset.description) for preset in presets.PRESETS.values())
    elif arguments.list_backbones:
        _print_table((known.name, known.description) for known in backbones.all_backbones().values())
    elif arguments.list_layers is not None:
        layers = backbones.get(arguments.list_layers).layers
        _print_table((layer.name, f"{layer.channels} channels") for layer in layers)
    elif arguments.list_things is not None:
        _print_things(arguments.list_things)
    elif arguments.describe is not None:
        print_line(json.dumps(describe_animation(files.read_clip(arguments.describe)), indent=2))
    elif arguments.print_completion is not None:
        from dream_engine.cli.completion import completion_script  # noqa: PLC0415 - needed for nothing else

        print_line(completion_script(arguments.print_completion))
    else:
        return False
    return True


def _print_things(word: str) -> None:
    """Print the names and aliases of the classes that match a word, the best match first; all if it is empty.

    Raises:
        SettingsError: No class matches. The error suggests names.
    """
    found = [known for known, _ in image_classes.search(word, None)]
    _print_table((known.name, ", ".join(known.aliases)) for known in found or [image_classes.get(word)])


def _print_table(rows: Iterable[tuple[str, str]]) -> None:
    rows = list(rows)
    width = max(len(name) for name, _ in rows)
    for name, text in rows:
        print_line(f"{name:{width}}  {text}".rstrip())


def _dream(arguments: argparse.Namespace) -> int:
    settings, motion = read_settings(arguments), read_motion(arguments)
    companions = [path for path in (arguments.guide, arguments.mask) if path is not None]
    tasks = files.Plan(
        arguments.inputs,
        arguments.output,
        arguments.report,
        motion.motion,
        arguments.file_format,
        arguments.force,
        companions,
    ).tasks()
    guide = files.read_picture(arguments.guide) if arguments.guide else None
    mask = files.read_picture(arguments.mask) if arguments.mask else None
    single = files.is_single_picture(arguments.inputs)
    if not arguments.quiet:
        _print_kept(tasks, arguments.output)
    tasks = [task for task in tasks if not task.is_done]
    if not tasks:
        return DONE
    results = Results(tasks, single=single)

    request_for = RequestReader(settings, motion, arguments.preset, guide, mask).request_for
    if dreams_in_process(arguments, settings, len(tasks)):
        choose = display.choose if single else partial(batch_display.choose, len(tasks), is_parallel=False)
        with choose(quiet=arguments.quiet) as shown:
            from dream_engine.compute.dreamer import Dreamer  # noqa: PLC0415 - loads TensorFlow

            weights = {settings.backbone: arguments.weights} if arguments.weights else {}
            dreamer = Dreamer(weights, precision=arguments.precision)
            for task in tasks:
                _dream_in_process(dreamer, task, request_for, shown, results)
    else:
        has_clip = motion.motion in (None, "clip") and any(map(files.is_clip, tasks))
        executor = executor_for(arguments, settings, None if has_clip else len(tasks))
        choose = display.choose if single else partial(batch_display.choose, len(tasks))
        with choose(quiet=arguments.quiet) as shown, log_to_stderr():
            asyncio.run(BatchRunner(executor, request_for, shown, results).run(tasks))
    if arguments.report:
        results.write_report(arguments.report)
    return results.status


def _print_kept(tasks: Sequence[FileTask], folder: Path) -> None:
    """Say which dreams a folder has already."""
    kept = [task for task in tasks if task.is_done]
    if len(kept) == 1:
        print_status(f"{kept[0].output} exists already; --force dreams it again.")
    elif kept:
        number = f"All {len(tasks)}" if len(kept) == len(tasks) else f"{len(kept)} of {len(tasks)}"
        print_status(f"{number} pictures are dreamed already in {folder}; --force dreams them again.")


def _dream_in_process(
    dreamer: "Dreamer",
    task: FileTask,
    request_for: Callable[[FileTask], DreamRequest | MotionRequest],
    shown: Display,
    results: Results,
) -> None:
    try:
        request = request_for(task)
        shown.start(task)
        if isinstance(request, MotionRequest):
            asyncio.run(_dream_motion_in_process(dreamer, request, task, shown, results))
            return
        for event in dreamer.dream(request):
            if isinstance(event, Dream):
                results.save(task, event)
                shown.finish(task, event)
            else:
                shown.update(task, event)
    except (PictureError, FileError, VideoMissingError, AnimationTooLargeError) as error:
        shown.fail(task)
        results.record_error(task, error)
    except DreamError:  # an error of settings or weights concerns every picture
        raise
    except Exception as error:
        if results.single:
            raise
        shown.fail(task)
        results.record_error(task, DreamCrashedError(f"{type(error).__name__}: {error}"))


async def _dream_motion_in_process(
    dreamer: "Dreamer", request: MotionRequest, task: FileTask, shown: Display, results: Results
) -> None:
    with ThreadedChunks(dreamer) as chunks:
        async with contextlib.aclosing(run_motion(chunks, request, task.output)) as events:
            async for event in events:
                if isinstance(event, MotionDream):
                    results.save(task, event)
                    shown.finish(task, event)
                else:
                    shown.update(task, event)
