"""Whether a channel or role is there, was deleted, or cannot be seen."""

import asyncio
from types import SimpleNamespace

import discord
import pytest

from bot.channel_lookup import ChannelLookup, Missing


def refusal(status, code):
    kinds = {403: discord.Forbidden, 404: discord.NotFound, 500: discord.DiscordServerError}
    return kinds[status](SimpleNamespace(status=status, reason="No"), {"code": code, "message": "No"})


@pytest.fixture
def lookup(server):
    lookup = ChannelLookup(server.bot, clock=lambda: lookup.seconds)
    lookup.seconds = 0.0
    return lookup


@pytest.fixture
def answers(server, monkeypatch):
    """What the REST API answers, the last of it for ever, and what it was asked for."""
    answers = SimpleNamespace(given=[], asked=[])

    async def answer(*numbers):
        answers.asked.append(numbers[-1])
        given = answers.given.pop(0) if len(answers.given) > 1 else answers.given[0]
        if isinstance(given, Exception):
            raise given
        return given

    monkeypatch.setattr(server.bot.http, "get_channel", answer)
    monkeypatch.setattr(server.bot.http, "get_role", answer)
    return answers


@pytest.fixture
def find(server, lookup, request):
    """Looks for a channel or role of the town."""

    async def find(kind, number):
        return await getattr(lookup, kind)(server.guild.id, number)

    return find


async def test_what_the_gateway_told_of_is_found_without_asking(server, find, answers):
    role = server.guild.create_role("Friends")
    await server.env.settle()
    assert (await find("channel", server.square.id)).name == "square"
    assert (await find("role", role.id)).name == "Friends"
    assert not answers.asked


async def test_what_only_the_rest_api_knows_is_found(server, find, answers):
    answers.given = [
        {"id": "7", "type": 0, "name": "den", "guild_id": str(server.guild.id), "position": 1},
        {"id": "8", "name": "Friends", "position": 1, "permissions": "0"},
    ]
    assert (await find("channel", 7)).name == "den"
    assert (await find("role", 8)).name == "Friends"


@pytest.mark.parametrize(("kind", "unknown"), [("channel", 10003), ("role", 10011)])
async def test_only_discords_own_word_says_that_something_is_deleted(
    server, find, answers, lookup, kind, unknown
):
    for status, code, expected in (
        (404, unknown, Missing.DELETED),
        (404, 0, Missing.HIDDEN),  # of a proxy
        (404, 10004, Missing.HIDDEN),
        (403, 50001, Missing.HIDDEN),
        (500, 0, Missing.HIDDEN),
    ):
        answers.given = [refusal(status, code)]
        assert await find(kind, 7) is expected
        lookup.seconds += 600


@pytest.mark.parametrize("answer", [{}, {"id": "7", "type": 99}, OSError("gone"), TypeError("null")])
async def test_an_answer_that_cannot_be_read_says_nothing(find, answers, answer):
    answers.given = [answer]
    assert await find("channel", 7) is Missing.HIDDEN


@pytest.mark.parametrize("kind", ["channel", "role"])
async def test_discord_is_asked_again_after_ten_minutes(find, answers, lookup, kind):
    answers.given = [refusal(403, 50001), refusal(404, 10003 if kind == "channel" else 10011)]
    for lookup.seconds in (0.0, 1.0, 599.0):
        assert await find(kind, 7) is Missing.HIDDEN
    assert answers.asked == [7]
    lookup.seconds = 600.0
    assert await find(kind, 7) is Missing.DELETED
    assert answers.asked == [7, 7]


async def test_trouble_is_not_remembered(find, answers):
    answers.given = [refusal(500, 0), OSError("gone"), refusal(404, 10003)]
    found = [await find("channel", 7) for _ in range(3)]
    assert found == [Missing.HIDDEN, Missing.HIDDEN, Missing.DELETED]


async def test_an_answer_that_does_not_come_is_not_waited_for(server, find, monkeypatch):
    async def silent(_):
        await asyncio.Event().wait()

    monkeypatch.setattr(server.bot.http, "get_channel", silent)
    monkeypatch.setattr("bot.channel_lookup._SECONDS", 0.01)
    assert await find("channel", 7) is Missing.HIDDEN


async def test_no_more_than_a_thousand_answers_are_remembered(find, answers, lookup):
    answers.given = [refusal(403, 50001)]
    for number in range(1000):
        await find("channel", number)
    assert len(lookup._remembered) == 1000
    await find("channel", 1000)
    assert list(lookup._remembered) == [1000]


@pytest.mark.parametrize("kind", ["channel", "role"])
async def test_nothing_is_asked_about_a_server_that_is_not_there(server, lookup, answers, kind):
    assert await getattr(lookup, kind)(1, 7) is Missing.HIDDEN
    server.bot.get_guild(server.guild.id).unavailable = True
    assert await getattr(lookup, kind)(server.guild.id, 7) is Missing.HIDDEN
    assert not answers.asked


async def test_no_channel_is_for_anybody(server, lookup):
    assert await lookup.age_restriction(server.guild.id, None) is None


@pytest.mark.parametrize("restricted", [True, False])
async def test_a_channel_says_whether_it_is_for_adults_and_decides_for_its_threads(
    server, lookup, restricted
):
    channel = server.bot.get_channel(server.square.id)
    channel.nsfw = restricted
    with server.env.time_context():
        await channel.create_thread(name="talk", type=discord.ChannelType.public_thread)
    await server.env.settle()
    (thread,) = server.square.threads
    assert isinstance(await lookup.channel(server.guild.id, thread.id), discord.Thread)
    for number in (server.square.id, thread.id):
        assert await lookup.age_restriction(server.guild.id, number) is restricted


async def test_of_what_cannot_be_seen_it_is_not_known_whether_it_is_for_adults(server, lookup, answers):
    answers.given = [refusal(403, 50001)]
    assert await lookup.age_restriction(server.guild.id, 7) is None


async def test_what_was_found_is_remembered_as_well(find, server, answers):
    answers.given = [{"id": "8", "name": "Friends", "position": 1, "permissions": "0"}, refusal(500, 0)]
    assert await find("role", 8) is await find("role", 8)
    assert answers.asked == [8]
