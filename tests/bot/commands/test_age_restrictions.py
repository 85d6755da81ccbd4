"""Where only adults may look, a dream is hidden until it is clicked; so it is where nobody can tell."""

from types import SimpleNamespace

import discord
import pytest

from tests.bot.simulated_server import picture

THREAD, TEXT = 11, 0


async def is_hidden(town, asked):
    (await town.script.begun()).finish()
    return (await town.answer(asked)).attachments[0].is_spoiler()


def in_channel(town, **details):
    """Let the next interactions come from a channel of the town that the bot does not know."""
    channel = {"id": "77", "type": TEXT, "name": "den", "guild_id": str(town.guild.id), "position": 1}
    town.disguise["channel"] = channel | details
    town.disguise["channel_id"] = "77"


def in_thread(town, parent_id, **details):
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
    in_channel(town, **thread, rate_limit_per_user=0, thread_metadata=metadata, **details)


def discord_says(town, monkeypatch, answer):
    """What the REST API answers of every channel; returns the channels that it was asked for."""
    asked = []

    async def get_channel(channel_id):
        asked.append(channel_id)
        if isinstance(answer, Exception):
            raise answer
        return {"id": str(channel_id), "guild_id": str(town.guild.id), "name": "den", "position": 1} | answer

    monkeypatch.setattr(town.bot.http, "get_channel", get_channel)
    return asked


def refusal(status=403, code=50001):
    kind = {403: discord.Forbidden, 404: discord.NotFound}.get(status, discord.DiscordServerError)
    return kind(SimpleNamespace(status=status, reason="No"), {"code": code, "message": "No"})


@pytest.fixture(autouse=True)
def unseen(town, monkeypatch):
    """Discord shows the bot no channel that it does not know, unless a test says so."""
    return discord_says(town, monkeypatch, refusal())


@pytest.mark.parametrize("restricted", [True, False])
async def test_a_channel_that_the_bot_sees_tells_itself(town, unseen, restricted):
    town.bot.get_channel(town.square.id).nsfw = restricted
    assert await is_hidden(town, await town.order()) is restricted
    assert not unseen


@pytest.mark.parametrize("restricted", [True, False])
async def test_a_thread_is_as_its_parent_is(town, unseen, restricted):
    town.bot.get_channel(town.square.id).nsfw = restricted
    in_thread(town, town.square.id)
    assert await is_hidden(town, await town.order()) is restricted
    assert not unseen


async def test_a_thread_whose_parent_the_bot_cannot_see_may_be_for_adults(town, unseen):
    in_thread(town, 78)
    assert await is_hidden(town, await town.order())
    assert unseen == [78]


@pytest.mark.parametrize("restricted", [True, False])
async def test_of_a_parent_that_the_gateway_did_not_tell_of_discord_is_asked(town, monkeypatch, restricted):
    asked = discord_says(town, monkeypatch, {"type": TEXT, "nsfw": restricted})
    in_thread(town, 78)
    assert await is_hidden(town, await town.order()) is restricted
    assert asked == [78]


@pytest.mark.parametrize("restricted", [True, False])
async def test_the_interaction_may_tell_of_the_parent(town, unseen, restricted):
    in_thread(town, 78, parent={"id": "78", "nsfw": restricted})
    assert await is_hidden(town, await town.order()) is restricted
    assert not unseen


async def test_a_thread_that_is_said_to_be_for_adults_is(town, unseen):
    in_thread(town, 78, nsfw=True)
    assert await is_hidden(town, await town.order())
    assert not unseen


async def test_a_thread_that_is_said_to_be_for_all_is_so_unless_its_parent_says_otherwise(town, monkeypatch):
    in_thread(town, 78, nsfw=False)
    assert not await is_hidden(town, await town.order())
    discord_says(town, monkeypatch, {"type": TEXT, "nsfw": True})
    in_thread(town, 79, nsfw=False)
    assert await is_hidden(town, await town.order())


