import asyncio
import hashlib
import sqlite3
import threading
from pathlib import Path

import pytest

from bot.errors import NoLongerKeptRefusal
from bot.models import State
from bot.storage import job_admission
from bot.storage import pictures as pictures_module
from bot.storage.disk_errors import is_storage_error
from bot.storage.pictures import PictureStore
from tests.bot.records import ALICE, BOB, a_job

HOUR = 3600.0
NO_LIMIT = 1e9


@pytest.fixture
def pictures(tmp_path, database, clock):
    return PictureStore(tmp_path / "pictures", database, clock)


@pytest.fixture
def jobs(database):
    """Inserts jobs that reference pictures."""

    async def insert(**job):
        async with database.transaction() as connection:
            await job_admission.insert(connection, a_job(**job))

    return insert


def files(tmp_path):
    return sorted(file.name for file in (tmp_path / "pictures").iterdir())


async def test_a_stored_picture_is_read_by_its_digest(pictures):
    digest = await pictures.put(b"a picture")
    assert digest == hashlib.sha256(b"a picture").hexdigest()
    assert await pictures.get(digest) == b"a picture"


async def test_identical_pictures_are_stored_once(pictures, tmp_path):
    digests = {await pictures.put(b"a picture") for _ in range(3)}
    assert files(tmp_path) == [*digests]


@pytest.mark.parametrize("digest", [None, "0" * 64])
async def test_a_missing_picture_is_refused(pictures, digest):
    with pytest.raises(NoLongerKeptRefusal):
        await pictures.get(digest)


async def test_a_picture_whose_file_was_removed_is_refused(pictures, tmp_path):
    digest = await pictures.put(b"a picture")
    (tmp_path / "pictures" / digest).unlink()
    with pytest.raises(NoLongerKeptRefusal):
        await pictures.get(digest)


async def test_an_unused_picture_expires(pictures, clock, tmp_path):
    old = await pictures.put(b"old")
    clock.advance(2 * HOUR)
    new = await pictures.put(b"new")
    assert await pictures.expire(HOUR, NO_LIMIT) == 1
    assert files(tmp_path) == [new]
    with pytest.raises(NoLongerKeptRefusal):
        await pictures.get(old)


async def test_using_a_picture_postpones_its_expiry(pictures, clock):
    digest = await pictures.put(b"a picture")
    for _ in range(5):
        clock.advance(HOUR / 2)
        await pictures.get(digest)
    assert await pictures.expire(HOUR, NO_LIMIT) == 0
    clock.advance(HOUR / 2)
    await pictures.put(b"a picture")
    clock.advance(HOUR / 2 + 1)
    assert await pictures.expire(HOUR, NO_LIMIT) == 0


async def test_the_oldest_pictures_are_deleted_first_at_the_limit(pictures, clock, tmp_path):
    digests = []
    for number in range(5):
        clock.advance(1)
        digests.append(await pictures.put(bytes([number]) * 100))
    clock.advance(HOUR / 2)
    assert await pictures.expire(HOUR, 250) == 3
    assert files(tmp_path) == sorted(digests[3:])


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING, State.DREAMED])
@pytest.mark.parametrize("role", ["source", "guide", "mask", "dream"])
async def test_a_picture_that_a_job_needs_never_expires(pictures, jobs, clock, state, role):
    digest = await pictures.put(b"a picture")
    await jobs(state=state, **{role: digest})
    clock.advance(1000 * HOUR)
    assert await pictures.expire(HOUR, 0) == 0
    assert await pictures.get(digest) == b"a picture"


@pytest.mark.parametrize("state", [State.DELIVERED, State.CANCELLED, State.FAILED, State.REFUSED, State.LOST])
async def test_a_picture_of_an_ended_job_expires(pictures, jobs, clock, state):
    digest = await pictures.put(b"a picture")
    await jobs(state=state, source=digest)
    assert await pictures.expire(HOUR, NO_LIMIT) == 0
    clock.advance(2 * HOUR)
    assert await pictures.expire(HOUR, NO_LIMIT) == 1


async def test_a_picture_that_another_job_references_is_not_deleted(pictures, jobs):
    mine, shared = await pictures.put(b"mine"), await pictures.put(b"shared")
    await jobs(state=State.DELIVERED, dream=shared)
    await pictures.delete_unreferenced({mine, shared})
    assert await pictures.get(shared) == b"shared"
    with pytest.raises(NoLongerKeptRefusal):
        await pictures.get(mine)


