"""How cards are carried to Discord, and looked for there."""

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


async def test_without_a_token_nothing_is_tried():
    with pytest.raises(ExpiredError):
        await DiscordTransport(None).edit(a_reply(token=""), cards.ended("too late"))


async def test_an_answer_without_a_channel_cannot_be_sent_there():
    with pytest.raises(GoneError):
        await DiscordTransport(None).send_to_channel(a_reply(channel_id=None), cards.ended("where?"), "nonce")


@pytest.mark.parametrize("expires_at", [NOW - 3600, NOW, NOW + 3600])
async def test_whether_a_token_is_alive_is_what_discord_says(expires_at):
    session, client = Session(), discord.Client(intents=discord.Intents.none())
    session.asked.set()  # it knows no message, and says so at once
    client.http._HTTPClient__session = session
    with pytest.raises(GoneError):
        await DiscordTransport(client).edit(a_reply(expires_at=expires_at), cards.ended("an answer"))


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
    transport = DiscordTransport(client)
    adapter = AsyncWebhookAdapter()
    async_context.set(adapter)
    preview = asyncio.create_task(transport.edit(reply, cards.ended("a preview")))
    await session.asked.wait()
    lock = adapter._locks[reply.application_id, reply.token]
    preview.cancel()
    with pytest.raises(asyncio.CancelledError):
        await preview
    assert lock.locked()  # discord.py leaves it so
    async with asyncio.timeout(20):
        with pytest.raises(GoneError):  # it was asked, at least
            await transport.edit(reply, cards.ended("the answer"))


def message(*names):
    return SimpleNamespace(attachments=[SimpleNamespace(filename=name) for name in names], components=[])


def gallery(name):
    url = f"https://cdn.discordapp.com/attachments/1/2/{name}?ex=1"
    shown = discord.MediaGalleryComponent({"id": 1, "type": 12, "items": [{"media": {"url": url}}]}, None)
    return SimpleNamespace(attachments=[], components=[SimpleNamespace(children=[shown])])


class Channel:
    """A channel with messages in it, the newest first."""

    def __init__(self, *messages):
        self.messages = messages
        self.asked = []
        self.sent = []

    async def send(self, **what):
        self.sent.append(what)

    async def history(self, **how):
        self.asked.append(how)
        for one in self.messages[: how["limit"]]:
            yield one

    def known_to(self):
        return DiscordTransport(
            SimpleNamespace(get_partial_messageable=lambda _: self, create_dm=self.create_dm)
        )

    async def create_dm(self, _):
        return self


async def test_a_dream_is_known_in_a_gallery_that_is_no_attachment():
    transport = Channel(message("other.png"), gallery("SPOILER_dream-1.png")).known_to()
    assert await transport.channel_has_file(a_reply(), "dream-1")
    assert not await transport.channel_has_file(a_reply(), "dream-2")


async def test_a_dream_is_found_behind_a_thousand_messages_since_it_was_asked_for():
    channel = Channel(*[message("other.png")] * 1000, message("dream-1.png"))
    assert await channel.known_to().channel_has_file(a_reply(message_id=6), "dream-1")
    assert await channel.known_to().dm_has_file(a_reply(message_id=6), "dream-1")
    for how in channel.asked:
        assert (how["after"].id, how["oldest_first"], how["limit"]) == (6, False, 2000)


async def test_where_no_answer_is_known_only_the_last_messages_are_looked_at():
    channel = Channel(*[message("other.png")] * 199, message("dream-1.png"), message("dream-2.png"))
    transport, reply = channel.known_to(), a_reply(message_id=None)
    assert await transport.channel_has_file(reply, "dream-1")
    assert not await transport.channel_has_file(reply, "dream-2")
    assert channel.asked[0]["after"] is None


async def test_a_sentence_is_known_wherever_it_stands_in_a_direct_message():
    text = discord.components.TextDisplay({"id": 1, "type": 10, "content": "### Dreaming\nIt failed."})
    told = SimpleNamespace(attachments=[], components=[SimpleNamespace(children=[text])])
    transport = Channel(message(), told).known_to()
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
async def test_a_dream_is_known_by_the_name_of_its_file(names, has_file):
    transport = Channel(message("other.png"), message(*names)).known_to()
    assert await transport.channel_has_file(a_reply(), "dream-1") == has_file


@pytest.mark.parametrize(("told_first", "order"), [(True, ["tell", "delete"]), (False, ["delete", "tell"])])
@pytest.mark.parametrize("gone", [False, True])
async def test_what_one_person_is_told_comes_before_or_after_the_answer_is_taken_back(
    monkeypatch, told_first, order, gone
):
    transport, done = DiscordTransport(None), []

    async def delete(_):
        done.append("delete")
        if gone:
            raise GoneError

    async def send_privately(*_):
        done.append("tell")

    monkeypatch.setattr(transport, "delete", delete)
    monkeypatch.setattr(transport, "send_privately", send_privately)
    await transport.answer_privately(a_reply(), lambda: cards.ended("no"), 0.0, told_first=told_first)
    assert done == order


