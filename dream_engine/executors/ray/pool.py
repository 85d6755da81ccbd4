"""The cluster as one of its processes sees it: an actor in each place, wherever Ray puts it."""

import math
import time
from collections.abc import Sequence
from dataclasses import replace

import ray

from dream_engine.executors.pool.executor import PoolExecutor
from dream_engine.executors.pool.messages import WorkerPlan
from dream_engine.executors.ray.messages import ClusterPlan, ClusterStatus
from dream_engine.executors.ray.node import WorkerInfo
from dream_engine.executors.ray.resources import Machine, WorkerResources, has_gpu, room_in
from dream_engine.executors.ray.worker import RayWorker

_LOOK_SECONDS = 2.0


class Actors(PoolExecutor):
    """Actors with warm networks in the Ray cluster that this process has joined.

    Args:
        plan: What is asked of it.
    """

    def __init__(self, plan: ClusterPlan) -> None:
        self._plan = plan
        self._machines: Sequence[Machine] = ()
        self._looked_at = -math.inf
        gpus = plan.gpus if plan.gpus is not None else float(has_gpu(self._look()))
        self._need = WorkerResources(plan.cpus, gpus, plan.worker.memory)
        super().__init__(
            lambda _: RayWorker(plan.actor, self._need, self._plan_on),
            fewest=plan.min_workers,
            most=plan.max_workers,
            needed=1,  # a cluster that comes back with fewer machines than it had is better than none
            idle_seconds=plan.idle_seconds,
            time_limit=plan.time_limit,
            overtime=plan.overtime,
            start_seconds=plan.start_seconds,
        )

    @property
    def strength(self) -> ClusterStatus:
        """Where actors are warm, how many dreams they can dream at once, and how many were lost."""
        workers = [worker for worker in self._staff.workers if isinstance(worker, RayWorker)]
        warm = filter(None, (worker.whereabouts for worker in workers))
        return ClusterStatus(tuple(warm), self.capacity, self.restarts, self._need.gpus)

    def _room(self) -> int:
        return room_in(self._look(), self._need)

    def _look(self) -> Sequence[Machine]:
        """The machines of the cluster, as they were a moment ago."""
        if time.monotonic() >= self._looked_at + _LOOK_SECONDS:
            self._machines, self._looked_at = ray.nodes(), time.monotonic()
        return self._machines

    def _plan_on(self, there: WorkerInfo) -> WorkerPlan:
        """How a worker sets itself up where it is: it shares the machine's memory with others."""
        machine = [machine for machine in ray.nodes() if machine["NodeID"] == there.node]
        sharers = room_in(machine, self._need)
        if self._plan.max_workers is not None:
            sharers = min(sharers, self._plan.max_workers)
        return replace(self._plan.worker, sharers=max(1, sharers))
