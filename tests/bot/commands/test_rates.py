"""How much one person may ask for, and what a dream costs."""

import re

import pytest

from bot.models import State
from dream_engine.errors import DamagedPictureError, TimeLimitError
from dream_engine.executors.base import DreamCrashedError
from fake_discord.simcord_additions import text_of
from tests.bot.simulated_server import picture

MINUTE = 60.0


async def spend(town, times=3, who=None):
    """Let somebody have so many dreams."""
    for _ in range(times):
        await town.dreamed(who)


async def is_refused(town, who=None, **options):
    """Make sure that somebody may not dream now; returns in how many seconds they may."""
    asked = await town.order(who, **options)
    said = await town.whispers(asked)
    assert "You have dreamed a lot! Your next dream is ready <t:" in said
    assert "This one cost you nothing." in said
    (moment,) = re.findall(r"<t:(\d+):R>", said)
    return int(moment) - town.env.now().timestamp()


async def test_three_at_once_and_then_one_every_hundred_seconds(town):
    await spend(town)
    assert 99 < await is_refused(town) <= 101
    await town.env.advance_time(50)
    assert 49 < await is_refused(town) <= 51  # asking has cost nothing
    await town.env.advance_time(50)
    await spend(town, 1)
    await is_refused(town)


async def test_six_in_ten_minutes_after_the_first_three(town):
    dreams = 0
    for _ in range(10):
        await town.env.advance_time(MINUTE)
        for _ in range(3):
            asked = await town.order()
            if asked.followups:
                continue
            (await town.script.begun()).finish()
            await town.answer(asked)
            dreams += 1
    assert dreams == 3 + 5  # the burst, and what came back in the nine minutes between


async def test_nobody_saves_up_more_than_a_burst(town):
    await town.env.advance_time(24 * 60 * MINUTE)
    await spend(town)
    await is_refused(town)


async def test_one_persons_dreams_cost_another_nothing(town):
    await spend(town, who=town.alice)
    await spend(town, who=town.bob)
    await is_refused(town, town.alice)


async def test_a_restart_forgives_nothing(town):
    await spend(town)
    await town.restart()
    assert 99 < await is_refused(town) <= 101


async def test_a_dream_that_we_failed_costs_nothing(town):
    for _ in range(4):
        asked, dream = await town.begun()
        dream.fail(DreamCrashedError("KeyError"))
        await town.says(asked, "Something went wrong on my side")
        await town.quiet()


async def test_a_picture_that_the_worker_refuses_costs_nothing(town):
    for _ in range(4):
        asked, dream = await town.begun()
        dream.fail(DamagedPictureError())
        assert "That picture is damaged" in await town.whispers(asked)
        await town.quiet()


async def test_a_dream_past_its_time_costs_what_it_was_worth(town):
    for _ in range(3):
        asked, dream = await town.begun()
        dream.fail(TimeLimitError(seconds=600.0))
        assert "longer than 600 seconds" in await town.whispers(asked)
        await town.quiet()
    await is_refused(town)


async def test_a_cancel_before_the_start_costs_nothing(town):
    await town.begun(town.bob)
    for _ in range(4):
        asked = await town.order()
        await town.says(asked, "next")
        await town.alice.click(asked.response, label="Cancel")
        await town.says(asked, "cancelled")


async def test_a_cancel_after_the_start_costs_a_dream(town):
    for _ in range(3):
        asked, dream = await town.begun()
        dream.tell(0.1)
        await town.says(asked, "10%")
        await town.alice.click(asked.response, label="Cancel")
        await town.quiet()
    await is_refused(town)


async def test_a_refund_never_fills_more_than_the_bucket(town):
    _, dream = await town.begun()
    await town.env.advance_time(24 * 60 * MINUTE)
    dream.fail(DreamCrashedError("KeyError"))
    await town.quiet()
    await spend(town)
    await is_refused(town)


@pytest.mark.settings(burst=10)
async def test_only_one_runs_and_three_wait(town):
    await town.begun()
    for _ in range(3):
        await town.order()
    refused = await town.whispers(await town.order())
    assert refused.startswith("3 of your dreams are waiting already.")
    assert len(town.script.dreams) == 1


@pytest.mark.settings(burst=10, waiting=1)
async def test_the_one_that_may_wait_is_told_as_one(town):
    await town.begun()
    await town.order()
    assert (await town.whispers(await town.order())).startswith("One of your dreams is waiting already.")


@pytest.mark.settings(queue=1)
async def test_a_full_queue_says_when_to_come_back_and_costs_nothing(town):
    await town.begun(town.bob)
    waiting = await town.order(town.bob)
    for _ in range(4):
        said = await town.whispers(await town.order(town.alice))
        assert re.match(r"My queue is full\. Try again <t:\d+:R>; this request cost you nothing\.", said)
    await town.says(waiting, "next")
    await town.bob.click(waiting.response, label="Cancel")
    for _ in range(3):
        asked = await town.order(town.alice)
        await town.says(asked, "next")
        await town.alice.click(asked.response, label="Cancel")


@pytest.mark.settings(burst=10, waiting=10)
async def test_people_take_turns(town):
    order = []
    first, running = await town.begun(town.alice, seed=100)
    many = [await town.order(town.alice, seed=seed) for seed in (101, 102, 103)]
    one = await town.order(town.bob, seed=200)
    two = [await town.order(town.moderator, seed=seed) for seed in (300, 301)]
    await town.says(one, "You are next.")
    await town.says(two[0], "Place 2 in the queue.")
    await town.says(many[-1], "Place 6 in the queue.")
    for asked in (first, one, *two, *many):
        running.finish()
        order.append(running.request.settings.seed)
        if len(order) < 7:
            running = await town.script.begun()
        await town.quiet() if asked is many[-1] else None
    assert order == [100, 200, 300, 101, 301, 102, 103]


async def test_a_dream_that_would_take_longer_than_one_may_is_refused_before_it_waits(town):
    asked, dream = await town.begun(size=64)
    dream.finish(seconds=300.0)
    await town.answer(asked)
    large = await town.order(content=picture(960, 640), preset="webs", strength=4.0)
    said = await town.whispers(large)
    assert re.match(r"That would take about [\d,]+ minutes, and one dream may take 10 minutes\.", said)
    assert (await town.parts.store.of_user(town.alice.id, State.DELIVERED))[0].wish.size == 64


async def test_refusals_are_seen_by_who_asked_alone(town):
    await spend(town)
    await is_refused(town)
    seen = [text_of(message) for message in town.square.history(viewer=town.bob)]
    assert not any("dreamed a lot" in text for text in seen)
    assert len(seen) == 3
