"""The driver process as its executor sees it."""

from typing import Any

from dream_engine.executors.pool.messages import Logged
from dream_engine.executors.process.client import ProcessClient
from dream_engine.executors.ray.messages import ClusterPlan, ClusterStatus


class Driver(ProcessClient):
    """A process that joins a Ray cluster and runs many dreams at once on it.

    Args:
        plan: The cluster, and the workers to run on it.

    Attributes:
        strength: How strong the cluster is.
    """

    def __init__(self, plan: ClusterPlan) -> None:
        super().__init__("dream_engine.executors.ray.driver_main", plan, early=(Logged, ClusterStatus))
        self.strength = ClusterStatus((), plan.min_workers, 0, 0)

    def _hear(self, message: Any) -> None:
        if isinstance(message, ClusterStatus):
            self.strength = message
        else:
            super()._hear(message)
