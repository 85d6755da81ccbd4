"""How much is measured."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """How much is measured.

    Attributes:
        workers: Sizes of the cluster.
        watched: Those at which people ask one by one, too.
        each: How many dreams there are for each worker.
        seconds: How long each of them is.
        crowd: How many workers there are where the number is not what is measured.
        orders: How many dreams each of three people asks for.
        dreams: How many real dreams there are.
        rounds: How often they are dreamed.
        idle_seconds: For how long it is watched what is spent on nothing.
    """

    workers: tuple[int, ...]
    watched: tuple[int, ...]
    each: int
    seconds: float
    crowd: int
    orders: tuple[int, ...]
    dreams: int
    rounds: int
    idle_seconds: float


FULL = Scale((1, 2, 4, 8, 16, 32, 64), (1, 8, 32, 64), 3, 4.0, 8, (30, 10, 5), 12, 2, 8.0)
QUICK = Scale((1, 4), (1, 4), 2, 1.0, 4, (4, 2, 1), 1, 1, 1.0)
