"""Estimates how much memory a dream may take, and how large a picture fits into it."""

import contextlib
import ctypes
import gc
import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from dream_engine.control_groups import MEMBERSHIP, MOUNTED, own_groups
from dream_engine.shapes import TILES, Shape, shrunk_shape

DECODING_BYTES = 22
"""Bytes that decoding takes per pixel of a file, measured for WebP, which takes the most of all formats."""

_PICTURE_BYTES = 45
"""Bytes that a dream takes per pixel beside its steps, measured at 12 megapixels, its file included."""

_MASK_BYTES = 8
"""Bytes that a mask takes per pixel of the picture, measured at 11 megapixels."""

_USABLE_SHARE = 0.9
"""The share of the memory that is planned with; the rest is a reserve."""

_SPARE_SHARE = 0.14
"""How much more than its largest dream's estimate a process may keep between dreams, as a share of it."""

_TRACE_BYTES = 50 * 2**20
"""What tracing a step takes temporarily, measured with the deepest layers of EfficientNet-Lite0."""

_MIN_SPARE_SHARE = 0.1
"""The least of ``_SPARE_SHARE`` under a tight limit: a new process would soon hold as much again."""

_PROCESS_BYTES = 750_000_000
"""Bytes that a process holds when it has loaded TensorFlow and a network, and compiled its steps."""

_PHOTOGRAPH_PIXELS = 12_000_000
"""The pixels of a photograph that every worker should be able to dream at its full size."""

_MIN_PIXELS = 128 * 128
"""A picture of this size is always dreamed."""
_MIN_DECODED_PIXELS = 4_000_000
"""A file of this many pixels is always decoded."""

_FILES = (
    ("memory.max", "memory.current", "inactive_file"),
    ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)
"""Names of a control group's limit, usage and reclaimable file cache, in version 2 and in version 1."""


def resident_bytes() -> int:
    """The resident memory of this process."""
    return int(psutil.Process().memory_info().rss)


def available_bytes(membership: Path = MEMBERSHIP, groups: Path = MOUNTED) -> int:
    """The memory that this process can still take before the machine or its container has none left.

    Args:
        membership: The file in which Linux lists this process's control groups.
        groups: Where control groups are mounted.
    """
    available = [int(psutil.virtual_memory().available)]
    with contextlib.suppress(OSError):
        available.extend(_available_in_group(folder) for folder in own_groups("memory", membership, groups))
    return max(0, min(available))


def worker_bytes(step_bytes: int) -> int:
    """How many bytes a worker needs to dream a photograph of 12 megapixels in the smallest tiles.

    Args:
        step_bytes: Bytes that a step takes per pixel that it computes at once, with the worker's backbone.
    """
    needed = _PROCESS_BYTES + step_bytes * TILES[0] ** 2 + _PHOTOGRAPH_PIXELS * _PICTURE_BYTES
    return math.ceil(needed / _USABLE_SHARE)


def release_unused_memory() -> None:
    """Collect garbage, and return the C library's unused memory to the system."""
    gc.collect()
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError, OSError):  # only glibc has malloc_trim
            ctypes.CDLL(None).malloc_trim(0)


@dataclass(frozen=True, slots=True)
class MemoryUse:
    """How much memory a worker holds between two dreams.

    Attributes:
        resident: The bytes that it holds.
        bound: The bytes that it may hold.
    """

    resident: int
    bound: int

    @property
    def excessive(self) -> bool:
        """Whether the worker holds more than it may."""
        return self.resident > self.bound


