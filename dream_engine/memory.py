"""How much memory a dream may take, and how large a picture fits into that."""

import contextlib
import ctypes
import gc
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from dream_engine.shapes import Shape, shrunk_shape

DECODING_BYTES = 22
"""What decoding takes for each pixel of a file: measured for WebP, the format that takes most."""

_PICTURE_BYTES = 45
"""What a dream takes for each pixel beside its steps: measured at 12 megapixels, its file included."""

_USABLE = 0.9
"""The rest is for what is not foreseen."""

_SPARE = 0.14
"""A process may keep so much more between dreams than its largest dream so far should have taken."""

_TRACE_BYTES = 50 * 2**20
"""Tracing a step takes about so much for a moment: measured with the deepest layers of EfficientNet-Lite0."""

_LEAST_SPARE = 0.1
"""The same where a limit is so tight that it leaves less: a new process would soon hold as much again."""

_LEAST_PIXELS = 128 * 128
_LEAST_DECODED = 4_000_000
"""So small, a picture is always tried."""

_CONTROL_GROUPS = Path("/sys/fs/cgroup")
_FILES = (
    ("memory.max", "memory.current", "inactive_file"),
    ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)
"""A control group's limit, use, and what of that is files that it could let go of; in version 2, and in 1."""


def resident() -> int:
    """How many bytes this process holds."""
    return int(psutil.Process().memory_info().rss)


def unused(membership: Path = Path("/proc/self/cgroup"), groups: Path = _CONTROL_GROUPS) -> int:
    """How many bytes this process could take more, before the machine or its container runs out of them.

    Args:
        membership: Where Linux tells the control groups of this process.
        groups: Where control groups are mounted.
    """
    left = [int(psutil.virtual_memory().available)]
    with contextlib.suppress(OSError):
        for line in membership.read_text().splitlines():
            _, controllers, path = line.split(":", maxsplit=2)
            if not controllers or "memory" in controllers.split(","):
                top = groups / "memory" if controllers else groups
                group = top / path.lstrip("/")
                # Seen from within a container the path may lead nowhere: its own group is then at the top.
                above = (folder for folder in group.parents if folder.is_relative_to(top))
                left.extend(_left_in(folder) for folder in (group, *above))
    return max(0, min(left))


def give_back() -> None:
    """Collect garbage, and give the memory that the C library keeps unused back to the system."""
    gc.collect()
    with contextlib.suppress(AttributeError, OSError):  # only the GNU library has it
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
        """Whether it holds more than it may."""
        return self.resident > self.bound


class Memory:
    """Plans how much memory a dream may take beside what its process holds, and bounds what that keeps.

    The plan for a dream depends on its backbone, and not on the dreams before: what they left behind either
    serves the next one, or is let go of, or the process is replaced.

    Args:
        most: How many bytes the process may hold; ``None`` for its share of what is unused.
        sharers: How many processes share that.
        resident: Tells how much it holds.
        unused: Tells how much it could take more.
    """

    def __init__(
        self,
        most: int | None = None,
        sharers: int = 1,
        resident: Callable[[], int] = resident,
        unused: Callable[[], int] = unused,
    ) -> None:
        self._most = most
        self._sharers = sharers
        self._resident = resident
        self._unused = unused
        self._baseline = resident()
        self._loaded: dict[str, int] = {}
        self._largest = 0.0

    @contextlib.contextmanager
    def loading(self, name: str) -> Iterator[None]:
        """Note what loading a backbone takes, when that is done for the first time.

        Args:
            name: The backbone's.
        """
        before = self._resident()
        yield
        self._loaded.setdefault(name, max(0, self._resident() - before))

    def settle(self) -> None:
        """What the process holds now, it holds for good, whatever it dreams."""
        give_back()
        self._baseline = self._resident()
        self._loaded = dict.fromkeys(self._loaded, 0)

    def held(self, name: str | None = None) -> int:
        """How many bytes the process holds for good.

        Args:
            name: The backbone that it dreams with; ``None`` for any that it has loaded.
        """
        loaded = max(self._loaded.values(), default=0) if name is None else self._loaded.get(name, 0)
        return self._baseline + loaded

    def room(self, name: str | None = None) -> float:
        """How many bytes a dream may take.

        Args:
            name: The backbone that it is dreamed with.
        """
        most = self._resident() + self._unused() / self._sharers if self._most is None else self._most
        return _USABLE * most - self.held(name)

    def use(self) -> MemoryUse:
        """How much the process holds between two dreams, and how much it may hold.

        That is a seventh more than its largest dream so far should have taken; where that would leave less
        of a limit than planned with, only as much more as is kept free of the limit.
        """
        expected = self.held() + self._largest
        spare = _SPARE * expected
        if self._most is not None:
            spare = min(spare, max((1 - _USABLE) * self._most, _LEAST_SPARE * expected))
        return MemoryUse(self._resident(), math.ceil(expected + spare))

    def has_room_for_a_trace(self) -> bool:
        """Whether another step can be traced within what the process may hold between two dreams."""
        use = self.use()
        return use.resident + _TRACE_BYTES <= use.bound

    def most_decoded(self) -> int:
        """How many pixels a file may have to be decoded, in whole megapixels."""
        return max(_LEAST_DECODED, int(self.room() / DECODING_BYTES) // 1_000_000 * 1_000_000)

    def fitting(self, shape: Shape, step_bytes: int, tile: int, name: str | None = None) -> Shape:
        """The shape in which a picture can be dreamed: its own, or a smaller one.

        Args:
            shape: The picture's height and width in pixels.
            step_bytes: What a step takes for each pixel that it goes over at once.
            tile: A picture of more than tile × tile pixels is dreamed in tiles this large.
            name: The backbone that it is dreamed with.
        """
        room = self.room(name)
        whole = room / (step_bytes + _PICTURE_BYTES)
        tiled = (room - step_bytes * tile**2) / _PICTURE_BYTES
        most = max(_LEAST_PIXELS, whole if whole < tile**2 else tiled)
        height, width = shape
        if height * width > most:
            height, width = shrunk_shape(shape, int(max(shape) * (most / (height * width)) ** 0.5))
        at_once = min(height * width, tile**2)
        self._largest = max(self._largest, at_once * step_bytes + height * width * _PICTURE_BYTES)
        return height, width


def _left_in(group: Path) -> int:
    """How many bytes a control group may take more."""
    for limit, usage, cache in _FILES:
        with contextlib.suppress(OSError, ValueError):
            most = int((group / limit).read_text())  # "max" is a ValueError, and no limit
            statistics = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
            return most - int((group / usage).read_text()) + int(statistics.get(cache, 0))
    return 2**63
