"""Admitted jobs are finished and answered exactly once, however the bot ended."""

import asyncio
import errno

import pytest

from bot.errors import DownloadRefusal
from bot.models import State
from bot.submission import service
from dream_engine.errors import DamagedPictureError
from dream_engine.executors.base import DreamCrashedError
from fake_discord.simcord_additions import labels_of, text_of
from fake_discord.simulation import TIMEOUT_SECONDS
from tests.bot.simulated_server import all_answers, is_result, picture

pytestmark = pytest.mark.settings(shutdown_seconds=0.0, burst=20, waiting=20)


def deliveries(server):
    """Count how often a finished dream was shown."""
    seen = [files for what, _, _, files in server.recorder.log if what != "deleted"]
    return sum(any(name.startswith("dream-") for name in files) for files in seen)


async def test_a_dream_that_was_running_at_a_kill_runs_again_and_is_delivered_once(server):
    asked, dream = await server.start_dream(seed=5, preset="mild")
    dream.tell(0.5)
    await server.until_shown(asked, "50%")
    await server.restart(killed=True)
    again = await server.script.next_dream()
    assert again.request == dream.request
    again.finish()
    answer = await server.answer(asked)
    assert answer.id == asked.response.id
    assert deliveries(server) == 1
    assert (await server.only_job()).state is State.DELIVERED


async def test_a_waiting_job_keeps_its_mask_over_a_restart(server):
    mask = picture(colour="white")
    await server.start_dream(server.alice, seed=100)
    await server.submit(server.alice, seed=101, mask=("mask.png", mask))
    await server.until_recorded()
    await server.restart(killed=True)
    first = await server.script.next_dream()
    assert (first.request.settings.seed, first.request.mask) == (100, None)
    first.finish()
    second = await server.script.next_dream()
    assert (second.request.settings.seed, second.request.mask) == (101, mask)


async def test_waiting_jobs_keep_their_order_after_a_restart(server):
    await server.start_dream(server.alice, seed=100)
    asked = [
        await server.submit(who, seed=seed)
        for who, seed in ((server.alice, 101), (server.bob, 200), (server.alice, 102), (server.bob, 201))
    ]
    await server.restart(killed=True)
    served = []
    for _ in range(5):
        dream = await server.script.next_dream()
        served.append(dream.request.settings.seed)
        dream.finish()
    assert served == [100, 200, 101, 201, 102]
    for one in asked:
        await server.answer(one)
    await server.until_idle()
    assert deliveries(server) == 5


async def test_a_new_user_waits_for_at_most_one_job_of_each_user_after_a_restart(server):
    await server.start_dream(server.alice, seed=100)
    for seed in (101, 102, 103, 104):
        await server.submit(server.alice, seed=seed)
    await server.restart(killed=True)
    running = await server.script.next_dream()
    await server.submit(server.bob, seed=200)
    served = []
    for _ in range(2):
        running.finish()
        running = await server.script.next_dream()
        served.append(running.request.settings.seed)
    assert 200 in served


async def test_a_dream_that_was_done_but_not_delivered_is_not_dreamed_again(server, monkeypatch):
    monkeypatch.setattr(server.services.deliverer, "deliver", lambda *_, **__: None)
    asked, dream = await server.start_dream()
    dream.finish()
    await server.until_idle()
    assert (await server.only_job()).state is State.DREAMED
    await server.restart(killed=True)
    answer = await server.answer(asked)
    assert (await server.file_of(answer)).size == (96, 64)
    assert len(server.script.dreams) == 1
    assert (await server.only_job()).state is State.DELIVERED


async def test_a_delivered_dream_that_was_not_recorded_is_not_delivered_again(server, monkeypatch):
    async def forgetful(job, _):
        return job

    monkeypatch.setattr(server.services.store, "end", forgetful)
    asked, dream = await server.start_dream()
    dream.finish()
    await server.answer(asked)
    await server.until_idle()
    assert (await server.only_job()).state is State.DREAMED
    await server.restart(killed=True)
    await server.until_idle()
    assert (await server.only_job()).state is State.DELIVERED
    assert deliveries(server) == 1
    assert len(all_answers(asked)) == 1


