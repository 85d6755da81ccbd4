"""The pool of workers on a Ray cluster, each in an actor that Ray places."""

import math
import time
from collections.abc import Sequence
from dataclasses import replace

import ray

from dream_engine.executors.pool.executor import PoolExecutor
from dream_engine.executors.pool.messages import WorkerPlan
from dream_engine.executors.ray.messages import ClusterPlan, ClusterStatus
from dream_engine.executors.ray.node import WorkerInfo
from dream_engine.executors.ray.resources import Machine, WorkerResources, has_gpu, slots_in
from dream_engine.executors.ray.worker import RayWorker

_REFRESH_SECONDS = 2.0


class ActorPool(PoolExecutor):
    """Runs dreams on actors of the Ray cluster that this process has joined.

    Args:
        plan: The workers to run.
    """

    def __init__(self, plan: ClusterPlan) -> None:
        self._plan = plan
        self._machines: Sequence[Machine] = ()
        self._refreshed_at = -math.inf
        gpus = plan.gpus if plan.gpus is not None else float(has_gpu(self._current_machines()))
        self._resources = WorkerResources(plan.cpus, gpus, plan.worker.memory)
        super().__init__(
            lambda _: RayWorker(plan.actor, self._resources, self._plan_for),
            min_workers=plan.min_workers,
            max_workers=plan.max_workers,
            workers_at_start=1,  # a cluster that returns with fewer machines than before is still useful
            idle_seconds=plan.idle_seconds,
            time_limit=plan.time_limit,
            grace_seconds=plan.grace_seconds,
            start_seconds=plan.start_seconds,
        )

    @property
    def status(self) -> ClusterStatus:
        """The workers that are warm, how many dreams can run at once, and how many workers were lost."""
        workers = [worker for worker in self._scaler.workers if isinstance(worker, RayWorker)]
        warm = filter(None, (worker.info for worker in workers))
        return ClusterStatus(tuple(warm), self.capacity, self.restarts, self._resources.gpus)

    def _total_slots(self) -> int:
        return slots_in(self._current_machines(), self._resources)

    def _current_machines(self) -> Sequence[Machine]:
        """The machines of the cluster; asks Ray at most once in two seconds."""
        if time.monotonic() >= self._refreshed_at + _REFRESH_SECONDS:
            self._machines, self._refreshed_at = ray.nodes(), time.monotonic()
        return self._machines

    def _plan_for(self, worker: WorkerInfo) -> WorkerPlan:
        """How a worker sets itself up: it shares its machine's memory with the others there."""
        machine = [machine for machine in ray.nodes() if machine["NodeID"] == worker.node]
        sharers = slots_in(machine, self._resources)
        if self._plan.max_workers is not None:
            sharers = min(sharers, self._plan.max_workers)
        return replace(self._plan.worker, sharers=max(1, sharers))