async def test_deleting_a_missing_picture_does_not_raise(pictures):
    await pictures.delete_unreferenced({"0" * 64})


@pytest.mark.parametrize(("seconds", "deleted"), [(60, 0), (61, 1)])
async def test_a_picture_used_in_the_last_minute_is_not_deleted(pictures, clock, seconds, deleted):
    await pictures.put(b"a picture")
    clock.advance(seconds)
    assert await pictures.expire(HOUR, 0) == deleted


async def test_only_files_without_a_row_are_stray(pictures, tmp_path):
    digest = await pictures.put(b"a picture")
    for name in ("0" * 64, f"{'1' * 64}.abcdef01"):
        (tmp_path / "pictures" / name).write_bytes(b"left by a killed process")
    await pictures.delete_stray_files()
    assert files(tmp_path) == [digest]
    assert await pictures.get(digest) == b"a picture"


async def test_a_missing_folder_has_no_stray_files(pictures):
    await pictures.delete_stray_files()


async def test_only_their_owner_can_read_the_pictures(pictures, tmp_path):
    await pictures.put(b"a picture")
    assert (tmp_path / "pictures").stat().st_mode & 0o077 == 0


async def test_expired_files_are_deleted_even_on_a_full_disk(pictures, database, clock, tmp_path):
    await pictures.put(b"old")
    clock.advance(2 * HOUR)
    await database.rows("PRAGMA query_only = ON")
    with pytest.raises(sqlite3.OperationalError):
        await pictures.expire(HOUR, NO_LIMIT)
    assert not files(tmp_path)
    await database.rows("PRAGMA query_only = OFF")
    assert await pictures.expire(HOUR, NO_LIMIT) == 1


async def test_foreign_files_are_skipped_and_logged(pictures, tmp_path, caplog):
    digest = await pictures.put(b"a picture")
    folder = tmp_path / "pictures"
    (folder / "lost+found").mkdir()
    (folder / ("2" * 64)).mkdir()
    (folder / "notes.txt").write_text("an operator's")
    (folder / ("3" * 64)).symlink_to(folder / "notes.txt")
    await pictures.delete_stray_files()
    assert files(tmp_path) == sorted([digest, "lost+found", "2" * 64, "notes.txt", "3" * 64])
    for name in ("lost+found", "2" * 64, "notes.txt", "3" * 64):
        assert f"{name} does not belong to the bot and is skipped." in caplog.text
    assert digest not in caplog.text


async def test_a_stray_file_that_cannot_be_deleted_does_not_stop_the_deletion_of_others(
    pictures, tmp_path, caplog, monkeypatch
):
    await pictures.put(b"a picture")
    for digit in "01":
        (tmp_path / "pictures" / (digit * 64)).write_bytes(b"left by a killed process")
    unlink = Path.unlink

    def refuse(path, **options):
        if path.name.startswith("0"):
            raise PermissionError(13, "Permission denied")
        unlink(path, **options)

    monkeypatch.setattr(Path, "unlink", refuse)
    await pictures.delete_stray_files()
    assert "0" * 64 in files(tmp_path)
    assert "1" * 64 not in files(tmp_path)
    assert "cannot be deleted and is skipped" in caplog.text


async def test_an_unreadable_folder_is_logged(pictures, tmp_path, caplog):
    (tmp_path / "pictures").write_text("no folder")
    await pictures.delete_stray_files()
    assert "Stray pictures cannot be deleted" in caplog.text


async def test_a_row_with_a_foreign_path_never_reads_or_deletes_that_file(
    pictures, database, tmp_path, clock
):
    (tmp_path / "precious").write_text("an operator's")
    await pictures.put(b"a picture")
    await database.execute("INSERT INTO pictures VALUES ('../precious', 9, 0)")
    with pytest.raises(NoLongerKeptRefusal):
        await pictures.get("../precious")
    clock.advance(2 * HOUR)
    await pictures.expire(HOUR, NO_LIMIT)
    assert (tmp_path / "precious").exists()
    assert not await database.rows("SELECT * FROM pictures")


