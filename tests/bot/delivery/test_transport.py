"""The transport sends cards to Discord and finds them there."""

import asyncio
from types import SimpleNamespace

import discord
import pytest
from discord.webhook.async_ import AsyncWebhookAdapter, async_context

from bot.delivery import cards
from bot.delivery.retry import ExpiredError, GoneError
from bot.delivery.transport import DiscordTransport
from fake_discord.simcord_additions import text_of
from tests.bot.records import NOW, a_reply
from tests.bot.simulated_server import all_answers


async def test_an_edit_without_a_token_fails_at_once():
    with pytest.raises(ExpiredError):
        await DiscordTransport(None).edit(a_reply(token=""), cards.ended("too late"))


async def test_sending_to_an_unknown_channel_fails():
    with pytest.raises(GoneError):
        await DiscordTransport(None).send_to_channel(a_reply(channel_id=None), cards.ended("where?"), "nonce")


@pytest.mark.parametrize("expires_at", [NOW - 3600, NOW, NOW + 3600])
async def test_discord_decides_whether_a_token_is_valid(expires_at):
    session, client = Session(), discord.Client(intents=discord.Intents.none())
    session.requested.set()  # so that each response is 404
    client.http._HTTPClient__session = session
    with pytest.raises(GoneError):
        await DiscordTransport(client).edit(a_reply(expires_at=expires_at), cards.ended("an answer"))


class Session:
    """A session whose first response uses up the rate limit; each later one is 404."""

    def __init__(self):
        self.requested = asyncio.Event()

    def request(self, *_, **__):
        answer = Answer(404 if self.requested.is_set() else 200)
        self.requested.set()
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


async def test_an_edit_cancelled_during_a_rate_limit_does_not_block_the_answer():
    session, reply = Session(), a_reply()
    client = discord.Client(intents=discord.Intents.none())
    client.http._HTTPClient__session = session
    transport = DiscordTransport(client)
    adapter = AsyncWebhookAdapter()
    async_context.set(adapter)
    preview = asyncio.create_task(transport.edit(reply, cards.ended("a preview")))
    await session.requested.wait()
    lock = adapter._locks[reply.application_id, reply.token]
    preview.cancel()
    with pytest.raises(asyncio.CancelledError):
        await preview
    assert lock.locked()  # discord.py leaves it locked
    async with asyncio.timeout(20):
        with pytest.raises(GoneError):  # the request was sent
            await transport.edit(reply, cards.ended("the answer"))


def message(*names):
    return SimpleNamespace(attachments=[SimpleNamespace(filename=name) for name in names], components=[])


def gallery(name):
    url = f"https://cdn.discordapp.com/attachments/1/2/{name}?ex=1"
    shown = discord.MediaGalleryComponent({"id": 1, "type": 12, "items": [{"media": {"url": url}}]}, None)
    return SimpleNamespace(attachments=[], components=[SimpleNamespace(children=[shown])])


class Channel:
    """A channel with messages, newest first."""

    def __init__(self, *messages):
        self.messages = messages
        self.searches = []
        self.sent = []

    async def send(self, **message):
        self.sent.append(message)

    async def history(self, **options):
        self.searches.append(options)
        for found in self.messages[: options["limit"]]:
            yield found

    def transport(self):
        return DiscordTransport(
            SimpleNamespace(get_partial_messageable=lambda _: self, create_dm=self.create_dm)
        )

    async def create_dm(self, _):
        return self


async def test_a_dream_in_a_gallery_is_found_without_an_attachment():
    transport = Channel(message("other.png"), gallery("SPOILER_dream-1.png")).transport()
    assert await transport.channel_has_file(a_reply(), "dream-1")
    assert not await transport.channel_has_file(a_reply(), "dream-2")


async def test_a_dream_is_found_behind_a_thousand_newer_messages():
    channel = Channel(*[message("other.png")] * 1000, message("dream-1.png"))
    assert await channel.transport().channel_has_file(a_reply(message_id=6), "dream-1")
    assert await channel.transport().dm_has_file(a_reply(message_id=6), "dream-1")
    for options in channel.searches:
        assert (options["after"].id, options["oldest_first"], options["limit"]) == (6, False, 2000)


async def test_without_the_answers_id_only_the_last_messages_are_searched():
    channel = Channel(*[message("other.png")] * 199, message("dream-1.png"), message("dream-2.png"))
    transport, reply = channel.transport(), a_reply(message_id=None)
    assert await transport.channel_has_file(reply, "dream-1")
    assert not await transport.channel_has_file(reply, "dream-2")
    assert channel.searches[0]["after"] is None


async def test_a_sentence_is_found_anywhere_in_a_direct_message():
    text = discord.components.TextDisplay({"id": 1, "type": 10, "content": "### Dreaming\nIt failed."})
    failed = SimpleNamespace(attachments=[], components=[SimpleNamespace(children=[text])])
    transport = Channel(message(), failed).transport()
    assert await transport.dm_has_text(a_reply(), "It failed.")
    assert not await transport.dm_has_text(a_reply(), "It was refused.")


