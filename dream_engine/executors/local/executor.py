"""Runs dreams on this machine's devices, with one warm process for each."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from dream_engine.executors.local.devices import CPU, find_devices
from dream_engine.executors.local.worker import LocalWorker
from dream_engine.executors.pool.executor import PoolExecutor
from dream_engine.executors.pool.messages import WorkerPlan
from dream_engine.executors.pool.worker import Worker
from dream_engine.images import Limits
from dream_engine.memory import unused
from dream_engine.precision import Precision
from dream_engine.settings import DreamSettings


class LocalExecutor(PoolExecutor):
    """Runs one worker process for each device; further requests wait in order.

    Args:
        devices: The devices, as :func:`find_devices` names them; by default all that it finds.
        weights: Files of weights by backbone name, in place of the backbones' own.
        limits: The limits for sources.
        precision: The networks' precision; ``None`` for the fastest on each device.
        memory: How many bytes each worker may hold; a dream that needs more is made smaller. ``None`` for a
            share of the memory that the machine, or its container, has left.
        warm: The settings for which a worker warms up before its first dream.
        time_limit: The seconds that a dream may take if its request sets no limit; ``None`` for no limit.
        grace_seconds: The seconds that a dream may take to stop, after its time limit or when told to, before
            its worker is killed.
        start_seconds: The seconds that a worker may take to warm up.
    """

    def __init__(
        self,
        devices: Sequence[str] | None = None,
        *,
        weights: Mapping[str, Path] | None = None,
        limits: Limits | None = None,
        precision: Precision | None = None,
        memory: int | None = None,
        warm: Sequence[DreamSettings] = (DreamSettings(),),
        time_limit: float | None = 900.0,
        grace_seconds: float = 10.0,
        start_seconds: float = 180.0,
    ) -> None:
        devices = tuple(devices or find_devices())
        self._on_cpus = all(device == CPU for device in devices)
        plan = WorkerPlan(
            dict(weights or {}), limits or Limits(), precision, tuple(warm), memory, sharers=len(devices)
        )
        super().__init__(
            lambda slot: LocalWorker(devices[slot], plan),
            min_workers=len(devices),
            max_workers=len(devices),
            workers_at_start=len(devices),
            idle_seconds=math.inf,
            time_limit=time_limit,
            grace_seconds=grace_seconds,
            start_seconds=start_seconds,
        )

    @property
    def worker_pids(self) -> tuple[int, ...]:
        """The process numbers of the workers that are alive."""
        workers = (worker for worker in self._scaler.workers if isinstance(worker, LocalWorker))
        return tuple(worker.pid for worker in workers if worker.pid)

    def _can_overlap(self, worker: Worker) -> bool:
        """Whether the machine has as much memory left as a worker may hold.

        Workers on a GPU never overlap: TensorFlow keeps all GPU memory that a worker ever took.
        """
        return self._on_cpus and worker.memory is not None and unused() > worker.memory.bound
