"""An actor as the executor sees it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

import ray
from ray.exceptions import RayError

from dream_engine import __version__
from dream_engine.cluster.actor import DreamActor, Whereabouts
from dream_engine.dreams import DreamRequest
from dream_engine.executor import ExecutorError, WorkerLostError
from dream_engine.pool.mailbox import Mailbox
from dream_engine.pool.messages import WorkerPlan, as_exception
from dream_engine.pool.worker import Worker

_THREADS = 5
"""To take steps, to write a file, to wait for that, to stop, and to live."""


class RayWorker(Worker):
    """One actor, somewhere in the cluster; Ray decides where.

    Args:
        plan: How it sets itself up.
        options: What it asks of the cluster, as Ray's actors name it.
    """

    def __init__(self, plan: WorkerPlan, options: Mapping[str, Any]) -> None:
        super().__init__()
        self._plan = plan
        self._options = options
        self._actor: Any = None
        self._watching: asyncio.Task[None] | None = None
        self._reading: set[asyncio.Task[None]] = set()
        self.whereabouts: Whereabouts | None = None

    @property
    def alive(self) -> bool:
        """Whether the actor is warm, and has not ended."""
        return self._watching is not None and not self._watching.done()

    async def start(self, seconds: float) -> None:
        """Have an actor made, and wait until it is warm."""
        self._actor = ray.remote(DreamActor).options(max_concurrency=_THREADS, **self._options).remote()
        try:
            async with asyncio.timeout(seconds):
                self.whereabouts = await self._actor.whereabouts.remote()
                self._check_version(self.whereabouts)
                failure = await self._actor.warm.remote(self._plan)
        except TimeoutError:
            await self.kill()
            raise ExecutorError(
                f"The cluster made no worker within {seconds:.0f} seconds; it may have no room for one."
            ) from None
        except RayError as error:
            await self.kill()
            raise WorkerLostError(f"No worker could be made in the cluster: {_first_line(error)}") from error
        except BaseException:
            await self.kill()
            raise
        if failure is not None:
            await self.kill()
            raise as_exception(failure)
        self._watching = asyncio.create_task(self._watch())

    async def begin(self, mailbox: Mailbox, request: DreamRequest) -> None:
        """Have the dream of a mailbox begun."""
        if not self.alive:
            mailbox.put_end(WorkerLostError("The worker in the cluster is gone."))
            return
        try:
            told = self._actor.dream.options(num_returns="streaming").remote(mailbox.number, request)
        except RayError as error:
            mailbox.put_end(WorkerLostError(_first_line(error)))
            return
        except Exception as error:  # pickling calls whatever the request holds
            del self._mailboxes[mailbox.number]
            raise ExecutorError(f"The request cannot be sent to a worker: {error}") from error
        task = asyncio.create_task(self._read(mailbox, told))
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)

    async def stop(self, mailbox: Mailbox) -> None:
        """Have the dream of a mailbox let be, and wait until it is."""
        with contextlib.suppress(RayError):  # that it is gone is told where it is read
            await self._actor.stop.remote(mailbox.number)
        await mailbox.end()

    async def kill(self) -> None:
        """End the actor at once."""
        if self._actor is not None:
            ray.kill(self._actor, no_restart=True)
        tasks = [task for task in (self._watching, *self._reading) if task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        self._end_all("The worker in the cluster was killed.")

    async def close(self, seconds: float) -> None:  # noqa: ARG002 - an actor has nothing to tidy up
        """End the actor."""
        await self.kill()

    def _check_version(self, there: Whereabouts) -> None:
        if there.version != __version__:
            raise ExecutorError(
                f"The machine {there.machine} has version {there.version} of this project, and this one "
                f"{__version__}; install the same on all."
            )

    async def _watch(self) -> None:
        """Return when the actor is gone."""
        try:
            await self._actor.live.remote()
        except RayError as error:
            self._end_all(f"The worker in the cluster is gone: {_first_line(error)}")

    async def _read(self, mailbox: Mailbox, told: AsyncIterator[Any]) -> None:
        """Put into a mailbox what the actor says of a dream."""
        try:
            async for reference in told:
                self._hear(await reference)
        except RayError as error:
            mailbox.put_end(WorkerLostError(f"The worker in the cluster is gone: {_first_line(error)}"))
            self._mailboxes.pop(mailbox.number, None)

    def _end_all(self, reason: str) -> None:
        for mailbox in self._mailboxes.values():
            mailbox.put_end(WorkerLostError(reason))


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
