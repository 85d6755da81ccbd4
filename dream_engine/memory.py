"""How much memory a dream may take, and how large a picture fits into that."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

from dream_engine.shapes import Shape, shrunk_shape

DECODING_BYTES = 22
"""What decoding takes for each pixel of a file: measured for WebP, the format that takes most."""

_PICTURE_BYTES = 45
"""What a dream takes for each pixel beside its steps: measured at 12 megapixels, its file included."""

_USABLE = 0.9
"""The rest is for what is not foreseen."""

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


class Memory:
    """Knows what a process holds for good, and so how much a dream may take beside that.

    What a process holds besides was left by dreams of before, and serves the next one.

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
        self._held = resident()

    @contextlib.contextmanager
    def loading(self) -> Iterator[None]:
        """What the process holds more at the end of the block, it holds for good."""
        before = self._resident()
        yield
        self._held += max(0, self._resident() - before)

    def settle(self) -> None:
        """What the process holds now, it holds for good."""
        self._held = self._resident()

    @property
    def room(self) -> float:
        """How many bytes a dream may take."""
        most = self._resident() + self._unused() / self._sharers if self._most is None else self._most
        held = min(self._held, self._resident())  # what was loaded may have been let go of since
        return _USABLE * most - held

    def most_decoded(self) -> int:
        """How many pixels a file may have to be decoded, in whole megapixels."""
        return max(_LEAST_DECODED, int(self.room / DECODING_BYTES) // 1_000_000 * 1_000_000)

    def fitting(self, shape: Shape, step_bytes: int, tile: int) -> Shape:
        """The shape in which a picture can be dreamed: its own, or a smaller one.

        Args:
            shape: The picture's height and width in pixels.
            step_bytes: What a step takes for each pixel that it goes over at once.
            tile: A picture of more than tile × tile pixels is dreamed in tiles this large.
        """
        whole = self.room / (step_bytes + _PICTURE_BYTES)
        tiled = (self.room - step_bytes * tile**2) / _PICTURE_BYTES
        most = max(_LEAST_PIXELS, whole if whole < tile**2 else tiled)
        height, width = shape
        if height * width <= most:
            return shape
        return shrunk_shape(shape, int(max(shape) * (most / (height * width)) ** 0.5))


def _left_in(group: Path) -> int:
    """How many bytes a control group may take more."""
    for limit, usage, cache in _FILES:
        with contextlib.suppress(OSError, ValueError):
            most = int((group / limit).read_text())  # "max" is a ValueError, and no limit
            statistics = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
            return most - int((group / usage).read_text()) + int(statistics.get(cache, 0))
    return 2**63
