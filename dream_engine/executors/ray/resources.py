"""Counts how many workers fit on the machines of a cluster, by the total resources of each machine."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Machine = Mapping[str, Any]
"""Ray's description of a machine, as :func:`ray.nodes` returns it."""


@dataclass(frozen=True, slots=True)
class WorkerResources:
    """The resources that a worker reserves on its machine.

    Attributes:
        cpus: Processor cores.
        gpus: GPUs; a fraction shares one.
        memory: Bytes; ``None`` to reserve none.
    """

    cpus: float
    gpus: float
    memory: int | None = None

    @property
    def options(self) -> Mapping[str, Any]:
        """The resources as options of a Ray actor."""
        return {"num_cpus": self.cpus, "num_gpus": self.gpus, "memory": self.memory}

    def __str__(self) -> str:
        shares = {"CPU": self.cpus, "GPU": self.gpus, "MB of memory": (self.memory or 0) / 1e6}
        return ", ".join(f"{share:g} {name}" for name, share in shares.items() if share)


def slots_on(machine: Machine, resources: WorkerResources) -> int:
    """How many workers fit on a machine; 0 if the machine is gone."""
    if not machine["Alive"]:
        return 0
    total = machine["Resources"]
    reserved = {"CPU": resources.cpus, "GPU": resources.gpus, "memory": resources.memory or 0}
    # Ray rounds to ten-thousandths, so that a third of a GPU fits three times into one.
    fits = [total.get(name, 0) / share + 1e-6 for name, share in reserved.items() if share]
    return math.floor(min(fits, default=1))


def slots_in(machines: Iterable[Machine], resources: WorkerResources) -> int:
    """How many workers fit on all machines together."""
    return sum(slots_on(machine, resources) for machine in machines)


def has_gpu(machines: Sequence[Machine]) -> bool:
    """Whether any machine has a GPU."""
    return any(machine["Alive"] and machine["Resources"].get("GPU", 0) for machine in machines)
