"""Actors that take the place of a dreamer, and load no network."""

import logging
import threading
from dataclasses import replace

from dream_engine.dreams import Progress
from dream_engine.executors.ray.actor import DreamActor
from dream_engine.memory import MemoryUse

_log = logging.getLogger("dream_engine.stand_in")


class Idle(DreamActor):
    """Makes no progress, for ever."""

    def warm(self, plan, need):
        _log.info("Warm with %s, among %d.", need, plan.sharers)
        self._dreamer = self

    def release_excess_memory(self):
        return MemoryUse(resident=1, bound=2)

    def dream_unencoded(self, request):
        while True:
            yield Progress(0, octaves=1, step=0, steps=1, height=1, width=1, loss=None, fraction=0.0)
            threading.Event().wait(0.02)


class Older(Idle):
    """Of an earlier version."""

    def whereabouts(self):
        return replace(super().whereabouts(), version="0.0.1", machine="attic")


class Elsewhere(Idle):
    """On a machine that lacks this project."""

    def __init__(self):
        raise ModuleNotFoundError("No module named 'dream_engine'")
