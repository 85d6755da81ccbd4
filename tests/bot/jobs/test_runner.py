"""The runner in the simulated Discord: what it asks of the executor, and what it does with the answers."""

import asyncio

import numpy as np
import pytest

from bot.jobs import runner
from bot.models import State
from dream_engine.executors.base import ExecutorClosedError
from fake_discord.simcord_additions import labels_of, text_of
from fake_discord.simulation import PATIENCE
from tests.bot.scripted_executor import ScriptedExecutor
from tests.conftest import png


class TestTwoWorkers:
    @pytest.fixture
    def executor(self):
        return ScriptedExecutor(capacity=2)

    async def test_two_people_are_served_at_once(self, town):
        first, _ = await town.begun(town.alice)
        second, dream = await town.begun(town.bob)
        dream.finish()
        await town.answer(second)
        assert text_of(first.response) == "" or "Dreaming" in text_of(first.response)

    async def test_one_person_never_has_both(self, town):
        await town.begun(town.alice)
        waiting = await town.order(town.alice)
        await town.says(waiting, "You are next.")
        assert town.script.is_idle
        await town.begun(town.bob)

    @pytest.mark.settings(running=2)
    async def test_one_person_has_both_where_the_operator_allows_it(self, town):
        await town.begun(town.alice)
        await town.begun(town.alice)
        await town.says(await town.order(town.alice), "You are next.")

    async def test_one_person_has_both_where_a_role_allows_it(self, town):
        patrons = town.guild.create_role("Patrons")
        rich = town.somebody("rich", [patrons])
        options = {"at-once": 2, "role": patrons}
        await town.keeper.slash(town.square, "dream-settings limits", **options)
        await town.begun(rich)
        await town.begun(rich)

    async def test_who_is_exempt_has_both(self, town):
        friends = town.guild.create_role("Friends")
        friend = town.somebody("friend", [friends])
        await town.keeper.slash(town.square, "dream-settings exempt", role=friends)
        await town.begun(friend)
        await town.begun(friend)

    @pytest.mark.settings(running=2)
    async def test_how_many_at_once_outlives_a_restart(self, town):
        for _ in range(2):
            await town.begun(town.alice)
        await town.restart(killed=True)
        for _ in range(2):
            await town.script.begun()


async def test_the_next_dream_begins_while_the_file_of_the_last_is_written(town):
    first, dream = await town.begun(town.alice)
    waiting = await town.order(town.bob)
    await town.says(waiting, "You are next.")
    dream.tell(1.0)
    following = await town.script.begun()
    assert not dream.closed.is_set()
    for one, card in ((following, waiting), (dream, first)):
        one.finish()
        await town.answer(card)


async def test_after_a_round_that_failed_the_next_one_comes(town, monkeypatch, caplog):
    monkeypatch.setattr(runner, "_FORECAST_SECONDS", 0.01)
    _, running = await town.begun(town.bob)
    renew, troubles = town.parts.outlook.renew, [OSError("disk full"), KeyError("lost")]

    def renew_or_fail(*what):
        if troubles:
            raise troubles.pop()
        renew(*what)

    monkeypatch.setattr(town.parts.outlook, "renew", renew_or_fail)
    await town.says(await town.order(town.alice), "You are next.")
    assert caplog.text.count("A round of the queue failed.") == 2
    running.finish()
    await town.script.begun()


async def test_the_executor_is_asked_for_what_the_wish_comes_to(town):
    _, dream = await town.begun(preset="mild", strength=2.0, seed=9)
    request = dream.request
    assert request.settings == town.parts.reception._settings_of((await town.only_job()).wish)
    assert (request.preset, request.file_format, request.guide) == ("mild", "png", None)
    assert request.preview_seconds is not None
    assert request.time_limit == town.settings.time_limit


async def test_the_file_fits_the_place_that_the_request_came_from(town):
    town.disguise["attachment_size_limit"] = 10_000_000
    _, dream = await town.begun()
    assert dream.request.most_bytes == 10_000_000


async def test_an_executor_that_ends_without_a_dream_is_our_fault(town, monkeypatch, caplog):
    async def nothing(_):
        for never in ():
            yield never

    monkeypatch.setattr(town.script, "dream", nothing)
    asked = await town.order()
    await town.says(asked, "Something went wrong on my side")
    assert "the executor ended without a dream" in caplog.text


async def test_a_second_click_on_cancel_does_not_disturb_the_first(town, monkeypatch):
    asked, dream = await town.begun()
    dream.tell(0.1)
    await town.says(asked, "10%")
    job, runner = await town.only_job(), town.parts.runner
    entered, gate = asyncio.Event(), asyncio.Event()
    end = town.parts.store.end

    async def slowly(*what, **how):
        entered.set()
        await gate.wait()
        return await end(*what, **how)

    monkeypatch.setattr(town.parts.store, "end", slowly)
    first = town.parts.background.start(runner.cancel(job.id), "the first click")
    await entered.wait()
    assert not await runner.cancel(job.id)
    gate.set()
    assert await first
    await town.says(asked, "This dream was cancelled.")
    assert (await town.job(job.id)).state is State.CANCELLED


async def test_what_nobody_knows_cannot_be_cancelled(town):
    assert not await town.parts.runner.cancel("0" * 16)


async def test_what_is_dreamed_already_cannot_be_cancelled(town):
    answer = await town.dreamed()
    assert not await town.parts.runner.cancel((await town.only_job()).id)
    assert labels_of(answer) == ["Deeper", "Again", "Original", "Delete"]


async def test_the_load_counts_who_waits_and_who_dreams(town):
    assert town.parts.runner.load == (0, 0)
    await town.begun(town.alice)
    await town.order(town.alice)
    await town.order(town.bob)
    assert town.parts.runner.load == (2, 1)


async def test_a_waiting_card_that_was_deleted_ends_its_job(town, caplog):
    caplog.set_level("INFO", logger="bot")
    _, running = await town.begun(town.bob)
    await town.order(town.moderator, seed=1)
    asked = await town.order(town.alice, seed=2)
    await town.says(asked, "Place 2")
    job = await town.only_job(town.alice)
    card = town.parts.delivery.live_card(job)
    await town.moderator.delete(asked.response.message)
    running.finish()  # now Alice is next, and cannot be told
    running = await town.script.begun()
    async with asyncio.timeout(PATIENCE):
        await card.gone.wait()
    await town.order(town.keeper, seed=3)
    running.finish()
    assert (await town.script.begun()).request.settings.seed == 3
    lost = await town.job(job.id)
    assert (lost.state, lost.bucket) == (State.LOST, None)  # it has cost nothing
    assert f"Job {job.id} ends: its message was deleted." in caplog.text


async def test_an_executor_that_was_closed_leaves_its_job_for_the_next_start(town):
    asked, dream = await town.begun()
    dream.fail(ExecutorClosedError())
    await town.quiet()
    job = await town.only_job()
    assert (job.state, job.tries) == (State.QUEUED, 0)
    await town.restart(killed=True)
    (await town.script.begun()).finish()
    await town.answer(asked)


@pytest.mark.settings(source_megabytes=0.005)
async def test_a_dream_may_have_more_bytes_than_a_source(town):
    noise = np.random.default_rng(1).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    rendition = await town.parts.refitter.refit(png(noise), 50_000)
    assert len(rendition.image) <= 50_000
