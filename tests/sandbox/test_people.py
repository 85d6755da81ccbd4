"""The people of the sandbox: their languages, and what they may do."""

import pytest

from bot.settings import BotSettings
from bot.texts import packaged_catalogue
from fake_discord.simcord_additions import text_of
from sandbox.simulation import CDN, PEOPLE, simulated
from tests.bot.scripted_executor import ScriptedExecutor


@pytest.fixture
async def simulation(monkeypatch, tmp_path):
    monkeypatch.setattr("sandbox.simulation.executor_of", lambda _: ScriptedExecutor())
    settings = BotSettings(_env_file=None, data_dir=tmp_path, cdn_hosts=(CDN,), shutdown_seconds=0)
    async with simulated(settings) as simulation:
        yield simulation


def test_somebody_speaks_each_language():
    spoken = {person.locale for person in PEOPLE} | {person.locale.split("-")[0] for person in PEOPLE}
    assert spoken >= set(packaged_catalogue().languages)


async def test_everybody_is_answered_in_their_language(simulation):
    members = [simulation.you, simulation.friend, *simulation.others]
    for member, person in zip(members, PEOPLE, strict=True):
        answer = await member.slash(simulation.channel, "help")
        assert packaged_catalogue().texts(person.locale)("help-title") in text_of(answer.response)


async def test_managers_and_operators_use_their_commands(simulation):
    _, manager, operator, *_ = simulation.others
    shown = await manager.slash(simulation.channel, "dream-settings show")
    assert "Dreaming in this server" in text_of(shown.response)
    shown = await operator.slash(simulation.channel, "dream-admin statistics")
    assert "Running since" in text_of(shown.response)
