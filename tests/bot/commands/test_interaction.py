"""Whose acknowledgement it was, where Discord says that there is one already."""

import aiohttp
import pytest
from discord.webhook.async_ import AsyncWebhookAdapter

from bot.commands import _interaction
from bot.models import State


@pytest.fixture
def acknowledging(town, monkeypatch):
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


async def test_one_of_ours_whose_answer_was_lost_counts(town, acknowledging):
    acknowledging(lose)
    asked, dream = await town.begun()
    dream.finish()
    await town.answer(asked)


async def by_somebody_else(town):
    """Somebody's order that another process acknowledges first."""

    def acknowledge_first(event, payload):
        if event == "INTERACTION_CREATE":
            town.env.backend.interactions[int(payload["id"])].responded = True

    town.env.backend.subscribers.insert(0, acknowledge_first)
    return await town.order()


async def test_one_by_somebody_else_leaves_the_answer_to_them(town):
    await by_somebody_else(town)
    assert await town.parts.store.of_user(town.alice.id, *State) == []
    assert town.watch.log == []


async def test_one_that_discord_py_may_have_repeated_by_itself_counts_as_ours(town, monkeypatch):
    monkeypatch.setattr(_interaction, "_SHORTEST_RETRY", 0.0)
    await by_somebody_else(town)
    assert len(await town.parts.store.of_user(town.alice.id, *State)) == 1
    await town.script.begun()


async def test_what_could_not_be_acknowledged_has_another_chance(town, monkeypatch):
    monkeypatch.setattr(_interaction, "_ACKNOWLEDGE_SECONDS", 0.0)
    town.env.inject_error("POST", "/interactions/*/*/callback", status=503, times=None)
    await town.order()
    (number,) = town.env.backend.interactions
    assert town.bot.recent_interactions.claim(number)
