"""The driver process, as its executor sees it."""

from typing import Any

from dream_engine.executors.pool.messages import Logged
from dream_engine.executors.process.client import ProcessClient
from dream_engine.executors.ray.messages import ClusterPlan, ClusterStatus


class Driver(ProcessClient):
    """Starts a process that joins a Ray cluster, and has it run many dreams at once there.

    Args:
        plan: The cluster, and the workers to run on it.

    Attributes:
        status: The workers of the cluster, as the process reported them last.
    """

    def __init__(self, plan: ClusterPlan) -> None:
        super().__init__("dream_engine.executors.ray.driver_main", plan, early=(Logged, ClusterStatus))
        self.status = ClusterStatus((), plan.min_workers, 0, 0)

    def _receive(self, message: Any) -> None:
        if isinstance(message, ClusterStatus):
            self.status = message
        else:
            super()._receive(message)
