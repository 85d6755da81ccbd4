"""The scaler of a pool, with workers that need no process and no network."""

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
    """A worker that is warm as soon as the test lets it start, and does nothing."""

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
    """The workers made so far, and whether the next ones can be started."""

    def __init__(self) -> None:
        self.workers: list[Idler] = []
        self.may_start = asyncio.Event()
        self.may_start.set()
        self.refusal: Exception | None = None
        self.starting = 0
        self.refusals: list[Exception] = []  # of the next starts; the ones after them succeed

    def make(self, slot: int) -> Idler:
        self.workers.append(Idler(self))
        return self.workers[-1]


@asynccontextmanager
async def at_work(
    slots: SlotQueue,
    made: Made,
    *,
    min_workers: int = 1,
    max_workers: int | None = None,
    total_slots: Callable[[], int] = lambda: 3,
    workers_at_start: int | None = None,
    idle: float = 60,
    can_overlap: Callable[[Worker], bool] = lambda _: True,
):
    scaler = WorkerScaler(
        slots,
        made.make,
        min_workers=min_workers,
        max_workers=max_workers,
        total_slots=total_slots,
        workers_at_start=min_workers if workers_at_start is None else workers_at_start,
        idle_seconds=idle,
        start_seconds=9,
        can_overlap=can_overlap,
    )
    try:
        await scaler.start()
        yield scaler
    finally:
        await scaler.close()


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


async def test_a_worker_is_started_for_each_waiting_dream_as_long_as_there_are_slots():
    slots, made = SlotQueue(), Made()
    async with at_work(slots, made) as scaler:
        assert len(scaler.workers) == 1
        waiting = [asyncio.create_task(slots.acquire()) for _ in range(5)]
        await until(lambda: len(scaler.workers) == 3)
        await several_rounds()
        assert len(made.workers) == 3
        assert {task.result() for task in waiting if task.done()} == {0, 1, 2}


async def test_no_more_workers_are_started_than_the_maximum():
    slots, made = SlotQueue(), Made()
    async with at_work(slots, made, max_workers=2, total_slots=lambda: 9):
        waiting = [asyncio.create_task(slots.acquire()) for _ in range(4)]
        await until(lambda: len(made.workers) > 1)
        await several_rounds()
        assert len(made.workers) == 2
        for task in waiting:
            task.cancel()


async def test_no_second_worker_is_started_for_a_dream_whose_worker_warms_up():
    slots, made = SlotQueue(), Made()
    async with at_work(slots, made) as scaler:
        await slots.acquire()
        made.may_start.clear()
        waiting = asyncio.create_task(slots.acquire())
        await until(lambda: len(made.workers) > 1)
        await several_rounds()
        assert len(made.workers) == 2
        made.may_start.set()
        assert await waiting == 1
        assert len(scaler.workers) == 2


async def test_idle_workers_are_removed_down_to_the_minimum():
    slots, made = SlotQueue(), Made()
    async with at_work(slots, made, min_workers=2, idle=0.02) as scaler:
        taken = [await slots.acquire() for _ in range(3)]
        assert len(scaler.workers) == 3
        for slot in taken:
            slots.release(slot)
        await until(lambda: len(scaler.workers) == 2)
        await several_rounds()
        assert [worker.alive for worker in made.workers].count(True) == 2


@pytest.mark.parametrize("what", ["wait_for_files", "close"])
async def test_a_removed_worker_that_does_not_end_by_itself_is_killed(what, monkeypatch):
    async def fails(*_):
        raise WorkerLostError("The worker does not answer.")

    async def nothing(*_):
        pass

    slots, made = SlotQueue(), Made()
    async with at_work(slots, made, idle=0.01):
        taken = [await slots.acquire(), await slots.acquire()]
        monkeypatch.setattr(Idler, "close", nothing)
        monkeypatch.setattr(Idler, what, fails)
        for slot in taken:
            slots.release(slot)
        await until(lambda: [worker.alive for worker in made.workers].count(True) == 1)
        monkeypatch.undo()


