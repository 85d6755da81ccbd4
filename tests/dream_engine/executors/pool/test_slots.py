import asyncio

import pytest

from dream_engine.executors.pool.slots import SlotQueue


async def arrive(slots: SlotQueue, came: list[str], name: str, **how) -> asyncio.Task[None]:
    async def wait() -> None:
        await slots.acquire(**how)
        came.append(name)

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)  # it waits now
    return task


async def test_slots_are_assigned_in_order_and_a_newcomer_waits_its_turn():
    slots, came = SlotQueue(), []
    waiting = [await arrive(slots, came, name) for name in "AB"]
    slots.release(0)
    slots.release(1)
    newcomer = await arrive(slots, came, "C")
    assert came == ["A", "B"]
    slots.release(2)
    await asyncio.gather(*waiting, newcomer)
    assert came == ["A", "B", "C"]


async def test_retries_are_served_first():
    slots, came = SlotQueue(), []
    waiting = [await arrive(slots, came, "A")]
    waiting += [await arrive(slots, came, name, retry=True) for name in ("again", "too")]
    for slot in range(3):
        slots.release(slot)
    await asyncio.gather(*waiting)
    assert came == ["again", "too", "A"]


async def test_a_slot_assigned_to_a_cancelled_waiter_goes_to_the_next():
    slots, came = SlotQueue(), []
    leaving, staying = await arrive(slots, came, "A"), await arrive(slots, came, "B")
    slots.release(7)
    leaving.cancel()
    await asyncio.wait_for(staying, 1)
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert came == ["B"]


async def test_an_error_can_be_raised_in_every_waiter():
    slots, came = SlotQueue(), []
    waiting = await arrive(slots, came, "A")
    slots.fail_all(ValueError("closed"))
    with pytest.raises(ValueError, match="closed"):
        await waiting


async def test_the_most_recently_released_slot_is_acquired_first():
    slots = SlotQueue()
    for slot in (0, 1, 2):
        slots.release(slot)
    assert [await slots.acquire() for _ in range(3)] == [2, 1, 0]


async def test_the_length_counts_only_current_waiters():
    slots, came = SlotQueue(), []
    waiting = [await arrive(slots, came, name, retry=name == "B") for name in "ABC"]
    assert slots.length == 3
    waiting[0].cancel()
    await asyncio.wait(waiting[:1])
    assert slots.length == 2
    for slot in range(2):
        slots.release(slot)
    await asyncio.gather(*waiting[1:])
    assert slots.length == 0


async def test_the_slot_that_has_been_free_longest_is_withdrawn_first():
    slots, seconds = SlotQueue(), []

    def matches(slot: int, free: float) -> bool:
        seconds.append(free)
        return slot > 0

    for slot in range(3):
        slots.release(slot)
    assert [slots.withdraw(matches) for _ in range(3)] == [1, 2, None]
    assert all(0 <= free < 10 for free in seconds)
    assert await slots.acquire() == 0


async def test_a_waiter_that_is_cancelled_before_it_gets_a_slot_takes_none():
    slots, came = SlotQueue(), []
    leaving = await arrive(slots, came, "A")
    leaving.cancel()
    await asyncio.wait([leaving])
    slots.release(3)
    assert await slots.acquire() == 3


async def test_a_waiter_that_is_cancelled_just_after_an_error_takes_no_slot():
    slots, came = SlotQueue(), []
    leaving = await arrive(slots, came, "A")
    slots.fail_all(ValueError("closed"))
    leaving.cancel()
    await asyncio.wait([leaving])
    assert leaving.cancelled()
    assert slots.withdraw(lambda *_: True) is None
