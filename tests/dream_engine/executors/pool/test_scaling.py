"""The staff of a pool whose workers need no process and no network."""

import asyncio
from collections.abc import Callable
from contextlib import asynccontextmanager

import pytest

from dream_engine.errors import WeightsNotFoundError
from dream_engine.executors.base import ExecutorError, NoWorkerError, WorkerLostError
from dream_engine.executors.pool import scaling as scaling_module
from dream_engine.executors.pool import start_failures
from dream_engine.executors.pool.scaling import WorkerScaler
from dream_engine.executors.pool.slots import SlotQueue
from dream_engine.executors.pool.worker import Worker
from dream_engine.memory import MemoryUse
from tests.dream_engine.executors.pool.contract import until


class Idler(Worker):
    """A worker that is warm as soon as it may be, and does nothing."""

    def __init__(self, made: "Made") -> None:
        super().__init__()
        self._made = made
        self._alive = False

    @property
    def alive(self):
        return self._alive

    async def start(self, seconds):
        self._made.starting += 1
        await self._made.may_start.wait()
        self._made.starting -= 1
        if self._made.refusals:
            raise self._made.refusals.pop(0)
        if self._made.refusal is not None:
            raise self._made.refusal
        self._alive = True

    async def begin(self, mailbox, request):
        raise NotImplementedError

    async def stop(self, mailbox):
        raise NotImplementedError

    async def kill(self):
        self._alive = False

    async def close(self, seconds):
        self._alive = False


class Made:
    """The workers that were made, and how those to come will fare."""

    def __init__(self) -> None:
        self.workers: list[Idler] = []
        self.may_start = asyncio.Event()
        self.may_start.set()
        self.refusal: Exception | None = None
        self.starting = 0
        self.refusals: list[Exception] = []  # of the next starts, before those that succeed

    def make(self, place: int) -> Idler:
        self.workers.append(Idler(self))
        return self.workers[-1]


@asynccontextmanager
async def at_work(
    line: SlotQueue,
    made: Made,
    *,
    fewest: int = 1,
    most: int | None = None,
    room: Callable[[], int] = lambda: 3,
    needed: int | None = None,
    idle: float = 60,
    can_have_two: Callable[[Worker], bool] = lambda _: True,
):
    staff = WorkerScaler(
        line,
        made.make,
        fewest=fewest,
        most=most,
        room=room,
        needed=fewest if needed is None else needed,
        idle_seconds=idle,
        start_seconds=9,
        can_have_two=can_have_two,
    )
    try:
        await staff.start()
        yield staff
    finally:
        await staff.close()


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(scaling_module, "_ROUND_SECONDS", 0.005)
    monkeypatch.setattr(scaling_module, "_FIRST_PAUSE", 0.001)


@pytest.fixture
def short_pauses(monkeypatch):
    monkeypatch.setattr(start_failures, "_FIRST_PAUSE", 0.001)


KILLED = WorkerLostError("The worker was ended by SIGKILL.")
NO_WEIGHTS = WeightsNotFoundError(path="gone")


async def several_rounds():
    await asyncio.sleep(0.05)


async def test_for_each_who_waits_a_worker_comes_as_far_as_there_is_room():
    line, made = SlotQueue(), Made()
    async with at_work(line, made) as staff:
        assert len(staff.workers) == 1
        waiting = [asyncio.create_task(line.take()) for _ in range(5)]
        await until(lambda: len(staff.workers) == 3)
        await several_rounds()
        assert len(made.workers) == 3
        assert {task.result() for task in waiting if task.done()} == {0, 1, 2}


async def test_no_more_come_than_there_may_be_at_most():
    line, made = SlotQueue(), Made()
    async with at_work(line, made, most=2, room=lambda: 9):
        waiting = [asyncio.create_task(line.take()) for _ in range(4)]
        await several_rounds()
        assert len(made.workers) == 2
        for task in waiting:
            task.cancel()


