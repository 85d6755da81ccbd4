"""Motions in the simulated Discord: from the options to the delivered animation."""

import asyncio
import errno
import math

import discord
import pytest

from bot.delivery.retry import TooLargeError
from bot.jobs import motion_execution
from bot.models import State
from dream_engine import file_content
from fake_discord.simcord_additions import labels_of, parts_of, text_of
from fake_discord.simulation import TIMEOUT_SECONDS
from tests.bot.simulated_server import picture
from tests.moving import FRAMES, clip, converted, frames_of, moving

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
        words = {"quality": "lower quality", "rate": "fewer frames", "size": "smaller size"}
        reduced = ", ".join(words[each] for each in outcome.reduced)
        assert f"Reduced to fit the upload limit here: {reduced}." in text_of(answer)
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
        await server.services.removal.delete(job.id)
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


ENGLISH_PRICE = "This uses 2 of your dreams. If you cancel now, you get 1 back."
ENGLISH_SPENT = "This uses 2 of your dreams, even if you cancel now."
KOREAN_PRICE = "이 꿈은 횟수를 2회 써요. 지금 취소하면 1회를 돌려 드려요."


@pytest.mark.settings(burst=20, waiting=20, default_size=64)
class TestPrices:
    """Motions of 8 frames at the size of a default still, which cost 2 dreams."""

    @pytest.fixture
    def held(self, server, monkeypatch):
        """Holds back every edit of a card, until the test sets the second event."""
        edit, asked, may_pass = server.services.transport.edit, asyncio.Event(), asyncio.Event()

        async def hold(reply, card):
            asked.set()
            await may_pass.wait()
            await edit(reply, card)

        monkeypatch.setattr(server.services.transport, "edit", hold)
        return asked, may_pass

    @pytest.mark.parametrize(
        ("locale", "sentence"), [("en-US", ENGLISH_PRICE), ("ko", KOREAN_PRICE)], ids=["en", "ko"]
    )
    async def test_a_motion_that_starts_at_once_shows_its_price_before_its_first_chunk(
        self, server, held, locale, sentence
    ):
        asked_to_edit, may_pass = held
        server.locales[server.alice.id] = locale
        asked = await submit(server)
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await asked_to_edit.wait()
        assert server.script.chunks == []
        may_pass.set()
        await server.script.next_chunk()
        assert sentence in text_of(asked.response)
        assert labels_of(asked.response) == ["취소" if locale == "ko" else "Cancel"]
        assert not asked.response.attachments

    async def test_a_motion_shows_its_price_beside_its_frames(self, server):
        asked, chunk = await start(server)
        chunk.finish(4)
        await server.until_shown(asked, "4 of 8", ENGLISH_PRICE)
        chunk.finish(1)
        await server.until_shown(asked, "5 of 8", ENGLISH_SPENT)

    async def test_a_waiting_motion_shows_its_price_before_its_turn(self, server):
        await start(server)
        waiting = await submit(server, server.bob)
        await server.until_shown(
            waiting, "This uses 2 of your dreams, or none if you cancel before it starts."
        )
        assert len(server.script.chunks) == 1

    async def test_a_motion_starts_although_discord_does_not_take_its_card(self, server, held, monkeypatch):
        monkeypatch.setattr(motion_execution, "_PRICE_SECONDS", 0.01)
        await start(server)
        held[1].set()

    async def test_a_motion_whose_message_is_deleted_before_it_starts_is_not_dreamed(self, server, held):
        asked_to_edit, may_pass = held
        asked = await submit(server)
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await asked_to_edit.wait()
        server.env.backend.delete_message(server.general.id, asked.response.id)
        may_pass.set()
        await server.until_idle()
        assert (await server.only_job()).state is State.LOST
        assert server.script.chunks == []

    @pytest.mark.settings(burst=20, waiting=20, default_size=1024)
    async def test_a_motion_that_costs_as_much_as_a_still_starts_without_a_card(self, server, held):
        asked_to_edit, may_pass = held
        await start(server)
        assert not asked_to_edit.is_set()
        may_pass.set()

    async def test_cancelling_costs_what_the_card_says(self, server):
        started, _ = await start(server)
        waiting = await submit(server)
        await server.until_shown(waiting, "or none if you cancel")
        assert await self.tokens_of(server) == 20 - 2 * 2
        await server.alice.click(waiting.response, label="Cancel")
        await server.until_shown(waiting, "Cancelled:")
        assert await self.tokens_of(server) == 20 - 2
        await server.alice.click(started.response, label="Cancel")
        await server.until_shown(started, "Cancelled:", "You got 1 of its 2 dreams back.")
        assert await self.tokens_of(server) == 20 - 1

    async def test_a_cancelled_motion_costs_the_share_that_was_dreamed(self, server):
        asked, chunk = await start(server)
        chunk.finish(5)
        await server.until_shown(asked, "5 of 8", ENGLISH_SPENT)
        await server.alice.click(asked.response, label="Cancel")
        assert "back" not in await server.until_shown(asked, "Cancelled:")
        assert await self.tokens_of(server) == 20 - 2

    async def test_a_long_motion_refunds_most_of_its_price_early_on(self, server):
        asked, chunk = await start(server, content=moving(26))
        price = (await server.only_job()).price
        assert price > 4
        chunk.finish(1)
        await server.until_shown(asked, "1 of 26", f"you get {price - 1} back")
        await server.alice.click(asked.response, label="Cancel")
        await server.until_shown(asked, f"You got {price - 1} of its {price} dreams back.")
        assert await self.tokens_of(server) == 20 - 1
        assert (await server.only_job()).price == 1

    async def test_the_korean_card_tells_the_refund(self, server):
        server.locales[server.alice.id] = "ko"
        asked, chunk = await start(server)
        chunk.finish(1)
        await server.until_shown(asked, KOREAN_PRICE)
        await server.alice.click(asked.response, label="취소")
        await server.until_shown(asked, "2회 중 1회를 돌려 드렸어요.")

    async def test_a_kill_after_a_cancellation_refunds_nothing_twice(self, server):
        asked, _ = await start(server)
        paid = await server.only_job()
        await server.alice.click(asked.response, label="Cancel")
        await server.until_shown(asked, "Cancelled:")
        await server.restart(killed=True)
        await server.until_recorded()
        assert await self.tokens_of(server) == 20 - 1
        assert (await server.only_job()).bucket is None
        assert paid.bucket is not None
        await server.services.store.end(paid, State.CANCELLED, cost=1)
        await server.services.store.end(paid, State.CANCELLED, refund=True)
        assert await self.tokens_of(server) == 20 - 1

    async def test_a_cancellation_that_a_full_disk_kept_from_the_store_is_refunded_after_the_restart(
        self, server, monkeypatch
    ):
        asked, chunk = await start(server, content=moving(26))
        price = (await server.only_job()).price
        chunk.finish()
        await server.script.next_chunk()

        async def refuse(*args, **details):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(server.services.store, "end", refuse)
        await server.alice.click(asked.response, label="Cancel")
        await server.until_shown(asked, "Cancelled:", "back")
        await server.restart(killed=True)
        await server.until_idle()
        assert (await server.only_job()).state is State.CANCELLED
        assert await self.tokens_of(server) == 20 - math.ceil(price * 6 / 26)

    async def test_a_motion_that_continues_after_a_restart_still_costs_what_was_dreamed_before(self, server):
        asked, chunk = await start(server, content=moving(26))
        price = (await server.only_job()).price
        chunk.finish()
        await server.script.next_chunk()
        await server.restart(killed=True)
        await server.script.next_chunk()
        used = math.ceil(price * 6 / 26)
        await server.until_shown(asked, f"If you cancel now, you get {price - used} back.")
        await server.alice.click(asked.response, label="Cancel")
        await server.until_shown(asked, f"You got {price - used} of its {price} dreams back.")
        assert await self.tokens_of(server) == 20 - used

    async def test_deleting_the_message_of_a_running_motion_refunds_its_rest(self, server):
        asked, chunk = await start(server)
        chunk.finish(2)
        await server.until_shown(asked, "2 of 8")
        server.env.backend.delete_message(server.general.id, asked.response.id)
        server.services.notifier.live_card(await server.only_job()).gone.set()
        chunk.finish(1)
        await server.until_idle()
        assert (await server.only_job()).state is State.LOST
        assert await self.tokens_of(server) == 20 - 1

    @pytest.mark.parametrize("way", ["forget", "delete"])
    async def test_a_motion_that_is_deleted_while_it_runs_refunds_its_rest(self, server, way):
        asked, chunk = await start(server, content=moving(26))
        job = await server.only_job()
        chunk.finish(1)
        await server.until_shown(asked, "1 of 26")
        await getattr(server.services.removal, way)(job.user_id if way == "forget" else job.id)
        assert await self.tokens_of(server) == 20 - 1

    async def tokens_of(self, server):
        await server.until_recorded()
        query = "SELECT tokens FROM buckets WHERE user_id = ? AND server_id >= 0"
        (tokens,) = await server.services.store._database.row(query, (server.alice.id,))
        return pytest.approx(tokens, abs=0.5)


