"""How many workers the machines of a cluster have room for, by what each machine has in all."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Machine = Mapping[str, Any]
"""What Ray tells of a machine, as :func:`ray.nodes` names it."""


@dataclass(frozen=True, slots=True)
class WorkerResources:
    """What a worker asks of its machine.

    Attributes:
        cpus: Processor cores.
        gpus: GPUs; a fraction shares one.
        memory: Bytes; ``None`` where it asks for no share of them.
    """

    cpus: float
    gpus: float
    memory: int | None = None

    @property
    def options(self) -> Mapping[str, Any]:
        """As Ray's actors name it."""
        return {"num_cpus": self.cpus, "num_gpus": self.gpus, "memory": self.memory}

    def __str__(self) -> str:
        shares = {"CPU": self.cpus, "GPU": self.gpus, "MB of memory": (self.memory or 0) / 1e6}
        return ", ".join(f"{share:g} {name}" for name, share in shares.items() if share)


def room_on(machine: Machine, need: WorkerResources) -> int:
    """How many workers a machine has room for; none where it is gone."""
    if not machine["Alive"]:
        return 0
    has = machine["Resources"]
    needs = {"CPU": need.cpus, "GPU": need.gpus, "memory": need.memory or 0}
    # Ray counts in ten-thousandths; a third of a GPU fits into one three times.
    fits = [has.get(name, 0) / wanted + 1e-6 for name, wanted in needs.items() if wanted]
    return math.floor(min(fits, default=1))


def room_in(machines: Iterable[Machine], need: WorkerResources) -> int:
    """How many workers all machines have room for."""
    return sum(room_on(machine, need) for machine in machines)


def has_gpu(machines: Sequence[Machine]) -> bool:
    """Whether there is a GPU anywhere."""
    return any(machine["Alive"] and machine["Resources"].get("GPU", 0) for machine in machines)
