"""Where only adults may look, a dream is hidden until it is clicked; so it is where nobody can tell."""

from types import SimpleNamespace

import discord
import pytest

from tests.bot.simulated_server import picture

THREAD, TEXT = 11, 0


async def is_hidden(server, asked):
    (await server.script.begun()).finish()
    return (await server.answer(asked)).attachments[0].is_spoiler()


def in_channel(server, **details):
    """Let the next interactions come from a channel of the town that the bot does not know."""
    channel = {"id": "77", "type": TEXT, "name": "den", "guild_id": str(server.guild.id), "position": 1}
    server.payload_overrides["channel"] = channel | details
    server.payload_overrides["channel_id"] = "77"


def in_thread(server, parent_id, **details):
    """Let the next interactions come from a thread that the bot does not know."""
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


def discord_says(server, monkeypatch, answer):
    """What the REST API answers of every channel; returns the channels that it was asked for."""
    asked = []

    async def get_channel(channel_id):
        asked.append(channel_id)
        if isinstance(answer, Exception):
            raise answer
        return {
            "id": str(channel_id),
            "guild_id": str(server.guild.id),
            "name": "den",
            "position": 1,
        } | answer

    monkeypatch.setattr(server.bot.http, "get_channel", get_channel)
    return asked


def refusal(status=403, code=50001):
    kind = {403: discord.Forbidden, 404: discord.NotFound}.get(status, discord.DiscordServerError)
    return kind(SimpleNamespace(status=status, reason="No"), {"code": code, "message": "No"})


@pytest.fixture(autouse=True)
def unseen(server, monkeypatch):
    """Discord shows the bot no channel that it does not know, unless a test says so."""
    return discord_says(server, monkeypatch, refusal())


@pytest.mark.parametrize("restricted", [True, False])
async def test_a_channel_that_the_bot_sees_tells_itself(server, unseen, restricted):
    server.bot.get_channel(server.square.id).nsfw = restricted
    assert await is_hidden(server, await server.submit()) is restricted
    assert not unseen


@pytest.mark.parametrize("restricted", [True, False])
async def test_a_thread_is_as_its_parent_is(server, unseen, restricted):
    server.bot.get_channel(server.square.id).nsfw = restricted
    in_thread(server, server.square.id)
    assert await is_hidden(server, await server.submit()) is restricted
    assert not unseen


async def test_a_thread_whose_parent_the_bot_cannot_see_may_be_for_adults(server, unseen):
    in_thread(server, 78)
    assert await is_hidden(server, await server.submit())
    assert unseen == [78]


@pytest.mark.parametrize("restricted", [True, False])
async def test_of_a_parent_that_the_gateway_did_not_tell_of_discord_is_asked(server, monkeypatch, restricted):
    asked = discord_says(server, monkeypatch, {"type": TEXT, "nsfw": restricted})
    in_thread(server, 78)
    assert await is_hidden(server, await server.submit()) is restricted
    assert asked == [78]


@pytest.mark.parametrize("restricted", [True, False])
async def test_the_interaction_may_tell_of_the_parent(server, unseen, restricted):
    in_thread(server, 78, parent={"id": "78", "nsfw": restricted})
    assert await is_hidden(server, await server.submit()) is restricted
    assert not unseen


async def test_a_thread_that_is_said_to_be_for_adults_is(server, unseen):
    in_thread(server, 78, nsfw=True)
    assert await is_hidden(server, await server.submit())
    assert not unseen


async def test_a_thread_that_is_said_to_be_for_all_is_so_unless_its_parent_says_otherwise(
    server, monkeypatch
):
    in_thread(server, 78, nsfw=False)
    assert not await is_hidden(server, await server.submit())
    discord_says(server, monkeypatch, {"type": TEXT, "nsfw": True})
    in_thread(server, 79, nsfw=False)
    assert await is_hidden(server, await server.submit())


@pytest.mark.parametrize("restricted", [True, False])
async def test_of_a_channel_that_the_bot_cannot_see_the_interaction_tells(server, unseen, restricted):
    in_channel(server, nsfw=restricted)
    assert await is_hidden(server, await server.submit()) is restricted
    assert not unseen


async def test_a_channel_of_which_nothing_is_told_but_that_it_is_there_may_be_for_adults(server):
    in_channel(server, nsfw=None)
    assert await is_hidden(server, await server.submit())


async def test_a_channel_that_nobody_tells_of_may_be_for_adults(server, unseen):
    in_channel(server)
    assert await is_hidden(server, await server.submit())
    assert unseen == [77]


async def test_a_channel_of_a_kind_that_is_not_known_may_be_for_adults(server):
    in_channel(server, type=99)
    assert await is_hidden(server, await server.submit())


@pytest.mark.parametrize("nsfw", [{}, {"nsfw": True}, {"nsfw": False}])
async def test_where_only_the_person_has_the_bot_nobody_is_asked(server, unseen, nsfw):
    in_thread(server, 78, **nsfw)
    server.payload_overrides["guild_id"] = "76"
    server.payload_overrides["authorizing_integration_owners"] = {"1": str(server.alice.id)}
    assert await is_hidden(server, await server.submit()) is nsfw.get("nsfw", True)
    assert not unseen


async def test_a_direct_message_is_hidden_from_nobody(server, unseen):
    asked = await server.alice.user.slash("dream", image=("cat.png", picture()))
    assert not await is_hidden(server, asked)
    assert not unseen


async def test_the_menus_hide_as_well(server):
    in_thread(server, 78)
    message = await server.bob.send(server.square, "", attachments=[("cat.png", picture())])
    assert await is_hidden(server, await server.alice.context_menu(server.square, "Dream this", message))


async def test_the_buttons_hide_as_well(server):
    answer = await server.dreamed()
    assert not answer.attachments[0].is_spoiler()
    in_thread(server, 78, nsfw=True)
    assert await is_hidden(server, await server.alice.click(answer, label="Again"))


async def forwarded_from(server, channel_id, guild_id):
    """Somebody dreams a picture that was forwarded from a channel."""
    message = await server.bob.send(server.square, "", attachments=[("cat.png", picture())])

    def forward(event, payload):
        if event == "INTERACTION_CREATE":
            (sent,) = payload["data"]["resolved"]["messages"].values()
            inner = dict(sent) | {"components": []}
            sent["attachments"], sent["message_snapshots"] = [], [{"message": inner}]
            reference = {"type": 1, "message_id": "1", "channel_id": str(channel_id)}
            sent["message_reference"] = reference | ({"guild_id": str(guild_id)} if guild_id else {})

    server.env.backend.subscribers.insert(0, forward)
    return await server.alice.context_menu(server.square, "Dream this", message)


@pytest.mark.parametrize("restricted", [True, False])
async def test_a_picture_forwarded_from_a_channel_for_adults_is_hidden(server, restricted):
    den = server.guild.create_text_channel("den")
    await server.env.settle()
    server.bot.get_channel(den.id).nsfw = restricted
    assert await is_hidden(server, await forwarded_from(server, den.id, server.guild.id)) is restricted


async def test_and_from_a_thread_of_one(server, monkeypatch):
    server.bot.get_channel(server.square.id).nsfw = False
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
async def test_a_picture_forwarded_from_where_the_bot_is_not_is_as_it_is_told(server, guild_id):
    assert not await is_hidden(server, await forwarded_from(server, 77, guild_id))
