"""Chooses how many workers a machine has memory and cores for."""

from collections.abc import Callable, Sequence

from dream_engine import backbones
from dream_engine.cores import available_cores
from dream_engine.executors.local.devices import CPU
from dream_engine.memory import available_bytes, worker_bytes
from dream_engine.settings import DreamSettings


def bytes_for(settings: DreamSettings) -> int:
    """How many bytes of memory a worker needs for dreams with some settings."""
    return worker_bytes(backbones.get(settings.backbone).step_bytes)


def choose_worker_count(
    devices: Sequence[str],
    worker_bytes: int,
    cores: Callable[[], int] = available_cores,
    available: Callable[[], int] = available_bytes,
) -> int:
    """Choose the most workers: one for each GPU, or one for each core as far as memory suffices.

    Several dreams on one core each are finished sooner than the same dreams one after the other on all cores,
    because no operation waits for the slowest of many threads.

    Args:
        devices: The devices to dream on.
        worker_bytes: How many bytes of memory each worker needs, or may hold.
        cores: Counts the cores that this process may use.
        available: Measures the memory in bytes that this process can still take.

    Returns:
        The number of workers, at least one for each device.
    """
    if any(device != CPU for device in devices):
        return len(devices)
    return max(len(devices), min(cores(), available() // worker_bytes))
