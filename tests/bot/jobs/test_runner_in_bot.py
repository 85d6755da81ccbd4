"""The runner in the simulated Discord: its requests to the executor, and the results."""

import asyncio

import numpy as np
import pytest

from bot.jobs import execution, runner
from bot.models import State
from dream_engine.executors.base import ExecutorClosedError
from fake_discord.simcord_additions import labels_of, text_of
from fake_discord.simulation import TIMEOUT_SECONDS
from tests.bot.scripted_executor import ScriptedExecutor
from tests.bot.simulated_server import is_result
from tests.conftest import png


class TestTwoWorkers:
    @pytest.fixture
    def executor(self):
        return ScriptedExecutor(capacity=2)

    async def test_two_users_are_served_at_once(self, server):
        first, _ = await server.start_dream(server.alice)
        second, dream = await server.start_dream(server.bob)
        dream.finish()
        await server.answer(second)
        assert text_of(first.response) == "" or "Dreaming" in text_of(first.response)

    async def test_one_user_never_has_both_workers(self, server):
        await server.start_dream(server.alice)
        waiting = await server.submit(server.alice)
        await server.until_shown(waiting, "You're next.")
        assert server.script.is_idle
        await server.start_dream(server.bob)

    @pytest.mark.settings(running=2)
    async def test_one_user_has_both_workers_if_the_operator_allows_it(self, server):
        await server.start_dream(server.alice)
        await server.start_dream(server.alice)
        await server.until_shown(await server.submit(server.alice), "You're next.")

    async def test_one_user_has_both_workers_if_a_role_allows_it(self, server):
        patrons = server.guild.create_role("Patrons")
        rich = server.add_member("rich", [patrons])
        options = {"at-once": 2, "role": patrons}
        await server.manager.slash(server.general, "dream-settings limits", **options)
        await server.start_dream(rich)
        await server.start_dream(rich)

    async def test_an_exempt_user_has_both_workers(self, server):
        friends = server.guild.create_role("Friends")
        friend = server.add_member("friend", [friends])
        await server.manager.slash(server.general, "dream-settings exempt", role=friends)
        await server.start_dream(friend)
        await server.start_dream(friend)

    @pytest.mark.settings(running=2)
    async def test_the_limit_of_running_dreams_survives_a_restart(self, server):
        for _ in range(2):
            await server.start_dream(server.alice)
        await server.restart(killed=True)
        for _ in range(2):
            await server.script.next_dream()


async def test_the_next_dream_starts_while_the_last_file_is_encoded(server):
    first, dream = await server.start_dream(server.alice)
    waiting = await server.submit(server.bob)
    await server.until_shown(waiting, "You're next.")
    dream.tell(1.0)
    following = await server.script.next_dream()
    assert not dream.closed.is_set()
    for one, card in ((following, waiting), (dream, first)):
        one.finish()
        await server.answer(card)


async def test_a_dream_of_which_nothing_is_computed_yet_shows_that_it_has_begun(server, monkeypatch):
    monkeypatch.setattr(execution, "_SILENT_SECONDS", 0.0)
    asked, dream = await server.start_dream()
    shown = await server.until_shown(asked, "0%")
    assert "Dreaming" in shown
    assert "ready" not in shown, "no time is known before the first step"
    dream.tell(0.5)
    await server.until_shown(asked, "50%")


async def test_a_dream_that_ends_at_once_is_not_replaced_by_its_beginning(server, monkeypatch):
    monkeypatch.setattr(execution, "_SILENT_SECONDS", 0.05)
    asked, dream = await server.start_dream()
    dream.finish()
    await server.answer(asked)
    await asyncio.sleep(0.1)  # nothing tells that no card will come
    assert is_result(asked.response)
    assert "0%" not in str(server.recorder.log)


async def test_the_queue_continues_after_a_failed_round(server, monkeypatch, caplog):
    monkeypatch.setattr(runner, "_FORECAST_SECONDS", 0.01)
    _, running = await server.start_dream(server.bob)
    renew, troubles = server.services.forecaster.renew, [OSError("disk full"), KeyError("lost")]

    def renew_or_fail(*what):
        if troubles:
            raise troubles.pop()
        renew(*what)

    monkeypatch.setattr(server.services.forecaster, "renew", renew_or_fail)
    await server.until_shown(await server.submit(server.alice), "You're next.")
    assert caplog.text.count("A round of the queue failed.") == 2
    running.finish()
    await server.script.next_dream()


