"""Forwards a worker's log lines to the executor, with the number of the dream that they are about."""

import logging
from collections.abc import Callable
from contextvars import ContextVar

from dream_engine.executors.pool.messages import Logged

dream_number: ContextVar[int | None] = ContextVar("dream_number", default=None)
"""The number of the dream that this thread, or this task, works on."""


class LogForwarder(logging.Handler):
    """Sends log records to the executor.

    Args:
        send: Sends a line. Called from the thread that logs.
    """

    def __init__(self, send: Callable[[Logged], object]) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter())  # the text alone; the executor's log adds time and level
        self._send = send

    def emit(self, record: logging.LogRecord) -> None:
        """Send a line."""
        try:
            self._send(Logged(dream_number.get(), record.levelno, record.name, self.format(record)))
        except Exception:  # noqa: BLE001 - every handler of logging reports its errors this way
            self.handleError(record)
