"""A cluster as a process outside it sees it: a coordinator inside, which is spoken with from afar."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import ray
from ray.exceptions import RayError

from dream_engine.executors.base import ExecutorError
from dream_engine.executors.pool.messages import Begin, Stop
from dream_engine.executors.ray.coordinator import CoordinatorActor
from dream_engine.executors.ray.error_text import cause
from dream_engine.executors.ray.messages import ClusterPlan
from dream_engine.executors.ray.node import check_version

_ON_THE_HEAD = {"node:__internal_head__": 0.001}
"""Without the head there is no cluster; any other machine may be lost, and the coordinator with it."""


class RemoteCoordinator:
    """Stands for a coordinator, and passes on what it is told and what it tells.

    Args:
        plan: What is asked of the cluster.
        tell: Tells somebody a message.
    """

    def __init__(self, plan: ClusterPlan, tell: Callable[[Any], Awaitable[None]]) -> None:
        self._plan = plan
        self._tell = tell
        coordinator = ray.remote(CoordinatorActor).options(num_cpus=0, resources=_ON_THE_HEAD)
        self._coordinator = coordinator.remote()
        self._orders: asyncio.Queue[Begin | Stop] = asyncio.Queue()

    async def start(self) -> None:
        """Prepare the coordinator; whether actors are warm is told by itself.

        Raises:
            ExecutorError: It is of another version, or cannot run there.
        """
        try:
            check_version(await _answer(self._coordinator.whereabouts.remote()))
            await _answer(self._coordinator.prepare.remote(self._plan))
        except RayError as error:
            raise ExecutorError(
                "The head of the cluster cannot run what sees to dreams; is the same version of this project "
                f"installed there? {cause(error)}"
            ) from error

    async def listen(self) -> None:
        """Have the coordinator run, and pass on what it tells and is told, until it is gone."""
        running = _answer(self._coordinator.run.remote())
        await asyncio.gather(running, self._pass_on_tales(), self._pass_on_orders())

    async def _pass_on_tales(self) -> None:
        while True:
            for message in await _answer(self._coordinator.hear.remote()):
                await self._tell(message)

    async def _pass_on_orders(self) -> None:
        """One after the other: calls that are under way together may overtake each other."""
        while True:
            await _answer(self._coordinator.take.remote(await self._orders.get()))

    def take(self, message: Begin | Stop) -> None:
        """Pass on what the coordinator is told, after all that came before."""
        self._orders.put_nowait(message)

    async def close(self) -> None:
        """End the coordinator, and its actors with it."""
        await asyncio.to_thread(ray.shutdown)  # which ends what this process had made


async def _answer(reference: Any) -> Any:
    return await asyncio.wrap_future(reference.future())
