"""The executor that the command line asks for."""

import argparse
from typing import Any

from dream_engine.cli.arguments import LOCAL, OF_A_CLUSTER
from dream_engine.executors.base import DreamExecutor
from dream_engine.executors.local import LocalExecutor
from dream_engine.executors.local.devices import find_devices
from dream_engine.executors.ray import RayExecutor
from dream_engine.settings import DreamSettings


def executor_for(arguments: argparse.Namespace, settings: DreamSettings, pictures: int) -> DreamExecutor:
    """The executor, not started yet; it wakes no more workers than there are pictures.

    Args:
        arguments: The command line.
        settings: What its workers get warm for.
        pictures: How many are to be dreamed.
    """
    common: dict[str, Any] = {
        # A worker may stand in another folder than the caller.
        "weights": {settings.backbone: arguments.weights.absolute()} if arguments.weights else {},
        "precision": arguments.precision,
        "warm": (settings,),
        "time_limit": None,  # whoever runs the command can stop it
    }
    if arguments.executor == LOCAL:
        return LocalExecutor(find_devices()[:pictures], **common)
    asked = {name: value for name in OF_A_CLUSTER if (value := getattr(arguments, name)) is not None}
    most = asked.pop("workers", None)
    if most is not None or pictures == 1:  # which has its machine's memory for itself
        most = min(most or 1, pictures)
    return RayExecutor(arguments.executor, max_workers=most, **asked, **common)
