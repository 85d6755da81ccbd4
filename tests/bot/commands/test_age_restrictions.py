"""Dreams are spoilers in age-restricted channels, and in channels that may be restricted."""

from types import SimpleNamespace

import discord
import pytest

from tests.bot.simulated_server import picture

THREAD, TEXT = 11, 0


async def is_hidden(server, interaction):
    (await server.script.next_dream()).finish()
    return (await server.answer(interaction)).attachments[0].is_spoiler()


def in_channel(server, **details):
    """Send the next interactions from a channel of the server that the bot does not know."""
    channel = {"id": "77", "type": TEXT, "name": "den", "guild_id": str(server.guild.id), "position": 1}
    server.payload_overrides["channel"] = channel | details
    server.payload_overrides["channel_id"] = "77"


def in_thread(server, parent_id, **details):
    """Send the next interactions from a thread that the bot does not know."""
    metadata = {
        "archived": False,
        "auto_archive_duration": 60,
        "archive_timestamp": "2026-01-01T00:00:00+00:00",
    }
    thread = {
        "type": THREAD,
        "owner_id": "5",
        "message_count": 1,
        "member_count": 1,
        "parent_id": str(parent_id),
    }
    in_channel(server, **thread, rate_limit_per_user=0, thread_metadata=metadata, **details)


def respond_with(server, monkeypatch, answer):
    """Set the REST API's response for every channel; returns the ids of the requests."""
    requests = []

    async def get_channel(channel_id):
        requests.append(channel_id)
        if isinstance(answer, Exception):
            raise answer
        return {
            "id": str(channel_id),
            "guild_id": str(server.guild.id),
            "name": "den",
            "position": 1,
        } | answer

    monkeypatch.setattr(server.bot.http, "get_channel", get_channel)
    return requests


def http_error(status=403, code=50001):
    kind = {403: discord.Forbidden, 404: discord.NotFound}.get(status, discord.DiscordServerError)
    return kind(SimpleNamespace(status=status, reason="No"), {"code": code, "message": "No"})


@pytest.fixture(autouse=True)
def hidden(server, monkeypatch):
    """The REST API refuses every channel, unless a test changes that."""
    return respond_with(server, monkeypatch, http_error())


@pytest.mark.parametrize("restricted", [True, False])
async def test_a_channel_that_the_bot_sees_is_not_requested(server, hidden, restricted):
    server.bot.get_channel(server.general.id).nsfw = restricted
    assert await is_hidden(server, await server.submit()) is restricted
    assert not hidden


@pytest.mark.parametrize("restricted", [True, False])
async def test_a_thread_inherits_the_restriction_of_its_parent(server, hidden, restricted):
    server.bot.get_channel(server.general.id).nsfw = restricted
    in_thread(server, server.general.id)
    assert await is_hidden(server, await server.submit()) is restricted
    assert not hidden


async def test_a_thread_with_a_hidden_parent_counts_as_restricted(server, hidden):
    in_thread(server, 78)
    assert await is_hidden(server, await server.submit())
    assert hidden == [78]


@pytest.mark.parametrize("restricted", [True, False])
async def test_a_parent_missing_from_the_gateways_cache_is_requested(server, monkeypatch, restricted):
    requests = respond_with(server, monkeypatch, {"type": TEXT, "nsfw": restricted})
    in_thread(server, 78)
    assert await is_hidden(server, await server.submit()) is restricted
    assert requests == [78]


@pytest.mark.parametrize("restricted", [True, False])
async def test_the_interaction_may_contain_the_parent(server, hidden, restricted):
    in_thread(server, 78, parent={"id": "78", "nsfw": restricted})
    assert await is_hidden(server, await server.submit()) is restricted
    assert not hidden


async def test_a_thread_marked_as_restricted_is_restricted(server, hidden):
    in_thread(server, 78, nsfw=True)
    assert await is_hidden(server, await server.submit())
    assert not hidden


async def test_a_thread_marked_as_unrestricted_follows_its_parent(server, monkeypatch):
    in_thread(server, 78, nsfw=False)
    assert not await is_hidden(server, await server.submit())
    respond_with(server, monkeypatch, {"type": TEXT, "nsfw": True})
    in_thread(server, 79, nsfw=False)
    assert await is_hidden(server, await server.submit())