async def test_while_one_is_coming_no_other_comes_for_the_same_dream():
    line, made = SlotQueue(), Made()
    async with at_work(line, made) as staff:
        await line.take()
        made.may_start.clear()
        waiting = asyncio.create_task(line.take())
        await several_rounds()
        assert len(made.workers) == 2
        made.may_start.set()
        assert await waiting == 1
        assert len(staff.workers) == 2


async def test_a_worker_that_nobody_needs_is_let_go_but_not_the_fewest():
    line, made = SlotQueue(), Made()
    async with at_work(line, made, fewest=2, idle=0.02) as staff:
        places = [await line.take() for _ in range(3)]
        assert len(staff.workers) == 3
        for place in places:
            line.give(place)
        await until(lambda: len(staff.workers) == 2)
        await several_rounds()
        assert [worker.alive for worker in made.workers].count(True) == 2


@pytest.mark.parametrize("what", ["files", "close"])
async def test_a_worker_that_is_let_go_is_killed_where_it_does_not_end_by_itself(what, monkeypatch):
    async def fails(*_):
        raise WorkerLostError("The worker does not answer.")

    async def nothing(*_):
        pass

    line, made = SlotQueue(), Made()
    async with at_work(line, made, idle=0.01):
        places = [await line.take(), await line.take()]
        monkeypatch.setattr(Idler, "close", nothing)
        monkeypatch.setattr(Idler, what, fails)
        for place in places:
            line.give(place)
        await until(lambda: [worker.alive for worker in made.workers].count(True) == 1)
        monkeypatch.undo()


async def test_the_worker_that_worked_last_works_next_so_that_the_others_can_go():
    line, made = SlotQueue(), Made()
    async with at_work(line, made) as staff:
        first, second = await line.take(), await line.take()
        line.give(second)
        line.give(first)
        assert await line.take() == first
        assert staff.at(first).alive


async def test_capacity_is_what_there_is_room_for():
    line, room = SlotQueue(), 3
    async with at_work(line, Made(), room=lambda: room) as staff:
        assert staff.capacity == 3
        room = 8
        assert staff.capacity == 8
        room = 0  # those that are there are there
        assert staff.capacity == 1


async def test_where_room_may_be_made_as_many_dreams_wait_for_it_as_there_are_workers():
    async with at_work(SlotQueue(), Made(), fewest=3, most=10, room=lambda: 3) as staff:
        assert staff.capacity == 6
    async with at_work(SlotQueue(), Made(), fewest=3, most=5, room=lambda: 3) as staff:
        assert staff.capacity == 5


async def test_workers_that_wait_for_room_do_not_ask_for_more_of_them():
    line, made = SlotQueue(), Made()
    async with at_work(line, made, most=10, room=lambda: 1) as staff:
        made.may_start.clear()
        await line.take()
        waiting = [asyncio.create_task(line.take()) for _ in range(staff.capacity - 1)]
        await several_rounds()
        assert len(made.workers) == staff.capacity == 2
        for task in waiting:
            task.cancel()


async def test_a_pool_of_one_size_has_that_capacity_whatever_happens():
    line, made = SlotQueue(), Made()
    async with at_work(line, made, fewest=2, most=2, room=lambda: 2) as staff:
        assert staff.capacity == 2
        made.may_start.clear()
        await made.workers[0].kill()
        await until(lambda: len(made.workers) == 3)
        assert staff.capacity == 2


async def test_a_worker_that_dies_idle_is_replaced_though_nobody_asks():
    line, made = SlotQueue(), Made()
    async with at_work(line, made) as staff:
        await made.workers[0].kill()
        await until(lambda: bool(staff.workers))
        assert staff.restarts == 1
        assert await line.take() == 0


async def test_a_worker_beyond_the_fewest_is_replaced_only_when_it_is_missed():
    line, made = SlotQueue(), Made()
    async with at_work(line, made) as staff:
        places = [await line.take() for _ in range(2)]
        await made.workers[1].kill()
        await staff.renew(places[1])
        await several_rounds()
        assert len(made.workers) == 2
        assert await line.take(again=True) == 1
        assert len(made.workers) == 3


