"""Runs dreams on a cluster for another process, and reports about them in messages."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from functools import partial
from typing import Any

import ray

from dream_engine.executors.pool.log_forwarding import LogForwarder, dream_number
from dream_engine.executors.pool.messages import (
    Begin,
    Event,
    Ready,
    Reported,
    Request,
    Result,
    Stop,
    Stopped,
    failed,
)
from dream_engine.executors.ray.actor_pool import ActorPool
from dream_engine.executors.ray.messages import ClusterPlan, ClusterStatus
from dream_engine.executors.ray.node import WorkerInfo, worker_info
from dream_engine.frames import ChunkRequest

_STATUS_SECONDS = 0.5


class Coordinator:
    """Runs many dreams at once, in a process that has joined a cluster.

    Args:
        plan: The workers to run.
        send: Sends a message to the executor.
    """

    def __init__(self, plan: ClusterPlan, send: Callable[[Any], Awaitable[None]]) -> None:
        self._pool = ActorPool(plan)
        self._send = send
        self._sent_status = ClusterStatus((), 0, 0, 0)
        self._dreams: dict[int, asyncio.Task[None]] = {}
        self._pending_messages: set[asyncio.Future[None]] = set()

    async def start(self) -> None:
        """Wait until the first worker is warm, and report that.

        Raises:
            DreamError: Something that the operator can fix, such as missing weights.
            ExecutorError: The workers cannot be started.
        """
        await self._pool.start()
        await self._send_status()
        await self._send(Ready())

    async def run(self) -> None:
        """Report the status of the cluster whenever it changes, until cancelled."""
        while True:
            await self._send_status()
            await asyncio.sleep(_STATUS_SECONDS)

    def handle(self, message: Begin | Stop) -> None:
        """Begin or stop a dream."""
        if isinstance(message, Begin):
            task = asyncio.create_task(self._run_dream(message))
            self._dreams[message.number] = task
            task.add_done_callback(partial(self._forget, message.number))
        elif message.number in self._dreams:
            self._dreams[message.number].cancel()

    async def close(self) -> None:
        """End the workers and leave the cluster."""
        await self._pool.close()
        await asyncio.to_thread(ray.shutdown)

    async def _send_status(self) -> None:
        if (status := self._pool.status) != self._sent_status:
            self._sent_status = status
            await self._send(status)

    async def _run_dream(self, begin: Begin) -> None:
        """Run one dream and report about it."""
        dream_number.set(begin.number)
        try:
            async with contextlib.aclosing(self._events(begin.request)) as events:
                begun = False
                async for event in events:
                    # A reader of the first or last event sees the status that belongs to it.
                    if not begun or isinstance(event, Result):
                        await self._send_status()
                    begun = True
                    await self._send(Reported(begin.number, event))
        except Exception as error:  # noqa: BLE001 - the other dreams survive one that fails
            await self._send(failed(begin.number, error))

    def _events(self, request: Request) -> AsyncGenerator[Event]:
        if isinstance(request, ChunkRequest):
            return self._pool.dream_chunk(request)
        return self._pool.dream(request)

    def _forget(self, number: int, task: asyncio.Task[None]) -> None:
        """Forget a dream that is over; report it if it was stopped, even before its task first ran."""
        del self._dreams[number]
        if task.cancelled():
            sending = asyncio.ensure_future(self._send(Stopped(number)))
            self._pending_messages.add(sending)
            sending.add_done_callback(self._pending_messages.discard)


class CoordinatorActor:
    """Runs a coordinator on a machine of the cluster, for a process that has not joined it.

    Such a process, a Ray client, can call an actor and get the return value, but cannot iterate over an
    actor's generator. Therefore it calls :meth:`next_messages` again and again.
    """

    def __init__(self) -> None:
        self._messages: asyncio.Queue[Any] = asyncio.Queue()
        self._coordinator: Coordinator | None = None

    async def worker_info(self) -> WorkerInfo:
        """Describe this process."""
        return worker_info()

    async def prepare(self, plan: ClusterPlan) -> None:
        """Make the coordinator of a plan."""
        loop = asyncio.get_running_loop()
        handler = LogForwarder(lambda line: loop.call_soon_threadsafe(self._messages.put_nowait, line))
        logging.basicConfig(level=logging.WARNING, handlers=[handler, logging.StreamHandler()], force=True)
        logging.getLogger("dream_engine").setLevel(logging.INFO)
        self._coordinator = Coordinator(plan, self._messages.put)

    async def run(self) -> None:
        """Start the workers, and then run the coordinator; its messages report how that goes."""
        if self._coordinator is None:
            raise RuntimeError("the coordinator was not prepared")
        try:
            await self._coordinator.start()
        except Exception as error:  # noqa: BLE001 - the executor reports any failure
            await self._messages.put(failed(None, error))
            return
        await self._coordinator.run()

    async def handle(self, message: Begin | Stop) -> None:
        """Begin or stop a dream."""
        if self._coordinator is not None:
            self._coordinator.handle(message)

    async def next_messages(self) -> list[Any]:
        """Wait until there is a message, and return all that there are."""
        messages = [await self._messages.get()]
        while not self._messages.empty():
            messages.append(self._messages.get_nowait())
        return messages
