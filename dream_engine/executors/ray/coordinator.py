"""Has dreams dreamed in a cluster for somebody elsewhere, and tells how they go."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import ray

from dream_engine.dreams import Dream
from dream_engine.executors.pool.log_forwarding import Reporter, dream_number
from dream_engine.executors.pool.messages import Begin, Ready, Stop, Stopped, Told, failed
from dream_engine.executors.ray.messages import ClusterPlan, ClusterStatus
from dream_engine.executors.ray.node import WorkerInfo, whereabouts
from dream_engine.executors.ray.pool import Actors

_STRENGTH_SECONDS = 0.5


class Coordinator:
    """Sees to many dreams at once, in a process that has joined a cluster.

    Args:
        plan: What is asked of the cluster.
        tell: Tells somebody a message.
    """

    def __init__(self, plan: ClusterPlan, tell: Callable[[Any], Awaitable[None]]) -> None:
        self._actors = Actors(plan)
        self._tell = tell
        self._told = ClusterStatus((), 0, 0, 0)
        self._dreams: dict[int, asyncio.Task[None]] = {}
        self._telling: set[asyncio.Future[None]] = set()

    async def start(self) -> None:
        """Wait until actors are warm, and tell that they are.

        Raises:
            DreamError: Something that the operator can mend.
            ExecutorError: They are not.
        """
        await self._actors.start()
        await self._tell_strength()
        await self._tell(Ready())

    async def listen(self) -> None:
        """Keep telling how strong the cluster is."""
        while True:
            await self._tell_strength()
            await asyncio.sleep(_STRENGTH_SECONDS)

    def take(self, message: Begin | Stop) -> None:
        """Begin a dream, or let one be."""
        if isinstance(message, Begin):
            task = asyncio.create_task(self._see_through(message))
            self._dreams[message.number] = task
            task.add_done_callback(partial(self._forget, message.number))
        elif message.number in self._dreams:
            self._dreams[message.number].cancel()

    async def close(self) -> None:
        """End the actors."""
        await self._actors.close()
        await asyncio.to_thread(ray.shutdown)

    async def _tell_strength(self) -> None:
        if (strength := self._actors.strength) != self._told:
            self._told = strength
            await self._tell(strength)

    async def _see_through(self, begin: Begin) -> None:
        """Have one dream dreamed, and tell how it goes."""
        dream_number.set(begin.number)
        try:
            async with contextlib.aclosing(self._actors.dream(begin.request)) as events:
                begun = False
                async for event in events:
                    if not begun or isinstance(event, Dream):  # whoever looks then sees what is there
                        await self._tell_strength()
                    begun = True
                    await self._tell(Told(begin.number, event))
        except Exception as error:  # noqa: BLE001 - one dream's failure is not the end of others
            await self._tell(failed(begin.number, error))

    def _forget(self, number: int, task: asyncio.Task[None]) -> None:
        """A dream is over; where it was stopped, also before its first moment, that is told."""
        del self._dreams[number]
        if task.cancelled():
            telling = asyncio.ensure_future(self._tell(Stopped(number)))
            self._telling.add(telling)
            telling.add_done_callback(self._telling.discard)


class CoordinatorActor:
    """A coordinator on a machine of the cluster, for a process that has not joined it.

    Such a process, a client, can call an actor and hear what the call returned, but not what a call yields.
    So it asks again and again what there is to hear.
    """

    def __init__(self) -> None:
        self._messages: asyncio.Queue[Any] = asyncio.Queue()
        self._coordinator: Coordinator | None = None

    async def whereabouts(self) -> WorkerInfo:
        """Who this is."""
        return whereabouts()

    async def prepare(self, plan: ClusterPlan) -> None:
        """Be told what is asked of the cluster."""
        loop = asyncio.get_running_loop()
        handler = Reporter(lambda line: loop.call_soon_threadsafe(self._messages.put_nowait, line))
        logging.basicConfig(level=logging.WARNING, handlers=[handler, logging.StreamHandler()], force=True)
        logging.getLogger("dream_engine").setLevel(logging.INFO)
        self._coordinator = Coordinator(plan, self._messages.put)

    async def run(self) -> None:
        """Wait until actors are warm, and then see to dreams; how that goes is to be heard."""
        if self._coordinator is None:
            raise RuntimeError("the coordinator was not prepared")
        try:
            await self._coordinator.start()
        except Exception as error:  # noqa: BLE001 - whatever it is, the executor has to know
            await self._messages.put(failed(None, error))
            return
        await self._coordinator.listen()

    async def take(self, message: Begin | Stop) -> None:
        """Begin a dream, or let one be."""
        if self._coordinator is not None:
            self._coordinator.take(message)

    async def hear(self) -> list[Any]:
        """Wait until there is something to hear, and return all of it."""
        messages = [await self._messages.get()]
        while not self._messages.empty():
            messages.append(self._messages.get_nowait())
        return messages