async def end_and_kill(server, monkeypatch, error):
    """End a dream, and kill the bot before it tells the owner."""

    async def never(*_):
        await asyncio.Event().wait()

    monkeypatch.setattr(server.services.notifier, "tell", never)
    asked, dream = await server.start_dream()
    if error is None:
        await server.services.runner.cancel((await server.only_job()).id)
    else:
        dream.fail(error)
    await end_recorded(server)
    await server.restart(killed=True)
    return asked


async def end_recorded(server):
    """Wait until the end of the only job and its pending message are recorded."""
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while not (await server.only_job()).pending_message:  # noqa: ASYNC110 - it sets no event
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("error", "state", "bucket", "words"),
    [
        (DreamCrashedError("KeyError"), State.FAILED, None, "Something went wrong on my side"),
        (DamagedPictureError(), State.REFUSED, None, "That picture is damaged"),
        (None, State.CANCELLED, 0, "I stopped this dream."),
    ],
    ids=["failed", "refused", "cancelled"],
)
async def test_a_pending_message_is_sent_once_after_a_kill(server, monkeypatch, error, state, bucket, words):
    await end_and_kill(server, monkeypatch, error)
    for _ in range(2):
        await server.until(lambda: [text for _, _, text, _ in server.recorder.log if words in text])
        await server.until_idle()
        job = await server.only_job()
        assert (job.state, job.bucket, job.pending_message, job.reply.token) == (state, bucket, None, "")
        await server.restart(killed=True)
    assert len([text for what, _, text, _ in server.recorder.log if words in text and what != "deleted"]) == 1
    assert len(server.script.dreams) == 1


async def test_a_refusal_for_a_failed_download_is_sent_after_a_kill(server, monkeypatch):
    async def never(*_):
        await asyncio.Event().wait()

    async def fail(_):
        raise DownloadRefusal

    monkeypatch.setattr(server.services.notifier, "tell", never)
    monkeypatch.setattr(server.services.downloader, "fetch", fail)
    asked = await server.submit()
    await end_recorded(server)
    await server.restart(killed=True)
    assert "I couldn't get that picture" in await server.private_text(asked)


