"""What Discord's refusals mean, and how patiently it is asked."""

import asyncio
from types import SimpleNamespace

import aiohttp
import discord
import pytest
from discord.webhook.async_ import AsyncWebhookAdapter, async_context

from bot.replies import cards, post
from bot.replies.post import (
    AcknowledgedError,
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
        (refusal(400, 40060), AcknowledgedError),
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


async def test_but_never_at_once():
    state = SimpleNamespace(outcome=SimpleNamespace(exception=lambda: BusyError(0.0)), attempt_number=1)
    assert post._pause(state) == 0.5


async def test_it_is_not_waited_for_a_try_that_would_come_too_late():
    call = Tried(BusyError(3600.0))
    async with asyncio.timeout(20):
        with pytest.raises(BusyError):
            await patiently(call, 10)
    assert call.times == 1


async def test_a_try_that_takes_too_long_counts_as_a_busy_one(monkeypatch):
    monkeypatch.setattr(post, "_ONE_TRY", 0.0)
    with pytest.raises(BusyError):
        await patiently(lambda: asyncio.sleep(3600), 0.0)


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


class Session:
    """A Discord whose rate limit is used up by the first request, and that knows no message afterwards."""

    def __init__(self):
        self.asked = asyncio.Event()

    def request(self, *_, **__):
        answer = Answer(404 if self.asked.is_set() else 200)
        self.asked.set()
        return answer


class Answer:
    def __init__(self, status):
        self.status, self.reason = status, ""
        self.headers = {"content-type": "application/json"}
        if status == 200:
            self.headers |= {"X-Ratelimit-Remaining": "0", "X-Ratelimit-Reset-After": "3600"}

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        pass

    async def text(self, **_):
        return "{}" if self.status == 200 else '{"code": 10008, "message": "Unknown Message"}'


async def test_an_edit_broken_off_while_it_waits_for_its_turn_does_not_block_the_answer():
    session, reply = Session(), a_reply()
    client = discord.Client(intents=discord.Intents.none())
    client.http._HTTPClient__session = session
    carries = Post(client, Clock())
    adapter = AsyncWebhookAdapter()
    async_context.set(adapter)
    preview = asyncio.create_task(carries.edit(reply, cards.ended("a preview")))
    await session.asked.wait()
    lock = adapter._locks[reply.application_id, reply.token]
    preview.cancel()
    with pytest.raises(asyncio.CancelledError):
        await preview
    assert lock.locked()  # discord.py leaves it so
    async with asyncio.timeout(20):
        with pytest.raises(GoneError):  # it was asked, at least
            await carries.edit(reply, cards.ended("the answer"))


def message(*names):
    return SimpleNamespace(attachments=[SimpleNamespace(filename=name) for name in names])


@pytest.mark.parametrize(
    ("names", "carries"),
    [
        (["dream-1.png"], True),
        (["dream-1.webp"], True),
        (["SPOILER_dream-1.jpg"], True),
        (["growing-1.jpg"], False),
        (["dream-12.png"], False),
        ([], False),
    ],
    ids=str,
)
async def test_a_dream_is_known_by_the_name_of_its_file(names, carries):
    async def history(limit):
        for one in [message("other.png"), message(*names)][:limit]:
            yield one

    client = SimpleNamespace(get_partial_messageable=lambda _: SimpleNamespace(history=history))
    assert await Post(client, Clock()).has_written_to_channel(a_reply(), "dream-1") == carries
