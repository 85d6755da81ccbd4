"""What the troubles of a soak run do to a bot, seen without one."""

import asyncio
import contextlib
import random
import sqlite3
from types import SimpleNamespace

import pytest

from fake_discord.answers import TOO_LARGE
from fake_discord.calls import Call, UploadedFile
from fake_discord.discord_server import DiscordServer
from soak.fault_injection import KINDS, Troubles
from soak.launcher import ShiftedClock

DREAM = UploadedFile("dream-0123456789abcdef.png", b"a dream")


class FakeBot:
    """Notes down what is done to it."""

    def __init__(self, folder) -> None:
        self.data_dir, self.temporary = folder / "data", folder / "temporary"
        for where in (self.data_dir, self.temporary):
            where.mkdir()
        self.clock = ShiftedClock(folder / "clock")
        self.begun_anew: list[bool] = []
        self.absences: list[bool] = []
        self.killed: list[str] = []

    def workers(self):
        return [SimpleNamespace(kill=lambda name=name: self.killed.append(name)) for name in "ab"]

    async def begin_anew(self, *, kindly: bool) -> None:
        self.begun_anew.append(kindly)

    @contextlib.contextmanager
    def away(self, *, ended: bool):
        yield
        self.absences.append(ended)


@pytest.fixture
def bot(tmp_path):
    return FakeBot(tmp_path)


@pytest.fixture
def discord():
    return DiscordServer()


@pytest.fixture
def troubles(discord, bot):
    return Troubles(discord, bot)


@pytest.fixture
def naps(monkeypatch):
    """What is seen each time that a trouble waits, which takes no time; by the functions in it."""
    looks: list = []
    seen: list = []
    sleep = asyncio.sleep

    async def look(seconds):
        seen.append((seconds, *(look() for look in looks)))
        await sleep(0)

    monkeypatch.setattr("soak.fault_injection.asyncio.sleep", look)
    return SimpleNamespace(looks=looks, seen=seen)


def dream_call(method="PATCH", *, status=None) -> Call:
    return Call(method, "/webhooks/1/token/messages/@original", {}, None, {}, {0: DREAM}, 7, 0.0, status)


async def make(troubles, name, seed=1):
    await troubles.make(name, random.Random(seed))


async def test_a_trouble_is_counted_in_words(troubles):
    for _ in range(2):
        await make(troubles, "worker")
    assert troubles.made == {"a worker was killed": 2}


async def test_a_worker_is_killed_and_which_one_the_seed_says(troubles, bot):
    for seed in range(10):
        await make(troubles, "worker", seed)
    assert set(bot.killed) == {"a", "b"}


@pytest.mark.parametrize(("name", "kindly"), [("kill", False), ("stop", True)])
async def test_the_bot_is_ended_and_begins_anew(troubles, bot, name, kindly):
    await make(troubles, name)
    assert bot.begun_anew == [kindly]


async def test_the_clock_is_wrong_for_a_while_either_way(troubles, bot, naps):
    naps.looks.append(lambda: bot.clock.offset)
    for seed in range(10):
        await make(troubles, "clock", seed)
    assert {offset for _, offset in naps.seen} == {960.0, -960.0}
    assert all(4 <= seconds <= 9 for seconds, _ in naps.seen)
    assert bot.clock.offset == 0.0


async def test_the_store_is_locked_for_a_while(troubles, bot, naps):
    path = bot.data_dir / "bot.sqlite3"
    connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")

    def is_locked() -> bool:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        connection.execute("ROLLBACK")
        return False

    naps.looks.append(is_locked)
    await make(troubles, "locked")
    ((seconds, was_locked),) = naps.seen
    assert was_locked
    assert 3 <= seconds <= 9
    assert not is_locked()
    connection.close()


@pytest.mark.parametrize(
    ("name", "folder", "anew"),
    [("disk", "data", []), ("tmp", "temporary", []), ("disk-kill", "data", [False])],
)
async def test_a_disk_is_full_for_a_while(troubles, bot, naps, monkeypatch, tmp_path, name, folder, anew):
    filled = []

    @contextlib.contextmanager
    def fill(filler):
        filled.append(filler)
        yield
        filled.append(None)

    monkeypatch.setattr("soak.fault_injection.filled", fill)
    naps.looks.append(lambda: filled[-1])
    await make(troubles, name)
    ((seconds, filler),) = naps.seen
    assert filler == tmp_path / folder / "filler"
    assert filled[-1] is None
    assert 4 <= seconds <= 8
    assert bot.begun_anew == anew


@pytest.mark.parametrize(
    ("name", "method", "status"),
    [("413", "PATCH", 413), ("413", "POST", 413), ("429", "DELETE", 429), ("500", "PATCH", 500)],
)
async def test_about_every_other_request_fails_for_a_while(troubles, discord, naps, name, method, status):
    tried: list[int | None] = []

    def try_often() -> None:
        faults = [fault for fault in discord._faults._faults if fault.method == method]
        tried.extend(
            next((f.answer.status for f in faults if f.concerns(dream_call(method))), None)
            for _ in range(100)
        )

    naps.looks.append(try_often)
    await make(troubles, name)
    assert set(tried) == {None, status}
    assert 20 < tried.count(None) < 80
    assert not any(fault.concerns(dream_call(method)) for fault in discord._faults._faults)


@pytest.mark.parametrize(("name", "refused"), [("arrived-kill", False), ("413-kill", True)])
async def test_the_bot_is_killed_when_a_dream_has_arrived_and_it_does_not_know(
    troubles, discord, bot, name, refused
):
    making = asyncio.create_task(make(troubles, name))
    await asyncio.sleep(0)
    answer = await discord._faults.answer_to(dream_call())
    assert (answer == TOO_LARGE) is refused
    await discord._faults.hold(dream_call(status=413))  # which did not arrive, and is not held
    assert not bot.begun_anew
    arrived = asyncio.create_task(discord._faults.hold(dream_call("POST", status=200)))
    await making
    assert bot.begun_anew == [False]
    await arrived
    assert await discord._faults.answer_to(dream_call()) is None


def test_every_trouble_has_words_of_its_own():
    assert len({kind.told for kind in KINDS.values()}) == len(KINDS)
    assert {name for name, kind in KINDS.items() if kind.ends_process} == {
        "disk-kill",
        "kill",
        "stop",
        "arrived-kill",
        "413-kill",
    }
