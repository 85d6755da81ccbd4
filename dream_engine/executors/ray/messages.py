"""What an executor and its driver process say to each other, besides what workers say."""

from dataclasses import dataclass

from dream_engine.executors.pool.messages import WorkerPlan
from dream_engine.executors.ray.actor import DreamActor
from dream_engine.executors.ray.node import WorkerInfo


@dataclass(frozen=True, slots=True)
class ClusterPlan:
    """To the driver process, first of all: which cluster, and what is asked of it.

    Attributes:
        address: The cluster, as Ray names it.
        min_workers: How many actors there are at least.
        max_workers: How many there are at most; ``None`` for as many as there is room for.
        idle_seconds: How long an actor beyond the fewest may have nothing to do until it is let go.
        cpus: How many processor cores each asks for.
        gpus: How many GPUs each asks for; ``None`` for one where there are any.
        worker: How each sets itself up.
        time_limit: The seconds a dream may take where its request names no limit.
        overtime: The seconds a dream may take to stop until its actor is killed.
        start_seconds: The seconds an actor may take to get warm, and to find room before that.
        actor: What the actors are.
    """

    address: str
    min_workers: int
    max_workers: int | None
    idle_seconds: float
    cpus: float
    gpus: float | None
    worker: WorkerPlan
    time_limit: float | None
    overtime: float
    start_seconds: float
    actor: type[DreamActor]


@dataclass(frozen=True, slots=True)
class ClusterStatus:
    """From the driver process, when it changes: how strong the cluster is.

    Attributes:
        whereabouts: Where actors are warm.
        capacity: How many dreams it can run at once.
        restarts: How many actors were lost.
        gpus: How many GPUs each asks for.
    """

    whereabouts: tuple[WorkerInfo, ...]
    capacity: int
    restarts: int
    gpus: float
