"""A cluster as a process outside it sees it: a foreman inside, which is spoken with from afar."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import ray

from dream_engine.cluster.foreman import ForemanActor
from dream_engine.cluster.messages import ClusterPlan
from dream_engine.cluster.whereabouts import check_version
from dream_engine.pool.messages import Begin, Stop

_ON_THE_HEAD = {"node:__internal_head__": 0.001}
"""Without the head there is no cluster; any other machine may be lost, and the foreman with it."""


class Relay:
    """Stands for a foreman, and passes on what it is told and what it tells.

    Args:
        plan: What is asked of the cluster.
        tell: Tells somebody a message.
    """

    def __init__(self, plan: ClusterPlan, tell: Callable[[Any], Awaitable[None]]) -> None:
        self._plan = plan
        self._tell = tell
        foreman = ray.remote(ForemanActor).options(num_cpus=0, resources=_ON_THE_HEAD)
        self._foreman = foreman.remote()
        self._starting: Any = None

    async def start(self) -> None:
        """Have the foreman start; whether it did is told by itself.

        Raises:
            ExecutorError: It is of another version.
        """
        check_version(await _answer(self._foreman.whereabouts.remote()))
        self._starting = self._foreman.start.remote(self._plan)

    async def listen(self) -> None:
        """Pass on what the foreman tells, until it is gone."""
        while True:
            for message in await _answer(self._foreman.hear.remote()):
                await self._tell(message)

    def take(self, message: Begin | Stop) -> None:
        """Pass on what the foreman is told."""
        self._foreman.take.remote(message)

    async def close(self) -> None:
        """End the foreman, and its actors with it."""
        await asyncio.to_thread(ray.shutdown)  # which ends what this process had made


async def _answer(reference: Any) -> Any:
    return await asyncio.wrap_future(reference.future())
