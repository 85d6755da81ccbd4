"""The log: one line an event, and no secret in it."""

import logging
import re
import sys
from typing import Any

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

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging calls it so
        """A traceback; of trouble with the network, which is nobody's bug, its last line alone."""
        if isinstance(ei[1], _NETWORK_TROUBLE):
            return f"  {type(ei[1]).__name__}: {ei[1]}"
        return super().formatException(ei)

    def format(self, record: logging.LogRecord) -> str:
        """The record as it is written."""
        text = super().format(record)
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        return _INTERACTION_TOKENS.sub(rf"\g<1>{_HIDDEN}", text)


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