class Memory:
    """Plans how much memory a dream may take, and bounds how much the process keeps between dreams.

    The plan for a dream depends on its backbone and not on earlier dreams: memory that they left behind is
    reused by the next dream, released, or freed by replacing the process.

    Args:
        max_bytes: How many bytes the process may hold; ``None`` for its share of the available memory.
        processes: How many processes share the available memory.
        resident_bytes: Measures the memory that the process holds.
        available_bytes: Measures the memory that the process can still take.
    """

    def __init__(
        self,
        max_bytes: int | None = None,
        processes: int = 1,
        resident_bytes: Callable[[], int] = resident_bytes,
        available_bytes: Callable[[], int] = available_bytes,
    ) -> None:
        self._max_bytes = max_bytes
        self._processes = processes
        self._resident_bytes = resident_bytes
        self._available_bytes = available_bytes
        self._baseline = resident_bytes()
        self._loaded: dict[str, int] = {}
        self._largest = 0.0

    @contextlib.contextmanager
    def loading(self, name: str) -> Iterator[None]:
        """Measure the memory that loading a backbone takes, the first time it is loaded.

        Args:
            name: The backbone's name.
        """
        before = self._resident_bytes()
        yield
        self._loaded.setdefault(name, max(0, self._resident_bytes() - before))

    def record_baseline(self) -> None:
        """Count all memory that the process holds now as permanent, whatever it dreams."""
        release_unused_memory()
        self._baseline = self._resident_bytes()
        self._loaded = dict.fromkeys(self._loaded, 0)

    def permanent_bytes(self, name: str | None = None) -> int:
        """How many bytes the process holds permanently.

        Args:
            name: The backbone that it dreams with; ``None`` for the largest that it has loaded.
        """
        loaded = max(self._loaded.values(), default=0) if name is None else self._loaded.get(name, 0)
        return self._baseline + loaded

    def dream_bytes(self, name: str | None = None) -> float:
        """How many bytes a dream may take.

        Args:
            name: The backbone of the dream.
        """
        if self._max_bytes is None:
            max_bytes = self._resident_bytes() + self._available_bytes() / self._processes
        else:
            max_bytes = self._max_bytes
        return _USABLE_SHARE * max_bytes - self.permanent_bytes(name)

    def use(self) -> MemoryUse:
        """How much the process holds between two dreams, and how much it may hold.

        The bound is a seventh above the estimate for its largest dream so far. Under a limit, the bound
        exceeds the estimate by no more than the reserve that is kept free of the limit.
        """
        expected = self.permanent_bytes() + self._largest
        spare = _SPARE_SHARE * expected
        if self._max_bytes is not None:
            spare = min(spare, max((1 - _USABLE_SHARE) * self._max_bytes, _MIN_SPARE_SHARE * expected))
        return MemoryUse(self._resident_bytes(), math.ceil(expected + spare))

    def can_trace(self) -> bool:
        """Whether another step can be traced within the bound for memory between two dreams."""
        use = self.use()
        return use.resident + _TRACE_BYTES <= use.bound

    def max_decoded_pixels(self) -> int:
        """How many pixels a file may have to be decoded, in whole megapixels."""
        pixels = int(self.dream_bytes() / DECODING_BYTES)
        return max(_MIN_DECODED_PIXELS, pixels // 1_000_000 * 1_000_000)

    def choose_tile(
        self, shape: Shape, step_bytes: int, name: str | None = None, *, masked: bool = False
    ) -> int:
        """The smallest tile in which a picture is dreamed whole, or the largest that memory allows.

        Args:
            shape: The picture's height and width in pixels.
            step_bytes: Bytes that a step takes per pixel that it computes at once.
            name: The backbone of the dream.
            masked: Whether the dream has a mask.

        Returns:
            One of :data:`~dream_engine.shapes.TILES`.
        """
        height, width = shape
        budget = self.dream_bytes(name) - height * width * _picture_bytes(masked=masked)
        at_once = {tile: min(height * width, tile**2) for tile in TILES}
        affordable = [tile for tile in TILES if at_once[tile] * step_bytes <= budget] or [TILES[0]]
        whole = (tile for tile in affordable if height * width <= tile**2)
        return next(whole, affordable[-1])

    def fit_shape(
        self, shape: Shape, step_bytes: int, tile: int, name: str | None = None, *, masked: bool = False
    ) -> Shape:
        """The largest shape up to the picture's own at which there is memory to dream it.

        Args:
            shape: The picture's height and width in pixels.
            step_bytes: Bytes that a step takes per pixel that it computes at once.
            tile: The side in pixels of the tiles in which larger pictures are dreamed.
            name: The backbone of the dream.
            masked: Whether the dream has a mask.
        """
        budget = self.dream_bytes(name)
        picture_bytes = _picture_bytes(masked=masked)
        whole = budget / (step_bytes + picture_bytes)
        tiled = (budget - step_bytes * tile**2) / picture_bytes
        max_pixels = max(_MIN_PIXELS, whole if whole < tile**2 else tiled)
        height, width = shape
        if height * width > max_pixels:
            height, width = shrunk_shape(shape, int(max(shape) * (max_pixels / (height * width)) ** 0.5))
        at_once = min(height * width, tile**2)
        self._largest = max(self._largest, at_once * step_bytes + height * width * picture_bytes)
        return height, width


def _picture_bytes(*, masked: bool) -> int:
    return _PICTURE_BYTES + (_MASK_BYTES if masked else 0)


def _available_in_group(group: Path) -> int:
    """How many bytes a control group can still take."""
    for limit_file, usage_file, cache in _FILES:
        with contextlib.suppress(OSError, ValueError):
            limit = int((group / limit_file).read_text())  # "max" is a ValueError: there is no limit
            statistics = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
            return limit - int((group / usage_file).read_text()) + int(statistics.get(cache, 0))
    return 2**63