async def test_a_row_with_invalid_numbers_expires(pictures, database, clock):
    digest = await pictures.put(b"a picture")
    await database.execute("INSERT INTO pictures VALUES (?, 'many', 'never')", ("0" * 64,))
    clock.advance(2 * HOUR)
    assert await pictures.bytes_kept() == len(b"a picture")
    assert await pictures.expire(HOUR, NO_LIMIT) == 2
    with pytest.raises(NoLongerKeptRefusal):
        await pictures.get(digest)


class TestAPictureThatIsBeingKept:
    async def test_stays_if_a_job_references_it(self, pictures, jobs):
        async with pictures.keeping(b"a picture") as digest:
            await jobs(source=digest)
        assert await pictures.get(digest) == b"a picture"

    async def test_is_deleted_if_no_job_references_it(self, pictures, tmp_path):
        async with pictures.keeping(b"a picture"):
            pass
        assert files(tmp_path) == []

    async def test_is_deleted_if_the_block_raises(self, pictures, tmp_path):
        with pytest.raises(RuntimeError):
            async with pictures.keeping(b"a picture"):
                raise RuntimeError
        assert files(tmp_path) == []

    async def test_is_not_deleted_with_another_users_jobs(self, pictures, jobs):
        """Alice's jobs are deleted after Bob stores the same picture and before his job references it."""
        async with pictures.keeping(b"a picture") as digest:
            await pictures.delete_unreferenced([digest])
            assert await pictures.get(digest) == b"a picture"
            await jobs(source=digest)
        assert await pictures.get(digest) == b"a picture"

    async def test_is_held_until_the_last_of_several_blocks_ends(self, pictures, tmp_path):
        async with pictures.keeping(b"a picture") as digest:
            async with pictures.keeping(b"a picture"):
                pass
            assert files(tmp_path) == [digest]
        assert files(tmp_path) == []

    async def test_neither_expires_nor_is_evicted(self, database, tmp_path, clock):
        pictures = PictureStore(tmp_path / "pictures", database, clock, keep_bytes=10)
        async with pictures.keeping(b"a picture") as digest:
            clock.advance(100 * HOUR)
            assert await pictures.expire(HOUR, 0) == 0
            with pytest.raises(OSError, match="DREAM_KEEP_MEGABYTES"):
                await pictures.put(b"another")
            assert files(tmp_path) == [digest]

    async def test_is_deleted_later_if_the_store_is_read_only(self, pictures, database, caplog):
        async with pictures.keeping(b"a picture"):
            await database.rows("PRAGMA query_only = ON")
        assert "An unreferenced picture will be deleted later." in caplog.text
        await database.rows("PRAGMA query_only = OFF")
        await pictures.delete_orphans()
        assert await pictures.bytes_kept() == 0

    async def test_is_not_deleted_while_it_is_read(self, pictures, clock, monkeypatch):
        digest = await pictures.put(b"a picture")
        use = pictures.touch

        async def used_and_expired(digest):
            await use(digest)
            await pictures.delete_unreferenced([digest])

        monkeypatch.setattr(pictures, "touch", used_and_expired)
        assert await pictures.get(digest) == b"a picture"
        await pictures.delete_unreferenced([digest])
        monkeypatch.setattr(pictures, "touch", use)
        with pytest.raises(NoLongerKeptRefusal):
            await pictures.get(digest)


async def test_pictures_that_no_job_references_are_orphans(pictures, jobs, tmp_path):
    named = {role: await pictures.put(role.encode()) for role in ("source", "guide", "mask", "dream")}
    for role, digest in named.items():
        await jobs(state=State.DELIVERED, **{role: digest})
    await pictures.put(b"unnamed")
    await pictures.delete_orphans()
    assert files(tmp_path) == sorted(named.values())


