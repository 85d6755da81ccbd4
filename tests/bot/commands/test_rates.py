"""The rate limit, and the cost of a dream."""

import re

import pytest

from bot.models import State
from dream_engine.errors import DamagedPictureError, TimeLimitError
from dream_engine.executors.base import DreamCrashedError
from fake_discord.simcord_additions import text_of
from tests.bot.simulated_server import picture

MINUTE = 60.0


async def spend(server, times=3, member=None):
    """Complete a number of dreams of a member."""
    for _ in range(times):
        await server.complete_dream(member)


async def is_refused(server, member=None, **options):
    """Make sure that a member is refused; returns the seconds until the next dream."""
    interaction = await server.submit(member, **options)
    said = await server.private_text(interaction)
    assert "You've used up your dreams for now. Your next one is ready <t:" in said
    assert "This request didn't cost you anything." in said
    (timestamp,) = re.findall(r"<t:(\d+):R>", said)
    return int(timestamp) - server.env.now().timestamp()


async def test_a_burst_of_three_is_followed_by_one_every_hundred_seconds(server):
    await spend(server)
    assert 99 < await is_refused(server) <= 101
    await server.env.advance_time(50)
    assert 49 < await is_refused(server) <= 51  # the refusal has cost nothing
    await server.env.advance_time(50)
    await spend(server, 1)
    await is_refused(server)


async def test_the_rate_is_six_in_ten_minutes_after_the_burst(server):
    dreams = 0
    for _ in range(10):
        await server.env.advance_time(MINUTE)
        for _ in range(3):
            interaction = await server.submit()
            if interaction.followups:
                continue
            (await server.script.next_dream()).finish()
            await server.answer(interaction)
            dreams += 1
    assert dreams == 3 + 5  # the burst, and the refill of the nine minutes between


async def test_no_user_saves_more_than_a_burst(server):
    await server.env.advance_time(24 * 60 * MINUTE)
    await spend(server)
    await is_refused(server)


async def test_one_users_dreams_do_not_cost_another_user(server):
    await spend(server, member=server.alice)
    await spend(server, member=server.bob)
    await is_refused(server, server.alice)


async def test_a_restart_does_not_reset_the_rate_limit(server):
    await spend(server)
    await server.restart()
    assert 99 < await is_refused(server) <= 101


async def test_a_failed_dream_costs_nothing(server):
    for _ in range(4):
        interaction, dream = await server.start_dream()
        dream.fail(DreamCrashedError("KeyError"))
        await server.until_shown(interaction, "Something went wrong on my side")
        await server.until_idle()


async def test_a_picture_that_the_worker_refuses_costs_nothing(server):
    for _ in range(4):
        interaction, dream = await server.start_dream()
        dream.fail(DamagedPictureError())
        assert "That picture is damaged" in await server.private_text(interaction)
        await server.until_idle()


async def test_a_dream_that_exceeds_the_time_limit_is_not_refunded(server):
    for _ in range(3):
        interaction, dream = await server.start_dream()
        dream.fail(TimeLimitError(seconds=600.0))
        assert "longer than 600 seconds" in await server.private_text(interaction)
        await server.until_idle()
    await is_refused(server)


async def test_a_cancel_before_the_start_costs_nothing(server):
    await server.start_dream(server.bob)
    for _ in range(4):
        interaction = await server.submit()
        await server.until_shown(interaction, "next")
        await server.alice.click(interaction.response, label="Cancel")
        await server.until_shown(interaction, "Cancelled:")


async def test_a_cancel_after_the_start_costs_a_dream(server):
    for _ in range(3):
        interaction, dream = await server.start_dream()
        dream.tell(0.1)
        await server.until_shown(interaction, "10%")
        await server.alice.click(interaction.response, label="Cancel")
        await server.until_idle()
    await is_refused(server)


async def test_a_refund_never_exceeds_the_burst(server):
    _, dream = await server.start_dream()
    await server.env.advance_time(24 * 60 * MINUTE)
    dream.fail(DreamCrashedError("KeyError"))
    await server.until_idle()
    await spend(server)
    await is_refused(server)


@pytest.mark.settings(burst=10)
async def test_one_dream_of_a_user_runs_and_three_wait(server):
    await server.start_dream()
    for _ in range(3):
        await server.submit()
    refused = await server.private_text(await server.submit())
    assert refused.startswith("You already have 3 dreams waiting.")
    assert len(server.script.dreams) == 1


@pytest.mark.settings(burst=10, waiting=1)
async def test_a_limit_of_one_waiting_dream_is_singular(server):
    await server.start_dream()
    await server.submit()
    assert (await server.private_text(await server.submit())).startswith("You already have a dream waiting.")


@pytest.mark.settings(queue=1)
async def test_a_full_queue_says_when_to_try_again_and_costs_nothing(server):
    await server.start_dream(server.bob)
    waiting = await server.submit(server.bob)
    for _ in range(4):
        said = await server.private_text(await server.submit(server.alice))
        assert re.match(
            r"My queue is full\. Try again <t:\d+:R>\. This request didn't cost you anything\.", said
        )
    await server.until_shown(waiting, "next")
    await server.bob.click(waiting.response, label="Cancel")
    for _ in range(3):
        interaction = await server.submit(server.alice)
        await server.until_shown(interaction, "next")
        await server.alice.click(interaction.response, label="Cancel")


@pytest.mark.settings(burst=10, waiting=10)
async def test_users_take_turns(server):
    order = []
    first, running = await server.start_dream(server.alice, seed=100)
    alices = [await server.submit(server.alice, seed=seed) for seed in (101, 102, 103)]
    bobs = await server.submit(server.bob, seed=200)
    moderators = [await server.submit(server.moderator, seed=seed) for seed in (300, 301)]
    await server.until_shown(bobs, "You're next.")
    await server.until_shown(moderators[0], "You're number 2 in line.")
    await server.until_shown(alices[-1], "You're number 6 in line.")
    for interaction in (first, bobs, *moderators, *alices):
        running.finish()
        order.append(running.request.settings.seed)
        if len(order) < 7:
            running = await server.script.next_dream()
        await server.until_idle() if interaction is alices[-1] else None
    assert order == [100, 200, 300, 101, 301, 102, 103]


async def test_a_dream_expected_to_exceed_the_time_limit_is_refused_at_once(server):
    interaction, dream = await server.start_dream(size=64)
    dream.finish(seconds=300.0)
    await server.answer(interaction)
    large = await server.submit(content=picture(960, 640), preset="webs", strength=4.0)
    said = await server.private_text(large)
    assert re.match(r"That would take about [\d,]+ minutes, and the limit is 10\.", said)
    assert (await server.services.store.of_user(server.alice.id, State.DELIVERED))[0].options.size == 64


async def test_refusals_are_private(server):
    await spend(server)
    await is_refused(server)
    seen = [text_of(message) for message in server.general.history(viewer=server.bob)]
    assert not any("used up your dreams" in text for text in seen)
    assert len(seen) == 3