async def test_the_executor_gets_the_settings_of_the_job(server):
    _, dream = await server.start_dream(preset="mild", strength=2.0, seed=9)
    request = dream.request
    assert request.settings == server.services.forecaster._settings_of((await server.only_job()).options)
    assert (request.preset, request.file_format, request.guide) == ("mild", "png", None)
    assert request.preview_seconds is not None
    assert request.time_limit == server.settings.time_limit


async def test_the_file_respects_the_upload_limit_of_the_interaction(server):
    server.payload_overrides["attachment_size_limit"] = 10_000_000
    _, dream = await server.start_dream()
    assert dream.request.max_bytes == 10_000_000


async def test_an_executor_that_ends_without_a_dream_is_an_internal_error(server, monkeypatch, caplog):
    async def nothing(_):
        for never in ():
            yield never

    monkeypatch.setattr(server.script, "dream", nothing)
    asked = await server.submit()
    await server.until_shown(asked, "Something went wrong on my side")
    assert "the executor ended without a dream" in caplog.text


async def test_a_second_click_on_cancel_does_not_affect_the_first(server, monkeypatch):
    asked, dream = await server.start_dream()
    dream.tell(0.1)
    await server.until_shown(asked, "10%")
    job, runner = await server.only_job(), server.services.runner
    entered, gate = asyncio.Event(), asyncio.Event()
    end = server.services.store.end

    async def slowly(*what, **how):
        entered.set()
        await gate.wait()
        return await end(*what, **how)

    monkeypatch.setattr(server.services.store, "end", slowly)
    first = server.services.background.start(runner.cancel(job.id), "the first click")
    await entered.wait()
    assert not await runner.cancel(job.id)
    gate.set()
    assert await first
    await server.until_shown(asked, "I stopped this dream.")
    assert (await server.job(job.id)).state is State.CANCELLED


async def test_an_unknown_job_cannot_be_cancelled(server):
    assert not await server.services.runner.cancel("0" * 16)


async def test_a_finished_dream_cannot_be_cancelled(server):
    answer = await server.complete_dream()
    assert not await server.services.runner.cancel((await server.only_job()).id)
    assert labels_of(answer) == ["Deeper", "Reroll", "Adjust…", "Details", "Original", "Delete"]


async def test_the_load_counts_waiting_and_running_jobs(server):
    assert server.services.runner.load == (0, 0)
    await server.start_dream(server.alice)
    await server.submit(server.alice)
    await server.submit(server.bob)
    assert server.services.runner.load == (2, 1)


async def test_a_deleted_card_ends_its_waiting_job(server, caplog):
    caplog.set_level("INFO", logger="bot")
    _, running = await server.start_dream(server.bob)
    await server.submit(server.moderator, seed=1)
    asked = await server.submit(server.alice, seed=2)
    await server.until_shown(asked, "number 2 in line")
    job = await server.only_job(server.alice)
    card = server.services.notifier.live_card(job)
    await server.moderator.delete(asked.response.message)
    running.finish()  # Alice is next, but her card is deleted
    running = await server.script.next_dream()
    async with asyncio.timeout(TIMEOUT_SECONDS):
        await card.gone.wait()
    await server.submit(server.manager, seed=3)
    running.finish()
    assert (await server.script.next_dream()).request.settings.seed == 3
    lost = await server.job(job.id)
    assert (lost.state, lost.bucket) == (State.LOST, None)  # it costs nothing
    assert f"Job {job.id} ends: its message was deleted." in caplog.text


async def test_a_closed_executor_leaves_its_job_for_the_next_start(server):
    asked, dream = await server.start_dream()
    dream.fail(ExecutorClosedError())
    await server.until_idle()
    job = await server.only_job()
    assert (job.state, job.attempts) == (State.QUEUED, 0)
    await server.restart(killed=True)
    (await server.script.next_dream()).finish()
    await server.answer(asked)


@pytest.mark.settings(source_megabytes=0.005)
async def test_a_dream_may_be_larger_than_the_limit_of_a_source(server):
    noise = np.random.default_rng(1).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    rendition = await server.services.refitter.refit(png(noise), 50_000)
    assert len(rendition.image) <= 50_000
