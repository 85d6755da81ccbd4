"""How much is measured."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """How much is measured.

    Attributes:
        workers: Sizes of the cluster.
        sequential_workers: Those at which people ask one by one, too.
        dreams_per_worker: How many dreams there are for each worker.
        seconds: How long each of them is.
        fixed_workers: How many workers there are where the number is not what is measured.
        dreams_per_user: How many dreams each of three people asks for.
        dreams: How many real dreams there are.
        rounds: How often they are dreamed.
        idle_seconds: For how long it is watched what is spent on nothing.
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
