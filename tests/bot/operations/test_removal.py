"""Jobs are deleted completely in every state."""

import asyncio
import contextlib

import pytest

from bot.models import State
from bot.storage.pictures import PictureStore
from fake_discord.simcord_additions import text_of
from fake_discord.simulation import TIMEOUT_SECONDS
from tests.bot.simulated_server import all_answers, is_result, picture
from tests.bot.test_restart import fetching


class Gate:
    """A point in the code at which every task waits until the gate is opened."""

    def __init__(self):
        self.reached, self._opened = asyncio.Event(), asyncio.Event()

    async def pass_through(self):
        self.reached.set()
        await self._opened.wait()

    async def until_reached(self):
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await self.reached.wait()

    def open(self):
        self._opened.set()


@pytest.fixture
def gate():
    return Gate()


@pytest.fixture
def held_before_reference(server, gate, monkeypatch):
    """Makes stored pictures wait at the gate before a job references them."""
    keeping = PictureStore.keeping

    @contextlib.asynccontextmanager
    async def slowly(store, *arguments):
        async with keeping(store, *arguments) as digest:
            await gate.pass_through()
            yield digest

    monkeypatch.setattr(PictureStore, "keeping", slowly)
    return gate


async def nothing_is_left(server):
    """Assert that no job and no picture is stored."""
    rows = await server.services.database.rows("SELECT * FROM jobs")
    assert [tuple(row) for row in rows] == []
    assert await server.services.pictures.bytes_kept() == 0
    folder = server.settings.data_dir / "pictures"
    assert not folder.exists() or not list(folder.iterdir())


async def forget(server):
    """Forget Alice, and assert that nothing is left."""
    await server.services.removal.forget(server.alice.id)
    await nothing_is_left(server)


def dreams_shown(server):
    return [
        names for what, _, _, names in server.recorder.log if any(name.startswith("dream-") for name in names)
    ]


async def test_a_user_is_forgotten_during_a_download(server, monkeypatch, caplog):
    _, submitting = await fetching(server, monkeypatch)
    await forget(server)
    asked = await submitting
    await server.until_shown(asked, "I stopped this dream.")
    await server.until_recorded()
    await nothing_is_left(server)
    assert server.script.is_idle
    assert "ERROR" not in {record.levelname for record in caplog.records}


async def test_a_job_forgotten_during_its_download_costs_nothing(server, monkeypatch):
    with monkeypatch.context() as patch:
        _, submitting = await fetching(server, patch)
        await forget(server)
        await submitting
    for _ in range(server.settings.burst):
        await server.complete_dream()


async def test_a_user_is_forgotten_before_the_job_references_the_stored_source(server, held_before_reference):
    submitting = asyncio.create_task(server.submit())
    await held_before_reference.until_reached()
    await forget(server)
    held_before_reference.open()
    await server.until_shown(await submitting, "I stopped this dream.")
    await server.until_recorded()
    await nothing_is_left(server)


async def test_a_user_is_forgotten_before_the_job_references_the_stored_dream(server, gate, monkeypatch):
    asked, dream = await server.start_dream()
    dreamed = server.services.store.record_dream

    async def slowly(*arguments):
        await gate.pass_through()
        return await dreamed(*arguments)

    monkeypatch.setattr(server.services.store, "record_dream", slowly)
    dream.finish()
    await gate.until_reached()
    forgetting = asyncio.create_task(server.services.removal.forget(server.alice.id))
    await jobs_deleted(server)
    assert not forgetting.done()
    gate.open()
    await forgetting
    await nothing_is_left(server)
    await server.until_shown(asked, "I stopped this dream.")
    assert dreams_shown(server) == []


async def jobs_deleted(server):
    """Wait until no job is stored."""
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while await server.services.database.rows("SELECT * FROM jobs"):  # noqa: ASYNC110 - it sets no event
            await asyncio.sleep(0)


async def test_a_user_is_forgotten_during_a_delivery(server, gate, monkeypatch):
    asked, dream = await server.start_dream()
    deliver = server.services.delivery.deliver

    async def slowly(*arguments, **options):
        await gate.pass_through()
        return await deliver(*arguments, **options)

    monkeypatch.setattr(server.services.delivery, "deliver", slowly)
    dream.finish()
    await gate.until_reached()
    await forget(server)
    gate.open()
    await server.until_shown(asked, "I stopped this dream.")
    assert dreams_shown(server) == []


