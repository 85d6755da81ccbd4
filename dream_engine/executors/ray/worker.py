"""A worker in a Ray actor, as its executor sees it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import ray
from ray.exceptions import RayError, RayTaskError

from dream_engine.executors.base import ExecutorError, NoWorkerError, WorkerLostError
from dream_engine.executors.pool.mailbox import Mailbox
from dream_engine.executors.pool.messages import Request, WorkerPlan, as_exception
from dream_engine.executors.pool.worker import Worker
from dream_engine.executors.ray.actor import DreamActor
from dream_engine.executors.ray.error_text import cause, sentence
from dream_engine.executors.ray.node import WorkerInfo, check_version
from dream_engine.executors.ray.resources import WorkerResources

_log = logging.getLogger(__name__)

_THREADS = 5
"""One takes steps, one encodes a file, one waits for that, one stops dreams, and one forwards the log."""

_PATIENCE_SECONDS = 10.0
"""The log mentions a worker that waits for resources for longer than this."""


class RayWorker(Worker):
    """Starts an actor, which Ray places somewhere in the cluster, and has it run dreams.

    Args:
        actor: The actor's class.
        resources: The resources to reserve.
        plan: Returns how a worker sets itself up, given where it runs.

    Attributes:
        info: Where it runs; ``None`` until Ray has placed it.
    """

    def __init__(
        self,
        actor: type[DreamActor],
        resources: WorkerResources,
        plan: Callable[[WorkerInfo], WorkerPlan],
    ) -> None:
        super().__init__()
        self._actor_class = actor
        self._resources = resources
        self._plan = plan
        self._actor: Any = None
        self._watching: asyncio.Task[None] | None = None
        self._reading: set[asyncio.Task[None]] = set()
        self._lost = False
        self.info: WorkerInfo | None = None

    @property
    def alive(self) -> bool:
        """Whether the actor is warm and still answers."""
        return self._watching is not None and not self._watching.done() and not self._lost

    async def start(self, seconds: float) -> None:
        """Create an actor, and wait until it is warm.

        Raises:
            DreamError: Something that the operator can fix, such as missing weights.
            NoWorkerError: The cluster has no resources left for it, or is in trouble.
            ExecutorError: It failed to warm up, or not in time.
        """
        try:
            async with asyncio.timeout(seconds):
                self.info = await self._create_actor()
                check_version(self.info)
                failure = await self._actor.warm.remote(self._plan(self.info), self._resources)
        except TimeoutError:
            found = self.info
            await self.kill()
            if found is None:
                raise NoWorkerError(
                    f"The cluster had no room for a worker of {self._resources} within {seconds:.0f} seconds."
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

    async def _create_actor(self) -> WorkerInfo:
        """Create an actor and wait until Ray has placed it; returns where it runs."""
        options = {"max_concurrency": _THREADS, **self._resources.options}
        self._actor = ray.remote(self._actor_class).options(**options).remote()
        answer = asyncio.wrap_future(self._actor.worker_info.remote().future())
        done, _ = await asyncio.wait([answer], timeout=_PATIENCE_SECONDS)
        if not done:
            _log.warning("Waiting for the cluster to have room for a worker of %s.", self._resources)
        info: WorkerInfo = await answer
        return info

    async def begin(self, mailbox: Mailbox, request: Request) -> None:
        """Send a request to the actor; its messages about the dream go to the mailbox.

        Raises:
            ExecutorError: The request cannot be pickled.
        """
        if not self.alive:
            mailbox.put_end(WorkerLostError("The worker in the cluster is gone."))
            return
        try:
            messages = self._actor.dream.options(num_returns="streaming").remote(mailbox.number, request)
        except RayError as error:
            mailbox.put_end(WorkerLostError(sentence(error)))
            return
        except Exception as error:  # pickling runs code of the request's objects
            raise self._reject_request(mailbox, error) from error
        task = asyncio.create_task(self._read(mailbox, messages))
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)

    async def stop(self, mailbox: Mailbox) -> None:
        """Stop the dream of a mailbox, and wait until it has stopped."""
        with contextlib.suppress(RayError):  # _read reports the loss of the actor
            await self._actor.stop.remote(mailbox.number)
        await mailbox.wait_ended()

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

    async def close(self, seconds: float) -> None:  # noqa: ARG002 - an actor has nothing to clean up
        """End the actor."""
        await self.kill()

    async def _watch(self) -> None:
        """Log the actor's lines that belong to no dream; returns when the actor is gone."""
        try:
            async for reference in self._actor.log_lines.options(num_returns="streaming").remote():
                self._receive(await reference)
        except RayError as error:
            self.end_all(WorkerLostError(f"The worker in the cluster is gone: {sentence(error)}"))

    async def _read(self, mailbox: Mailbox, messages: AsyncIterator[Any]) -> None:
        """Receive the actor's messages about a dream."""
        try:
            async for reference in messages:
                self._receive(await reference)
        except RayError as error:
            self._lost = True  # set before the mailbox ends, so that the next dream goes to another worker
            mailbox.put_end(WorkerLostError(f"The worker in the cluster is gone: {sentence(error)}"))
            self._mailboxes.pop(mailbox.number, None)