@pytest.mark.parametrize("restricted", [True, False])
async def test_the_interaction_decides_for_a_hidden_channel(server, hidden, restricted):
    in_channel(server, nsfw=restricted)
    assert await is_hidden(server, await server.submit()) is restricted
    assert not hidden


async def test_a_channel_without_a_mark_counts_as_restricted(server):
    in_channel(server, nsfw=None)
    assert await is_hidden(server, await server.submit())


async def test_an_unknown_channel_counts_as_restricted(server, hidden):
    in_channel(server)
    assert await is_hidden(server, await server.submit())
    assert hidden == [77]


async def test_a_channel_of_an_unknown_type_counts_as_restricted(server):
    in_channel(server, type=99)
    assert await is_hidden(server, await server.submit())


@pytest.mark.parametrize("nsfw", [{}, {"nsfw": True}, {"nsfw": False}])
async def test_nothing_is_requested_for_a_user_install(server, hidden, nsfw):
    in_thread(server, 78, **nsfw)
    server.payload_overrides["guild_id"] = "76"
    server.payload_overrides["authorizing_integration_owners"] = {"1": str(server.alice.id)}
    assert await is_hidden(server, await server.submit()) is nsfw.get("nsfw", True)
    assert not hidden


async def test_a_direct_message_is_not_restricted(server, hidden):
    interaction = await server.alice.user.slash("dream", image=("cat.png", picture()))
    assert not await is_hidden(server, interaction)
    assert not hidden


async def test_the_context_menus_hide_too(server):
    in_thread(server, 78)
    message = await server.bob.send(server.general, "", attachments=[("cat.png", picture())])
    assert await is_hidden(server, await server.alice.context_menu(server.general, "Dream this", message))


async def test_the_buttons_hide_too(server):
    answer = await server.complete_dream()
    assert not answer.attachments[0].is_spoiler()
    in_thread(server, 78, nsfw=True)
    assert await is_hidden(server, await server.alice.click(answer, label="Reroll"))


async def forwarded_from(server, channel_id, guild_id):
    """Dream a picture that was forwarded from a channel."""
    message = await server.bob.send(server.general, "", attachments=[("cat.png", picture())])

    def forward(event, payload):
        if event == "INTERACTION_CREATE":
            (sent,) = payload["data"]["resolved"]["messages"].values()
            inner = dict(sent) | {"components": []}
            sent["attachments"], sent["message_snapshots"] = [], [{"message": inner}]
            reference = {"type": 1, "message_id": "1", "channel_id": str(channel_id)}
            sent["message_reference"] = reference | ({"guild_id": str(guild_id)} if guild_id else {})

    server.env.backend.subscribers.insert(0, forward)
    return await server.alice.context_menu(server.general, "Dream this", message)


@pytest.mark.parametrize("restricted", [True, False])
async def test_a_picture_forwarded_from_a_restricted_channel_is_hidden(server, restricted):
    den = server.guild.create_text_channel("den")
    await server.env.settle()
    server.bot.get_channel(den.id).nsfw = restricted
    assert await is_hidden(server, await forwarded_from(server, den.id, server.guild.id)) is restricted


async def test_a_picture_forwarded_from_a_restricted_channels_thread_is_hidden(server, monkeypatch):
    server.bot.get_channel(server.general.id).nsfw = False
    thread = {"type": THREAD, "owner_id": "5", "message_count": 1, "member_count": 1, "parent_id": "78"}
    metadata = {
        "archived": False,
        "auto_archive_duration": 60,
        "archive_timestamp": "2026-01-01T00:00:00+00:00",
    }
    answers = {
        77: thread | {"thread_metadata": metadata, "rate_limit_per_user": 0},
        78: {"type": 0, "nsfw": True},
    }

    async def get_channel(channel_id):
        common = {"id": str(channel_id), "guild_id": str(server.guild.id), "name": "den", "position": 1}
        return common | answers[channel_id]

    monkeypatch.setattr(server.bot.http, "get_channel", get_channel)
    assert await is_hidden(server, await forwarded_from(server, 77, server.guild.id))


@pytest.mark.parametrize("guild_id", [None, 76])
async def test_a_picture_forwarded_from_an_unknown_server_is_not_hidden(server, guild_id):
    assert not await is_hidden(server, await forwarded_from(server, 77, guild_id))