async def test_the_worker_that_dreamed_last_dreams_next_so_that_the_others_stay_idle():
    slots, made = SlotQueue(), Made()
    async with at_work(slots, made) as scaler:
        first, second = await slots.acquire(), await slots.acquire()
        slots.release(second)
        slots.release(first)
        assert await slots.acquire() == first
        assert scaler.worker_in(first).alive


async def test_capacity_is_the_number_of_slots():
    slots, total = SlotQueue(), 3
    async with at_work(slots, Made(), total_slots=lambda: total) as scaler:
        assert scaler.capacity == 3
        total = 8
        assert scaler.capacity == 8
        total = 0  # the running workers remain
        assert scaler.capacity == 1


async def test_a_pool_that_can_grow_accepts_twice_as_many_dreams_as_workers():
    async with at_work(SlotQueue(), Made(), min_workers=3, max_workers=10, total_slots=lambda: 3) as scaler:
        assert scaler.capacity == 6
    async with at_work(SlotQueue(), Made(), min_workers=3, max_workers=5, total_slots=lambda: 3) as scaler:
        assert scaler.capacity == 5


async def test_workers_that_wait_for_a_slot_do_not_raise_the_capacity():
    slots, made = SlotQueue(), Made()
    async with at_work(slots, made, max_workers=10, total_slots=lambda: 1) as scaler:
        made.may_start.clear()
        await slots.acquire()
        waiting = [asyncio.create_task(slots.acquire()) for _ in range(scaler.capacity - 1)]
        await several_rounds()
        assert len(made.workers) == scaler.capacity == 2
        for task in waiting:
            task.cancel()


async def test_a_pool_of_fixed_size_has_that_capacity_even_when_a_worker_is_lost():
    slots, made = SlotQueue(), Made()
    async with at_work(slots, made, min_workers=2, max_workers=2, total_slots=lambda: 2) as scaler:
        assert scaler.capacity == 2
        made.may_start.clear()
        await made.workers[0].kill()
        await until(lambda: len(made.workers) == 3)
        assert scaler.capacity == 2


async def test_a_worker_that_dies_idle_is_replaced_even_if_no_dream_waits():
    slots, made = SlotQueue(), Made()
    async with at_work(slots, made) as scaler:
        await made.workers[0].kill()
        await until(lambda: bool(scaler.workers))
        assert scaler.restarts == 1
        assert await slots.acquire() == 0


async def test_a_worker_beyond_the_minimum_is_replaced_only_when_a_dream_waits():
    slots, made = SlotQueue(), Made()
    async with at_work(slots, made) as scaler:
        taken = [await slots.acquire() for _ in range(2)]
        await made.workers[1].kill()
        await scaler.release(taken[1])
        await several_rounds()
        assert len(made.workers) == 2
        assert await slots.acquire(retry=True) == 1
        assert len(made.workers) == 3


async def test_the_pool_is_started_once_the_first_workers_are_warm_and_the_others_follow():
    made = Made()
    async with at_work(SlotQueue(), made, min_workers=3, workers_at_start=1) as scaler:
        assert len(made.workers) == 1
        await until(lambda: len(scaler.workers) == 3)


async def test_lost_workers_are_replaced_up_to_the_minimum_even_if_no_dream_waits():
    slots, made = SlotQueue(), Made()
    async with at_work(slots, made, min_workers=2) as scaler:
        taken = [await slots.acquire() for _ in range(3)]
        made.refusal = NoWorkerError("The cluster is full.")
        for slot in taken:
            await scaler.worker_in(slot).kill()
            await scaler.release(slot)
        await several_rounds()
        assert not scaler.workers
        made.refusal = None
        await until(lambda: len(scaler.workers) == 2)


