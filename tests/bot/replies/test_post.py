"""How cards are carried to Discord, and looked for there."""

import asyncio
from types import SimpleNamespace

import discord
import pytest
from discord.webhook.async_ import AsyncWebhookAdapter, async_context

from bot.replies import cards
from bot.replies.patience import ExpiredError, GoneError
from bot.replies.post import Post
from tests.bot.records import NOW, Clock, a_reply


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
    return SimpleNamespace(attachments=[SimpleNamespace(filename=name) for name in names], components=[])


def gallery(name):
    url = f"https://cdn.discordapp.com/attachments/1/2/{name}?ex=1"
    shown = discord.MediaGalleryComponent({"id": 1, "type": 12, "items": [{"media": {"url": url}}]}, None)
    return SimpleNamespace(attachments=[], components=[SimpleNamespace(children=[shown])])


async def test_a_dream_is_known_in_a_gallery_that_is_no_attachment():
    async def history(limit):
        for one in [message("other.png"), gallery("SPOILER_dream-1.png")][:limit]:
            yield one

    client = SimpleNamespace(get_partial_messageable=lambda _: SimpleNamespace(history=history))
    assert await Post(client, Clock()).has_written_to_channel(a_reply(), "dream-1")
    assert not await Post(client, Clock()).has_written_to_channel(a_reply(), "dream-2")


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
