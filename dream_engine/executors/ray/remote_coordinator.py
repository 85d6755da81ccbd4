"""Reaches a coordinator inside a cluster from a process outside it."""

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
"""Runs the coordinator on the head: the cluster can lose any other machine, and the coordinator with it."""


class RemoteCoordinator:
    """Forwards messages between the executor and a coordinator inside the cluster.

    Args:
        plan: The workers to run.
        send: Sends a message to the executor.
    """

    def __init__(self, plan: ClusterPlan, send: Callable[[Any], Awaitable[None]]) -> None:
        self._plan = plan
        self._send = send
        coordinator = ray.remote(CoordinatorActor).options(num_cpus=0, resources=_ON_THE_HEAD)
        self._coordinator = coordinator.remote()
        self._outgoing: asyncio.Queue[Begin | Stop] = asyncio.Queue()

    async def start(self) -> None:
        """Prepare the coordinator, which reports by itself when its workers are warm.

        Raises:
            ExecutorError: The head has another version of this project, or cannot run it.
        """
        try:
            check_version(await _result(self._coordinator.worker_info.remote()))
            await _result(self._coordinator.prepare.remote(self._plan))
        except RayError as error:
            raise ExecutorError(
                "The head of the cluster cannot run the coordinator; is the same version of this project "
                f"installed there? {cause(error)}"
            ) from error

    async def run(self) -> None:
        """Run the coordinator and forward messages in both directions, until it is gone."""
        running = _result(self._coordinator.run.remote())
        await asyncio.gather(running, self._forward_to_executor(), self._forward_to_coordinator())

    async def _forward_to_executor(self) -> None:
        while True:
            for message in await _result(self._coordinator.next_messages.remote()):
                await self._send(message)

    async def _forward_to_coordinator(self) -> None:
        """Forward one message after the other, because concurrent calls may overtake each other."""
        while True:
            await _result(self._coordinator.handle.remote(await self._outgoing.get()))

    def handle(self, message: Begin | Stop) -> None:
        """Have a message forwarded to the coordinator, after all earlier ones."""
        self._outgoing.put_nowait(message)

    async def close(self) -> None:
        """Leave the cluster, which ends the coordinator and its workers."""
        await asyncio.to_thread(ray.shutdown)


async def _result(reference: Any) -> Any:
    return await asyncio.wrap_future(reference.future())
