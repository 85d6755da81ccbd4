"""Anybody who sees a dream can see how it was made."""

import pytest

from fake_discord.simcord_additions import text_of
from tests.bot.simulated_server import all_answers


async def details_of(server, member, dream, label="Details"):
    """Click on *Details*; returns the private answer."""
    click = await member.click(dream, label=label)
    (answer,) = all_answers(click)
    assert answer.ephemeral
    return text_of(answer)


@pytest.mark.parametrize("who", ["alice", "bob", "moderator"])
async def test_the_details_are_shown_privately_to_anybody_who_clicks(server, who):
    dream = await server.complete_dream(preset="mild", iterations=9, strength=2.0, seed=4_000_000_000)
    assert await details_of(server, getattr(server, who), dream) == (
        "### Details: Mild\n"
        "**Layers:** block11/expand\n"
        "**Octaves:** 3 · **Steps per octave:** 18\n"
        "**Strength:** 2\n"
        "**Size:** 96 × 64 pixels\n"
        "**Seed:** 4000000000\n"
        "**Format:** PNG"
    )
    assert "block" not in text_of(dream)
    assert "seed" not in text_of(dream)


async def test_the_details_are_in_the_language_of_whoever_asks(server):
    server.locales[server.bob.id] = "ko"
    dream = await server.complete_dream(seed=5)
    details = await details_of(server, server.bob, dream)
    assert details.startswith("### 자세히: 강렬하게\n**층:**")
    assert "**시드:** 5" in details


async def test_the_details_work_after_a_restart(server):
    dream = await server.complete_dream(seed=5)
    await server.restart()
    assert "**Seed:** 5" in await details_of(server, server.bob, dream)


async def test_the_details_of_a_deleted_dream_are_gone(server):
    dream = await server.complete_dream()
    await server.services.store.delete((await server.only_job()).id)
    assert await details_of(server, server.alice, dream) == "I no longer have the details of that dream."


async def test_a_dream_of_a_thing_alone_has_no_line_of_layers(server):
    dream = await server.complete_dream(of="jellyfish")
    details = await details_of(server, server.alice, dream)
    assert details.startswith("### Details: jellyfish\n**Dream of:** jellyfish\n**Octaves:**")
