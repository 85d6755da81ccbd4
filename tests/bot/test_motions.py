"""Motions in the simulated Discord: from the options to the delivered animation."""

import asyncio
import errno

import pytest

from bot.delivery.retry import TooLargeError
from bot.models import State
from dream_engine import file_content
from fake_discord.simcord_additions import parts_of
from tests.moving import FRAMES, frames_of, moving

pytestmark = pytest.mark.settings(burst=20, waiting=20)


def kept_motions(server) -> set[str]:
    """The names of the folders with frames."""
    root = server.settings.data_dir / "motions"
    return {folder.name for folder in root.iterdir()} if root.exists() else set()


async def submit(server, member=None, **options):
    return await server.submit(member, content=options.pop("content", moving()), name="wander.gif", **options)


async def start(server, member=None, **options):
    """Use ``/dream`` with a GIF; returns the interaction and the first chunk."""
    asked = await submit(server, member, **options)
    return asked, await server.script.next_chunk()


async def until_deleted(server, job_id):
    await server.until_idle()
    tasks = [task for task in server.services.background._tasks if "deleting" in task.get_name()]
    if tasks:
        await asyncio.wait(tasks)
    assert job_id not in kept_motions(server)


class TestDelivery:
    async def test_a_gif_is_answered_with_an_animation(self, server):
        server.script.at_once = True
        answer = await server.answer(await submit(server))
        assert answer.attachments[0].filename.endswith(".webp")
        assert frames_of(server.content_of(answer)) == FRAMES
        job = await server.only_job()
        assert (job.state, job.motion, job.options.size) == (State.DELIVERED, "clip", 640)
        assert (job.outcome.motion, job.outcome.frames, job.outcome.reduced) == ("clip", FRAMES, ())
        assert job.outcome.fps == pytest.approx(10)
        await until_deleted(server, job.id)

    async def test_the_card_shows_the_frames_that_are_finished(self, server):
        asked, chunk = await start(server)
        chunk.finish(4)
        await server.until_shown(asked, "50%", "4 of 8")
        chunk.finish(2)
        (await server.script.next_chunk()).finish()
        await server.answer(asked)

    async def test_a_still_picture_stays_a_still(self, server):
        await server.complete_dream()
        job = await server.only_job()
        assert (job.motion, job.outcome.motion, job.outcome.frames, job.price) == (None, None, 1, 1)

    async def test_the_chunk_has_the_settings_of_the_job(self, server):
        _, chunk = await start(server, preset="mild", size=48, seed=9)
        assert (chunk.request.settings.size, chunk.request.settings.seed) == (48, 9)
        assert chunk.request.time_limit == server.settings.time_limit
        assert chunk.request.preview_seconds is not None

    async def test_the_upload_limit_makes_a_smaller_file(self, server):
        server.payload_overrides["attachment_size_limit"] = 60_000
        server.script.at_once = True
        answer = await server.answer(await submit(server, content=moving(width=200, height=160, noisy=True)))
        assert len(server.content_of(answer)) <= 60_000
        outcome = (await server.only_job()).outcome
        assert outcome.reduced
        assert outcome.height <= outcome.dreamed_height

    @pytest.mark.parametrize("frames_exist", [True, False])
    async def test_an_animation_that_discord_refuses_as_too_large_is_sent_smaller(
        self, server, monkeypatch, frames_exist
    ):
        edit, sizes = server.services.transport.edit, []

        async def refuse_large(reply, card):
            if card.files and card.files[0].filename.startswith("dream-"):
                sizes.append(len(card.files[0].fp.read()))
                card.files[0].fp.seek(0)
                if not frames_exist:
                    server.services.folders.delete((await server.only_job()).id)
                if len(sizes) == 1:
                    raise TooLargeError
            await edit(reply, card)

        monkeypatch.setattr(server.services.transport, "edit", refuse_large)
        server.script.at_once = True
        answer = await server.answer(await submit(server, content=moving(width=200, height=160, noisy=True)))
        assert sizes[1] <= 0.6 * sizes[0]
        assert answer.attachments[0].filename.endswith(".webp")
        outcome = (await server.only_job()).outcome
        assert (outcome.motion, outcome.reduced[:1]) == ("clip", ("quality",))

    async def test_the_original_of_an_animation_moves(self, server):
        server.script.at_once = True
        answer = await server.answer(await submit(server))
        click = await server.alice.click(answer, label="Original")
        await server.until(lambda: click.response and click.response.attachments)
        assert click.response.attachments[0].filename.endswith(".gif")
        assert frames_of(server.content_of(click.response)) == FRAMES

    async def test_a_motion_does_not_change_the_learned_speed_of_stills(self, server):
        server.script.at_once = True
        await server.answer(await submit(server))
        assert await server.services.store.speeds.all() == {}


