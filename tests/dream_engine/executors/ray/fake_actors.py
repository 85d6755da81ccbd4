"""Actors with a dreamer that loads no network."""

import logging
import threading
from dataclasses import replace

from dream_engine.dreams import Progress
from dream_engine.executors.ray.actor import DreamActor
from dream_engine.memory import MemoryUse
from tests.dream_engine.executors.pool.chunk_dreamer import ChunkDreamer

_log = logging.getLogger("dream_engine.stand_in")


class IdleDreamer:
    """Reports the same progress forever."""

    def warm(self, settings):
        pass

    def share_cores(self, sharers):
        pass

    def release_excess_memory(self):
        return MemoryUse(resident=1, bound=2)

    def dream_unencoded(self, request):
        while True:
            yield Progress(0, octaves=1, step=0, steps=1, height=1, width=1, loss=None, fraction=0.0)
            threading.Event().wait(0.02)


class Chunks(DreamActor):
    """An actor that runs chunks as their test controls them."""

    def make_dreamer(self, plan):
        return ChunkDreamer(plan)


class Idle(DreamActor):
    """An actor whose dreams never end."""

    def make_dreamer(self, plan):
        return IdleDreamer()

    def warm(self, plan, resources):
        _log.info("Warm with %s, among %d.", resources, plan.sharers)
        return super().warm(plan, resources)


class Older(Idle):
    """An actor of an earlier version."""

    def worker_info(self):
        return replace(super().worker_info(), version="0.0.1", machine="attic")


class Elsewhere(Idle):
    """An actor on a machine that lacks this project."""

    def __init__(self):
        raise ModuleNotFoundError("No module named 'dream_engine'")
