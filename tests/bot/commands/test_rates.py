"""How much one person may ask for, and what a dream costs."""

import re

import pytest

from bot.models import State
from dream_engine.errors import DamagedPictureError, TimeLimitError
from dream_engine.executors.base import DreamCrashedError
from fake_discord.simcord_additions import text_of
from tests.bot.simulated_server import picture

MINUTE = 60.0


async def spend(server, times=3, who=None):
    """Let somebody have so many dreams."""
    for _ in range(times):
        await server.dreamed(who)


async def is_refused(server, who=None, **options):
    """Make sure that somebody may not dream now; returns in how many seconds they may."""
    asked = await server.submit(who, **options)
    said = await server.whispers(asked)
    assert "You have dreamed a lot! Your next dream is ready <t:" in said
    assert "This one cost you nothing." in said
    (moment,) = re.findall(r"<t:(\d+):R>", said)
    return int(moment) - server.env.now().timestamp()


async def test_three_at_once_and_then_one_every_hundred_seconds(server):
    await spend(server)
    assert 99 < await is_refused(server) <= 101
    await server.env.advance_time(50)
    assert 49 < await is_refused(server) <= 51  # asking has cost nothing
    await server.env.advance_time(50)
    await spend(server, 1)
    await is_refused(server)


async def test_six_in_ten_minutes_after_the_first_three(server):
    dreams = 0
    for _ in range(10):
        await server.env.advance_time(MINUTE)
        for _ in range(3):
            asked = await server.submit()
            if asked.followups:
                continue
            (await server.script.begun()).finish()
            await server.answer(asked)
            dreams += 1
    assert dreams == 3 + 5  # the burst, and what came back in the nine minutes between


async def test_nobody_saves_up_more_than_a_burst(server):
    await server.env.advance_time(24 * 60 * MINUTE)
    await spend(server)
    await is_refused(server)


async def test_one_persons_dreams_cost_another_nothing(server):
    await spend(server, who=server.alice)
    await spend(server, who=server.bob)
    await is_refused(server, server.alice)


async def test_a_restart_forgives_nothing(server):
    await spend(server)
    await server.restart()
    assert 99 < await is_refused(server) <= 101


async def test_a_dream_that_we_failed_costs_nothing(server):
    for _ in range(4):
        asked, dream = await server.begun()
        dream.fail(DreamCrashedError("KeyError"))
        await server.says(asked, "Something went wrong on my side")
        await server.quiet()


async def test_a_picture_that_the_worker_refuses_costs_nothing(server):
    for _ in range(4):
        asked, dream = await server.begun()
        dream.fail(DamagedPictureError())
        assert "That picture is damaged" in await server.whispers(asked)
        await server.quiet()


async def test_a_dream_past_its_time_costs_what_it_was_worth(server):
    for _ in range(3):
        asked, dream = await server.begun()
        dream.fail(TimeLimitError(seconds=600.0))
        assert "longer than 600 seconds" in await server.whispers(asked)
        await server.quiet()
    await is_refused(server)


async def test_a_cancel_before_the_start_costs_nothing(server):
    await server.begun(server.bob)
    for _ in range(4):
        asked = await server.submit()
        await server.says(asked, "next")
        await server.alice.click(asked.response, label="Cancel")
        await server.says(asked, "cancelled")


async def test_a_cancel_after_the_start_costs_a_dream(server):
    for _ in range(3):
        asked, dream = await server.begun()
        dream.tell(0.1)
        await server.says(asked, "10%")
        await server.alice.click(asked.response, label="Cancel")
        await server.quiet()
    await is_refused(server)


async def test_a_refund_never_fills_more_than_the_bucket(server):
    _, dream = await server.begun()
    await server.env.advance_time(24 * 60 * MINUTE)
    dream.fail(DreamCrashedError("KeyError"))
    await server.quiet()
    await spend(server)
    await is_refused(server)


@pytest.mark.settings(burst=10)
async def test_only_one_runs_and_three_wait(server):
    await server.begun()
    for _ in range(3):
        await server.submit()
    refused = await server.whispers(await server.submit())
    assert refused.startswith("3 of your dreams are waiting already.")
    assert len(server.script.dreams) == 1


@pytest.mark.settings(burst=10, waiting=1)
async def test_the_one_that_may_wait_is_told_as_one(server):
    await server.begun()
    await server.submit()
    assert (await server.whispers(await server.submit())).startswith("One of your dreams is waiting already.")


@pytest.mark.settings(queue=1)
async def test_a_full_queue_says_when_to_come_back_and_costs_nothing(server):
    await server.begun(server.bob)
    waiting = await server.submit(server.bob)
    for _ in range(4):
        said = await server.whispers(await server.submit(server.alice))
        assert re.match(r"My queue is full\. Try again <t:\d+:R>; this request cost you nothing\.", said)
    await server.says(waiting, "next")
    await server.bob.click(waiting.response, label="Cancel")
    for _ in range(3):
        asked = await server.submit(server.alice)
        await server.says(asked, "next")
        await server.alice.click(asked.response, label="Cancel")


@pytest.mark.settings(burst=10, waiting=10)
async def test_people_take_turns(server):
    submit = []
    first, running = await server.begun(server.alice, seed=100)
    many = [await server.submit(server.alice, seed=seed) for seed in (101, 102, 103)]
    one = await server.submit(server.bob, seed=200)
    two = [await server.submit(server.moderator, seed=seed) for seed in (300, 301)]
    await server.says(one, "You are next.")
    await server.says(two[0], "Place 2 in the queue.")
    await server.says(many[-1], "Place 6 in the queue.")
    for asked in (first, one, *two, *many):
        running.finish()
        submit.append(running.request.settings.seed)
        if len(submit) < 7:
            running = await server.script.begun()
        await server.quiet() if asked is many[-1] else None
    assert submit == [100, 200, 300, 101, 301, 102, 103]


async def test_a_dream_that_would_take_longer_than_one_may_is_refused_before_it_waits(server):
    asked, dream = await server.begun(size=64)
    dream.finish(seconds=300.0)
    await server.answer(asked)
    large = await server.submit(content=picture(960, 640), preset="webs", strength=4.0)
    said = await server.whispers(large)
    assert re.match(r"That would take about [\d,]+ minutes, and one dream may take 10 minutes\.", said)
    assert (await server.services.store.of_user(server.alice.id, State.DELIVERED))[0].options.size == 64


async def test_refusals_are_seen_by_who_asked_alone(server):
    await spend(server)
    await is_refused(server)
    seen = [text_of(message) for message in server.square.history(viewer=server.bob)]
    assert not any("dreamed a lot" in text for text in seen)
    assert len(seen) == 3