async def test_dreams_keep_waiting_while_the_cluster_is_full(monkeypatch):
    slots, made = SlotQueue(), Made()
    async with at_work(slots, made) as scaler:
        slot = await slots.acquire()
        waiting = asyncio.create_task(slots.acquire())
        made.refusal = NoWorkerError("The cluster is full.")
        await made.workers[0].kill()
        renewing = asyncio.create_task(scaler.release(slot))
        await several_rounds()
        assert not waiting.done()
        made.refusal = None
        assert await waiting == 0
        await renewing


async def lose_the_worker(scaler: WorkerScaler, slots: SlotQueue) -> "asyncio.Task[int]":
    """Kill the only worker; returns a task that waits for the next one."""
    slot = await slots.acquire()
    waiting = asyncio.create_task(slots.acquire())
    await scaler.worker_in(slot).kill()
    await scaler.release(slot)
    return waiting


async def test_dreams_keep_waiting_while_starting_workers_are_killed(short_pauses, caplog):
    slots, made = SlotQueue(), Made()
    async with at_work(slots, made, total_slots=lambda: 1) as scaler:
        made.refusals = [KILLED] * 4
        waiting = await lose_the_worker(scaler, slots)
        assert await waiting == 0
        assert len(made.workers) == 6
        assert scaler.workers == (made.workers[-1],)
    assert "next attempt in 0 seconds: The worker was ended by SIGKILL." in caplog.text
    assert "Traceback" not in caplog.text


async def test_after_five_killed_starts_waiting_dreams_fail_and_starts_continue(short_pauses):
    slots, made = SlotQueue(), Made()
    async with at_work(slots, made, total_slots=lambda: 1) as scaler:
        made.refusals = [KILLED] * 5
        waiting = await lose_the_worker(scaler, slots)
        with pytest.raises(ExecutorError, match=r"started: The worker was ended by SIGKILL\."):
            await waiting
        assert len(made.workers) == 6
        assert await slots.acquire() == 0


async def test_a_successful_start_resets_the_count_of_failures(short_pauses):
    slots, made = SlotQueue(), Made()
    async with at_work(slots, made, total_slots=lambda: 1) as scaler:
        for _ in range(2):
            made.refusals = [KILLED] * 3
            waiting = await lose_the_worker(scaler, slots)
            assert await waiting == 0
            slots.release(0)


async def test_workers_that_are_killed_together_while_starting_count_once(short_pauses):
    slots, made = SlotQueue(), Made()
    async with at_work(slots, made, min_workers=6, total_slots=lambda: 6) as scaler:
        taken = [await slots.acquire() for _ in range(6)]
        made.may_start.clear()
        made.refusals = [KILLED] * 6
        waiting = asyncio.create_task(slots.acquire())
        for slot in taken:
            await scaler.worker_in(slot).kill()
            await scaler.release(slot)
        await until(lambda: made.starting == 6)
        made.may_start.set()
        await waiting


async def test_waiting_dreams_fail_at_once_if_only_the_operator_can_help(caplog):
    slots, made = SlotQueue(), Made()
    async with at_work(slots, made, total_slots=lambda: 1) as scaler:
        made.refusal = NO_WEIGHTS
        waiting = await lose_the_worker(scaler, slots)
        with pytest.raises(ExecutorError, match=r"No worker could be started: There is no weights"):
            await waiting
        assert len(made.workers) == 2
    assert "Traceback" not in caplog.text


async def test_an_unexpected_error_is_logged_with_its_traceback(caplog):
    slots, made = SlotQueue(), Made()
    async with at_work(slots, made, total_slots=lambda: 1) as scaler:
        made.refusals = [ZeroDivisionError("division by zero")]
        waiting = await lose_the_worker(scaler, slots)
        await until(lambda: "ZeroDivisionError" in caplog.text)
        waiting.cancel()


async def test_waiting_dreams_do_not_fail_while_another_worker_dreams(caplog):
    slots, made = SlotQueue(), Made()
    async with at_work(slots, made, total_slots=lambda: 2):
        await slots.acquire()
        made.refusal = NO_WEIGHTS
        waiting = asyncio.create_task(slots.acquire())
        await until(lambda: "no weights file" in caplog.text)
        await several_rounds()
        assert not waiting.done()
        waiting.cancel()


