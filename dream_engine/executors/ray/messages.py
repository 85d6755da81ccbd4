"""The messages between an executor and its driver process, besides those about dreams."""

from dataclasses import dataclass

from dream_engine.executors.pool.messages import WorkerPlan
from dream_engine.executors.ray.actor import DreamActor
from dream_engine.executors.ray.node import WorkerInfo


@dataclass(frozen=True, slots=True)
class ClusterPlan:
    """To the driver process, as the first message: the cluster, and the workers to run on it.

    Attributes:
        address: The cluster's address, as Ray writes it.
        min_workers: The least number of workers.
        max_workers: The largest number of workers; ``None`` for as many as fit.
        idle_seconds: How long a worker beyond the minimum may be idle until it is removed.
        cpus: How many processor cores each worker reserves.
        gpus: How many GPUs each worker reserves; ``None`` for one if the cluster has any.
        worker: How each worker sets itself up.
        time_limit: The seconds that a dream may take if its request sets no limit; ``None`` for no limit.
        grace_seconds: The seconds that a dream may take to stop before its worker is killed.
        start_seconds: The seconds that a worker may take to find resources and to warm up.
        actor: The class of the actors in which the workers run.
    """

    address: str
    min_workers: int
    max_workers: int | None
    idle_seconds: float
    cpus: float
    gpus: float | None
    worker: WorkerPlan
    time_limit: float | None
    grace_seconds: float
    start_seconds: float
    actor: type[DreamActor]


@dataclass(frozen=True, slots=True)
class ClusterStatus:
    """From the driver process, whenever it changes: the workers of the cluster.

    Attributes:
        workers: The workers that are warm.
        capacity: How many dreams can run at once.
        restarts: How many workers were lost.
        gpus: How many GPUs each worker reserves.
    """

    workers: tuple[WorkerInfo, ...]
    capacity: int
    restarts: int
    gpus: float
