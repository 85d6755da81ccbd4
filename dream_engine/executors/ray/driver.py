"""The driver process as its executor sees it."""

import asyncio
from typing import Any

from dream_engine.executors.local.worker import LocalWorker
from dream_engine.executors.pool.messages import Logged
from dream_engine.executors.ray.messages import ClusterPlan, ClusterStatus


class Driver(LocalWorker):
    """A process that speaks with Ray, and has many dreams dreamed at once.

    Args:
        plan: Which cluster, and what is asked of it.

    Attributes:
        strength: How strong the cluster is.
    """

    module = "dream_engine.executors.ray.driver_main"
    early = (Logged, ClusterStatus)

    def __init__(self, plan: ClusterPlan) -> None:
        super().__init__("", plan)
        self.strength = ClusterStatus((), plan.min_workers, 0, 0)

    async def gone(self) -> None:
        """Wait until the process has ended."""
        if self._listening is not None:
            await asyncio.wait([self._listening])

    def end_all(self, error: Exception) -> None:
        """Nothing that is being dreamed comes to an end any more."""
        for mailbox in self._mailboxes.values():
            mailbox.put_end(error)

    def _hear(self, message: Any) -> None:
        if isinstance(message, ClusterStatus):
            self.strength = message
        else:
            super()._hear(message)