async def test_an_answer_that_one_person_sees_is_told_in_its_place_and_nowhere_else(monkeypatch):
    transport, edited = DiscordTransport(None), []

    async def edit(_, card):
        edited.append(card)

    monkeypatch.setattr(transport, "edit", edit)
    card = cards.ended("no")
    await transport.answer_privately(a_reply(private=True), lambda: card, 0.0)
    assert edited == [card]


async def test_without_a_word_about_it_the_answer_is_taken_back_first(monkeypatch):
    transport, done = DiscordTransport(None), []

    async def note(what):
        done.append(what)

    monkeypatch.setattr(transport, "delete", lambda _: note("delete"))
    monkeypatch.setattr(transport, "send_privately", lambda *_: note("tell"))
    await transport.answer_privately(a_reply(), lambda: cards.ended("no"), 0.0)
    assert done == ["delete", "tell"]


@pytest.mark.parametrize("method", ["send_to_channel", "send_dm"])
async def test_a_message_of_its_own_pings_nobody(method):
    channel, card = Channel(), cards.ended("an answer")
    await getattr(channel.known_to(), method)(a_reply(), card, "nonce")
    (sent,) = channel.sent
    assert (sent["view"], sent["files"], sent["nonce"]) == (card.view, card.files, "nonce")
    assert sent["mention_author"] is False
    assert sent["allowed_mentions"].to_dict() == {"parse": []}


async def test_in_the_channel_it_points_at_the_interactions_answer_if_that_is_still_there():
    channel = Channel()
    await channel.known_to().send_to_channel(
        a_reply(channel_id=5, message_id=6), cards.ended("here"), "nonce"
    )
    await channel.known_to().send_to_channel(a_reply(message_id=None), cards.ended("here"), "nonce")
    await channel.known_to().send_dm(a_reply(), cards.ended("here"), "nonce")
    answer, *others = (sent["reference"] for sent in channel.sent)
    assert (answer.channel_id, answer.message_id, answer.fail_if_not_exists) == (5, 6, False)
    assert others == [None, None]


@pytest.mark.parametrize(
    "where", [{"channel_id": None}, {"message_id": None}, {"private": True}, {"reachable": False}], ids=str
)
async def test_an_answer_that_the_bot_itself_cannot_see_is_beyond_reach_without_a_token(where):
    transport, reply = (
        DiscordTransport(discord.Client(intents=discord.Intents.none())),
        a_reply(token="", **where),
    )
    with pytest.raises(ExpiredError):
        await transport.edit_in_channel(reply, cards.ended("too late"))
    with pytest.raises(ExpiredError):
        await transport.answer_has_file(reply, "dream-1")


async def test_nothing_is_looked_for_in_a_channel_that_is_not_known():
    with pytest.raises(GoneError):
        await DiscordTransport(None).channel_has_file(a_reply(channel_id=None), "dream-1")


class TestAnAnswerInDiscord:
    """What becomes of the answer to somebody's ``/dream``."""

    @pytest.fixture
    async def asked(self, server):
        asked, _ = await server.begun()
        return asked

    @pytest.fixture
    async def reply(self, server, asked):
        return (await server.only_job()).reply

    @pytest.mark.parametrize("route", ["edit", "edit_in_channel"])
    async def test_is_replaced_by_a_card(self, server, asked, reply, route):
        await getattr(server.services.transport, route)(reply, cards.ended("Something else."))
        assert text_of(asked.response) == "Something else."

    async def test_is_followed_by_what_its_owner_alone_sees(self, server, asked, reply):
        await server.services.transport.edit(reply, cards.ended("For all."))
        await server.services.transport.send_privately(reply, cards.ended("Between us."))
        (said,) = [message for message in all_answers(asked) if text_of(message) == "Between us."]
        assert said.ephemeral
        assert len(all_answers(asked)) == 2

    async def test_is_taken_away(self, server, asked, reply):
        await server.services.transport.delete(reply)
        assert all_answers(asked) == []
        with pytest.raises(GoneError):
            await server.services.transport.edit(reply, cards.ended("Where is it?"))

    @pytest.mark.parametrize("token", ["alive", "used up"])
    async def test_shows_its_dream_or_not(self, server, token):
        await server.dreamed()
        job = await server.only_job()
        asked, dream = await server.begun(server.bob)
        reply = (await server.only_job(server.bob)).reply
        stem = cards.dream_file_stem(await server.only_job(server.bob))
        if token == "used up":
            reply = reply.model_copy(update={"token": ""})
        transport = server.services.transport
        assert await transport.answer_has_file(reply, stem) is False
        dream.finish()
        await server.answer(asked)
        assert await transport.answer_has_file(reply, stem) is True
        assert await transport.answer_has_file(reply, cards.dream_file_stem(job)) is False
