"""An actor as the executor sees it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import ray
from ray.exceptions import RayError, RayTaskError

from dream_engine.dreams import DreamRequest
from dream_engine.executors.base import ExecutorError, NoWorkerError, WorkerLostError
from dream_engine.executors.pool.mailbox import Mailbox
from dream_engine.executors.pool.messages import WorkerPlan, as_exception
from dream_engine.executors.pool.worker import Worker
from dream_engine.executors.ray.actor import DreamActor
from dream_engine.executors.ray.error_text import cause, sentence
from dream_engine.executors.ray.node import WorkerInfo, check_version
from dream_engine.executors.ray.resources import WorkerResources

_log = logging.getLogger(__name__)

_THREADS = 5
"""To take steps, to write a file, to wait for that, to stop, and to tell what is logged."""

_PATIENCE_SECONDS = 10.0
"""After so long without room for a worker, somebody may want to know."""


class RayWorker(Worker):
    """One actor, somewhere in the cluster; Ray decides where.

    Args:
        actor: What it is.
        need: What it asks of the cluster.
        plan: How it sets itself up, where it is.
    """

    def __init__(
        self, actor: type[DreamActor], need: WorkerResources, plan: Callable[[WorkerInfo], WorkerPlan]
    ) -> None:
        super().__init__()
        self._kind = actor
        self._need = need
        self._plan = plan
        self._actor: Any = None
        self._watching: asyncio.Task[None] | None = None
        self._reading: set[asyncio.Task[None]] = set()
        self._lost = False
        self.whereabouts: WorkerInfo | None = None

    @property
    def alive(self) -> bool:
        """Whether the actor is warm, and has not ended."""
        return self._watching is not None and not self._watching.done() and not self._lost

    async def start(self, seconds: float) -> None:
        """Have an actor made, and wait until it is warm.

        Raises:
            DreamError: Something that the operator can mend.
            NoWorkerError: There is no room for it, or the cluster is in trouble.
            ExecutorError: It did not get warm, or not in time.
        """
        try:
            async with asyncio.timeout(seconds):
                self.whereabouts = await self._find_room()
                check_version(self.whereabouts)
                failure = await self._actor.warm.remote(self._plan(self.whereabouts), self._need)
        except TimeoutError:
            found = self.whereabouts
            await self.kill()
            if found is None:
                raise NoWorkerError(
                    f"The cluster had no room for a worker of {self._need} within {seconds:.0f} seconds."
                ) from None
            raise ExecutorError(
                f"The worker on {found.machine} was not ready within {seconds:.0f} seconds."
            ) from None
        except RayError as error:
            await self.kill()
            if isinstance(error, RayTaskError) or getattr(error, "actor_init_failed", False):
                raise ExecutorError(
                    "A machine of the cluster cannot run a worker; is the same version of this project "
                    f"installed there? {cause(error)}"
                ) from error
            raise NoWorkerError(f"No worker could be made in the cluster: {sentence(error)}") from error
        except BaseException:
            await self.kill()
            raise
        if failure is not None:
            await self.kill()
            raise as_exception(failure)
        self._watching = asyncio.create_task(self._watch())

    async def _find_room(self) -> WorkerInfo:
        """Have an actor made; returns where it is."""
        self._actor = ray.remote(self._kind).options(max_concurrency=_THREADS, **self._need.options).remote()
        answer = asyncio.wrap_future(self._actor.whereabouts.remote().future())
        done, _ = await asyncio.wait([answer], timeout=_PATIENCE_SECONDS)
        if not done:
            _log.warning("The cluster has no room yet for a worker of %s; it is waited for.", self._need)
        where: WorkerInfo = await answer
        return where

    async def begin(self, mailbox: Mailbox, request: DreamRequest) -> None:
        """Have the dream of a mailbox begun."""
        if not self.alive:
            mailbox.put_end(WorkerLostError("The worker in the cluster is gone."))
            return
        try:
            told = self._actor.dream.options(num_returns="streaming").remote(mailbox.number, request)
        except RayError as error:
            mailbox.put_end(WorkerLostError(sentence(error)))
            return
        except Exception as error:  # pickling calls whatever the request holds
            raise self._cannot_be_sent(mailbox, error) from error
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
        self.end_all(WorkerLostError("The worker in the cluster was killed."))

    async def close(self, seconds: float) -> None:  # noqa: ARG002 - an actor has nothing to tidy up
        """End the actor."""
        await self.kill()

    async def _watch(self) -> None:
        """Write down what the actor logs; return when it is gone."""
        try:
            async for reference in self._actor.lines.options(num_returns="streaming").remote():
                self._hear(await reference)
        except RayError as error:
            self.end_all(WorkerLostError(f"The worker in the cluster is gone: {sentence(error)}"))

    async def _read(self, mailbox: Mailbox, told: AsyncIterator[Any]) -> None:
        """Put into a mailbox what the actor says of a dream."""
        try:
            async for reference in told:
                self._hear(await reference)
        except RayError as error:
            self._lost = True  # before the mailbox ends, or the next dream would be given to it
            mailbox.put_end(WorkerLostError(f"The worker in the cluster is gone: {sentence(error)}"))
            self._mailboxes.pop(mailbox.number, None)
