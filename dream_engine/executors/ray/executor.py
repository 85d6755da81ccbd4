"""RayExecutor: runs dreams on a Ray cluster, and waits for the cluster when it is gone."""

import asyncio
import logging
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import overload

from dream_engine.dreams import Dream, DreamRequest, Progress
from dream_engine.executors.base import DreamExecutor, ExecutorClosedError, ExecutorError, WorkerLostError
from dream_engine.executors.pool.mailbox import DeliveredFrames
from dream_engine.executors.pool.messages import Event, Request, Result, WorkerPlan
from dream_engine.executors.ray.actor import DreamActor
from dream_engine.executors.ray.addresses import ANY, host_and_port
from dream_engine.executors.ray.driver import Driver
from dream_engine.executors.ray.messages import ClusterPlan
from dream_engine.executors.ray.node import WorkerInfo
from dream_engine.frames import Chunk, ChunkRequest, Frame
from dream_engine.images import Limits
from dream_engine.precision import Precision
from dream_engine.settings import DreamSettings

_log = logging.getLogger(__name__)

_CONNECT_SECONDS = 10.0
_JOINING_SECONDS = 60.0
_CLOSE_SECONDS = 5.0
_LONGEST_PAUSE = 30.0
_NOT_ON_WINDOWS = (
    "This project cannot join a cluster from Windows. Use Linux or macOS, or WSL on this machine."
)


