"""An interaction that Discord reports as acknowledged already."""

import aiohttp
import pytest
from discord.webhook.async_ import AsyncWebhookAdapter

from bot.commands import _interaction
from bot.models import State


@pytest.fixture
def after_acknowledging(server, monkeypatch):
    """Sets the actions that follow the first acknowledgements."""
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


def disconnect():
    raise aiohttp.ServerDisconnectedError


async def test_an_acknowledgement_whose_response_was_lost_counts(server, after_acknowledging):
    after_acknowledging(disconnect)
    interaction, dream = await server.start_dream()
    dream.finish()
    await server.answer(interaction)


async def acknowledged_elsewhere(server):
    """Submit a request that another process acknowledges first."""

    def acknowledge_first(event, payload):
        if event == "INTERACTION_CREATE":
            server.env.backend.interactions[int(payload["id"])].responded = True

    server.env.backend.subscribers.insert(0, acknowledge_first)
    return await server.submit()


async def test_an_interaction_acknowledged_by_another_process_is_left_to_it(server):
    await acknowledged_elsewhere(server)
    assert await server.services.store.of_user(server.alice.id, *State) == []
    assert server.recorder.log == []


async def test_an_acknowledgement_that_discord_py_may_have_repeated_counts(server, monkeypatch):
    monkeypatch.setattr(_interaction, "_MIN_RETRY_SECONDS", 0.0)
    await acknowledged_elsewhere(server)
    assert len(await server.services.store.of_user(server.alice.id, *State)) == 1
    await server.script.next_dream()


async def test_an_unacknowledged_interaction_can_be_claimed_again(server, monkeypatch):
    monkeypatch.setattr(_interaction, "_ACKNOWLEDGE_SECONDS", 0.0)
    server.env.inject_error("POST", "/interactions/*/*/callback", status=503, times=None)
    await server.submit()
    (number,) = server.env.backend.interactions
    assert server.bot.recent_interactions.claim(number)
