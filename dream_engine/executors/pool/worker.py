"""A warm worker as its executor sees it, wherever it runs."""

import contextvars
import logging
from abc import ABC, abstractmethod
from typing import Any

from dream_engine.executors.base import ExecutorError
from dream_engine.executors.pool.mailbox import Mailbox
from dream_engine.executors.pool.messages import (
    AtRest,
    Freed,
    Logged,
    Reported,
    Request,
    Result,
    as_exception,
)
from dream_engine.frames import Frame
from dream_engine.memory import MemoryUse


class Worker(ABC):
    """Takes the steps of one dream at a time, while it encodes the file of the one before.

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
        """Whether it is warm and still answers."""

    @abstractmethod
    async def start(self, seconds: float) -> None:
        """Start it and wait until it is warm.

        Raises:
            DreamError: Something that the operator can fix, such as missing weights.
            ExecutorError: It failed to warm up, or not in time.
        """

    def open_mailbox(self) -> Mailbox:
        """Open the mailbox that receives the worker's messages about the next dream."""
        self._dreams += 1
        mailbox = self._mailboxes[self._dreams] = Mailbox(self._dreams)
        return mailbox

    @abstractmethod
    async def begin(self, mailbox: Mailbox, request: Request) -> None:
        """Send a request to the worker; its messages about the dream go to the mailbox.

        Raises:
            ExecutorError: The request cannot be pickled.
        """

    def share_cores(self, sharers: int) -> None:  # noqa: B027 - a worker with reserved cores ignores it
        """Tell it how many workers compute on the same cores at the moment, itself included."""

    @abstractmethod
    async def stop(self, mailbox: Mailbox) -> None:
        """Stop the dream of a mailbox, and wait until it has stopped."""

    def end_all(self, error: Exception) -> None:
        """End every unfinished dream with an error."""
        for mailbox in self._mailboxes.values():
            mailbox.put_end(error)

    async def wait_for_files(self) -> None:
        """Wait until every dream that has taken all its steps is encoded."""
        for mailbox in tuple(self._mailboxes.values()):
            if mailbox.encoding:
                await mailbox.wait_closed()

    @abstractmethod
    async def kill(self) -> None:
        """End it at once and wait until it is gone."""

    @abstractmethod
    async def close(self, seconds: float) -> None:
        """Ask it to end, and kill it if it has not done so within a number of seconds."""

    def _receive(self, message: Any) -> None:
        """Put a message of the worker into its dream's mailbox, or into the log."""
        if isinstance(message, Logged):
            self._log(message)
        elif isinstance(message, AtRest):
            self.memory = message.use
        elif (mailbox := self._mailboxes.get(message.number)) is None:
            return  # the worker sent it before it received the request to stop
        elif isinstance(message, Freed):
            mailbox.put_freed()
        elif not isinstance(message, Reported):
            self._mailboxes.pop(message.number).put_end(as_exception(message))
        elif isinstance(message.event, Result):
            self._mailboxes.pop(message.number).put_end(message.event)
        elif isinstance(message.event, Frame):
            mailbox.put_frame(message.event)
        else:
            mailbox.put_progress(message.event)

    def _reject_request(self, mailbox: Mailbox, error: Exception) -> ExecutorError:
        """End the dream of a request that cannot be pickled; returns the error to raise."""
        del self._mailboxes[mailbox.number]
        rejection = ExecutorError(f"The request cannot be sent to a worker: {error}")
        mailbox.put_end(rejection)
        return rejection

    def _log(self, line: Logged) -> None:
        """Log a line of the worker, in the context of the dream that it is about."""
        mailbox = self._mailboxes.get(line.number or 0)
        context = mailbox.context if mailbox else contextvars.copy_context()
        context.run(logging.getLogger(line.logger).log, line.level, "%s", line.text)