class RayExecutor(DreamExecutor):
    """Runs dreams on warm workers in a Ray cluster; while the cluster is gone, dreams wait for it.

    Args:
        address: The cluster's address, as Ray writes it: ``auto`` or ``host:6379`` for one that this machine
            belongs to, ``ray://host:10001`` for any.
        min_workers: The least number of workers.
        max_workers: The largest number of workers; ``None`` for as many as fit.
        idle_seconds: How long a worker beyond the minimum may be idle until it is removed.
        cpus: How many processor cores each worker reserves; it computes on as many threads.
        gpus: How many GPUs each worker reserves; a fraction shares one. ``None`` for one if the cluster has
            any when it is joined, and otherwise none.
        weights: Files of weights by backbone name, in place of the backbones' own; at the same path on every
            machine.
        limits: The limits for sources.
        precision: The networks' precision; ``None`` for the fastest on each device.
        memory: How many bytes each worker may hold, and reserves in the cluster; ``None`` for its share of
            the memory that its machine has left.
        warm: The settings for which a worker warms up before its first dream.
        time_limit: The seconds that a dream may take if its request sets no limit; ``None`` for no limit.
        grace_seconds: The seconds that a dream may take to stop, after its time limit or when told to, before
            its worker is killed.
        start_seconds: The seconds that a worker may take to find resources in the cluster and to warm up.
        actor: The class of the actors in which the workers run.
    """

    def __init__(
        self,
        address: str = "auto",
        *,
        min_workers: int = 1,
        max_workers: int | None = None,
        idle_seconds: float = 300.0,
        cpus: float = 1.0,
        gpus: float | None = None,
        weights: Mapping[str, Path] | None = None,
        limits: Limits | None = None,
        precision: Precision | None = None,
        memory: int | None = None,
        warm: Sequence[DreamSettings] = (DreamSettings(),),
        time_limit: float | None = 900.0,
        grace_seconds: float = 10.0,
        start_seconds: float = 600.0,
        actor: type[DreamActor] = DreamActor,
    ) -> None:
        self._plan = ClusterPlan(
            address,
            min_workers,
            max_workers,
            idle_seconds,
            cpus,
            gpus,
            WorkerPlan(dict(weights or {}), limits or Limits(), precision, tuple(warm), memory, sharers=1),
            time_limit,
            grace_seconds,
            start_seconds,
            actor,
        )
        self._driver: Driver | None = None
        self._rejoining: asyncio.Task[None] | None = None
        self._joined = asyncio.Event()
        self._earlier_restarts = 0
        self._closed = False

    @property
    def capacity(self) -> int:
        """One dream for each worker, those included that are started only when they are needed."""
        return self._driver.status.capacity if self._driver else self._plan.min_workers

    @property
    def ready(self) -> int:
        """How many workers are warm."""
        return len(self.workers)

    @property
    def restarts(self) -> int:
        """How many workers were lost, those of earlier drivers included."""
        return self._earlier_restarts + (self._driver.status.restarts if self._driver else 0)

    @property
    def workers(self) -> tuple[WorkerInfo, ...]:
        """The workers that are warm, and where they run."""
        return self._driver.status.workers if self._driver and self._driver.alive else ()

    async def start(self) -> None:
        """Join the cluster, and wait until the first worker is warm; the others follow."""
        self._check_open()
        _check_system()
        if self._driver is not None:
            raise ExecutorError("The executor was started already.")
        self._rejoining = asyncio.create_task(self._rejoin_when_gone(await self._join()))

    def dream(self, request: DreamRequest) -> AsyncGenerator[Progress | Dream]:
        """Wait for a worker, then run a dream on it; see :meth:`DreamExecutor.dream`."""
        return self._run(request)

    def dream_chunk(self, request: ChunkRequest) -> AsyncGenerator[Progress | Frame | Chunk]:
        """Wait for a worker, then run a chunk on it; see :meth:`DreamExecutor.dream_chunk`."""
        return self._run(request)

    @overload
    def _run(self, request: DreamRequest) -> AsyncGenerator[Progress | Dream]: ...
    @overload
    def _run(self, request: ChunkRequest) -> AsyncGenerator[Progress | Frame | Chunk]: ...
    async def _run(self, request: Request) -> AsyncGenerator[Event]:
        """Have the driver run a request, and the next driver if that one is lost."""
        self._check_open()
        if self._driver is None:
            raise ExecutorError("The executor was not started.")
        delivered = DeliveredFrames()
        while True:
            await self._joined.wait()
            self._check_open()
            driver = self._driver
            mailbox = driver.open_mailbox()
            try:
                await driver.begin(mailbox, request)
                while not isinstance(event := await mailbox.receive(), Result):
                    if delivered.is_new(event):
                        yield event
            except WorkerLostError as lost:
                if self._closed:
                    raise ExecutorClosedError from lost
                if driver.alive:  # the dream lost two workers, but the cluster is there
                    raise
                if driver is self._driver:
                    self._joined.clear()  # set again once there is another driver
                continue
            finally:
                if not mailbox.ended and driver.alive:
                    await driver.stop(mailbox)
            yield event
            return

    async def close(self) -> None:
        """End the workers and leave the cluster."""
        self._closed = True
        self._joined.set()
        if self._rejoining is not None:
            self._rejoining.cancel()
            await asyncio.gather(self._rejoining, return_exceptions=True)
        if self._driver is not None:
            self._driver.end_all(ExecutorClosedError())
            await self._driver.close(_CLOSE_SECONDS)

    def _check_open(self) -> None:
        if self._closed:
            raise ExecutorClosedError

    async def _join(self) -> Driver:
        await _check_reachable(self._plan.address)
        driver = Driver(self._plan)
        await driver.start(self._plan.start_seconds + _JOINING_SECONDS)
        if self._driver is not None:
            self._earlier_restarts += self._driver.status.restarts + len(self._driver.status.workers)
        self._driver = driver
        if driver.status.gpus:  # after a rejoin, wait for GPUs rather than dream without them
            self._plan = replace(self._plan, gpus=driver.status.gpus)
        self._joined.set()
        return driver

    async def _rejoin_when_gone(self, driver: Driver) -> None:
        """Join the cluster again, each time that it is gone."""
        while True:
            await driver.wait_gone()
            self._joined.clear()
            await driver.kill()
            _log.error("The cluster at %s is gone; dreams wait until it is back.", self._plan.address)
            pause = 1.0
            while not self._joined.is_set():
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
                try:
                    driver = await self._join()
                except Exception as error:  # noqa: BLE001 - keeps trying, whatever the error is
                    _log.error("The cluster cannot be joined yet: %s", error)
            _log.warning("The cluster at %s is back.", self._plan.address)


async def _check_reachable(address: str) -> None:
    """Check that something accepts connections; Ray itself would try for long, and then end the process.

    Raises:
        ExecutorError: The address is invalid, or nothing answers there.
    """
    if address == ANY:
        return
    if (found := host_and_port(address)) is None:
        raise ExecutorError(
            f"The cluster's address must be auto, host:port or ray://host:port, not {address}."
        )
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            _, writer = await asyncio.open_connection(*found)
        writer.close()
    except OSError as error:  # includes TimeoutError
        raise ExecutorError(
            f"No Ray cluster answers at {address}: {error or type(error).__name__}"
        ) from error


def _check_system() -> None:
    if sys.platform == "win32":  # the driver's event loop cannot read from its standard input there
        raise ExecutorError(_NOT_ON_WINDOWS)
