"""Dreams on this machine's devices, each in the care of one warm process."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from dream_engine.executors.local.devices import CPU, find_devices
from dream_engine.executors.local.worker import LocalWorker
from dream_engine.executors.pool.executor import PoolExecutor
from dream_engine.executors.pool.messages import WorkerPlan
from dream_engine.executors.pool.worker import Worker
from dream_engine.images import Limits
from dream_engine.memory import available_bytes
from dream_engine.precision import Precision
from dream_engine.settings import DreamSettings


class LocalExecutor(PoolExecutor):
    """One worker process for each device; requests beyond them wait in order.

    Args:
        devices: The devices, as :func:`find_devices` names them; by default all it finds.
        weights: By backbone name, a file of weights in place of its own.
        limits: What a source may be.
        precision: What the networks compute in; ``None`` for what each device is quickest with.
        memory: How many bytes each worker may hold; a dream that needs more is made smaller. ``None`` for as
            many as the machine, or its container, has left.
        warm: The settings that a worker is ready for before its first dream.
        time_limit: The seconds a dream may take where its request names no limit; ``None`` for any.
        overtime: The seconds a dream may take to stop, at its limit or when told, until its worker is killed.
        start_seconds: The seconds a worker may take to get warm.
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
        overtime: float = 10.0,
        start_seconds: float = 180.0,
    ) -> None:
        devices = tuple(devices or find_devices())
        self._on_cpus = all(device == CPU for device in devices)
        plan = WorkerPlan(
            dict(weights or {}), limits or Limits(), precision, tuple(warm), memory, sharers=len(devices)
        )
        super().__init__(
            lambda place: LocalWorker(devices[place], plan),
            fewest=len(devices),
            most=len(devices),
            needed=len(devices),
            idle_seconds=math.inf,
            time_limit=time_limit,
            overtime=overtime,
            start_seconds=start_seconds,
        )

    @property
    def worker_pids(self) -> tuple[int, ...]:
        """The numbers of the worker processes that are alive."""
        workers = (worker for worker in self._staff.workers if isinstance(worker, LocalWorker))
        return tuple(worker.pid for worker in workers if worker.pid)

    def _can_have_two(self, worker: Worker) -> bool:
        """Whether the machine has memory for as much as a worker may hold once more.

        A GPU has none: TensorFlow keeps all of it that a worker ever took.
        """
        return self._on_cpus and worker.memory is not None and available_bytes() > worker.memory.bound
