"""What was accepted is finished and answered exactly once, however the bot ended."""

import asyncio
import errno

import pytest

from bot.errors import DownloadRefusal
from bot.models import State
from bot.submission import service
from dream_engine.errors import DamagedPictureError
from dream_engine.executors.base import DreamCrashedError
from fake_discord.simcord_additions import labels_of, text_of
from fake_discord.simulation import PATIENCE
from tests.bot.simulated_server import all_answers, is_result, picture

pytestmark = pytest.mark.settings(shutdown_seconds=0.0, burst=20, waiting=20)


def deliveries(town):
    """How often a finished dream came to be seen."""
    seen = [files for what, _, _, files in town.watch.log if what != "deleted"]
    return sum(any(name.startswith("dream-") for name in files) for files in seen)


async def test_a_dream_that_ran_when_the_bot_was_killed_is_dreamed_again_and_answered_once(town):
    asked, dream = await town.begun(seed=5, preset="mild")
    dream.tell(0.5)
    await town.says(asked, "50%")
    await town.restart(killed=True)
    again = await town.script.begun()
    assert again.request == dream.request
    again.finish()
    answer = await town.answer(asked)
    assert answer.id == asked.response.id
    assert deliveries(town) == 1
    assert (await town.only_job()).state is State.DELIVERED


async def test_all_that_waited_is_served_in_the_same_order(town):
    await town.begun(town.alice, seed=100)
    asked = [
        await town.order(who, seed=seed)
        for who, seed in ((town.alice, 101), (town.bob, 200), (town.alice, 102), (town.bob, 201))
    ]
    await town.restart(killed=True)
    served = []
    for _ in range(5):
        dream = await town.script.begun()
        served.append(dream.request.settings.seed)
        dream.finish()
    assert served == [100, 200, 101, 201, 102]
    for one in asked:
        await town.answer(one)
    await town.quiet()
    assert deliveries(town) == 5


async def test_after_a_restart_a_newcomer_waits_for_no_more_than_one_of_each(town):
    await town.begun(town.alice, seed=100)
    for seed in (101, 102, 103, 104):
        await town.order(town.alice, seed=seed)
    await town.restart(killed=True)
    running = await town.script.begun()
    await town.order(town.bob, seed=200)
    served = []
    for _ in range(2):
        running.finish()
        running = await town.script.begun()
        served.append(running.request.settings.seed)
    assert 200 in served


async def test_a_dream_that_was_done_but_not_delivered_is_not_dreamed_again(town, monkeypatch):
    monkeypatch.setattr(town.parts.endings, "deliver", lambda *_, **__: None)
    asked, dream = await town.begun()
    dream.finish()
    await town.quiet()
    assert (await town.only_job()).state is State.DREAMED
    await town.restart(killed=True)
    answer = await town.answer(asked)
    assert (await town.file_of(answer)).size == (96, 64)
    assert len(town.script.dreams) == 1
    assert (await town.only_job()).state is State.DELIVERED


async def test_a_dream_that_was_delivered_but_not_noted_down_is_not_delivered_again(town, monkeypatch):
    async def forgetful(job, _):
        return job

    monkeypatch.setattr(town.parts.store, "end", forgetful)
    asked, dream = await town.begun()
    dream.finish()
    await town.answer(asked)
    await town.quiet()
    assert (await town.only_job()).state is State.DREAMED
    await town.restart(killed=True)
    await town.quiet()
    assert (await town.only_job()).state is State.DELIVERED
    assert deliveries(town) == 1
    assert len(all_answers(asked)) == 1


async def ended_untold(town, monkeypatch, error):
    """A dream that came to an end, and a bot that was killed before it could say so."""

    async def never(*_):
        await asyncio.Event().wait()

    monkeypatch.setattr(town.parts.delivery, "tell", never)
    asked, dream = await town.begun()
    if error is None:
        await town.parts.runner.cancel((await town.only_job()).id)
    else:
        dream.fail(error)
    await written_down(town)
    await town.restart(killed=True)
    return asked


async def written_down(town):
    """Return once it is written down how the only job ended, and what its owner is to be told."""
    async with asyncio.timeout(PATIENCE):
        while not (await town.only_job()).telling:  # noqa: ASYNC110 - it sets no event
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("error", "state", "bucket", "words"),
    [
        (DreamCrashedError("KeyError"), State.FAILED, None, "Something went wrong on my side"),
        (DamagedPictureError(), State.REFUSED, None, "That picture is damaged"),
        (None, State.CANCELLED, 0, "This dream was cancelled."),
    ],
    ids=["failed", "refused", "cancelled"],
)
async def test_an_ending_that_nobody_was_told_is_told_once(town, monkeypatch, error, state, bucket, words):
    await ended_untold(town, monkeypatch, error)
    for _ in range(2):
        await town.until(lambda: [said for _, _, said, _ in town.watch.log if words in said])
        await town.quiet()
        job = await town.only_job()
        assert (job.state, job.bucket, job.telling, job.reply.token) == (state, bucket, None, "")
        await town.restart(killed=True)
    assert len([said for what, _, said, _ in town.watch.log if words in said and what != "deleted"]) == 1
    assert len(town.script.dreams) == 1


