"""The part of an executor that the bot's operation watches."""

from typing import Protocol


class Workers(Protocol):
    """Counts the workers of an executor."""

    @property
    def ready(self) -> int:
        """How many workers are warm."""

    @property
    def capacity(self) -> int:
        """How many dreams can be worked on at once."""

    @property
    def restarts(self) -> int:
        """How many workers had to be replaced."""
