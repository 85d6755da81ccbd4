"""How what is logged beside a dream reaches the log of whoever asked for it."""

import logging
from collections.abc import Callable
from contextvars import ContextVar

from dream_engine.executors.pool.messages import Logged

dream_number: ContextVar[int | None] = ContextVar("dream_number", default=None)
"""Which dream this thread, or this task, works on."""


class Reporter(logging.Handler):
    """Sends what is logged to whoever knows whose dream it is about.

    Args:
        send: Sends a line; called from whatever thread logs.
    """

    def __init__(self, send: Callable[[Logged], object]) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter())  # the text alone; the other side knows the rest
        self._send = send

    def emit(self, record: logging.LogRecord) -> None:
        """Send a line."""
        try:
            self._send(Logged(dream_number.get(), record.levelno, record.name, self.format(record)))
        except Exception:  # noqa: BLE001 - as every handler does
            self.handleError(record)