async def test_it_is_started_when_as_many_as_are_needed_are_warm_and_the_others_follow():
    made = Made()
    async with at_work(SlotQueue(), made, fewest=3, needed=1) as staff:
        assert len(made.workers) == 1
        await until(lambda: len(staff.workers) == 3)


async def test_the_fewest_are_made_up_for_though_nobody_waits():
    line, made = SlotQueue(), Made()
    async with at_work(line, made, fewest=2) as staff:
        places = [await line.take() for _ in range(3)]
        made.refusal = NoWorkerError("The cluster is full.")
        for place in places:
            await staff.at(place).kill()
            await staff.renew(place)
        await several_rounds()
        assert not staff.workers
        made.refusal = None
        await until(lambda: len(staff.workers) == 2)


async def test_without_room_whoever_waits_goes_on_waiting(monkeypatch):
    line, made = SlotQueue(), Made()
    async with at_work(line, made) as staff:
        place = await line.take()
        waiting = asyncio.create_task(line.take())
        made.refusal = NoWorkerError("The cluster is full.")
        await made.workers[0].kill()
        renewing = asyncio.create_task(staff.renew(place))
        await several_rounds()
        assert not waiting.done()
        made.refusal = None
        assert await waiting == 0
        await renewing


async def lose_the_worker(staff: WorkerScaler, line: SlotQueue) -> "asyncio.Task[int]":
    """Have the only worker die, where starts fail as they shall; returns one who waits for the next."""
    place = await line.take()
    waiting = asyncio.create_task(line.take())
    await staff.at(place).kill()
    await staff.renew(place)
    return waiting


async def test_where_workers_are_killed_while_they_start_whoever_waits_goes_on_waiting(short_pauses, caplog):
    line, made = SlotQueue(), Made()
    async with at_work(line, made, room=lambda: 1) as staff:
        made.refusals = [KILLED] * 4
        waiting = await lose_the_worker(staff, line)
        assert await waiting == 0
        assert len(made.workers) == 6
        assert staff.workers == (made.workers[-1],)
    assert "next try comes in 0 seconds: The worker was ended by SIGKILL." in caplog.text
    assert "Traceback" not in caplog.text


async def test_where_each_start_ends_so_whoever_waits_is_told_and_tries_go_on(short_pauses):
    line, made = SlotQueue(), Made()
    async with at_work(line, made, room=lambda: 1) as staff:
        made.refusals = [KILLED] * 5
        waiting = await lose_the_worker(staff, line)
        with pytest.raises(ExecutorError, match=r"started: The worker was ended by SIGKILL\."):
            await waiting
        assert len(made.workers) == 6
        assert await line.take() == 0


async def test_a_start_that_succeeds_lets_earlier_failures_be_forgotten(short_pauses):
    line, made = SlotQueue(), Made()
    async with at_work(line, made, room=lambda: 1) as staff:
        for _ in range(2):
            made.refusals = [KILLED] * 3
            waiting = await lose_the_worker(staff, line)
            assert await waiting == 0
            line.give(0)


async def test_workers_that_are_killed_together_while_they_start_count_once(short_pauses):
    line, made = SlotQueue(), Made()
    async with at_work(line, made, fewest=6, room=lambda: 6) as staff:
        places = [await line.take() for _ in range(6)]
        made.may_start.clear()
        made.refusals = [KILLED] * 6
        waiting = asyncio.create_task(line.take())
        for place in places:
            await staff.at(place).kill()
            await staff.renew(place)
        await until(lambda: made.starting == 6)
        made.may_start.set()
        await waiting


async def test_where_only_the_operator_can_help_whoever_waits_is_told_at_once(caplog):
    line, made = SlotQueue(), Made()
    async with at_work(line, made, room=lambda: 1) as staff:
        made.refusal = NO_WEIGHTS
        waiting = await lose_the_worker(staff, line)
        with pytest.raises(ExecutorError, match=r"No worker could be started: There is no weights"):
            await waiting
        assert len(made.workers) == 2
    assert "Traceback" not in caplog.text


