"""The log: one line per event, with the id of its job, and without secrets."""

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
"""Matches interaction tokens in URLs, in gateway messages and in the JSON of replies."""
_NETWORK_ERRORS = (OSError, TimeoutError, aiohttp.ClientError, discord.ConnectionClosed)
_HIDDEN = "[hidden]"
_FORMATTERS: dict[Layout, logging.Formatter] = {
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
def job_context(job_id: str) -> Iterator[None]:
    """Attach a job's id to all log records of the block and of the tasks that it starts."""
    token = current_job.set(job_id)
    try:
        yield
    finally:
        current_job.reset(token)


class RedactingFormatter(logging.Formatter):
    """Formats records with the ids of their jobs, and replaces secrets and interaction tokens.

    Args:
        secrets: The texts to replace.
        layout: ``text`` for one plain line per record, ``json`` for one JSON object.
    """

    def __init__(self, *secrets: str, layout: Layout = "text") -> None:
        super().__init__()
        self._formatter = _FORMATTERS[layout]
        self._names_jobs = layout == "text"
        self._secrets = [secret for secret in secrets if secret]

    def format(self, record: logging.LogRecord) -> str:
        """Format a record."""
        record = _without_network_traceback(copy.copy(record))
        job = current_job.get()
        if job is not None:
            record.job = job
            if self._names_jobs and job not in record.getMessage():
                record.msg, record.args = f"{record.getMessage()} (job {job})", None
        text = self._formatter.format(record)
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        return _INTERACTION_TOKENS.sub(rf"\g<1>{_HIDDEN}", text)


def _without_network_traceback(record: logging.LogRecord) -> logging.LogRecord:
    """Replace the traceback of discord.py's network errors, which are not bugs, by their last line."""
    error = record.exc_info[1] if record.exc_info else None
    if not record.name.startswith("discord.") or not isinstance(error, _NETWORK_ERRORS):
        return record
    record.exc_info, record.exc_text = None, f"  {type(error).__name__}: {error}"
    return record


def set_up_logging(level: str, *secrets: str, layout: Layout | None = None) -> None:
    """Configure logging to stderr.

    Args:
        level: The minimum level. Unless it is DEBUG, noisy libraries log only warnings and errors.
        secrets: The texts to replace in all records.
        layout: The layout; ``None`` means text on a terminal, and JSON elsewhere.
    """
    layout = layout or ("text" if sys.stderr.isatty() else "json")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter(*secrets, layout=layout))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    if level != "DEBUG":
        for library in ("discord.client", "discord.http", "aiosqlite", "asyncio"):
            logging.getLogger(library).setLevel(logging.WARNING)
