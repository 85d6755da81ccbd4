"""Counts the processor cores that this process may use."""

import contextlib
import math
import os
from pathlib import Path

from dream_engine.control_groups import MEMBERSHIP, MOUNTED, own_groups


def available_cores(membership: Path = MEMBERSHIP, mounted: Path = MOUNTED) -> int:
    """Count the processor cores that this process may use, as its affinity and its container allow.

    Args:
        membership: The file in which Linux lists this process's control groups.
        mounted: Where control groups are mounted.

    Returns:
        The number of cores, at least 1. A container that may use 1.5 cores' time has 2.
    """
    cores = [_cores_in_affinity()]
    with contextlib.suppress(OSError):
        cores.extend(_cores_in_group(folder) for folder in own_groups("cpu", membership, mounted))
    return max(1, min(cores))


def _cores_in_affinity() -> int:
    if hasattr(os, "sched_getaffinity"):  # only on Linux
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _cores_in_group(group: Path) -> int:
    """How many cores' time a control group may use; a large number if it has no limit."""
    for files in (["cpu.max"], ["cpu.cfs_quota_us", "cpu.cfs_period_us"]):  # in version 2 and in version 1
        with contextlib.suppress(OSError, ValueError):
            words = " ".join((group / name).read_text() for name in files).split()
            quota, period = map(int, words)  # "max" is a ValueError: there is no limit
            if quota > 0 and period > 0:
                return math.ceil(quota / period)
    return 2**31
