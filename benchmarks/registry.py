"""All measurements by name.

A measurement is a module with two functions. ``measure(bench)`` returns a raw result that JSON can represent,
for ``results.json``. ``render(result)`` returns Markdown. The template ``performance.md`` places it by
``$name``.
"""

from collections.abc import Mapping
from types import ModuleType

from benchmarks import (
    bot_share,
    conditioning,
    default_network,
    hourly,
    memory,
    motion,
    new_sizes,
    previews,
    reference,
    small_dreams,
    start,
    threads,
    tiles,
    varied_dreams,
    workers,
)

_ALL = (
    reference,
    default_network,
    tiles,
    threads,
    workers,
    hourly,
    conditioning,
    new_sizes,
    start,
    memory,
    motion,
    small_dreams,
    varied_dreams,
    previews,
    bot_share,
)

MEASUREMENTS: Mapping[str, ModuleType] = {module.__name__.rpartition(".")[2]: module for module in _ALL}

DEFAULT_ROUNDS = 3

_OWN_ROUNDS: Mapping[str, int] = {
    "threads": 5,
    "tiles": 2,
    "workers": 2,
    "hourly": 2,
    "new_sizes": 1,
    "memory": 1,
    "small_dreams": 1,
    "varied_dreams": 1,
    "motion": 1,
    "conditioning": 1,
    "bot_share": 2,
}
"""More rounds of a short measurement with small ratios; fewer of those that last long or hardly vary."""


def rounds_of(name: str, chosen: int | None) -> int:
    """The rounds of a measurement.

    Args:
        name: The measurement.
        chosen: The number that the user asked for, if any.
    """
    return chosen or _OWN_ROUNDS.get(name, DEFAULT_ROUNDS)


WITH_TORCH = frozenset({"reference", "default_network"})
"""The measurements that have a PyTorch peer."""
