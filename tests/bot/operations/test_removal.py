"""Whoever is forgotten is forgotten completely, however far their dreams are on their way."""

import asyncio
import contextlib

import pytest

from bot.models import State
from bot.storage.pictures import PictureStore
from fake_discord.simcord_additions import text_of
from fake_discord.simulation import PATIENCE
from tests.bot.simulated_server import all_answers, is_result, picture
from tests.bot.test_restart import fetching


class Gate:
    """A place in the code at which whoever comes by waits until it is opened."""

    def __init__(self):
        self.reached, self._opened = asyncio.Event(), asyncio.Event()

    async def pass_through(self):
        self.reached.set()
        await self._opened.wait()

    async def until_reached(self):
        async with asyncio.timeout(PATIENCE):
            await self.reached.wait()

    def open(self):
        self._opened.set()


@pytest.fixture
def gate():
    return Gate()


@pytest.fixture
def held_before_naming(town, gate, monkeypatch):
    """Pictures that are put wait at the gate before a job names them."""
    keeping = PictureStore.keeping

    @contextlib.asynccontextmanager
    async def slowly(store, *arguments):
        async with keeping(store, *arguments) as digest:
            await gate.pass_through()
            yield digest

    monkeypatch.setattr(PictureStore, "keeping", slowly)
    return gate


async def nothing_is_left(town):
    """No job and no picture is there."""
    rows = await town.parts.database.rows("SELECT * FROM jobs")
    assert [tuple(row) for row in rows] == []
    assert await town.parts.pictures.bytes_kept() == 0
    folder = town.settings.data_dir / "pictures"
    assert not folder.exists() or not list(folder.iterdir())


async def forget(town):
    """Somebody is forgotten, and then nothing of theirs is there any more."""
    await town.parts.removal.forget(town.alice.id)
    await nothing_is_left(town)


def dreams_seen(town):
    return [names for what, _, _, names in town.watch.log if any(name.startswith("dream-") for name in names)]


async def test_while_the_picture_is_fetched(town, monkeypatch, caplog):
    _, ordering = await fetching(town, monkeypatch)
    await forget(town)
    asked = await ordering
    await town.says(asked, "This dream was cancelled.")
    await town.over()
    await nothing_is_left(town)
    assert town.script.is_idle
    assert "ERROR" not in {record.levelname for record in caplog.records}


async def test_what_was_being_fetched_costs_nothing(town, monkeypatch):
    with monkeypatch.context() as patch:
        _, ordering = await fetching(town, patch)
        await forget(town)
        await ordering
    for _ in range(town.settings.burst):
        await town.dreamed()


async def test_between_keeping_the_source_and_naming_it(town, held_before_naming):
    ordering = asyncio.create_task(town.order())
    await held_before_naming.until_reached()
    await forget(town)
    held_before_naming.open()
    await town.says(await ordering, "This dream was cancelled.")
    await town.over()
    await nothing_is_left(town)


async def test_between_keeping_the_dream_and_naming_it(town, gate, monkeypatch):
    asked, dream = await town.begun()
    dreamed = town.parts.store.dreamed

    async def slowly(*arguments):
        await gate.pass_through()
        return await dreamed(*arguments)

    monkeypatch.setattr(town.parts.store, "dreamed", slowly)
    dream.finish()
    await gate.until_reached()
    forgetting = asyncio.create_task(town.parts.removal.forget(town.alice.id))
    await gone(town)
    assert not forgetting.done()
    gate.open()
    await forgetting
    await nothing_is_left(town)
    await town.says(asked, "This dream was cancelled.")
    assert dreams_seen(town) == []


async def gone(town):
    """Return once no job is there any more."""
    async with asyncio.timeout(PATIENCE):
        while await town.parts.database.rows("SELECT * FROM jobs"):  # noqa: ASYNC110 - it sets no event
            await asyncio.sleep(0)


async def test_while_the_dream_is_delivered(town, gate, monkeypatch):
    asked, dream = await town.begun()
    deliver = town.parts.delivery.deliver

    async def slowly(*arguments, **options):
        await gate.pass_through()
        return await deliver(*arguments, **options)

    monkeypatch.setattr(town.parts.delivery, "deliver", slowly)
    dream.finish()
    await gate.until_reached()
    await forget(town)
    gate.open()
    await town.says(asked, "This dream was cancelled.")
    assert dreams_seen(town) == []


