"""How the bot's process uses its environment."""

import pytest

from fake_discord.inspection import UNREACHABLE_GATEWAY

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_configured_gateway_is_used_instead_of_the_apis(discord, bot):
    """Behind a proxy of the API, the API returns Discord's own gateway."""
    (named,) = discord.calls("GET", "/gateway/bot")
    assert named.status == 200
    assert discord.gateway.url != UNREACHABLE_GATEWAY
    assert discord.gateway.connected


async def test_worker_processes_do_not_get_the_token(discord, bot):
    workers = bot.children()
    assert workers
    assert not [worker for worker in workers if discord.token in "\n".join(worker.environ().values())]
