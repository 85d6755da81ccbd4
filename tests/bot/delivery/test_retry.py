"""Discord's errors are translated, and calls to a busy Discord are retried."""

import asyncio
from types import SimpleNamespace

import aiohttp
import discord
import pytest

from bot.delivery import retry
from bot.delivery.retry import (
    AcknowledgedError,
    BusyError,
    DeliveryError,
    ExpiredError,
    ForbiddenError,
    GoneError,
    TooLargeError,
    retry_while_busy,
    translate_discord_errors,
)


def http_error(status, code=0, headers=None):
    response = SimpleNamespace(status=status, reason="", headers=headers or {})
    kinds = {403: discord.Forbidden, 404: discord.NotFound, 503: discord.DiscordServerError}
    return kinds.get(status, discord.HTTPException)(response, {"code": code, "message": "no"})


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (http_error(413), TooLargeError),
        (http_error(400, 40005), TooLargeError),
        (http_error(404, 50027), ExpiredError),
        (http_error(401), ExpiredError),
        (http_error(404, 10015), ExpiredError),
        (http_error(404, 10062), ExpiredError),
        (http_error(404, 10008), GoneError),
        (http_error(404, 10003), GoneError),
        (http_error(403, 50013), ForbiddenError),
        (http_error(429), BusyError),
        (http_error(503), BusyError),
        (http_error(500), BusyError),
        (http_error(499), DeliveryError),
        (aiohttp.ClientConnectionError(), BusyError),
        (TimeoutError(), BusyError),
        (OSError(), BusyError),
        (http_error(400, 40060), AcknowledgedError),
        (http_error(400, 50035), DeliveryError),
    ],
    ids=str,
)
def test_each_error_of_discord_is_translated(error, expected):
    with pytest.raises(DeliveryError) as raised, translate_discord_errors():
        raise error
    assert type(raised.value) is expected


def test_other_exceptions_are_not_translated():
    with pytest.raises(KeyError), translate_discord_errors():
        raise KeyError


@pytest.mark.parametrize(("header", "seconds"), [("1.5", 1.5), ("7", 7.0), ("soon", None), (None, None)])
def test_the_retry_after_header_is_read(header, seconds):
    headers = {} if header is None else {"Retry-After": header}
    with pytest.raises(BusyError) as raised, translate_discord_errors():
        raise http_error(429, headers=headers)
    assert raised.value.retry_after == seconds


def test_an_awaited_answer_is_retried_for_one_minute_and_others_for_five():
    assert (retry.RETRY_SECONDS, retry.LONG_RETRY_SECONDS) == (60, 300)


class FailingCall:
    """A call that raises the given errors, one for each attempt, and then succeeds."""

    def __init__(self, *errors):
        self.errors = list(errors)
        self.calls = 0

    async def __call__(self):
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "arrived"


async def test_a_call_that_succeeds_is_not_retried():
    call = FailingCall()
    assert await retry_while_busy(call, 10) == "arrived"
    assert call.calls == 1


async def test_a_busy_discord_is_called_again_when_it_says(monkeypatch):
    monkeypatch.setattr(retry, "_MIN_PAUSE_SECONDS", 0.0)
    call = FailingCall(BusyError(0.0), BusyError(0.0), BusyError(0.0))
    assert await retry_while_busy(call, 10) == "arrived"
    assert call.calls == 4


async def test_pauses_grow_exponentially_up_to_a_limit():
    pauses = [
        retry._pause(SimpleNamespace(outcome=SimpleNamespace(exception=BusyError), attempt_number=number))
        for number in range(1, 10)
    ]
    assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]


async def test_there_is_always_a_pause():
    state = SimpleNamespace(outcome=SimpleNamespace(exception=lambda: BusyError(0.0)), attempt_number=1)
    assert retry._pause(state) == 0.5


async def test_a_retry_after_the_deadline_is_not_awaited():
    call = FailingCall(BusyError(3600.0))
    async with asyncio.timeout(20):
        with pytest.raises(BusyError):
            await retry_while_busy(call, 10)
    assert call.calls == 1


async def test_an_attempt_that_takes_too_long_counts_as_busy(monkeypatch):
    monkeypatch.setattr(retry, "_ATTEMPT_SECONDS", 0.0)
    with pytest.raises(BusyError):
        await retry_while_busy(lambda: asyncio.sleep(3600), 0.0)


async def test_retries_end_at_the_deadline():
    call = FailingCall(*[BusyError(0.0)] * 1000)
    with pytest.raises(BusyError):
        await retry_while_busy(call, 0.0)
    assert call.calls == 1


@pytest.mark.parametrize("error", [ExpiredError(), GoneError(), ForbiddenError(), TooLargeError()])
async def test_a_final_error_is_not_retried(error):
    call = FailingCall(error)
    with pytest.raises(type(error)):
        await retry_while_busy(call, 10)
    assert call.calls == 1