@pytest.mark.parametrize(
    ("names", "has_file"),
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
async def test_a_dream_is_found_by_its_file_name(names, has_file):
    transport = Channel(message("other.png"), message(*names)).transport()
    assert await transport.channel_has_file(a_reply(), "dream-1") == has_file


@pytest.mark.parametrize(("send_first", "order"), [(True, ["send", "delete"]), (False, ["delete", "send"])])
@pytest.mark.parametrize("gone", [False, True])
async def test_a_private_answer_is_sent_before_or_after_the_public_one_is_deleted(
    monkeypatch, send_first, order, gone
):
    transport, done = DiscordTransport(None), []

    async def delete(_):
        done.append("delete")
        if gone:
            raise GoneError

    async def send_privately(*_):
        done.append("send")

    monkeypatch.setattr(transport, "delete", delete)
    monkeypatch.setattr(transport, "send_privately", send_privately)
    await transport.answer_privately(a_reply(), lambda: cards.ended("no"), 0.0, send_first=send_first)
    assert done == order


async def test_an_answer_that_is_already_private_is_edited(monkeypatch):
    transport, edited = DiscordTransport(None), []

    async def edit(_, card):
        edited.append(card)

    monkeypatch.setattr(transport, "edit", edit)
    card = cards.ended("no")
    await transport.answer_privately(a_reply(private=True), lambda: card, 0.0)
    assert edited == [card]


async def test_by_default_the_public_answer_is_deleted_first(monkeypatch):
    transport, done = DiscordTransport(None), []

    async def note(action):
        done.append(action)

    monkeypatch.setattr(transport, "delete", lambda _: note("delete"))
    monkeypatch.setattr(transport, "send_privately", lambda *_: note("send"))
    await transport.answer_privately(a_reply(), lambda: cards.ended("no"), 0.0)
    assert done == ["delete", "send"]


@pytest.mark.parametrize("method", ["send_to_channel", "send_dm"])
async def test_a_separate_message_pings_nobody(method):
    channel, card = Channel(), cards.ended("an answer")
    await getattr(channel.transport(), method)(a_reply(), card, "nonce")
    (sent,) = channel.sent
    assert (sent["view"], sent["files"], sent["nonce"]) == (card.view, card.files, "nonce")
    assert sent["mention_author"] is False
    assert sent["allowed_mentions"].to_dict() == {"parse": []}


async def test_a_message_in_the_channel_refers_to_the_interactions_answer():
    channel = Channel()
    await channel.transport().send_to_channel(
        a_reply(channel_id=5, message_id=6), cards.ended("here"), "nonce"
    )
    await channel.transport().send_to_channel(a_reply(message_id=None), cards.ended("here"), "nonce")
    await channel.transport().send_dm(a_reply(), cards.ended("here"), "nonce")
    answer, *others = (sent["reference"] for sent in channel.sent)
    assert (answer.channel_id, answer.message_id, answer.fail_if_not_exists) == (5, 6, False)
    assert others == [None, None]


@pytest.mark.parametrize(
    "where", [{"channel_id": None}, {"message_id": None}, {"private": True}, {"reachable": False}], ids=str
)
async def test_an_answer_that_the_bot_user_cannot_see_needs_a_token(where):
    transport, reply = (
        DiscordTransport(discord.Client(intents=discord.Intents.none())),
        a_reply(token="", **where),
    )
    with pytest.raises(ExpiredError):
        await transport.edit_in_channel(reply, cards.ended("too late"))
    with pytest.raises(ExpiredError):
        await transport.answer_has_file(reply, "dream-1")


async def test_searching_an_unknown_channel_fails():
    with pytest.raises(GoneError):
        await DiscordTransport(None).channel_has_file(a_reply(channel_id=None), "dream-1")


class TestAnAnswerInDiscord:
    """The answer to a member's ``/dream``."""

    @pytest.fixture
    async def asked(self, server):
        asked, _ = await server.start_dream()
        return asked

    @pytest.fixture
    async def reply(self, server, asked):
        return (await server.only_job()).reply

    @pytest.mark.parametrize("route", ["edit", "edit_in_channel"])
    async def test_is_replaced_by_a_card(self, server, asked, reply, route):
        await getattr(server.services.transport, route)(reply, cards.ended("Something else."))
        assert text_of(asked.response) == "Something else."

    async def test_is_followed_by_a_message_that_only_its_owner_sees(self, server, asked, reply):
        await server.services.transport.edit(reply, cards.ended("For all."))
        await server.services.transport.send_privately(reply, cards.ended("Between us."))
        (followup,) = [message for message in all_answers(asked) if text_of(message) == "Between us."]
        assert followup.ephemeral
        assert len(all_answers(asked)) == 2

    async def test_is_deleted(self, server, asked, reply):
        await server.services.transport.delete(reply)
        assert all_answers(asked) == []
        with pytest.raises(GoneError):
            await server.services.transport.edit(reply, cards.ended("Where is it?"))

    @pytest.mark.parametrize("token", ["valid", "expired"])
    async def test_says_whether_it_shows_its_dream(self, server, token):
        await server.complete_dream()
        job = await server.only_job()
        asked, dream = await server.start_dream(server.bob)
        reply = (await server.only_job(server.bob)).reply
        stem = cards.dream_file_stem(await server.only_job(server.bob))
        if token == "expired":
            reply = reply.model_copy(update={"token": ""})
        transport = server.services.transport
        assert await transport.answer_has_file(reply, stem) is False
        dream.finish()
        await server.answer(asked)
        assert await transport.answer_has_file(reply, stem) is True
        assert await transport.answer_has_file(reply, cards.dream_file_stem(job)) is False
