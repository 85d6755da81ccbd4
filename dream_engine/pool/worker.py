"""A warm worker as its executor sees it, wherever it runs."""

from abc import ABC, abstractmethod

from dream_engine.dreams import DreamRequest
from dream_engine.pool.mailbox import Mailbox


class Worker(ABC):
    """Takes the steps of one dream at a time, and writes the file of the one before."""

    def __init__(self) -> None:
        self._dreams = 0
        self._mailboxes: dict[int, Mailbox] = {}

    @property
    @abstractmethod
    def alive(self) -> bool:
        """Whether it is warm, and still answers."""

    @abstractmethod
    async def start(self, seconds: float) -> None:
        """Start it and wait until it is warm.

        Raises:
            DreamError: Something that the operator can mend.
            ExecutorError: It did not get warm, or not in time.
        """

    def open_mailbox(self) -> Mailbox:
        """A mailbox for the next dream: what the worker says of that comes into it."""
        self._dreams += 1
        mailbox = self._mailboxes[self._dreams] = Mailbox(self._dreams)
        return mailbox

    @abstractmethod
    async def begin(self, mailbox: Mailbox, request: DreamRequest) -> None:
        """Have the dream of a mailbox begun.

        Raises:
            ExecutorError: The request holds what cannot be sent to it.
        """

    @abstractmethod
    async def stop(self, mailbox: Mailbox) -> None:
        """Have the dream of a mailbox let be, and wait until it is."""

    async def files(self) -> None:
        """Wait until no dream lacks but its file."""
        for mailbox in tuple(self._mailboxes.values()):
            if mailbox.grown:
                await mailbox.over()

    @abstractmethod
    async def kill(self) -> None:
        """End it at once and wait until it is gone."""

    @abstractmethod
    async def close(self, seconds: float) -> None:
        """Let it end by itself within so many seconds, or kill it."""
