"""Every measurement by its name.

A measurement is a module with two functions: ``measure(bench)`` gives what ``results.json`` keeps, raw and
as JSON knows it; ``render(result)`` makes Markdown of that. Its name stands as ``$name`` where the table
belongs in ``performance.md``, the template of the page.
"""

from collections.abc import Mapping
from types import ModuleType

from benchmarks import (
    bot_share,
    default_network,
    memory,
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
    new_sizes,
    start,
    memory,
    small_dreams,
    varied_dreams,
    previews,
    bot_share,
)

MEASUREMENTS: Mapping[str, ModuleType] = {module.__name__.rpartition(".")[2]: module for module in _ALL}

WITH_TORCH = frozenset({"reference", "default_network"})
"""Those that have a peer in PyTorch."""