class TestTheStartOfThePool:
    async def test_retries_a_worker_that_was_killed(self, caplog):
        made = Made()
        made.refusals = [KILLED] * 2
        async with at_work(SlotQueue(), made) as scaler:
            assert scaler.workers == (made.workers[2],)
        assert "next attempt in 0 seconds: The worker was ended by SIGKILL." in caplog.text

    async def test_fails_after_three_workers_were_killed(self):
        made = Made()
        made.refusal = KILLED
        with pytest.raises(WorkerLostError, match="SIGKILL"):
            async with at_work(SlotQueue(), made):
                pass
        assert len(made.workers) == 3

    async def test_fails_at_once_if_only_the_operator_can_help(self):
        made = Made()
        made.refusal = NO_WEIGHTS
        with pytest.raises(WeightsNotFoundError):
            async with at_work(SlotQueue(), made):
                pass
        assert len(made.workers) == 1


async def test_after_a_failed_start_the_next_attempt_waits(caplog):
    slots, made = SlotQueue(), Made()
    async with at_work(slots, made) as scaler:
        await slots.acquire()
        made.refusal = NoWorkerError("The cluster is full.")
        waiting = asyncio.create_task(slots.acquire())
        await until(lambda: "The cluster is full." in caplog.text)
        await several_rounds()
        assert len(made.workers) == 2
        assert not waiting.done()
        assert scaler.capacity == 3
        waiting.cancel()


async def test_closing_ends_idle_busy_and_starting_workers():
    slots, made = SlotQueue(), Made()
    async with at_work(slots, made, min_workers=2, idle=0.01):
        await slots.acquire()
        await slots.acquire()
        made.may_start.clear()
        waiting = asyncio.create_task(slots.acquire())
        await until(lambda: len(made.workers) == 3)
        waiting.cancel()
    assert not any(worker.alive for worker in made.workers)


EXCESSIVE = MemoryUse(resident=200 * 10**6, bound=100 * 10**6)


