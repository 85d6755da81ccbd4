"""The log: one line an event, with the job that it is about, and no secret in it."""

import contextlib
import copy
import logging
import re
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Literal

import aiohttp
import discord
from pythonjsonlogger.json import JsonFormatter

Layout = Literal["text", "json"]

current_job: ContextVar[str | None] = ContextVar("current_job", default=None)
"""The id of the job that the current task works on."""

_INTERACTION_TOKENS = re.compile(
    r"""((?:webhooks|interactions)/\d+/ | \\?["']token\\?["']:\ ?\\?["'])[\w.\-]+""", re.VERBOSE
)
"""In addresses, in what the gateway said, and in what is kept of a reply."""
_NETWORK_TROUBLE = (OSError, TimeoutError, aiohttp.ClientError, discord.ConnectionClosed)
_HIDDEN = "[hidden]"
_WRITERS: dict[Layout, logging.Formatter] = {
    "text": logging.Formatter("{asctime} {levelname:<7} {name}: {message}", style="{"),
    "json": JsonFormatter(
        "{levelname}{name}{message}",
        style="{",
        rename_fields={"levelname": "level", "name": "logger", "exc_info": "traceback"},
        timestamp="time",
        json_ensure_ascii=False,
    ),
}


@contextlib.contextmanager
def about(job_id: str) -> Iterator[None]:
    """Let everything that is logged here, and by the tasks that are started here, be about a job."""
    before = current_job.set(job_id)
    try:
        yield
    finally:
        current_job.reset(before)


class RedactingFormatter(logging.Formatter):
    """Writes records with their jobs and tracebacks, but without tokens.

    Args:
        secrets: What must never be written.
        layout: Lines for people, or a JSON object each.
    """

    def __init__(self, *secrets: str, layout: Layout = "text") -> None:
        super().__init__()
        self._writer = _WRITERS[layout]
        self._names_jobs = layout == "text"
        self._secrets = [secret for secret in secrets if secret]

    def format(self, record: logging.LogRecord) -> str:
        """The record as it is written."""
        record = _without_network_traceback(copy.copy(record))
        job = current_job.get()
        if job is not None:
            record.job = job
            if self._names_jobs and job not in record.getMessage():
                record.msg, record.args = f"{record.getMessage()} (job {job})", None
        text = self._writer.format(record)
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        return _INTERACTION_TOKENS.sub(rf"\g<1>{_HIDDEN}", text)


def _without_network_traceback(record: logging.LogRecord) -> logging.LogRecord:
    """Of the library's trouble with the network, which is nobody's bug, only the last line is written."""
    error = record.exc_info[1] if record.exc_info else None
    if not record.name.startswith("discord.") or not isinstance(error, _NETWORK_TROUBLE):
        return record
    record.exc_info, record.exc_text = None, f"  {type(error).__name__}: {error}"
    return record


def set_up_logging(level: str, *secrets: str, layout: Layout | None = None) -> None:
    """Write the log to stderr.

    Args:
        level: From which level on; of the libraries only what matters at every level but DEBUG.
        secrets: What must never be written.
        layout: How; ``None`` for text on a terminal, and JSON elsewhere.
    """
    layout = layout or ("text" if sys.stderr.isatty() else "json")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter(*secrets, layout=layout))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    if level != "DEBUG":
        for library in ("discord.client", "discord.http", "aiosqlite", "asyncio"):
            logging.getLogger(library).setLevel(logging.WARNING)
