import hashlib
import sqlite3

import pytest

from bot.errors import NoLongerKeptRefusal
from bot.jobs.record import State
from bot.jobs.store import JobStore
from bot.pictures import PictureStore
from tests.bot.records import a_job

HOUR = 3600.0
MUCH = 1e9


@pytest.fixture
def pictures(tmp_path, database, clock):
    return PictureStore(tmp_path / "pictures", database, clock)


@pytest.fixture
def jobs(database, clock):
    store = JobStore(database, clock)

    async def keep(**job):
        async with database.transaction() as connection:
            await store._insert(connection, a_job(**job))

    return keep


def files(tmp_path):
    return sorted(file.name for file in (tmp_path / "pictures").iterdir())


async def test_what_is_put_is_got_by_its_digest(pictures):
    digest = await pictures.put(b"a picture")
    assert digest == hashlib.sha256(b"a picture").hexdigest()
    assert await pictures.get(digest) == b"a picture"


async def test_the_same_picture_is_kept_once(pictures, tmp_path):
    digests = {await pictures.put(b"a picture") for _ in range(3)}
    assert files(tmp_path) == [*digests]


@pytest.mark.parametrize("digest", [None, "0" * 64])
async def test_what_is_not_there_is_refused(pictures, digest):
    with pytest.raises(NoLongerKeptRefusal):
        await pictures.get(digest)


async def test_a_file_that_somebody_took_away_is_refused(pictures, tmp_path):
    digest = await pictures.put(b"a picture")
    (tmp_path / "pictures" / digest).unlink()
    with pytest.raises(NoLongerKeptRefusal):
        await pictures.get(digest)


async def test_what_nobody_used_for_long_is_let_go(pictures, clock, tmp_path):
    old = await pictures.put(b"old")
    clock.advance(2 * HOUR)
    new = await pictures.put(b"new")
    assert await pictures.expire(HOUR, MUCH) == 1
    assert files(tmp_path) == [new]
    with pytest.raises(NoLongerKeptRefusal):
        await pictures.get(old)


async def test_using_a_picture_keeps_it_young(pictures, clock):
    digest = await pictures.put(b"a picture")
    for _ in range(5):
        clock.advance(HOUR / 2)
        await pictures.get(digest)
    assert await pictures.expire(HOUR, MUCH) == 0
    clock.advance(HOUR / 2)
    await pictures.put(b"a picture")
    clock.advance(HOUR / 2 + 1)
    assert await pictures.expire(HOUR, MUCH) == 0


async def test_when_there_is_no_room_the_oldest_go_first(pictures, clock, tmp_path):
    digests = []
    for number in range(5):
        clock.advance(1)
        digests.append(await pictures.put(bytes([number]) * 100))
    clock.advance(HOUR / 2)
    assert await pictures.expire(HOUR, 250) == 3
    assert files(tmp_path) == sorted(digests[3:])


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING, State.DREAMED])
@pytest.mark.parametrize("role", ["source", "guide", "dream"])
async def test_what_a_job_needs_stays_whatever_its_age(pictures, jobs, clock, state, role):
    digest = await pictures.put(b"a picture")
    await jobs(state=state, **{role: digest})
    clock.advance(1000 * HOUR)
    assert await pictures.expire(HOUR, 0) == 0
    assert await pictures.get(digest) == b"a picture"


@pytest.mark.parametrize("state", [State.DELIVERED, State.CANCELLED, State.FAILED, State.REFUSED, State.LOST])
async def test_what_a_job_needed_goes_when_its_time_has_come(pictures, jobs, clock, state):
    digest = await pictures.put(b"a picture")
    await jobs(state=state, source=digest)
    assert await pictures.expire(HOUR, MUCH) == 0
    clock.advance(2 * HOUR)
    assert await pictures.expire(HOUR, MUCH) == 1


async def test_a_picture_that_another_job_speaks_of_is_not_deleted(pictures, jobs):
    mine, shared = await pictures.put(b"mine"), await pictures.put(b"shared")
    await jobs(state=State.DELIVERED, dream=shared)
    await pictures.delete_unmentioned({mine, shared})
    assert await pictures.get(shared) == b"shared"
    with pytest.raises(NoLongerKeptRefusal):
        await pictures.get(mine)


async def test_deleting_what_is_not_there_is_no_error(pictures):
    await pictures.delete_unmentioned({"0" * 64})


@pytest.mark.parametrize(("seconds", "deleted"), [(59, 0), (61, 1)])
async def test_what_was_used_just_now_is_spared_however_little_room_there_is(
    pictures, clock, seconds, deleted
):
    await pictures.put(b"a picture")
    clock.advance(seconds)
    assert await pictures.expire(HOUR, 0) == deleted


async def test_tidying_deletes_files_that_nobody_noted_down_and_no_other(pictures, tmp_path):
    digest = await pictures.put(b"a picture")
    for name in ("0" * 64, f"{'1' * 64}.abcdef01"):
        (tmp_path / "pictures" / name).write_bytes(b"left by a killed process")
    await pictures.tidy()
    assert files(tmp_path) == [digest]
    assert await pictures.get(digest) == b"a picture"


async def test_there_may_be_nothing_to_tidy(pictures):
    await pictures.tidy()


async def test_nobody_else_can_look_at_the_pictures(pictures, tmp_path):
    await pictures.put(b"a picture")
    assert (tmp_path / "pictures").stat().st_mode & 0o077 == 0


async def test_on_a_full_disk_what_is_old_makes_room_all_the_same(pictures, database, clock, tmp_path):
    await pictures.put(b"old")
    clock.advance(2 * HOUR)
    await database.rows("PRAGMA query_only = ON")
    with pytest.raises(sqlite3.OperationalError):
        await pictures.expire(HOUR, MUCH)
    assert not files(tmp_path)
    await database.rows("PRAGMA query_only = OFF")
    assert await pictures.expire(HOUR, MUCH) == 1
