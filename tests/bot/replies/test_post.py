"""What Discord's refusals mean, and how patiently it is asked."""

from types import SimpleNamespace

import aiohttp
import discord
import pytest

from bot.replies import cards, post
from bot.replies.post import (
    BusyError,
    ExpiredError,
    ForbiddenError,
    GoneError,
    Post,
    PostError,
    TooLargeError,
    patiently,
    told_plainly,
)
from tests.bot.records import NOW, Clock, a_reply


def refusal(status, code=0, headers=None):
    response = SimpleNamespace(status=status, reason="", headers=headers or {})
    kinds = {403: discord.Forbidden, 404: discord.NotFound, 503: discord.DiscordServerError}
    return kinds.get(status, discord.HTTPException)(response, {"code": code, "message": "no"})


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (refusal(413), TooLargeError),
        (refusal(400, 40005), TooLargeError),
        (refusal(401, 50027), ExpiredError),
        (refusal(401), ExpiredError),
        (refusal(404, 10015), ExpiredError),
        (refusal(404, 10062), ExpiredError),
        (refusal(404, 10008), GoneError),
        (refusal(404, 10003), GoneError),
        (refusal(403, 50013), ForbiddenError),
        (refusal(429), BusyError),
        (refusal(503), BusyError),
        (refusal(500), BusyError),
        (aiohttp.ClientConnectionError(), BusyError),
        (TimeoutError(), BusyError),
        (OSError(), BusyError),
        (refusal(400, 50035), PostError),
    ],
    ids=str,
)
def test_each_refusal_has_its_meaning(error, meaning):
    with pytest.raises(PostError) as told, told_plainly():
        raise error
    assert type(told.value) is meaning


def test_a_bug_stays_a_bug():
    with pytest.raises(KeyError), told_plainly():
        raise KeyError


@pytest.mark.parametrize(("header", "seconds"), [("1.5", 1.5), ("7", 7.0), ("soon", None), (None, None)])
def test_discord_says_when_to_come_back(header, seconds):
    headers = {} if header is None else {"Retry-After": header}
    with pytest.raises(BusyError) as told, told_plainly():
        raise refusal(429, headers=headers)
    assert told.value.retry_after == seconds


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
    assert await patiently(call, 10) == "arrived"
    assert call.times == 1


async def test_a_busy_discord_is_asked_again_when_it_says():
    call = Tried(BusyError(0.0), BusyError(0.0), BusyError(0.0))
    assert await patiently(call, 10) == "arrived"
    assert call.times == 4


async def test_or_ever_more_seldom():
    pauses = [
        post._pause(SimpleNamespace(outcome=SimpleNamespace(exception=BusyError), attempt_number=number))
        for number in range(1, 10)
    ]
    assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]


async def test_but_not_for_ever():
    call = Tried(*[BusyError(0.0)] * 1000)
    with pytest.raises(BusyError):
        await patiently(call, 0.0)
    assert call.times == 1


@pytest.mark.parametrize("trouble", [ExpiredError(), GoneError(), ForbiddenError(), TooLargeError()])
async def test_what_is_final_is_not_tried_again(trouble):
    call = Tried(trouble)
    with pytest.raises(type(trouble)):
        await patiently(call, 10)
    assert call.times == 1


@pytest.mark.parametrize(
    "reply",
    [a_reply(token=""), a_reply(expires_at=NOW), a_reply(expires_at=NOW + 4)],
    ids=["over", "past", "nearly"],
)
async def test_a_token_that_ran_out_is_not_even_tried(reply):
    carries = Post(None, Clock())
    with pytest.raises(ExpiredError):
        await carries.edit(reply, cards.ended("too late"))


async def test_an_answer_without_a_channel_cannot_be_sent_there():
    with pytest.raises(GoneError):
        await Post(None, Clock()).to_channel(a_reply(channel_id=None), cards.ended("where?"), "nonce")