class TestTheSizeLimit:
    @pytest.fixture
    def pictures(self, tmp_path, database, clock):
        return PictureStore(tmp_path / "pictures", database, clock, keep_bytes=1000)

    @pytest.fixture
    def put(self, pictures, jobs, clock):
        """Stores a user's picture and a job in a given state that references it."""

        async def put(name, size, user_id=ALICE, state=State.DELIVERED):
            clock.advance(1)
            content = name.encode().ljust(size, b".")
            async with pictures.keeping(content, user_id) as digest:
                await jobs(user_id=user_id, state=state, source=digest)
            assert await pictures.bytes_kept() <= 1000
            return digest

        return put

    async def test_is_reached_but_never_exceeded(self, put, tmp_path):
        first, second = await put("first", 400), await put("second", 600)
        assert files(tmp_path) == sorted([first, second])
        third = await put("third", 1)
        assert files(tmp_path) == sorted([second, third])

    async def test_evicts_no_more_than_necessary(self, put, tmp_path):
        await put("first", 400)
        kept = [await put("second", 600), await put("third", 400)]
        assert files(tmp_path) == sorted(kept)

    async def test_holds_while_a_file_is_written(self, put, pictures, tmp_path, monkeypatch):
        sizes = []
        write = PictureStore._write

        def watched(store, digest, content):
            write(store, digest, content)
            sizes.append(sum(file.stat().st_size for file in (tmp_path / "pictures").iterdir()))

        monkeypatch.setattr(PictureStore, "_write", watched)
        for number in range(10):
            await put(f"number {number}", 300)
        assert max(sizes) == 900

    @pytest.mark.parametrize(
        "state", [State.RECEIVED, State.QUEUED, State.RUNNING, State.DREAMED, State.KEPT]
    )
    async def test_never_evicts_pictures_of_open_jobs(self, put, pictures, tmp_path, state):
        needed = await put("needed", 600, state=state)
        with pytest.raises(OSError, match=r"DREAM_KEEP_MEGABYTES leaves no room for 0\.0 MB more") as error:
            await put("too much", 401, BOB)
        assert is_storage_error(error.value)
        assert files(tmp_path) == [needed]

    async def test_evicts_nothing_if_that_would_not_free_enough(self, put, tmp_path):
        kept = [await put("free", 300, BOB), await put("needed", 600, state=State.QUEUED)]
        with pytest.raises(OSError, match="DREAM_KEEP_MEGABYTES"):
            await put("too much", 401)
        assert files(tmp_path) == sorted(kept)

    async def test_never_evicts_a_small_users_pictures_for_a_large_user(self, put, pictures):
        good = await put("alice's good one", 300)
        for number in range(25):
            await put(f"bob's {number}", 200, BOB)
        assert len(await pictures.get(good)) == 300

    async def test_never_evicts_a_small_users_pictures_for_a_large_users_open_jobs(self, put, pictures):
        good = await put("alice's good one", 300)
        for number in range(3):
            await put(f"bob's {number}", 200, BOB, State.QUEUED)
        with pytest.raises(OSError, match="DREAM_KEEP_MEGABYTES"):
            await put("bob's last", 200, BOB, State.QUEUED)
        assert len(await pictures.get(good)) == 300

    async def test_counts_an_identical_picture_once(self, put, pictures):
        await put("the same", 900)
        await put("the same", 900, BOB)

    async def test_deletes_the_file_again_if_its_row_cannot_be_written(self, pictures, database, tmp_path):
        trigger = "CREATE TRIGGER broken BEFORE INSERT ON pictures BEGIN SELECT RAISE(ABORT, 'no'); END"
        await database.execute(trigger)
        with pytest.raises(sqlite3.IntegrityError):
            await pictures.put(b"a picture")
        assert files(tmp_path) == []


async def test_a_write_is_completed_after_its_caller_is_cancelled(pictures, monkeypatch):
    begun, gate = asyncio.Event(), threading.Event()
    loop, write = asyncio.get_running_loop(), PictureStore._write

    def slowly(*arguments):
        loop.call_soon_threadsafe(begun.set)
        assert gate.wait(20)
        write(*arguments)

    monkeypatch.setattr(PictureStore, "_write", slowly)
    putting = asyncio.create_task(pictures.put(b"a picture"))
    await begun.wait()
    putting.cancel()
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await putting
    assert await pictures.bytes_kept() == len(b"a picture")


async def test_a_picture_can_be_stored_between_two_batches_of_deletions(pictures, clock, monkeypatch):
    count = 3 * pictures_module._FILES_PER_BATCH
    for number in range(count):
        await pictures.put(str(number).encode())
    clock.advance(2 * HOUR)
    entered, gate = asyncio.Event(), threading.Event()
    loop, delete = asyncio.get_running_loop(), pictures_module.delete_files

    def slowly(*arguments):
        loop.call_soon_threadsafe(entered.set)
        assert gate.wait(20)
        delete(*arguments)

    monkeypatch.setattr(pictures_module, "delete_files", slowly)
    expiring = asyncio.create_task(pictures.expire(HOUR, NO_LIMIT))
    await entered.wait()
    putting = asyncio.create_task(pictures.put(b"new"))
    gate.set()
    digest = await putting
    assert not expiring.done()
    assert await expiring == count
    assert await pictures.get(digest) == b"new"