class TestMenus:
    """*Dream this* on messages that move, from the click to the delivered animation."""

    async def dreamed(self, server, message):
        server.script.at_once = True
        asked = await server.alice.context_menu(server.general, "Dream this", message)
        return await server.answer(asked)

    @pytest.fixture
    def fetched(self, server, monkeypatch):
        """The URLs that the bot downloads, without their host."""
        downloader, urls = server.services.downloader, []
        read = downloader.read

        async def noted(address):
            urls.append(address.path)
            return await read(address)

        monkeypatch.setattr(downloader, "read", noted)
        return urls

    @pytest.mark.parametrize(
        ("name", "file_format", "ending"),
        [("cat.mp4", "mp4", ".webp"), ("cat.webm", "webm", ".webp"), ("cat.gif", "gif", ".webp")],
    )
    async def test_a_gif_of_the_picker_is_fetched_from_discords_proxy(
        self, server, fetched, name, file_format, ending
    ):
        content = moving() if file_format == "gif" else clip(file_format)
        copy = server.url_of(f"external/{name}", content)
        still = server.url_of("external/cat.png", picture())
        own = server.url_of(f"own/{name}", content)  # reachable and on an allowed host, and yet never used
        message = await server.bob.send(server.general, "https://tenor.com/view/cat-1")
        stored = server.env.backend.get_message(server.general.id, message.id)
        embed = {"type": "gifv", "url": "https://tenor.com/view/cat-1", "provider": {"name": "Tenor"}}
        embed["video"] = {"url": own, "proxy_url": copy, "width": 64, "height": 48}
        embed["thumbnail"] = {"url": own, "proxy_url": still, "width": 64, "height": 48}
        stored.embeds.append(embed)
        answer = await self.dreamed(server, message)
        assert fetched == [f"/external/{name}"]
        assert answer.attachments[0].filename.endswith(ending)
        assert frames_of(server.content_of(answer)) == FRAMES
        assert (await server.only_job()).motion == "clip"

    async def test_a_gif_of_the_picker_that_is_chosen_among_pictures_plays_by_itself_too(self, server):
        copy = server.url_of("external/cat.mp4", clip())
        message = await server.bob.send(server.general, "look", attachments=[("dog.png", picture())])
        stored = server.env.backend.get_message(server.general.id, message.id)
        video = {"url": "https://tenor.com/cat.mp4", "proxy_url": copy, "width": 64, "height": 48}
        stored.embeds.append({"type": "gifv", "url": "https://tenor.com/view/cat-1", "video": video})
        asked = await server.alice.context_menu(server.general, "Dream this", message)
        await server.until_shown(asked, "Which one should I dream?")
        (select,) = [part for part in parts_of(asked.response) if part["type"] == 3]
        values = [option["value"] for option in select["options"] if option["description"] == "cat.mp4"]
        server.script.at_once = True
        chosen = await server.alice.select(asked.response, values, custom_id=select["custom_id"])
        answer = await server.answer(chosen)
        assert answer.attachments[0].filename.endswith(".webp")
        assert frames_of(server.content_of(answer)) == FRAMES

    @pytest.mark.parametrize(
        ("name", "ending"),
        [("cat.gif", ".webp"), ("cat.webp", ".webp"), ("cat.png", ".webp"), ("cat.mp4", ".mp4")],
    )
    async def test_an_attachment_that_moves_gives_an_animation(self, server, name, ending):
        content = clip() if name.endswith("mp4") else converted(moving(), name.split(".")[1])
        message = await server.bob.send(server.general, "look", attachments=[(name, content)])
        answer = await self.dreamed(server, message)
        assert answer.attachments[0].filename.endswith(ending)
        assert frames_of(server.content_of(answer)) == FRAMES

    @pytest.mark.parametrize(("kind", "file_format"), [(2, "png"), (4, "gif")], ids=["APNG", "GIF"])
    async def test_a_sticker_that_moves_gives_an_animation(self, server, monkeypatch, kind, file_format):
        sticker = server.guild.create_sticker("wave", format_type=kind)
        content = converted(moving(), file_format)
        url = server.env.backend.cdn.store_sticker(sticker.id, kind, content)
        message = await server.bob.send(server.general, "look")
        server.env.backend.get_message(server.general.id, message.id).stickers.append(sticker)
        if file_format == "gif":  # Discord serves these from a host that is no part of the simulation
            monkeypatch.setattr(
                discord.StickerItem, "url", property(lambda _: url, lambda _, __: None), raising=False
            )
        answer = await self.dreamed(server, message)
        assert frames_of(server.content_of(answer)) == FRAMES


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
