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
    memory,
    motion,
    new_sizes,
    previews,
    reference,
    small_dreams,
    start,
    varied_dreams,
)

_ALL = (
    reference,
    default_network,
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

WITH_TORCH = frozenset({"reference", "default_network"})
"""The measurements that have a PyTorch peer."""