async def test_an_error_that_nobody_foresaw_is_written_down_with_its_traceback(caplog):
    line, made = SlotQueue(), Made()
    async with at_work(line, made, room=lambda: 1) as staff:
        made.refusals = [ZeroDivisionError("division by zero")]
        waiting = await lose_the_worker(staff, line)
        await until(lambda: "ZeroDivisionError" in caplog.text)
        waiting.cancel()


async def test_while_one_worker_dreams_nobody_is_told_that_others_cannot_be_started(caplog):
    line, made = SlotQueue(), Made()
    async with at_work(line, made, room=lambda: 2):
        await line.take()
        made.refusal = NO_WEIGHTS
        waiting = asyncio.create_task(line.take())
        await until(lambda: "no weights file" in caplog.text)
        await several_rounds()
        assert not waiting.done()
        waiting.cancel()


class TestTheStartOfThePool:
    async def test_has_a_worker_that_was_killed_started_again(self, caplog):
        made = Made()
        made.refusals = [KILLED] * 2
        async with at_work(SlotQueue(), made) as staff:
            assert staff.workers == (made.workers[2],)
        assert "next try comes in 0 seconds: The worker was ended by SIGKILL." in caplog.text

    async def test_fails_where_each_of_several_workers_is_killed(self):
        made = Made()
        made.refusal = KILLED
        with pytest.raises(WorkerLostError, match="SIGKILL"):
            async with at_work(SlotQueue(), made):
                pass
        assert len(made.workers) == 3

    async def test_fails_at_once_where_only_the_operator_can_help(self):
        made = Made()
        made.refusal = NO_WEIGHTS
        with pytest.raises(WeightsNotFoundError):
            async with at_work(SlotQueue(), made):
                pass
        assert len(made.workers) == 1


async def test_after_one_could_not_be_started_the_next_try_comes_later(caplog):
    line, made = SlotQueue(), Made()
    async with at_work(line, made) as staff:
        await line.take()
        made.refusal = NoWorkerError("The cluster is full.")
        waiting = asyncio.create_task(line.take())
        await until(lambda: "The cluster is full." in caplog.text)
        await several_rounds()
        assert len(made.workers) == 2
        assert not waiting.done()
        assert staff.capacity == 3
        waiting.cancel()


async def test_closing_leaves_no_worker_whatever_it_was_at():
    line, made = SlotQueue(), Made()
    async with at_work(line, made, fewest=2, idle=0.01):
        await line.take()
        await line.take()
        made.may_start.clear()
        waiting = asyncio.create_task(line.take())
        await until(lambda: len(made.workers) == 3)
        waiting.cancel()
    assert not any(worker.alive for worker in made.workers)


EXCESSIVE = MemoryUse(resident=200 * 10**6, bound=100 * 10**6)


