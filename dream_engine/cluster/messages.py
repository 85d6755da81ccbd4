"""What an executor and its driver process say to each other, besides what workers say."""

from dataclasses import dataclass

from dream_engine.cluster.actor import Whereabouts
from dream_engine.pool.messages import WorkerPlan


@dataclass(frozen=True, slots=True)
class ClusterPlan:
    """To the driver process, first of all: which cluster, and what is asked of it.

    Attributes:
        address: The cluster, as Ray names it.
        workers: How many actors there are.
        cpus: How many processor cores each asks for.
        gpus: How many GPUs each asks for.
        worker: How each sets itself up.
        time_limit: The seconds a dream may take where its request names no limit.
        overtime: The seconds a dream may take to stop until its actor is killed.
        start_seconds: The seconds an actor may take to get warm.
    """

    address: str
    workers: int
    cpus: float
    gpus: float
    worker: WorkerPlan
    time_limit: float | None
    overtime: float
    start_seconds: float


@dataclass(frozen=True, slots=True)
class Strength:
    """From the driver process, when it changes: where actors are warm, and how many were lost."""

    whereabouts: tuple[Whereabouts, ...]
    restarts: int
