"""Translates Discord's errors, and retries calls while Discord is busy."""

import asyncio
import contextlib
import logging
import math
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import TypeVar

import aiohttp
import discord
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_before_delay

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")

_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_ATTEMPT_SECONDS = 120.0
"""The time limit of one attempt, its upload included."""

RETRY_SECONDS = 60.0
"""How long to retry an answer that a person waits for right now."""
LONG_RETRY_SECONDS = 300.0
"""How long to retry an answer that may also come later."""
FOREVER = math.inf
"""Retries without a limit, for a call that must succeed before anything else happens."""


class DeliveryError(Exception):
    """A card did not arrive."""


class ExpiredError(DeliveryError):
    """The interaction's token is no longer valid."""


class GoneError(DeliveryError):
    """The message or its channel was deleted."""


class ForbiddenError(DeliveryError):
    """The bot has no permission to write there."""


class TooLargeError(DeliveryError):
    """The file is too large for the place."""


class AcknowledgedError(DeliveryError):
    """The interaction was acknowledged before, perhaps by an attempt whose response was lost."""


class BusyError(DeliveryError):
    """Discord is too busy, or cannot be reached.

    Args:
        retry_after: The seconds after which Discord accepts the next attempt, if it says so.
    """

    def __init__(self, retry_after: float | None = None) -> None:
        self.retry_after = retry_after


_ERRORS_BY_CODE: Mapping[int, type[DeliveryError]] = {
    10015: ExpiredError,  # unknown webhook
    10062: ExpiredError,  # unknown interaction
    40005: TooLargeError,
    40060: AcknowledgedError,
    50027: ExpiredError,  # invalid webhook token
}
_ERRORS_BY_STATUS: Mapping[int, type[DeliveryError]] = {
    401: ExpiredError,
    403: ForbiddenError,
    404: GoneError,
    413: TooLargeError,
}
"""The errors by HTTP status, for responses with none of the codes above."""


async def retry_while_busy(call: Callable[[], Awaitable[_Result]], seconds: float) -> _Result:
    """Call Discord, and retry while it is busy: after the time that it names, or with exponential backoff.

    Args:
        call: Makes one attempt.
        seconds: How long to retry.

    Raises:
        DeliveryError: The call failed; :class:`BusyError` if Discord stayed busy.
    """

    async def try_once() -> _Result:
        try:
            async with asyncio.timeout(_ATTEMPT_SECONDS):
                return await call()
        except TimeoutError:
            raise BusyError from None

    patience = AsyncRetrying(
        retry=retry_if_exception_type(BusyError), wait=_pause, stop=stop_before_delay(seconds), reraise=True
    )
    return await patience(try_once)


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, BusyError) and error.retry_after is not None:
        return max(error.retry_after, _SHORTEST_PAUSE)
    return float(min(_SHORTEST_PAUSE * 2 ** (state.attempt_number - 1), _LONGEST_PAUSE))


@contextlib.contextmanager
def translate_discord_errors() -> Iterator[None]:
    """Translate the exceptions of discord.py and of the network into a :class:`DeliveryError`."""
    try:
        yield
    except discord.HTTPException as error:
        raise _to_delivery_error(error) from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise BusyError from error


def _to_delivery_error(error: discord.HTTPException) -> DeliveryError:
    kind = _ERRORS_BY_CODE.get(error.code) or _ERRORS_BY_STATUS.get(error.status)
    if kind is not None:
        return kind()
    if error.status == 429 or error.status >= 500:
        return BusyError(_retry_after(error))
    _log.error("Discord refused a card: %s", error)
    return DeliveryError()


def _retry_after(error: discord.HTTPException) -> float | None:
    headers = getattr(error.response, "headers", {})
    try:
        return float(headers.get("Retry-After", ""))
    except ValueError:
        return None