@pytest.mark.parametrize("restricted", [True, False])
async def test_of_a_channel_that_the_bot_cannot_see_the_interaction_tells(town, unseen, restricted):
    in_channel(town, nsfw=restricted)
    assert await is_hidden(town, await town.order()) is restricted
    assert not unseen


async def test_a_channel_of_which_nothing_is_told_but_that_it_is_there_may_be_for_adults(town):
    in_channel(town, nsfw=None)
    assert await is_hidden(town, await town.order())


async def test_a_channel_that_nobody_tells_of_may_be_for_adults(town, unseen):
    in_channel(town)
    assert await is_hidden(town, await town.order())
    assert unseen == [77]


async def test_a_channel_of_a_kind_that_is_not_known_may_be_for_adults(town):
    in_channel(town, type=99)
    assert await is_hidden(town, await town.order())


@pytest.mark.parametrize("nsfw", [{}, {"nsfw": True}, {"nsfw": False}])
async def test_where_only_the_person_has_the_bot_nobody_is_asked(town, unseen, nsfw):
    in_thread(town, 78, **nsfw)
    town.disguise["guild_id"] = "76"
    town.disguise["authorizing_integration_owners"] = {"1": str(town.alice.id)}
    assert await is_hidden(town, await town.order()) is nsfw.get("nsfw", True)
    assert not unseen


async def test_a_direct_message_is_hidden_from_nobody(town, unseen):
    asked = await town.alice.user.slash("dream", image=("cat.png", picture()))
    assert not await is_hidden(town, asked)
    assert not unseen


async def test_the_menus_hide_as_well(town):
    in_thread(town, 78)
    message = await town.bob.send(town.square, "", attachments=[("cat.png", picture())])
    assert await is_hidden(town, await town.alice.context_menu(town.square, "Dream this", message))


async def test_the_buttons_hide_as_well(town):
    answer = await town.dreamed()
    assert not answer.attachments[0].is_spoiler()
    in_thread(town, 78, nsfw=True)
    assert await is_hidden(town, await town.alice.click(answer, label="Again"))


async def forwarded_from(town, channel_id, guild_id):
    """Somebody dreams a picture that was forwarded from a channel."""
    message = await town.bob.send(town.square, "", attachments=[("cat.png", picture())])

    def forward(event, payload):
        if event == "INTERACTION_CREATE":
            (sent,) = payload["data"]["resolved"]["messages"].values()
            inner = dict(sent) | {"components": []}
            sent["attachments"], sent["message_snapshots"] = [], [{"message": inner}]
            reference = {"type": 1, "message_id": "1", "channel_id": str(channel_id)}
            sent["message_reference"] = reference | ({"guild_id": str(guild_id)} if guild_id else {})

    town.env.backend.subscribers.insert(0, forward)
    return await town.alice.context_menu(town.square, "Dream this", message)


@pytest.mark.parametrize("restricted", [True, False])
async def test_a_picture_forwarded_from_a_channel_for_adults_is_hidden(town, restricted):
    den = town.guild.create_text_channel("den")
    await town.env.settle()
    town.bot.get_channel(den.id).nsfw = restricted
    assert await is_hidden(town, await forwarded_from(town, den.id, town.guild.id)) is restricted


async def test_and_from_a_thread_of_one(town, monkeypatch):
    town.bot.get_channel(town.square.id).nsfw = False
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
        common = {"id": str(channel_id), "guild_id": str(town.guild.id), "name": "den", "position": 1}
        return common | answers[channel_id]

    monkeypatch.setattr(town.bot.http, "get_channel", get_channel)
    assert await is_hidden(town, await forwarded_from(town, 77, town.guild.id))


@pytest.mark.parametrize("guild_id", [None, 76])
async def test_a_picture_forwarded_from_where_the_bot_is_not_is_as_it_is_told(town, guild_id):
    assert not await is_hidden(town, await forwarded_from(town, 77, guild_id))