async def test_what_is_delivered_but_not_written_down_is_not_written_down_any_more(town, gate, monkeypatch):
    asked, dream = await town.begun()
    end = town.parts.store.end

    async def slowly(*arguments, **options):
        await gate.pass_through()
        return await end(*arguments, **options)

    monkeypatch.setattr(town.parts.store, "end", slowly)
    dream.finish()
    await gate.until_reached()
    await forget(town)
    gate.open()
    await town.over()
    assert is_result(asked.response)
    await nothing_is_left(town)


async def test_what_others_sent_in_the_same_moment_stays(town, held_before_naming):
    """Bob sends the picture that Alice has sent before, and she is forgotten before his job names it."""
    held_before_naming.open()
    await town.dreamed(town.alice, content=picture(colour="plum"))
    held_before_naming._opened.clear()
    held_before_naming.reached.clear()
    ordering = asyncio.create_task(town.order(town.bob, content=picture(colour="plum")))
    await held_before_naming.until_reached()
    await town.parts.removal.forget(town.alice.id)
    held_before_naming.open()
    asked = await ordering
    dream = await town.script.begun()
    assert dream.request.source == picture(colour="plum")
    dream.finish()
    await town.answer(asked)


async def test_one_that_waits_and_has_no_row_any_more_is_never_dreamed(town):
    _, dream = await town.begun(town.bob)
    waiting = await town.order()
    await town.says(waiting, "You are next.")
    await town.parts.store.forget(town.alice.id)
    dream.finish()
    await town.says(waiting, "This dream was cancelled.")
    await town.quiet()
    assert town.script.is_idle


async def test_delete_does_the_same_for_one_dream(town, gate, monkeypatch):
    await town.begun(town.bob)
    asked = await town.order()
    await town.says(asked, "You are next.")
    job = await town.only_job()
    await town.parts.removal.delete(job)
    await town.over()
    assert await town.parts.store.get(job.id) is None
    assert {file.name for file in (town.settings.data_dir / "pictures").iterdir()} == {
        (await town.only_job(town.bob)).source
    }


async def test_delete_while_it_is_delivered_leaves_nothing(town, gate, monkeypatch):
    _, dream = await town.begun()
    deliver = town.parts.delivery.deliver

    async def slowly(*arguments, **options):
        await gate.pass_through()
        return await deliver(*arguments, **options)

    monkeypatch.setattr(town.parts.delivery, "deliver", slowly)
    job = await town.only_job()
    dream.finish()
    await gate.until_reached()
    await town.parts.removal.delete(job)
    gate.open()
    await town.over()
    await nothing_is_left(town)
    assert dreams_seen(town) == []


async def test_done_is_not_said_where_the_pictures_could_not_be_deleted(town, monkeypatch):
    monkeypatch.setattr("bot.storage.disk_errors._SHORTEST_PAUSE", 0.01)
    await town.dreamed()
    deletions = asyncio.Queue()
    delete = PictureStore.delete_unmentioned

    async def refuse_once(store, digests):
        deletions.put_nowait(digests)
        if deletions.qsize() == 1:
            raise OSError(28, "No space left on device")
        await delete(store, digests)

    monkeypatch.setattr(PictureStore, "delete_unmentioned", refuse_once)
    asked = await town.alice.slash(town.square, "forget-me")
    assert "I have no room" in text_of(all_answers(asked)[-1])
    async with asyncio.timeout(PATIENCE):
        while await town.parts.pictures.bytes_kept():  # noqa: ASYNC110 - it sets no event
            await asyncio.sleep(0)
    await nothing_is_left(town)


async def test_a_kept_dream_whose_owner_is_forgotten_while_it_is_handed_over_is_no_error(
    town, gate, monkeypatch
):
    _, dream = await town.begun()
    town.env.inject_error("POST", "/channels/*/messages", status=403, code=50007, times=None)
    await town.env.advance_time(900)
    dream.finish()
    await town.quiet()
    assert (await town.only_job()).state is State.KEPT

    async def never(*_):
        await gate.pass_through()
        return False

    monkeypatch.setattr(town.parts.delivery, "hand_over", never)
    visiting = asyncio.create_task(town.alice.slash(town.square, "queue"))
    await gate.until_reached()
    await forget(town)
    gate.open()
    await visiting
    await nothing_is_left(town)