class TestRestarts:
    async def test_a_killed_bot_continues_after_the_last_finished_chunk(self, server):
        asked, chunk = await start(server, seed=5)
        chunk.finish()
        await server.script.next_chunk()
        await server.restart(killed=True)
        chunk = await server.script.next_chunk()
        assert (chunk.request.first, chunk.request.count, chunk.request.state) == (6, 2, b"state")
        chunk.finish()
        answer = await server.answer(asked)
        assert frames_of(server.content_of(answer)) == FRAMES
        assert len(server.messages_with_dreams()) == 1
        job = await server.only_job()
        assert (job.state, job.outcome.frames) == (State.DELIVERED, FRAMES)
        await until_deleted(server, job.id)

    async def test_a_motion_that_gets_further_each_time_survives_any_number_of_kills(self, server):
        asked, chunk = await start(server, content=moving(26))
        for first in (6, 12, 18, 24):
            chunk.finish()
            await server.script.next_chunk()
            await server.restart(killed=True)
            chunk = await server.script.next_chunk()
            assert chunk.request.first == first
        chunk.finish()
        assert frames_of(server.content_of(await server.answer(asked))) == 26

    async def test_a_motion_that_never_gets_further_is_given_up(self, server):
        asked, _ = await start(server)
        for _ in range(2):
            await server.restart(killed=True)
            await server.script.next_chunk()
        await server.restart(killed=True)
        await server.until_shown(asked, "Something went wrong on my side")
        await until_deleted(server, (await server.only_job()).id)

    async def test_leftovers_are_deleted_at_the_start(self, server):
        root = server.settings.data_dir / "motions"
        (root / "0123456789abcdef" / "frames").mkdir(parents=True)  # pragma: allowlist secret
        _, chunk = await start(server)
        chunk.finish(1)
        job = await server.only_job()
        await server.restart(killed=True)
        assert kept_motions(server) == {job.id}
        await server.script.next_chunk()

    async def test_housekeeping_deletes_leftovers_but_no_frames_that_are_needed(self, server):
        await start(server)
        job = await server.only_job()
        (server.settings.data_dir / "motions" / "stray").mkdir()
        await server.services.folders.delete_leftovers()
        assert kept_motions(server) == {job.id}


class TestEnds:
    async def test_a_cancelled_motion_stops_and_leaves_no_frames(self, server):
        asked, chunk = await start(server)
        chunk.finish(2)
        await server.until_shown(asked, "2 of 8")
        await server.alice.click(asked.response, label="Cancel")
        await server.until_shown(asked, "Cancelled:")
        assert chunk.closed.is_set()
        await until_deleted(server, (await server.only_job()).id)

    async def test_a_failed_motion_leaves_no_frames(self, server):
        asked, chunk = await start(server)
        chunk.fail(RuntimeError("a bug"))
        await server.until_shown(asked, "Something went wrong")
        await until_deleted(server, (await server.only_job()).id)

    async def test_a_forgotten_motion_leaves_no_frames(self, server):
        _, chunk = await start(server)
        job = await server.only_job()
        await server.services.removal.forget(server.alice.id)
        assert chunk.closed.is_set()
        await until_deleted(server, job.id)

    async def test_a_deleted_motion_leaves_no_frames(self, server):
        await start(server)
        job = await server.only_job()
        await server.services.removal.delete(job)
        await until_deleted(server, job.id)

    @pytest.mark.settings(motion_megabytes=0.01)
    async def test_a_motion_that_needs_too_much_space_is_refused_for_free(self, server):
        asked = await submit(server, content=moving(FRAMES, 400, 300))
        assert "Try a smaller size, a shorter length" in await server.private_text(asked)
        await until_deleted(server, (await server.only_job()).id)

    async def test_a_full_disk_is_told_in_one_kind_sentence(self, server, monkeypatch, caplog):
        asked, chunk = await start(server)

        def refuse(path, content):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(file_content, "_replace", refuse)
        chunk.finish(1)
        assert "I'm out of storage space right now" in await server.private_text(asked)
        assert "Traceback" not in caplog.text


class TestFairness:
    async def test_a_still_of_another_person_starts_while_a_motion_runs(self, server):
        asked, chunk = await start(server)
        _, dream = await server.start_dream(server.bob)
        assert not chunk.closed.is_set()
        waiting = await server.submit(server.moderator)
        await server.until_shown(waiting, "You're next.")
        dream.finish()
        await server.script.next_dream()
        chunk.finish()
        (await server.script.next_chunk()).finish()
        await server.answer(asked)

    async def test_a_second_motion_waits_for_the_first(self, server):
        asked, chunk = await start(server)
        waiting = await submit(server, server.bob)
        await server.until_shown(waiting, "You're next.")
        assert len(server.script.chunks) == 1
        chunk.finish()
        (await server.script.next_chunk()).finish()
        await server.answer(asked)
        (await server.script.next_chunk()).finish()


@pytest.mark.parametrize("file_format", ["gif", "avif", "mp4", "webm"])
async def test_the_chosen_format_names_the_file(server, file_format):
    server.script.at_once = True
    answer = await server.answer(await submit(server, format=file_format))
    assert answer.attachments[0].filename.endswith(f".{file_format}")
    assert (await server.only_job()).outcome.file_format == file_format


async def test_a_select_below_a_still_lets_the_same_dream_move(server):
    answer = await server.complete_dream(preset="animals", seed=7)
    ids = [part.get("custom_id", "") for part in parts_of(answer)]
    (select,) = [each for each in ids if ":motion:" in each]
    server.script.at_once = True
    moved = await server.answer(await server.alice.select(answer, ["grow"], custom_id=select))
    await server.until_idle()
    job = await server.job(moved.attachments[0].filename.split("-")[1].split(".")[0])
    assert (job.motion, job.options.seed, job.options.preset) == ("grow", 7, "animals")
