"""Finds the control groups with which Linux, or a container, limits this process."""

from collections.abc import Iterator
from pathlib import Path

MEMBERSHIP = Path("/proc/self/cgroup")
"""The file in which Linux lists this process's control groups."""

MOUNTED = Path("/sys/fs/cgroup")
"""Where control groups are mounted."""


def own_groups(controller: str, membership: Path = MEMBERSHIP, mounted: Path = MOUNTED) -> Iterator[Path]:
    """Find the control groups that limit this process, in version 2 and in version 1.

    Args:
        controller: The name of a controller in version 1, such as ``memory``.
        membership: The file in which Linux lists this process's control groups.
        mounted: Where control groups are mounted.

    Yields:
        The folder of each group that contains this process, the innermost first; it may not exist.

    Raises:
        OSError: The membership cannot be read, as on other systems.
    """
    for line in membership.read_text().splitlines():
        _, controllers, path = line.split(":", maxsplit=2)
        if not controllers or controller in controllers.split(","):
            top = mounted / controller if controllers else mounted
            group = top / path.lstrip("/")
            # Within a container the path may not exist: the container's own group is then at the top.
            yield group
            yield from (folder for folder in group.parents if folder.is_relative_to(top))
