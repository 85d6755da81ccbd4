"""Chooses how many workers a machine has memory and cores for."""

from collections.abc import Callable, Sequence

from dream_engine.cores import available_cores
from dream_engine.executors.local.devices import CPU
from dream_engine.memory import available_bytes

WORKER_BYTES = 2_000_000_000
"""The memory that a worker needs to dream a photograph of 12 megapixels in tiles, with a margin: the measured
peaks are 1.3 to 2.0 GB, by backbone and precision."""


def choose_worker_count(
    devices: Sequence[str],
    memory: int | None = None,
    cores: Callable[[], int] = available_cores,
    available: Callable[[], int] = available_bytes,
) -> int:
    """Choose the most workers: one for each GPU, or one for each core as far as memory suffices.

    Several dreams on one core each are finished sooner than the same dreams one after the other on all cores,
    because no operation waits for the slowest of many threads.

    Args:
        devices: The devices to dream on.
        memory: How many bytes each worker may hold; ``None`` if that is not limited.
        cores: Counts the cores that this process may use.
        available: Measures the memory in bytes that this process can still take.

    Returns:
        The number of workers, at least one for each device.
    """
    if any(device != CPU for device in devices):
        return len(devices)
    affordable = available() // (memory or WORKER_BYTES)
    return max(len(devices), min(cores(), affordable))
