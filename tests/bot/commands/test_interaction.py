"""Whose acknowledgement it was, where Discord says that there is one already."""

import aiohttp
import pytest
from discord.webhook.async_ import AsyncWebhookAdapter

from bot.commands import _interaction
from bot.models import State


@pytest.fixture
def acknowledging(server, monkeypatch):
    """Lets what acknowledges be followed by something else, the first times."""
    real = AsyncWebhookAdapter.create_interaction_response

    def follow(*actions):
        left = list(actions)

        async def acknowledge(*arguments, **options):
            answer = await real(*arguments, **options)
            if left:
                left.pop(0)()
            return answer

        monkeypatch.setattr(AsyncWebhookAdapter, "create_interaction_response", acknowledge)

    return follow


def lose():
    raise aiohttp.ServerDisconnectedError


async def test_one_of_ours_whose_answer_was_lost_counts(server, acknowledging):
    acknowledging(lose)
    asked, dream = await server.begun()
    dream.finish()
    await server.answer(asked)


async def by_somebody_else(server):
    """Somebody's order that another process acknowledges first."""

    def acknowledge_first(event, payload):
        if event == "INTERACTION_CREATE":
            server.env.backend.interactions[int(payload["id"])].responded = True

    server.env.backend.subscribers.insert(0, acknowledge_first)
    return await server.submit()


async def test_one_by_somebody_else_leaves_the_answer_to_them(server):
    await by_somebody_else(server)
    assert await server.services.store.of_user(server.alice.id, *State) == []
    assert server.recorder.log == []


async def test_one_that_discord_py_may_have_repeated_by_itself_counts_as_ours(server, monkeypatch):
    monkeypatch.setattr(_interaction, "_MIN_RETRY_SECONDS", 0.0)
    await by_somebody_else(server)
    assert len(await server.services.store.of_user(server.alice.id, *State)) == 1
    await server.script.begun()


async def test_what_could_not_be_acknowledged_has_another_chance(server, monkeypatch):
    monkeypatch.setattr(_interaction, "_ACKNOWLEDGE_SECONDS", 0.0)
    server.env.inject_error("POST", "/interactions/*/*/callback", status=503, times=None)
    await server.submit()
    (number,) = server.env.backend.interactions
    assert server.bot.recent_interactions.claim(number)
