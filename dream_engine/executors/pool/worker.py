"""A warm worker as its executor sees it, wherever it runs."""

import contextvars
import logging
from abc import ABC, abstractmethod
from typing import Any

from dream_engine.dreams import Dream, DreamRequest
from dream_engine.executors.base import ExecutorError
from dream_engine.executors.pool.mailbox import Mailbox
from dream_engine.executors.pool.messages import AtRest, Freed, Logged, Told, as_exception
from dream_engine.memory import MemoryUse


class Worker(ABC):
    """Takes the steps of one dream at a time, and writes the file of the one before.

    Attributes:
        memory: How much memory it held after its last dream; ``None`` before the first.
    """

    def __init__(self) -> None:
        self._dreams = 0
        self._mailboxes: dict[int, Mailbox] = {}
        self.memory: MemoryUse | None = None

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

    def _hear(self, message: Any) -> None:
        """Put what the worker says of a dream into its mailbox, or into the log."""
        if isinstance(message, Logged):
            self._log(message)
        elif isinstance(message, AtRest):
            self.memory = message.use
        elif (mailbox := self._mailboxes.get(message.number)) is None:
            return  # told to stop, it may still say what crossed that word
        elif isinstance(message, Freed):
            mailbox.put_freed()
        elif not isinstance(message, Told):
            self._mailboxes.pop(message.number).put_end(as_exception(message))
        elif isinstance(message.event, Dream):
            self._mailboxes.pop(message.number).put_end(message.event)
        else:
            mailbox.put_progress(message.event)

    def _cannot_be_sent(self, mailbox: Mailbox, error: Exception) -> ExecutorError:
        """End the dream of a request that does not pickle; returns why."""
        del self._mailboxes[mailbox.number]
        reason = ExecutorError(f"The request cannot be sent to a worker: {error}")
        mailbox.put_end(reason)
        return reason

    def _log(self, line: Logged) -> None:
        """Write down what the worker has for the log, about the dream that it is about."""
        mailbox = self._mailboxes.get(line.number or 0)
        context = mailbox.context if mailbox else contextvars.copy_context()
        context.run(logging.getLogger(line.logger).log, line.level, "%s", line.text)

    def end_all(self, error: Exception) -> None:
        """End every dream that is not done with an error."""
        for mailbox in self._mailboxes.values():
            mailbox.put_end(error)

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
