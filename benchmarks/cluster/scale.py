"""The extent of the measurements."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """The extent of the measurements.

    Attributes:
        workers: The sizes of the cluster.
        sequential_workers: The sizes at which users also request dreams one by one.
        dreams_per_worker: How many dreams there are for each worker.
        seconds: The length of each dream.
        fixed_workers: The number of workers where the size is not varied.
        dreams_per_user: How many dreams each of three users requests.
        dreams: The number of real dreams.
        rounds: How often they run.
        idle_seconds: How long the CPU time of an idle process is measured.
    """

    workers: tuple[int, ...]
    sequential_workers: tuple[int, ...]
    dreams_per_worker: int
    seconds: float
    fixed_workers: int
    dreams_per_user: tuple[int, ...]
    dreams: int
    rounds: int
    idle_seconds: float


FULL = Scale((1, 2, 4, 8, 16, 32, 64), (1, 8, 32, 64), 3, 4.0, 8, (30, 10, 5), 12, 2, 8.0)
QUICK = Scale((1, 4), (1, 4), 2, 1.0, 4, (4, 2, 1), 1, 1, 1.0)