async def test_a_picture_that_is_used_during_the_expiry_stays(pictures, clock, monkeypatch):
    digest = await pictures.put(b"a picture")
    clock.advance(2 * HOUR)
    list_all = pictures._all

    async def then_use(**options):
        found = await list_all(**options)
        await pictures.touch(digest)
        return found

    monkeypatch.setattr(pictures, "_all", then_use)
    assert await pictures.expire(HOUR, NO_LIMIT) == 0
    assert await pictures.get(digest) == b"a picture"


async def test_a_picture_that_a_job_references_during_the_expiry_stays(pictures, jobs, clock, monkeypatch):
    digest = await pictures.put(b"a picture")
    clock.advance(2 * HOUR)
    list_all = pictures._all

    async def then_reference(**options):
        found = await list_all(**options)
        await jobs(state=State.QUEUED, source=digest)
        return found

    monkeypatch.setattr(pictures, "_all", then_reference)
    assert await pictures.expire(HOUR, NO_LIMIT) == 0


async def test_an_expired_file_that_cannot_be_deleted_does_not_stop_the_expiry_of_others(
    pictures, clock, tmp_path, caplog
):
    digests = sorted([await pictures.put(str(number).encode()) for number in range(3)])
    stubborn = tmp_path / "pictures" / digests[0]
    stubborn.unlink()
    stubborn.mkdir()
    clock.advance(2 * HOUR)
    assert await pictures.expire(HOUR, NO_LIMIT) == 3
    assert files(tmp_path) == [digests[0]]
    assert f"{digests[0]} cannot be deleted and is skipped" in caplog.text


async def test_a_disk_error_is_raised_and_the_row_of_an_undeleted_picture_stays(pictures, clock, monkeypatch):
    digest = await pictures.put(b"a picture")
    clock.advance(2 * HOUR)

    def refuse(*_, **__):
        raise OSError(30, "Read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        with pytest.raises(OSError, match="Read-only"):
            await pictures.expire(HOUR, NO_LIMIT)
    assert await pictures.get(digest) == b"a picture"


async def test_a_file_without_a_row_is_deleted_although_the_database_is_read_only(
    pictures, database, tmp_path
):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / ("0" * 64)).write_bytes(b"never noted")
    await database.rows("PRAGMA query_only = ON")
    await pictures.delete_unreferenced(["0" * 64])
    assert files(tmp_path) == []


async def test_a_picture_is_read_although_the_database_is_read_only(pictures, database):
    digest = await pictures.put(b"a picture")
    await database.rows("PRAGMA query_only = ON")
    assert await pictures.get(digest) == b"a picture"


async def test_a_bug_while_a_picture_is_read_is_raised(pictures, monkeypatch):
    digest = await pictures.put(b"a picture")

    async def broken(_):
        raise sqlite3.OperationalError("no such column")

    monkeypatch.setattr(pictures, "touch", broken)
    with pytest.raises(sqlite3.OperationalError):
        await pictures.get(digest)


async def test_touching_a_missing_picture_is_refused(pictures):
    with pytest.raises(NoLongerKeptRefusal):
        await pictures.touch("0" * 64)


async def test_a_picture_expires_exactly_at_the_end_of_its_time(pictures, clock):
    await pictures.put(b"a picture")
    clock.advance(HOUR - 1)
    assert await pictures.expire(HOUR, NO_LIMIT) == 0
    clock.advance(1)
    assert await pictures.expire(HOUR, NO_LIMIT) == 1


async def test_a_stored_picture_stays_if_storing_it_again_fails(pictures, database, tmp_path):
    digest = await pictures.put(b"a picture")
    await database.rows("PRAGMA query_only = ON")
    with pytest.raises(sqlite3.OperationalError):
        await pictures.put(b"a picture")
    assert files(tmp_path) == [digest]


async def test_bytes_kept_is_the_total_size(pictures):
    assert await pictures.bytes_kept() == 0
    for content in (b"one", b"seven.."):
        await pictures.put(content)
    assert await pictures.bytes_kept() == 10
