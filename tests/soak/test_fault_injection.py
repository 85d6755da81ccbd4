"""The soak's faults, tested without a real bot."""

import asyncio
import contextlib
import random
import sqlite3
from types import SimpleNamespace

import pytest

from fake_discord.answers import TOO_LARGE
from fake_discord.calls import Call, UploadedFile
from fake_discord.discord_server import DiscordServer
from soak.fault_injection import FAULT_KINDS, FaultInjector
from soak.launcher import ShiftedClock

DREAM = UploadedFile("dream-0123456789abcdef.png", b"a dream")


class FakeBot:
    """Records the faults that are injected into it."""

    def __init__(self, folder) -> None:
        self.data_dir, self.temporary = folder / "data", folder / "temporary"
        for where in (self.data_dir, self.temporary):
            where.mkdir()
        self.clock = ShiftedClock(folder / "clock")
        self.restarts: list[bool] = []
        self.downtimes: list[bool] = []
        self.killed: list[str] = []

    def workers(self):
        return [SimpleNamespace(kill=lambda name=name: self.killed.append(name)) for name in "ab"]

    async def restart(self, *, graceful: bool) -> None:
        self.restarts.append(graceful)

    @contextlib.contextmanager
    def downtime(self, *, process_ended: bool):
        yield
        self.downtimes.append(process_ended)


@pytest.fixture
def bot(tmp_path):
    return FakeBot(tmp_path)


@pytest.fixture
def discord():
    return DiscordServer()


@pytest.fixture
def injector(discord, bot):
    return FaultInjector(discord, bot)


@pytest.fixture
def sleeps(monkeypatch):
    """Makes every sleep of a fault return at once, and records its length and the results of ``looks``."""
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


async def inject(injector, name, seed=1):
    await injector.inject(name, random.Random(seed))


async def test_a_fault_is_counted_by_its_description(injector):
    for _ in range(2):
        await inject(injector, "worker")
    assert injector.counts == {"a worker was killed": 2}


async def test_a_random_worker_is_killed(injector, bot):
    for seed in range(10):
        await inject(injector, "worker", seed)
    assert set(bot.killed) == {"a", "b"}


@pytest.mark.parametrize(("name", "graceful"), [("kill", False), ("stop", True)])
async def test_the_bot_is_restarted(injector, bot, name, graceful):
    await inject(injector, name)
    assert bot.restarts == [graceful]


async def test_the_clock_is_wrong_for_a_while_in_either_direction(injector, bot, sleeps):
    sleeps.looks.append(lambda: bot.clock.offset)
    for seed in range(10):
        await inject(injector, "clock", seed)
    assert {offset for _, offset in sleeps.seen} == {960.0, -960.0}
    assert all(4 <= seconds <= 9 for seconds, _ in sleeps.seen)
    assert bot.clock.offset == 0.0


async def test_the_store_is_locked_for_a_while(injector, bot, sleeps):
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

    sleeps.looks.append(is_locked)
    await inject(injector, "locked")
    ((seconds, was_locked),) = sleeps.seen
    assert was_locked
    assert 3 <= seconds <= 9
    assert not is_locked()
    connection.close()


@pytest.mark.parametrize(
    ("name", "folder", "restarts"),
    [("disk", "data", []), ("tmp", "temporary", []), ("disk-kill", "data", [False])],
)
async def test_a_disk_is_full_for_a_while(
    injector, bot, sleeps, monkeypatch, tmp_path, name, folder, restarts
):
    fillers = []

    @contextlib.contextmanager
    def fill(filler):
        fillers.append(filler)
        yield
        fillers.append(None)

    monkeypatch.setattr("soak.fault_injection.fill_disk", fill)
    sleeps.looks.append(lambda: fillers[-1])
    await inject(injector, name)
    ((seconds, filler),) = sleeps.seen
    assert filler == tmp_path / folder / "filler"
    assert fillers[-1] is None
    assert 4 <= seconds <= 8
    assert bot.restarts == restarts


@pytest.mark.parametrize(
    ("name", "method", "status"),
    [("413", "PATCH", 413), ("413", "POST", 413), ("429", "DELETE", 429), ("500", "PATCH", 500)],
)
async def test_about_every_other_request_fails_for_a_while(injector, discord, sleeps, name, method, status):
    tried: list[int | None] = []

    def try_often() -> None:
        faults = [fault for fault in discord._faults._faults if fault.method == method]
        tried.extend(
            next((f.answer.status for f in faults if f.matches(dream_call(method))), None) for _ in range(100)
        )

    sleeps.looks.append(try_often)
    await inject(injector, name)
    assert set(tried) == {None, status}
    assert 20 < tried.count(None) < 80
    assert not any(fault.matches(dream_call(method)) for fault in discord._faults._faults)


@pytest.mark.parametrize(("name", "refused"), [("arrived-kill", False), ("413-kill", True)])
async def test_the_bot_is_killed_after_a_delivery_that_it_does_not_know_of(
    injector, discord, bot, name, refused
):
    injecting = asyncio.create_task(inject(injector, name))
    await asyncio.sleep(0)
    answer = await discord._faults.answer_to(dream_call())
    assert (answer == TOO_LARGE) is refused
    await discord._faults.hold(dream_call(status=413))  # this one was not delivered, so it is not held
    assert not bot.restarts
    arrived = asyncio.create_task(discord._faults.hold(dream_call("POST", status=200)))
    await injecting
    assert bot.restarts == [False]
    await arrived
    assert await discord._faults.answer_to(dream_call()) is None


@pytest.mark.parametrize("name", ["motion-worker", "motion-kill"])
async def test_a_kill_in_a_motion_waits_for_a_new_frame(injector, bot, sleeps, name):
    frames = bot.data_dir / "motions" / "0123" / "frames"
    frames.mkdir(parents=True)
    (frames / "00000.png").touch()

    def look() -> tuple[int, int]:
        if sleeps.seen:
            (frames / "00001.png").touch()
        return len(bot.killed), len(bot.restarts)

    sleeps.looks.append(look)
    await inject(injector, name)
    assert [seen for _, seen in sleeps.seen] == [(0, 0), (0, 0)]
    assert len(bot.killed) == (name == "motion-worker")
    assert bot.restarts == ([False] if name == "motion-kill" else [])


def test_every_fault_has_its_own_description():
    assert len({kind.description for kind in FAULT_KINDS.values()}) == len(FAULT_KINDS)
    assert {name for name, kind in FAULT_KINDS.items() if kind.ends_process} == {
        "disk-kill",
        "kill",
        "stop",
        "arrived-kill",
        "413-kill",
        "motion-kill",
    }
