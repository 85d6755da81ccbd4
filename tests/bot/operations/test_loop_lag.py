import asyncio
import time

import pytest

from bot.operations.loop_lag import LagWatch


@pytest.fixture
async def watch():
    watch = LagWatch()
    task = asyncio.create_task(watch.run())
    await asyncio.sleep(0)
    yield watch
    task.cancel()


async def test_who_blocks_the_loop_is_noticed(watch, caplog):
    time.sleep(0.2)  # noqa: ASYNC251 - that is what must not happen
    async with asyncio.timeout(20):
        while not watch.worst:  # noqa: ASYNC110 - it sets no event
            await asyncio.sleep(0)
    assert watch.worst > 0.1
    assert "The event loop kept its tasks waiting for" in caplog.text


async def test_before_anything_happened_nothing_was_slow(watch):
    assert watch.worst == 0.0
