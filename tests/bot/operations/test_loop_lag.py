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


async def test_a_blocked_event_loop_is_logged(watch, caplog):
    time.sleep(0.2)  # noqa: ASYNC251 - that is what must not happen
    async with asyncio.timeout(20):
        while not watch.worst:  # noqa: ASYNC110 - it sets no event
            await asyncio.sleep(0)
    assert watch.worst > 0.1
    assert "The event loop kept its tasks waiting for" in caplog.text


async def test_the_worst_delay_is_zero_at_first(watch):
    assert watch.worst == 0.0
