"""The executor's interface for health checks and metrics."""

from typing import Protocol


class WorkerCounts(Protocol):
    """The worker counts of an executor."""

    @property
    def ready(self) -> int:
        """The number of ready workers."""

    @property
    def capacity(self) -> int:
        """The number of dreams that can run at the same time."""

    @property
    def restarts(self) -> int:
        """The number of workers that were replaced after a failure."""