async def test_the_end_of_a_delivered_job_is_not_written_after_its_owner_was_forgotten(
    server, gate, monkeypatch
):
    asked, dream = await server.start_dream()
    end = server.services.store.end

    async def slowly(*arguments, **options):
        await gate.pass_through()
        return await end(*arguments, **options)

    monkeypatch.setattr(server.services.store, "end", slowly)
    dream.finish()
    await gate.until_reached()
    await forget(server)
    gate.open()
    await server.until_recorded()
    assert is_result(asked.response)
    await nothing_is_left(server)


async def test_an_identical_picture_of_another_user_stays(server, held_before_reference):
    """Bob sends the same picture as Alice, and she is forgotten before his job references it."""
    held_before_reference.open()
    await server.complete_dream(server.alice, content=picture(colour="plum"))
    held_before_reference._opened.clear()
    held_before_reference.reached.clear()
    submitting = asyncio.create_task(server.submit(server.bob, content=picture(colour="plum")))
    await held_before_reference.until_reached()
    await server.services.removal.forget(server.alice.id)
    held_before_reference.open()
    asked = await submitting
    dream = await server.script.next_dream()
    assert dream.request.source == picture(colour="plum")
    dream.finish()
    await server.answer(asked)


async def test_a_waiting_job_whose_row_was_deleted_never_runs(server):
    _, dream = await server.start_dream(server.bob)
    waiting = await server.submit()
    await server.until_shown(waiting, "You're next.")
    await server.services.store.forget(server.alice.id)
    dream.finish()
    await server.until_shown(waiting, "I stopped this dream.")
    await server.until_idle()
    assert server.script.is_idle


async def test_deleting_a_job_deletes_its_pictures_and_no_others(server, gate, monkeypatch):
    await server.start_dream(server.bob)
    asked = await server.submit()
    await server.until_shown(asked, "You're next.")
    job = await server.only_job()
    await server.services.removal.delete(job.id)
    await server.until_recorded()
    assert await server.services.store.get(job.id) is None
    assert {file.name for file in (server.settings.data_dir / "pictures").iterdir()} == {
        (await server.only_job(server.bob)).source
    }


async def test_a_job_deleted_during_its_delivery_leaves_nothing(server, gate, monkeypatch):
    _, dream = await server.start_dream()
    deliver = server.services.delivery.deliver

    async def slowly(*arguments, **options):
        await gate.pass_through()
        return await deliver(*arguments, **options)

    monkeypatch.setattr(server.services.delivery, "deliver", slowly)
    job = await server.only_job()
    dream.finish()
    await gate.until_reached()
    await server.services.removal.delete(job.id)
    gate.open()
    await server.until_recorded()
    await nothing_is_left(server)
    assert dreams_shown(server) == []


async def test_the_user_is_told_if_the_pictures_could_not_be_deleted(server, monkeypatch):
    monkeypatch.setattr("bot.storage.disk_errors._SHORTEST_PAUSE", 0.01)
    await server.complete_dream()
    deletions = asyncio.Queue()
    delete = PictureStore.delete_unreferenced

    async def refuse_once(store, digests):
        deletions.put_nowait(digests)
        if deletions.qsize() == 1:
            raise OSError(28, "No space left on device")
        await delete(store, digests)

    monkeypatch.setattr(PictureStore, "delete_unreferenced", refuse_once)
    asked = await server.forget(server.alice)
    assert "I'm out of storage space" in text_of(all_answers(asked)[-1])
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while await server.services.pictures.bytes_kept():  # noqa: ASYNC110 - it sets no event
            await asyncio.sleep(0)
    await nothing_is_left(server)


async def test_forgetting_a_user_while_a_kept_dream_is_handed_over_raises_no_error(server, gate, monkeypatch):
    _, dream = await server.start_dream()
    server.env.inject_error("POST", "/channels/*/messages", status=403, code=50007, times=None)
    await server.env.advance_time(900)
    dream.finish()
    await server.until_idle()
    assert (await server.only_job()).state is State.KEPT

    async def never(*_):
        await gate.pass_through()
        return False

    monkeypatch.setattr(server.services.delivery, "hand_over", never)
    visiting = asyncio.create_task(server.alice.slash(server.general, "queue"))
    await gate.until_reached()
    await forget(server)
    gate.open()
    await visiting
    await nothing_is_left(server)
