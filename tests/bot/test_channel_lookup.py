"""Channels and roles exist, are deleted, or are hidden from the bot."""

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
    """The responses of the REST API, of which the last one repeats, and the requested ids."""
    answers = SimpleNamespace(responses=[], requests=[])

    async def answer(*numbers):
        answers.requests.append(numbers[-1])
        response = answers.responses.pop(0) if len(answers.responses) > 1 else answers.responses[0]
        if isinstance(response, Exception):
            raise response
        return response

    monkeypatch.setattr(server.bot.http, "get_channel", answer)
    monkeypatch.setattr(server.bot.http, "get_role", answer)
    return answers


@pytest.fixture
def find(server, lookup, request):
    """Looks up a channel or role of the server."""

    async def find(kind, number):
        return await getattr(lookup, kind)(server.guild.id, number)

    return find


async def test_channels_and_roles_from_the_gateway_are_found_without_a_request(server, find, answers):
    role = server.guild.create_role("Friends")
    await server.env.settle()
    assert (await find("channel", server.square.id)).name == "square"
    assert (await find("role", role.id)).name == "Friends"
    assert not answers.requests


async def test_channels_and_roles_that_only_the_rest_api_knows_are_found(server, find, answers):
    answers.responses = [
        {"id": "7", "type": 0, "name": "den", "guild_id": str(server.guild.id), "position": 1},
        {"id": "8", "name": "Friends", "position": 1, "permissions": "0"},
    ]
    assert (await find("channel", 7)).name == "den"
    assert (await find("role", 8)).name == "Friends"


@pytest.mark.parametrize(("kind", "unknown"), [("channel", 10003), ("role", 10011)])
async def test_only_discords_own_error_code_means_deleted(server, find, answers, lookup, kind, unknown):
    for status, code, expected in (
        (404, unknown, Missing.DELETED),
        (404, 0, Missing.HIDDEN),  # from a proxy
        (404, 10004, Missing.HIDDEN),
        (403, 50001, Missing.HIDDEN),
        (500, 0, Missing.HIDDEN),
    ):
        answers.responses = [refusal(status, code)]
        assert await find(kind, 7) is expected
        lookup.seconds += 600


@pytest.mark.parametrize("answer", [{}, {"id": "7", "type": 99}, OSError("gone"), TypeError("null")])
async def test_an_invalid_response_means_hidden(find, answers, answer):
    answers.responses = [answer]
    assert await find("channel", 7) is Missing.HIDDEN


@pytest.mark.parametrize("kind", ["channel", "role"])
async def test_a_response_is_cached_for_ten_minutes(find, answers, lookup, kind):
    answers.responses = [refusal(403, 50001), refusal(404, 10003 if kind == "channel" else 10011)]
    for lookup.seconds in (0.0, 1.0, 599.0):
        assert await find(kind, 7) is Missing.HIDDEN
    assert answers.requests == [7]
    lookup.seconds = 600.0
    assert await find(kind, 7) is Missing.DELETED
    assert answers.requests == [7, 7]


async def test_errors_are_not_cached(find, answers):
    answers.responses = [refusal(500, 0), OSError("gone"), refusal(404, 10003)]
    found = [await find("channel", 7) for _ in range(3)]
    assert found == [Missing.HIDDEN, Missing.HIDDEN, Missing.DELETED]


async def test_a_missing_response_times_out(server, find, monkeypatch):
    async def silent(_):
        await asyncio.Event().wait()

    monkeypatch.setattr(server.bot.http, "get_channel", silent)
    monkeypatch.setattr("bot.channel_lookup._TIMEOUT_SECONDS", 0.01)
    assert await find("channel", 7) is Missing.HIDDEN


async def test_at_most_a_thousand_responses_are_cached(find, answers, lookup):
    answers.responses = [refusal(403, 50001)]
    for number in range(1000):
        await find("channel", number)
    assert len(lookup._cache) == 1000
    await find("channel", 1000)
    assert list(lookup._cache) == [1000]


@pytest.mark.parametrize("kind", ["channel", "role"])
async def test_no_request_is_sent_for_an_unavailable_server(server, lookup, answers, kind):
    assert await getattr(lookup, kind)(1, 7) is Missing.HIDDEN
    server.bot.get_guild(server.guild.id).unavailable = True
    assert await getattr(lookup, kind)(server.guild.id, 7) is Missing.HIDDEN
    assert not answers.requests


async def test_the_age_restriction_without_a_channel_is_unknown(server, lookup):
    assert await lookup.age_restriction(server.guild.id, None) is None


@pytest.mark.parametrize("restricted", [True, False])
async def test_a_thread_inherits_the_age_restriction_of_its_channel(server, lookup, restricted):
    channel = server.bot.get_channel(server.square.id)
    channel.nsfw = restricted
    with server.env.time_context():
        await channel.create_thread(name="talk", type=discord.ChannelType.public_thread)
    await server.env.settle()
    (thread,) = server.square.threads
    assert isinstance(await lookup.channel(server.guild.id, thread.id), discord.Thread)
    for number in (server.square.id, thread.id):
        assert await lookup.age_restriction(server.guild.id, number) is restricted


async def test_the_age_restriction_of_a_hidden_channel_is_unknown(server, lookup, answers):
    answers.responses = [refusal(403, 50001)]
    assert await lookup.age_restriction(server.guild.id, 7) is None


async def test_found_roles_are_cached_too(find, server, answers):
    answers.responses = [{"id": "8", "name": "Friends", "position": 1, "permissions": "0"}, refusal(500, 0)]
    assert await find("role", 8) is await find("role", 8)
    assert answers.requests == [8]