class TestAWorkerThatHoldsTooMuch:
    async def test_keeps_dreaming_until_its_successor_is_warm_and_takes_over(self, caplog):
        caplog.set_level("INFO")
        slots, made = SlotQueue(), Made()
        async with at_work(slots, made, max_workers=1) as scaler:
            slot = await slots.acquire()
            made.may_start.clear()
            made.workers[0].memory = EXCESSIVE
            await scaler.release(slot)
            assert await slots.acquire() == slot  # no dream waits for the successor
            assert scaler.worker_in(slot) is made.workers[0]
            await until(lambda: len(made.workers) == 2)
            assert scaler.capacity == len(scaler.workers) == 1
            made.may_start.set()
            await several_rounds()
            assert scaler.worker_in(slot) is made.workers[0]  # it still dreams
            await scaler.release(slot)
            assert scaler.worker_in(slot) is made.workers[1]
            await until(lambda: not made.workers[0].alive)
            assert await slots.acquire() == slot
            assert (scaler.replacements, scaler.restarts) == (1, 0)
        assert len(made.workers) == 2
        assert "holds 200 MB between dreams, and may hold 100" in caplog.text

    async def test_is_replaced_while_idle(self):
        slots, made = SlotQueue(), Made()
        async with at_work(slots, made) as scaler:
            made.workers[0].memory = EXCESSIVE
            await scaler.release(await slots.acquire())
            await until(lambda: not made.workers[0].alive)
            assert scaler.workers == (made.workers[1],)
            assert await slots.acquire() == 0

    async def test_has_one_successor_however_many_dreams_it_still_runs(self):
        slots, made = SlotQueue(), Made()
        async with at_work(slots, made) as scaler:
            made.may_start.clear()
            made.workers[0].memory = EXCESSIVE
            for _ in range(3):
                await scaler.release(await slots.acquire())
            await several_rounds()
            assert len(made.workers) == 2

    async def test_encodes_its_last_file_before_it_ends(self):
        slots, made = SlotQueue(), Made()
        async with at_work(slots, made) as scaler:
            slot = await slots.acquire()
            mailbox = made.workers[0].open_mailbox()
            mailbox.put_freed()
            made.workers[0].memory = EXCESSIVE
            await scaler.release(slot)
            await until(lambda: scaler.replacements == 1)
            await several_rounds()
            assert made.workers[0].alive
            mailbox.put_end(ExecutorError("It is done, in some way."))
            await until(lambda: not made.workers[0].alive)

    async def test_ends_first_if_there_is_no_memory_for_two(self, caplog):
        caplog.set_level("INFO")
        slots, made = SlotQueue(), Made()
        async with at_work(slots, made, can_overlap=lambda worker: worker.memory is None) as scaler:
            slot = await slots.acquire()
            waiting = asyncio.create_task(slots.acquire())
            made.may_start.clear()
            made.workers[0].memory = EXCESSIVE
            await scaler.release(slot)
            await until(lambda: len(made.workers) == 2)
            assert not made.workers[0].alive
            assert not waiting.done()
            assert scaler.capacity == 3
            made.may_start.set()
            assert await waiting == slot
            assert scaler.worker_in(slot) is made.workers[1]
            assert (scaler.replacements, scaler.restarts) == (1, 0)
        assert "no memory for another one beside it" in caplog.text

    async def test_keeps_dreaming_if_its_successor_cannot_be_started(self, caplog):
        slots, made = SlotQueue(), Made()
        async with at_work(slots, made) as scaler:
            made.refusal = ExecutorError("There are no weights.")
            made.workers[0].memory = EXCESSIVE
            for _ in range(3):
                await scaler.release(await slots.acquire())
            await until(lambda: "There are no weights." in caplog.text)
            await scaler.release(await slots.acquire())
            await several_rounds()
            assert len(made.workers) == 2  # the next attempt waits
            assert scaler.workers == (made.workers[0],)
            assert scaler.replacements == 0

    async def test_that_dies_is_followed_by_its_warm_successor(self):
        slots, made = SlotQueue(), Made()
        async with at_work(slots, made, max_workers=1) as scaler:
            slot = await slots.acquire()
            made.workers[0].memory = EXCESSIVE
            await scaler.release(slot)
            slot = await slots.acquire()
            await until(lambda: len(made.workers) == 2 and made.workers[1].alive)
            await made.workers[0].kill()
            await scaler.release(slot)
            assert scaler.worker_in(slot) is made.workers[1]
            assert await slots.acquire() == slot
            await several_rounds()
            assert len(made.workers) == 2

    async def test_that_dies_before_its_successor_is_warm_is_replaced_once(self):
        slots, made = SlotQueue(), Made()
        async with at_work(slots, made, max_workers=1) as scaler:
            slot = await slots.acquire()
            made.may_start.clear()
            made.workers[0].memory = EXCESSIVE
            await scaler.release(slot)
            slot = await slots.acquire()
            await until(lambda: len(made.workers) == 2)
            await made.workers[0].kill()
            await scaler.release(slot)
            made.may_start.set()
            await until(lambda: bool(scaler.workers))
            await several_rounds()
            assert [worker.alive for worker in made.workers].count(True) == 1

    async def test_leaves_no_successor_when_the_pool_is_closed(self):
        slots, made = SlotQueue(), Made()
        async with at_work(slots, made) as scaler:
            slot = await slots.acquire()
            made.workers[0].memory = EXCESSIVE
            await scaler.release(slot)
            await slots.acquire()
            await until(lambda: len(made.workers) == 2 and made.workers[1].alive)
        assert not any(worker.alive for worker in made.workers)

    async def test_holds_more_than_its_bound_and_not_just_as_much(self):
        slots, made = SlotQueue(), Made()
        async with at_work(slots, made) as scaler:
            made.workers[0].memory = MemoryUse(resident=100, bound=100)
            await scaler.release(await slots.acquire())
            await several_rounds()
            assert len(made.workers) == 1
