"""Runs dreams on this machine's devices, in warm processes."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from dream_engine.executors.local.devices import CPU, find_devices
from dream_engine.executors.local.worker import LocalWorker
from dream_engine.executors.local.worker_count import bytes_for, choose_worker_count
from dream_engine.executors.pool.executor import PoolExecutor
from dream_engine.executors.pool.messages import WorkerPlan
from dream_engine.executors.pool.worker import Worker
from dream_engine.images import Limits
from dream_engine.memory import available_bytes
from dream_engine.precision import Precision
from dream_engine.settings import DreamSettings


class LocalExecutor(PoolExecutor):
    """Runs worker processes, each on one device; further requests wait in order.

    The first workers are warm from the start. On a processor, further workers start while requests
    wait, as far as memory suffices, and end when they have been idle for long. As many workers as compute at
    the moment share the cores equally.

    Args:
        devices: The devices, as :func:`find_devices` names them; by default all that it finds.
        workers: The most workers; ``None`` for one on each GPU, or on a processor one for each core as far as
            memory suffices.
        workers_at_start: How many workers are warm from the start, and stay; ``None`` for one on each device.
        idle_seconds: How long a worker beyond the first ones may be idle until it is removed.
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
        workers: int | None = None,
        workers_at_start: int | None = None,
        idle_seconds: float = 300.0,
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
        self._worker_bytes = memory or max(map(bytes_for, warm or (DreamSettings(),)))
        self._most_workers = workers or choose_worker_count(devices, self._worker_bytes)
        self._on_cpus = all(device == CPU for device in devices)
        plan = WorkerPlan(
            dict(weights or {}), limits or Limits(), precision, tuple(warm), memory, self._most_workers
        )
        first_workers = min(workers_at_start or len(devices), self._most_workers)
        super().__init__(
            lambda slot: LocalWorker(devices[slot % len(devices)], plan),
            min_workers=first_workers,
            max_workers=None,
            workers_at_start=first_workers,
            idle_seconds=idle_seconds,
            time_limit=time_limit,
            grace_seconds=grace_seconds,
            start_seconds=start_seconds,
        )

    @property
    def worker_pids(self) -> tuple[int, ...]:
        """The process numbers of the workers that are alive."""
        workers = (worker for worker in self._scaler.workers if isinstance(worker, LocalWorker))
        return tuple(worker.pid for worker in workers if worker.pid)

    @property
    def shares_cores(self) -> bool:
        """Whether several workers compute on this machine's processor."""
        return self._on_cpus and self._most_workers > 1

    def _total_slots(self) -> int:
        """As many as may run, unless the machine has no memory left for another one."""
        workers = self._scaler.worker_count
        if workers < self._most_workers and available_bytes() < self._worker_bytes:
            return max(workers, self._min_workers)
        return self._most_workers

    def _share_cores(self, sharers: int) -> None:
        if self.shares_cores:
            for worker in self._scaler.workers:
                worker.share_cores(sharers)

    def _can_overlap(self, worker: Worker) -> bool:
        """Whether the machine has as much memory left as a worker may hold.

        Workers on a GPU never overlap: TensorFlow keeps all GPU memory that a worker ever took.
        """
        return self._on_cpus and worker.memory is not None and available_bytes() > worker.memory.bound