async def test_a_refusal_of_a_picture_that_did_not_come_is_told_after_a_kill_as_well(town, monkeypatch):
    async def never(*_):
        await asyncio.Event().wait()

    async def fail(_):
        raise DownloadRefusal

    monkeypatch.setattr(town.parts.delivery, "tell", never)
    monkeypatch.setattr(town.parts.intake, "fetch", fail)
    asked = await town.order()
    await written_down(town)
    await town.restart(killed=True)
    assert "I could not fetch that picture" in await town.whispers(asked)


def full(town, monkeypatch):
    """Let the store's disk be full, for whoever ends a job, until the restart."""

    async def fail(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(town.parts.store, "end", fail)


@pytest.mark.parametrize(("begun", "bucket"), [(False, None), (True, 0)], ids=["waiting", "begun"])
async def test_a_cancellation_that_could_not_be_written_down_still_holds_after_a_kill(
    town, monkeypatch, begun, bucket
):
    if not begun:
        await town.begun(town.bob)
    asked = (await town.begun(town.alice))[0] if begun else await town.order(town.alice)
    full(town, monkeypatch)
    (job,) = await town.parts.store.of_user(town.alice.id, State.QUEUED, State.RUNNING)
    await town.parts.runner.cancel(job.id)
    await town.says(asked, "This dream was cancelled.")
    await town.restart(killed=True)
    async with asyncio.timeout(PATIENCE):
        while (after := await town.parts.store.get(job.id)).state is not State.CANCELLED:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert after.bucket == bucket
    await town.says(asked, "This dream was cancelled.")


async def test_a_failure_that_could_not_be_written_down_still_holds_after_a_kill(town, monkeypatch):
    asked, dream = await town.begun()
    full(town, monkeypatch)
    dream.fail(DreamCrashedError("KeyError"))
    await town.says(asked, "this dream is lost")
    await town.restart(killed=True)
    await town.quiet()
    job = await town.only_job()
    assert (job.state, job.bucket) == (State.FAILED, None)
    assert len(town.script.dreams) == 1


async def test_a_refusal_that_could_not_be_written_down_is_told_once(town, monkeypatch):
    async def refuse(_):
        raise DownloadRefusal

    full(town, monkeypatch)
    monkeypatch.setattr(town.parts.intake, "fetch", refuse)
    asked = await town.order()
    await town.whispers(asked)
    job = await town.only_job()
    assert job.state is State.RECEIVED
    await town.restart(killed=True)
    await town.quiet()
    after = await town.only_job()
    assert (after.state, after.bucket) == (State.REFUSED, None)
    assert len(all_answers(asked)) == 1
    assert not town.script.dreams


async def test_a_dream_that_reached_the_channel_but_was_not_noted_down_is_not_sent_again(town, monkeypatch):
    async def forgetful(job, *_, **__):
        return job

    monkeypatch.setattr(town.parts.store, "end", forgetful)
    _, dream = await town.begun()
    await town.env.advance_time(15 * 60)
    dream.finish()
    await town.quiet()
    assert is_result(town.square.last_message)
    await town.restart(killed=True)
    await town.quiet()
    assert (await town.only_job()).state is State.DELIVERED
    assert deliveries(town) == 1


async def test_files_that_a_killed_bot_left_are_tidied_away(town):
    await town.dreamed()
    stray = town.settings.data_dir / "pictures" / f"{'0' * 64}.abcdef01"
    stray.write_bytes(b"half a pict")
    await town.restart(killed=True)
    left = {file.name for file in (town.settings.data_dir / "pictures").iterdir()}
    job = await town.only_job()
    assert left == {job.source, job.dream}


async def test_what_was_over_stays_over(town):
    answer = await town.dreamed()
    await town.restart(killed=True)
    await town.quiet()
    assert deliveries(town) == 1
    assert len(town.script.dreams) == 1
    assert labels_of(answer) == ["Deeper", "Again", "Original", "Delete"]


async def received(town, source_url):
    """A job whose pictures were not here yet when the bot was killed."""
    asked, _ = await town.begun()
    job = await town.only_job()
    await town.parts.store.change(job, state=State.RECEIVED, source=None, source_url=source_url)
    await town.restart(killed=True)
    return asked


async def test_an_order_whose_picture_was_not_fetched_yet_is_taken_up(town):
    asked = await received(town, town.url_of("late.png", picture(colour="red")))
    dream = await town.script.begun()
    assert dream.request.source == picture(colour="red")
    dream.finish()
    await town.answer(asked)


async def test_if_its_picture_is_gone_meanwhile_its_owner_is_told_and_gets_the_dream_back(town):
    asked = await received(town, town.url_of("late.png", picture()).replace("late", "gone"))
    assert "I could not fetch that picture from Discord" in await town.whispers(asked)
    await town.quiet()
    job = await town.only_job()
    assert (job.state, job.bucket) == (State.REFUSED, None)


async def test_a_dream_during_which_the_bot_died_three_times_is_given_up_with_a_reference(town, caplog):
    asked, _ = await town.begun()
    for _ in range(2):
        await town.restart(killed=True)
        await town.script.begun()
    await town.restart(killed=True)
    said = await town.says(asked, "Something went wrong on my side")
    await town.quiet()
    job = await town.only_job()
    assert (job.state, job.bucket) == (State.FAILED, None)
    assert town.script.is_idle
    assert said.split("`")[1] in caplog.text


async def test_told_to_stop_the_bot_says_so_on_all_cards_and_goes_on_later(town):
    running, dream = await town.begun(town.bob)
    dream.tell(0.5)
    await town.says(running, "50%")
    waiting = await town.order(town.alice)
    await town.says(waiting, "next")
    await town.stop()
    for asked in (running, waiting):
        assert "I have to rest for a moment." in text_of(asked.response)
        assert labels_of(asked.response) == []
    assert dream.closed.is_set()
    await town.restart(killed=True)
    for asked in (running, waiting):
        (await town.script.begun()).finish()
        await town.answer(asked)
    assert deliveries(town) == 2


async def test_stopping_in_good_order_is_no_try(town):
    asked, _ = await town.begun()
    for _ in range(4):
        await town.restart()
        dream = await town.script.begun()
    dream.finish()
    await town.answer(asked)


@pytest.mark.settings(shutdown_seconds=20.0)
async def test_what_runs_has_its_time_when_the_bot_is_told_to_stop(town):
    asked, dream = await town.begun()
    waiting = await town.order(town.bob)
    stopping = asyncio.create_task(town.stop())
    while not town.parts.runner._stopping:  # noqa: ASYNC110 - it sets no event
        await asyncio.sleep(0)
    dream.finish()
    await stopping
    assert is_result(asked.response)
    assert "I have to rest" in text_of(waiting.response)
    assert len(town.script.dreams) == 1


async def test_newcomers_are_told_kindly_that_the_bot_is_about_to_rest(town):
    answer = await town.dreamed()
    await town.parts.reception.close()
    assert "I have to rest for a moment" in await town.whispers(await town.order())
    click = await town.alice.click(answer, label="Again")
    assert "I have to rest for a moment" in text_of(all_answers(click)[-1])


async def test_whose_answer_was_promised_has_it_before_the_bot_ends(town, monkeypatch):
    entered, gate, send = asyncio.Event(), asyncio.Event(), town.parts.post.send_privately

    async def slowly(*what):
        entered.set()
        await gate.wait()
        await send(*what)

    monkeypatch.setattr(town.parts.post, "send_privately", slowly)
    await town.parts.reception.close()
    ordering = asyncio.create_task(town.order())
    async with asyncio.timeout(PATIENCE):
        await entered.wait()
    stopping = asyncio.create_task(town.stop())
    await asyncio.sleep(0.05)
    assert not stopping.done()
    gate.set()
    await stopping
    assert not town.parts.attending
    assert "I have to rest for a moment" in await town.whispers(await ordering)


async def fetching(town, monkeypatch):
    """An order whose picture comes when the gate is opened: the gate, and the order's task."""
    entered, gate, fetch = asyncio.Event(), asyncio.Event(), town.parts.intake.fetch

    async def slowly(url):
        entered.set()
        await gate.wait()
        return await fetch(url)

    monkeypatch.setattr(town.parts.intake, "fetch", slowly)
    ordering = asyncio.create_task(town.order())
    async with asyncio.timeout(PATIENCE):
        await entered.wait()
    return gate, ordering


async def test_a_picture_that_comes_while_the_bot_stops_is_waited_for(town, monkeypatch):
    gate, ordering = await fetching(town, monkeypatch)
    closing = asyncio.create_task(town.parts.reception.close())
    await asyncio.sleep(0.01)
    assert not closing.done()
    gate.set()
    await closing
    assert (await town.only_job()).state in {State.QUEUED, State.RUNNING}
    await ordering
    await town.script.begun()


async def test_an_order_whose_picture_does_not_come_is_taken_up_after_the_restart(town, monkeypatch):
    monkeypatch.setattr(service, "_LAST_VISITS", 0.01)
    _, ordering = await fetching(town, monkeypatch)
    await town.parts.reception.close()
    asked = await ordering
    job = await town.only_job()
    assert (job.state, job.bucket) == (State.RECEIVED, 0)
    await town.restart(killed=True)
    (await town.script.begun()).finish()
    await town.answer(asked)
    assert deliveries(town) == 1


async def test_speeds_outlive_a_restart(town):
    asked, dream = await town.begun()
    dream.finish(seconds=60.0)
    await town.answer(asked)
    await town.restart(killed=True)
    await town.begun(town.bob)
    await town.says(await town.order(), "next", "Expected <t:")


async def test_a_result_reaches_the_channel_when_the_token_ran_out_during_the_restart(town):
    await town.begun()
    await town.env.advance_time(15 * 60)
    await town.restart(killed=True)
    (await town.script.begun()).finish()
    await town.quiet()
    assert is_result(town.square.last_message)
    assert deliveries(town) == 1
