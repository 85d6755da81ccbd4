"""What Discord's refusals mean, and how patiently it is asked."""

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


def refusal(status, code=0, headers=None):
    response = SimpleNamespace(status=status, reason="", headers=headers or {})
    kinds = {403: discord.Forbidden, 404: discord.NotFound, 503: discord.DiscordServerError}
    return kinds.get(status, discord.HTTPException)(response, {"code": code, "message": "no"})


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (refusal(413), TooLargeError),
        (refusal(400, 40005), TooLargeError),
        (refusal(404, 50027), ExpiredError),
        (refusal(401), ExpiredError),
        (refusal(404, 10015), ExpiredError),
        (refusal(404, 10062), ExpiredError),
        (refusal(404, 10008), GoneError),
        (refusal(404, 10003), GoneError),
        (refusal(403, 50013), ForbiddenError),
        (refusal(429), BusyError),
        (refusal(503), BusyError),
        (refusal(500), BusyError),
        (refusal(499), DeliveryError),
        (aiohttp.ClientConnectionError(), BusyError),
        (TimeoutError(), BusyError),
        (OSError(), BusyError),
        (refusal(400, 40060), AcknowledgedError),
        (refusal(400, 50035), DeliveryError),
    ],
    ids=str,
)
def test_each_refusal_has_its_meaning(error, meaning):
    with pytest.raises(DeliveryError) as told, translate_discord_errors():
        raise error
    assert type(told.value) is meaning


def test_a_bug_stays_a_bug():
    with pytest.raises(KeyError), translate_discord_errors():
        raise KeyError


@pytest.mark.parametrize(("header", "seconds"), [("1.5", 1.5), ("7", 7.0), ("soon", None), (None, None)])
def test_discord_says_when_to_come_back(header, seconds):
    headers = {} if header is None else {"Retry-After": header}
    with pytest.raises(BusyError) as told, translate_discord_errors():
        raise refusal(429, headers=headers)
    assert told.value.retry_after == seconds


def test_who_waits_is_waited_for_a_minute_and_what_may_come_later_is_tried_for_five():
    assert (retry.RETRY_SECONDS, retry.LONG_RETRY_SECONDS) == (60, 300)


class Tried:
    """Comes to nothing so often, and notes how long it was waited for in between."""

    def __init__(self, *troubles):
        self.troubles = list(troubles)
        self.times = 0

    async def __call__(self):
        self.times += 1
        if self.troubles:
            raise self.troubles.pop(0)
        return "arrived"


async def test_what_arrives_is_not_tried_again():
    call = Tried()
    assert await retry_while_busy(call, 10) == "arrived"
    assert call.times == 1


async def test_a_busy_discord_is_asked_again_when_it_says(monkeypatch):
    monkeypatch.setattr(retry, "_SHORTEST_PAUSE", 0.0)
    call = Tried(BusyError(0.0), BusyError(0.0), BusyError(0.0))
    assert await retry_while_busy(call, 10) == "arrived"
    assert call.times == 4


async def test_or_ever_more_seldom():
    pauses = [
        retry._pause(SimpleNamespace(outcome=SimpleNamespace(exception=BusyError), attempt_number=number))
        for number in range(1, 10)
    ]
    assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]


async def test_but_never_at_once():
    state = SimpleNamespace(outcome=SimpleNamespace(exception=lambda: BusyError(0.0)), attempt_number=1)
    assert retry._pause(state) == 0.5


async def test_it_is_not_waited_for_a_try_that_would_come_too_late():
    call = Tried(BusyError(3600.0))
    async with asyncio.timeout(20):
        with pytest.raises(BusyError):
            await retry_while_busy(call, 10)
    assert call.times == 1


async def test_a_try_that_takes_too_long_counts_as_a_busy_one(monkeypatch):
    monkeypatch.setattr(retry, "_ATTEMPT_SECONDS", 0.0)
    with pytest.raises(BusyError):
        await retry_while_busy(lambda: asyncio.sleep(3600), 0.0)


async def test_but_not_for_ever():
    call = Tried(*[BusyError(0.0)] * 1000)
    with pytest.raises(BusyError):
        await retry_while_busy(call, 0.0)
    assert call.times == 1


@pytest.mark.parametrize("trouble", [ExpiredError(), GoneError(), ForbiddenError(), TooLargeError()])
async def test_what_is_final_is_not_tried_again(trouble):
    call = Tried(trouble)
    with pytest.raises(type(trouble)):
        await retry_while_busy(call, 10)
    assert call.times == 1
