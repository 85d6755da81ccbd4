import asyncio
import contextvars

import pytest

from bot.background import Background, result_of
from bot.errors import NoLongerKeptRefusal
from dream_engine.errors import DamagedPictureError

WHERE = contextvars.ContextVar("where", default="nowhere")


async def test_a_task_returns_the_result_of_its_coroutine():
    async def work():
        return 7

    assert await Background().start(work(), "some work") == 7


async def test_an_error_is_logged_with_the_tasks_name(caplog):
    async def work():
        raise KeyError("oops")

    with pytest.raises(KeyError):
        await Background().start(work(), "some work")
    assert "Task 'some work' failed." in caplog.text
    assert "KeyError: 'oops'" in caplog.text


@pytest.mark.parametrize("refusal", [NoLongerKeptRefusal(), DamagedPictureError()])
async def test_a_refusal_is_not_logged_as_an_error(caplog, refusal):
    async def work():
        raise refusal

    caplog.set_level("INFO")
    with pytest.raises(type(refusal)):
        await Background().start(work(), "some work")
    assert [(record.levelname, record.message) for record in caplog.records] == [
        ("INFO", f"Task 'some work' was refused: {type(refusal).__name__}")
    ]


async def test_a_task_uses_the_given_context_and_not_its_callers():
    async def work():
        return WHERE.get()

    WHERE.set("inside")
    context = contextvars.copy_context()
    WHERE.set("elsewhere")
    background = Background(context)
    assert await background.start(work(), "some work") == "inside"
    assert await Background().start(work(), "some work") == "elsewhere"


async def test_a_task_can_start_another_task():
    background = Background()

    async def inner():
        return 3

    async def outer():
        return await background.start(inner(), "inner")

    assert await background.start(outer(), "outer") == 3


async def test_stopping_cancels_all_tasks_and_waits_until_they_end():
    background, ended = Background(), []

    async def work():
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append(True)

    tasks = [background.start(work(), "some work") for _ in range(3)]
    await asyncio.sleep(0)
    await background.stop()
    assert ended == [True] * 3
    assert all(task.cancelled() for task in tasks)
    await background.stop()


async def endless():
    await asyncio.Event().wait()


async def test_a_task_that_is_cancelled_alone_raises_the_given_error():
    task = asyncio.create_task(endless())
    waiting = asyncio.create_task(result_of(task, on_cancel=NoLongerKeptRefusal))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(NoLongerKeptRefusal):
        await waiting


async def test_a_caller_that_is_cancelled_stays_cancelled_and_cancels_the_task():
    task = asyncio.create_task(endless())
    waiting = asyncio.create_task(result_of(task, on_cancel=NoLongerKeptRefusal))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert task.cancelled()


async def test_other_ends_of_a_task_reach_the_caller():
    async def work(error=None):
        if error is not None:
            raise error
        return 7

    assert await result_of(asyncio.create_task(work()), on_cancel=NoLongerKeptRefusal) == 7
    with pytest.raises(KeyError):
        await result_of(asyncio.create_task(work(KeyError())), on_cancel=NoLongerKeptRefusal)
