"""Why something did not reach Discord, in plain words, and how often it is tried again."""

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
"""So many seconds one try may take, its upload included."""

RETRY_SECONDS = 60.0
"""For so many seconds something is tried for a person who waits for it right now …"""
LONG_RETRY_SECONDS = 300.0
"""… and for so many, what they are to have sooner or later."""
FOREVER = math.inf
"""What nothing else may be done before is tried for as long as it takes."""


class DeliveryError(Exception):
    """A card did not arrive."""


class ExpiredError(DeliveryError):
    """The interaction's token can be used no longer."""


class GoneError(DeliveryError):
    """The message, or its channel, is not there any more."""


class ForbiddenError(DeliveryError):
    """The bot may not write there."""


class TooLargeError(DeliveryError):
    """The file is too large for the place."""


class AcknowledgedError(DeliveryError):
    """The interaction was acknowledged before; perhaps by a try whose answer was lost."""


class BusyError(DeliveryError):
    """Discord is too busy, or cannot be reached.

    Args:
        retry_after: After how many seconds it wants to be asked again, if it says.
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
"""What Discord's codes mean, and where it gives none of these, its status."""


async def retry_while_busy(call: Callable[[], Awaitable[_Result]], seconds: float) -> _Result:
    """Try again while Discord is busy, when it says or ever more seldom.

    Args:
        call: What to try.
        seconds: For how long.

    Raises:
        DeliveryError: It did not succeed; :class:`BusyError` when the time was over.
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
    """Turn what discord.py raises into a :class:`DeliveryError`."""
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
