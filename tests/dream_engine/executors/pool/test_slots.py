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


async def test_an_error_can_be_raised_in_all_who_wait():
    slots, came = SlotQueue(), []
    waiting = await arrive(slots, came, "A")
    slots.fail_all(ValueError("closed"))
    with pytest.raises(ValueError, match="closed"):
        await waiting