class TestAWorkerThatHoldsTooMuch:
    async def test_works_on_until_another_is_warm_and_takes_its_place(self, caplog):
        caplog.set_level("INFO")
        line, made = SlotQueue(), Made()
        async with at_work(line, made, most=1) as staff:
            place = await line.take()
            made.may_start.clear()
            made.workers[0].memory = EXCESSIVE
            await staff.renew(place)
            assert await line.take() == place  # nobody waits for the other to be warm
            assert staff.at(place) is made.workers[0]
            await until(lambda: len(made.workers) == 2)
            assert staff.capacity == len(staff.workers) == 1
            made.may_start.set()
            await several_rounds()
            assert staff.at(place) is made.workers[0]  # which is at a dream
            await staff.renew(place)
            assert staff.at(place) is made.workers[1]
            await until(lambda: not made.workers[0].alive)
            assert await line.take() == place
            assert (staff.replacements, staff.restarts) == (1, 0)
        assert len(made.workers) == 2
        assert "holds 200 MB between dreams, and may hold 100" in caplog.text

    async def test_is_replaced_though_nobody_dreams(self):
        line, made = SlotQueue(), Made()
        async with at_work(line, made) as staff:
            made.workers[0].memory = EXCESSIVE
            await staff.renew(await line.take())
            await until(lambda: not made.workers[0].alive)
            assert staff.workers == (made.workers[1],)
            assert await line.take() == 0

    async def test_has_one_successor_however_many_dreams_it_still_has(self):
        line, made = SlotQueue(), Made()
        async with at_work(line, made) as staff:
            made.may_start.clear()
            made.workers[0].memory = EXCESSIVE
            for _ in range(3):
                await staff.renew(await line.take())
            await several_rounds()
            assert len(made.workers) == 2

    async def test_writes_its_last_file_before_it_ends(self):
        line, made = SlotQueue(), Made()
        async with at_work(line, made) as staff:
            place = await line.take()
            mailbox = made.workers[0].open_mailbox()
            mailbox.put_freed()
            made.workers[0].memory = EXCESSIVE
            await staff.renew(place)
            await until(lambda: staff.replacements == 1)
            await several_rounds()
            assert made.workers[0].alive
            mailbox.put_end(ExecutorError("It is done, in some way."))
            await until(lambda: not made.workers[0].alive)

    async def test_ends_first_where_there_is_no_room_for_two(self, caplog):
        caplog.set_level("INFO")
        line, made = SlotQueue(), Made()
        async with at_work(line, made, can_have_two=lambda worker: worker.memory is None) as staff:
            place = await line.take()
            waiting = asyncio.create_task(line.take())
            made.may_start.clear()
            made.workers[0].memory = EXCESSIVE
            await staff.renew(place)
            await until(lambda: len(made.workers) == 2)
            assert not made.workers[0].alive
            assert not waiting.done()
            assert staff.capacity == 3
            made.may_start.set()
            assert await waiting == place
            assert staff.at(place) is made.workers[1]
            assert (staff.replacements, staff.restarts) == (1, 0)
        assert "no room for another beside it" in caplog.text

    async def test_goes_on_where_no_other_can_be_started(self, caplog):
        line, made = SlotQueue(), Made()
        async with at_work(line, made) as staff:
            made.refusal = ExecutorError("There are no weights.")
            made.workers[0].memory = EXCESSIVE
            for _ in range(3):
                await staff.renew(await line.take())
            await until(lambda: "There are no weights." in caplog.text)
            await staff.renew(await line.take())
            await several_rounds()
            assert len(made.workers) == 2  # the next try comes later
            assert staff.workers == (made.workers[0],)
            assert staff.replacements == 0

    async def test_that_dies_meanwhile_is_followed_by_the_one_that_is_warm(self):
        line, made = SlotQueue(), Made()
        async with at_work(line, made, most=1) as staff:
            place = await line.take()
            made.workers[0].memory = EXCESSIVE
            await staff.renew(place)
            place = await line.take()
            await until(lambda: len(made.workers) == 2 and made.workers[1].alive)
            await made.workers[0].kill()
            await staff.renew(place)
            assert staff.at(place) is made.workers[1]
            assert await line.take() == place
            await several_rounds()
            assert len(made.workers) == 2

    async def test_that_dies_before_another_is_warm_leaves_none_too_many(self):
        line, made = SlotQueue(), Made()
        async with at_work(line, made, most=1) as staff:
            place = await line.take()
            made.may_start.clear()
            made.workers[0].memory = EXCESSIVE
            await staff.renew(place)
            place = await line.take()
            await until(lambda: len(made.workers) == 2)
            await made.workers[0].kill()
            await staff.renew(place)
            made.may_start.set()
            await until(lambda: bool(staff.workers))
            await several_rounds()
            assert [worker.alive for worker in made.workers].count(True) == 1

    async def test_leaves_no_successor_behind_when_all_is_closed(self):
        line, made = SlotQueue(), Made()
        async with at_work(line, made) as staff:
            place = await line.take()
            made.workers[0].memory = EXCESSIVE
            await staff.renew(place)
            await line.take()
            await until(lambda: len(made.workers) == 2 and made.workers[1].alive)
        assert not any(worker.alive for worker in made.workers)

    async def test_is_one_that_holds_more_than_it_may(self):
        line, made = SlotQueue(), Made()
        async with at_work(line, made) as staff:
            made.workers[0].memory = MemoryUse(resident=100, bound=100)
            await staff.renew(await line.take())
            await several_rounds()
            assert len(made.workers) == 1
