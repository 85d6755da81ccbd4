"""The log: one line an event, and no secret in it."""

import copy
import logging
import re
import sys

import aiohttp
import discord

_INTERACTION_TOKENS = re.compile(
    r"""((?:webhooks|interactions)/\d+/ | \\?["']token\\?["']:\ ?\\?["'])[\w.\-]+""", re.VERBOSE
)
"""In addresses, in what the gateway said, and in what is kept of a reply."""
_NETWORK_TROUBLE = (OSError, TimeoutError, aiohttp.ClientError, discord.ConnectionClosed)
_HIDDEN = "[hidden]"


class RedactingFormatter(logging.Formatter):
    """Writes records with their tracebacks, but without tokens.

    Args:
        secrets: What must never be written.
    """

    def __init__(self, *secrets: str) -> None:
        super().__init__("{asctime} {levelname:<7} {name}: {message}", style="{")
        self._secrets = [secret for secret in secrets if secret]

    def format(self, record: logging.LogRecord) -> str:
        """The record as it is written."""
        text = super().format(_without_network_traceback(record))
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        return _INTERACTION_TOKENS.sub(rf"\g<1>{_HIDDEN}", text)


def _without_network_traceback(record: logging.LogRecord) -> logging.LogRecord:
    """Of the library's trouble with the network, which is nobody's bug, only the last line is written."""
    error = record.exc_info[1] if record.exc_info else None
    if not record.name.startswith("discord.") or not isinstance(error, _NETWORK_TROUBLE):
        return record
    short = copy.copy(record)
    short.exc_info, short.exc_text = None, f"  {type(error).__name__}: {error}"
    return short


def set_up_logging(level: str, *secrets: str) -> None:
    """Write the log to stderr.

    Args:
        level: From which level on; of the libraries only what matters at every level but DEBUG.
        secrets: What must never be written.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter(*secrets))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    if level != "DEBUG":
        for library in ("discord.client", "discord.http", "aiosqlite", "asyncio"):
            logging.getLogger(library).setLevel(logging.WARNING)
