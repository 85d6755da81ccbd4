"""Creates the executor that the command line selects."""

import argparse
from typing import Any

from dream_engine.cli.arguments import CLUSTER_OPTIONS, LOCAL
from dream_engine.executors.base import DreamExecutor
from dream_engine.executors.local import LocalExecutor
from dream_engine.executors.local.devices import find_devices
from dream_engine.executors.ray import RayExecutor
from dream_engine.settings import DreamSettings


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
    if arguments.executor == LOCAL:
        return LocalExecutor(find_devices()[:pictures], **common)
    options = {name: value for name in CLUSTER_OPTIONS if (value := getattr(arguments, name)) is not None}
    max_workers = options.pop("workers", None)
    if pictures is not None and (max_workers is not None or pictures == 1):
        max_workers = min(max_workers or 1, pictures)  # one worker alone may use all of its machine's memory
    return RayExecutor(arguments.executor, max_workers=max_workers, **options, **common)
