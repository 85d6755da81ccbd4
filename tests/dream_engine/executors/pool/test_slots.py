import asyncio

import pytest

from dream_engine.executors.pool.slots import SlotQueue


async def arrive(line: SlotQueue, came: list[str], name: str, **how) -> asyncio.Task[None]:
    async def wait() -> None:
        await line.take(**how)
        came.append(name)

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)  # it stands in line now
    return task


async def test_places_go_to_those_who_wait_in_order_and_no_newcomer_is_quicker():
    line, came = SlotQueue(), []
    waiting = [await arrive(line, came, name) for name in "AB"]
    line.give(0)
    line.give(1)
    newcomer = await arrive(line, came, "C")
    assert came == ["A", "B"]
    line.give(2)
    await asyncio.gather(*waiting, newcomer)
    assert came == ["A", "B", "C"]


async def test_who_comes_a_second_time_is_the_first_to_be_served():
    line, came = SlotQueue(), []
    waiting = [await arrive(line, came, "A")]
    waiting += [await arrive(line, came, name, again=True) for name in ("again", "too")]
    for place in range(3):
        line.give(place)
    await asyncio.gather(*waiting)
    assert came == ["again", "too", "A"]


async def test_a_place_given_to_one_who_leaves_that_moment_goes_to_the_next():
    line, came = SlotQueue(), []
    leaving, staying = await arrive(line, came, "A"), await arrive(line, came, "B")
    line.give(7)
    leaving.cancel()
    await asyncio.wait_for(staying, 1)
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert came == ["B"]


async def test_all_who_wait_can_be_sent_away_with_a_reason():
    line, came = SlotQueue(), []
    waiting = await arrive(line, came, "A")
    line.send_away(ValueError("closed"))
    with pytest.raises(ValueError, match="closed"):
        await waiting