def fill_disk(server, monkeypatch):
    """Make the recording of ended jobs fail with a full disk until the restart."""

    async def fail(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(server.services.store, "end", fail)


@pytest.mark.parametrize(("begun", "bucket"), [(False, None), (True, 0)], ids=["waiting", "begun"])
async def test_a_cancellation_that_could_not_be_recorded_still_holds_after_a_kill(
    server, monkeypatch, begun, bucket
):
    if not begun:
        await server.start_dream(server.bob)
    asked = (await server.start_dream(server.alice))[0] if begun else await server.submit(server.alice)
    fill_disk(server, monkeypatch)
    (job,) = await server.services.store.of_user(server.alice.id, State.QUEUED, State.RUNNING)
    await server.services.runner.cancel(job.id)
    await server.until_shown(asked, "I stopped this dream.")
    await server.restart(killed=True)
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while (after := await server.services.store.get(job.id)).state is not State.CANCELLED:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert after.bucket == bucket
    await server.until_shown(asked, "I stopped this dream.")


async def test_a_failure_that_could_not_be_recorded_still_holds_after_a_kill(server, monkeypatch):
    asked, dream = await server.start_dream()
    fill_disk(server, monkeypatch)
    dream.fail(DreamCrashedError("KeyError"))
    await server.until_shown(asked, "this dream was lost")
    await server.restart(killed=True)
    await server.until_idle()
    job = await server.only_job()
    assert (job.state, job.bucket) == (State.FAILED, None)
    assert len(server.script.dreams) == 1


async def test_a_refusal_that_could_not_be_recorded_is_sent_once(server, monkeypatch):
    async def refuse(_):
        raise DownloadRefusal

    fill_disk(server, monkeypatch)
    monkeypatch.setattr(server.services.downloader, "fetch", refuse)
    asked = await server.submit()
    await server.private_text(asked)
    job = await server.only_job()
    assert job.state is State.RECEIVED
    await server.restart(killed=True)
    await server.until_idle()
    after = await server.only_job()
    assert (after.state, after.bucket) == (State.REFUSED, None)
    assert len(all_answers(asked)) == 1
    assert not server.script.dreams


async def test_a_dream_that_reached_the_channel_but_was_not_recorded_is_not_sent_again(server, monkeypatch):
    async def forgetful(job, *_, **__):
        return job

    monkeypatch.setattr(server.services.store, "end", forgetful)
    _, dream = await server.start_dream()
    await server.env.advance_time(15 * 60)
    dream.finish()
    await server.until_idle()
    assert is_result(server.general.last_message)
    await server.restart(killed=True)
    await server.until_idle()
    assert (await server.only_job()).state is State.DELIVERED
    assert deliveries(server) == 1


async def test_stray_files_of_a_killed_bot_are_deleted(server):
    await server.complete_dream()
    stray = server.settings.data_dir / "pictures" / f"{'0' * 64}.abcdef01"
    stray.write_bytes(b"a partial file")
    await server.restart(killed=True)
    left = {file.name for file in (server.settings.data_dir / "pictures").iterdir()}
    job = await server.only_job()
    assert left == {job.source, job.dream}


async def test_an_ended_job_is_not_resumed(server):
    answer = await server.complete_dream()
    await server.restart(killed=True)
    await server.until_idle()
    assert deliveries(server) == 1
    assert len(server.script.dreams) == 1
    assert labels_of(answer) == ["Deeper", "Reroll", "Adjust…", "Details", "Original", "Delete"]


async def received(server, source_url):
    """Kill the bot while a job's picture is not downloaded yet."""
    asked, _ = await server.start_dream()
    job = await server.only_job()
    await server.services.store.change(job, state=State.RECEIVED, source=None, source_url=source_url)
    await server.restart(killed=True)
    return asked


async def test_a_job_whose_picture_was_not_downloaded_yet_is_resumed(server):
    asked = await received(server, server.url_of("late.png", picture(colour="red")))
    dream = await server.script.next_dream()
    assert dream.request.source == picture(colour="red")
    dream.finish()
    await server.answer(asked)


async def test_a_job_whose_picture_has_disappeared_is_refused_and_refunded(server):
    asked = await received(server, server.url_of("late.png", picture()).replace("late", "gone"))
    assert "I couldn't get that picture from Discord" in await server.private_text(asked)
    await server.until_idle()
    job = await server.only_job()
    assert (job.state, job.bucket) == (State.REFUSED, None)


async def test_a_dream_during_which_the_bot_was_killed_three_times_fails_with_a_reference(server, caplog):
    asked, _ = await server.start_dream()
    for _ in range(2):
        await server.restart(killed=True)
        await server.script.next_dream()
    await server.restart(killed=True)
    text = await server.until_shown(asked, "Something went wrong on my side")
    await server.until_idle()
    job = await server.only_job()
    assert (job.state, job.bucket) == (State.FAILED, None)
    assert server.script.is_idle
    assert text.split("`")[1] in caplog.text


async def test_a_shutdown_pauses_all_cards_and_a_restart_resumes_them(server):
    running, dream = await server.start_dream(server.bob)
    dream.tell(0.5)
    await server.until_shown(running, "50%")
    waiting = await server.submit(server.alice)
    await server.until_shown(waiting, "next")
    await server.stop()
    for asked in (running, waiting):
        assert "I'm restarting." in text_of(asked.response)
        assert labels_of(asked.response) == []
    assert dream.closed.is_set()
    await server.restart(killed=True)
    for asked in (running, waiting):
        (await server.script.next_dream()).finish()
        await server.answer(asked)
    assert deliveries(server) == 2


async def test_a_regular_shutdown_does_not_count_as_an_attempt(server):
    asked, _ = await server.start_dream()
    for _ in range(4):
        await server.restart()
        dream = await server.script.next_dream()
    dream.finish()
    await server.answer(asked)


@pytest.mark.settings(shutdown_seconds=20.0)
async def test_a_running_dream_can_finish_within_the_shutdown_time(server):
    asked, dream = await server.start_dream()
    waiting = await server.submit(server.bob)
    stopping = asyncio.create_task(server.stop())
    while not server.services.runner._stopping:  # noqa: ASYNC110 - it sets no event
        await asyncio.sleep(0)
    dream.finish()
    await stopping
    assert is_result(asked.response)
    assert "I'm restarting" in text_of(waiting.response)
    assert len(server.script.dreams) == 1


async def test_new_requests_are_refused_politely_during_a_shutdown(server):
    answer = await server.complete_dream()
    await server.services.submissions.close()
    assert "I'm restarting" in await server.private_text(await server.submit())
    click = await server.alice.click(answer, label="Reroll")
    assert "I'm restarting" in text_of(all_answers(click)[-1])


async def test_an_acknowledged_interaction_is_answered_before_the_bot_exits(server, monkeypatch):
    entered, gate, send = asyncio.Event(), asyncio.Event(), server.services.transport.edit

    async def slowly(*what):
        entered.set()
        await gate.wait()
        await send(*what)

    monkeypatch.setattr(server.services.transport, "edit", slowly)
    await server.services.submissions.close()
    ordering = asyncio.create_task(server.submit())
    async with asyncio.timeout(TIMEOUT_SECONDS):
        await entered.wait()
    stopping = asyncio.create_task(server.stop())
    await asyncio.sleep(0.05)
    assert not stopping.done()
    gate.set()
    await stopping
    assert not server.services.open_interactions
    assert "I'm restarting" in await server.private_text(await ordering)


async def fetching(server, monkeypatch):
    """Start a submission whose download waits at a gate; returns the gate and the submission's task."""
    entered, gate, fetch = asyncio.Event(), asyncio.Event(), server.services.downloader.fetch

    async def slowly(url):
        entered.set()
        await gate.wait()
        return await fetch(url)

    monkeypatch.setattr(server.services.downloader, "fetch", slowly)
    ordering = asyncio.create_task(server.submit())
    async with asyncio.timeout(TIMEOUT_SECONDS):
        await entered.wait()
    return gate, ordering


async def test_a_shutdown_waits_for_a_running_download(server, monkeypatch):
    gate, ordering = await fetching(server, monkeypatch)
    closing = asyncio.create_task(server.services.submissions.close())
    await asyncio.sleep(0.01)
    assert not closing.done()
    gate.set()
    await closing
    assert (await server.only_job()).state in {State.QUEUED, State.RUNNING}
    await ordering
    await server.script.next_dream()


async def test_a_request_whose_download_did_not_finish_is_resumed_after_the_restart(server, monkeypatch):
    monkeypatch.setattr(service, "_FETCH_GRACE_SECONDS", 0.01)
    _, ordering = await fetching(server, monkeypatch)
    await server.services.submissions.close()
    asked = await ordering
    job = await server.only_job()
    assert (job.state, job.bucket) == (State.RECEIVED, 0)
    await server.restart(killed=True)
    (await server.script.next_dream()).finish()
    await server.answer(asked)
    assert deliveries(server) == 1


async def test_measured_speeds_survive_a_restart(server):
    asked, dream = await server.start_dream()
    dream.finish(seconds=60.0)
    await server.answer(asked)
    await server.restart(killed=True)
    await server.start_dream(server.bob)
    await server.until_shown(await server.submit(), "next", "Ready <t:")


async def test_a_result_reaches_the_channel_when_the_token_ran_out_during_the_restart(server):
    await server.start_dream()
    await server.env.advance_time(15 * 60)
    await server.restart(killed=True)
    (await server.script.next_dream()).finish()
    await server.until_idle()
    assert is_result(server.general.last_message)
    assert deliveries(server) == 1
