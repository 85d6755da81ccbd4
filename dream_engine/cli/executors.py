"""Decides where the command dreams, and creates the executor for it."""

import argparse
from typing import Any

from dream_engine.cli.arguments import CLUSTER_OPTIONS, LOCAL
from dream_engine.executors.base import DreamExecutor
from dream_engine.executors.local import LocalExecutor
from dream_engine.executors.local.devices import find_devices
from dream_engine.executors.local.worker_count import bytes_for, choose_worker_count
from dream_engine.executors.ray import RayExecutor
from dream_engine.settings import DreamSettings


def dreams_in_process(arguments: argparse.Namespace, settings: DreamSettings, pictures: int) -> bool:
    """Whether this process dreams by itself: one picture alone, or many if there can be only one worker.

    Args:
        arguments: The command line.
        settings: The settings of the dreams.
        pictures: The number of pictures and clips to dream.
    """
    if arguments.executor is not None:
        return False
    if arguments.workers is not None:
        return bool(arguments.workers == 1)
    return pictures == 1 or choose_worker_count(find_devices(), bytes_for(settings)) == 1


def executor_for(
    arguments: argparse.Namespace, settings: DreamSettings, pictures: int | None
) -> DreamExecutor:
    """Create the executor without starting it. It has no more workers than there are pictures.

    Args:
        arguments: The command line.
        settings: The settings for which its workers warm up.
        pictures: The number of pictures to dream; ``None`` if there is a clip, whose scenes are dreamed on
            several workers.
    """
    common: dict[str, Any] = {
        # A worker may run in another working directory.
        "weights": {settings.backbone: arguments.weights.absolute()} if arguments.weights else {},
        "precision": arguments.precision,
        "warm": (settings,),
        "time_limit": None,  # the user can interrupt the command
    }
    max_workers = arguments.workers
    if arguments.executor in (None, LOCAL):
        devices = find_devices()[:pictures]
        max_workers = max_workers or choose_worker_count(devices, bytes_for(settings))
        workers = min(max_workers, pictures or max_workers)
        return LocalExecutor(devices, workers=workers, workers_at_start=pictures and workers, **common)
    options = {name: value for name in CLUSTER_OPTIONS if (value := getattr(arguments, name)) is not None}
    if pictures is not None and (max_workers is not None or pictures == 1):
        max_workers = min(max_workers or 1, pictures)  # one worker alone may use all of its machine's memory
    return RayExecutor(arguments.executor, max_workers=max_workers, **options, **common)
