"""Dreams on a Ray cluster, which may go away and come back."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from dream_engine.dreams import Dream, DreamRequest, Progress
from dream_engine.executors.base import DreamExecutor, ExecutorClosedError, ExecutorError, WorkerLostError
from dream_engine.executors.pool.messages import WorkerPlan
from dream_engine.executors.ray.actor import DreamActor
from dream_engine.executors.ray.addresses import ANY, host_and_port
from dream_engine.executors.ray.driver import Driver
from dream_engine.executors.ray.messages import ClusterPlan
from dream_engine.executors.ray.node import WorkerInfo
from dream_engine.images import Limits
from dream_engine.precision import Precision
from dream_engine.settings import DreamSettings

_log = logging.getLogger(__name__)

_REACHED_WITHIN = 10.0
_JOINING_SECONDS = 60.0
_CLOSE_SECONDS = 5.0
_LONGEST_PAUSE = 30.0


class RayExecutor(DreamExecutor):
    """Actors with warm networks in a Ray cluster; while the cluster is gone, dreams wait for it.

    Args:
        address: The cluster, as Ray names it: ``auto`` or ``host:6379`` for one that this machine belongs to,
            ``ray://host:10001`` for any.
        min_workers: How many actors there are at least.
        max_workers: How many there are at most; ``None`` for as many as there is room for.
        idle_seconds: How long an actor beyond the fewest may have nothing to do until it is let go.
        cpus: How many processor cores each asks for; it computes on as many threads.
        gpus: How many GPUs each asks for, where a fraction shares one; ``None`` for one where the cluster has
            any when it is joined, and else none.
        weights: By backbone name, a file of weights in place of its own, at the same path on every machine.
        limits: What a source may be.
        precision: What the networks compute in; ``None`` for what each device is quickest with.
        memory: How many bytes each worker may hold, which it also asks the cluster for; ``None`` for its
            share of what its machine has left.
        warm: The settings that a worker is ready for before its first dream.
        time_limit: The seconds a dream may take where its request names no limit; ``None`` for any.
        overtime: The seconds a dream may take to stop, at its limit or when told, until its worker is killed.
        start_seconds: The seconds a worker may take to get warm, the cluster's search for room included.
        actor: What the actors are.
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
        overtime: float = 10.0,
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
            overtime,
            start_seconds,
            actor,
        )
        self._driver: Driver | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._is_there = asyncio.Event()
        self._lost_before = 0
        self._closed = False

    @property
    def capacity(self) -> int:
        """One dream for each worker that is there, or comes when it is wanted."""
        return self._driver.strength.capacity if self._driver else self._plan.min_workers

    @property
    def ready(self) -> int:
        """The workers that are warm."""
        return len(self.whereabouts)

    @property
    def restarts(self) -> int:
        """How many workers were lost."""
        return self._lost_before + (self._driver.strength.restarts if self._driver else 0)

    @property
    def whereabouts(self) -> tuple[WorkerInfo, ...]:
        """Where the workers are that are warm."""
        return self._driver.strength.whereabouts if self._driver and self._driver.alive else ()

    async def start(self) -> None:
        """Join the cluster, and wait until the first worker is warm; the others follow."""
        self._check_open()
        if self._driver is not None:
            raise ExecutorError("The executor was started already.")
        self._keeping = asyncio.create_task(self._keep(await self._join()))

    async def dream(self, request: DreamRequest) -> AsyncGenerator[Progress | Dream]:
        """Wait for a worker, then tell how the dream goes on; see :meth:`DreamExecutor.dream`."""
        self._check_open()
        if self._driver is None:
            raise ExecutorError("The executor was not started.")
        while True:
            await self._is_there.wait()
            self._check_open()
            driver = self._driver
            mailbox = driver.open_mailbox()
            try:
                await driver.begin(mailbox, request)
                while not isinstance(event := await mailbox.take(), Dream):
                    yield event
            except WorkerLostError as lost:
                if self._closed:
                    raise ExecutorClosedError from lost
                if driver.alive:  # a worker was lost twice, and not the cluster
                    raise
                if driver is self._driver:
                    self._is_there.clear()  # until there is another
                continue
            finally:
                if not mailbox.ended and driver.alive:
                    await driver.stop(mailbox)
            yield event
            return

    async def close(self) -> None:
        """Leave the cluster, with no worker left in it."""
        self._closed = True
        self._is_there.set()
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
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
            self._lost_before += self._driver.strength.restarts + len(self._driver.strength.whereabouts)
        self._driver = driver
        if driver.strength.gpus:  # once there were any, it is not dreamed without, however long they take
            self._plan = replace(self._plan, gpus=driver.strength.gpus)
        self._is_there.set()
        return driver

    async def _keep(self, driver: Driver) -> None:
        """Join the cluster again whenever it was gone."""
        while True:
            await driver.gone()
            self._is_there.clear()
            await driver.kill()
            _log.error("The cluster at %s is gone; what is to be dreamed waits for it.", self._plan.address)
            pause = 1.0
            while not self._is_there.is_set():
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
                try:
                    driver = await self._join()
                except Exception as error:  # noqa: BLE001 - whatever it is, a server keeps trying
                    _log.error("The cluster cannot be joined yet: %s", error)
            _log.warning("The cluster at %s is back.", self._plan.address)


async def _check_reachable(address: str) -> None:
    """Make sure that somebody answers: Ray itself would try for long, and end the process.

    Raises:
        ExecutorError: Nobody does.
    """
    if address == ANY:
        return
    if (found := host_and_port(address)) is None:
        raise ExecutorError(
            f"The cluster's address must be auto, host:port or ray://host:port, not {address}."
        )
    try:
        async with asyncio.timeout(_REACHED_WITHIN):
            _, writer = await asyncio.open_connection(*found)
        writer.close()
    except OSError as error:  # and TimeoutError, which is one
        raise ExecutorError(
            f"No Ray cluster answers at {address}: {error or type(error).__name__}"
        ) from error
