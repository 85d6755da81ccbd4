"""The behaviour that all executors share: tests for their modules to inherit."""

import asyncio
import logging
import os
import signal
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextvars import ContextVar

import numpy as np
import pytest

from dream_engine.dreams import Dream, DreamRequest, Progress
from dream_engine.errors import NotAPictureError, TimeLimitError
from dream_engine.executors.base import DreamCrashedError, DreamExecutor, ExecutorError
from dream_engine.images import decode
from dream_engine.settings import DreamSettings
from tests.conftest import png

SETTINGS = DreamSettings(octaves=2, iterations=3, seed=1)
ENDLESS = SETTINGS.replace(iterations=500)


async def dream_of(executor: DreamExecutor, request: DreamRequest) -> Dream:
    async for event in executor.dream(request):
        last = event
    assert isinstance(last, Dream)
    return last


async def until(condition: Callable[[], bool]) -> None:
    """Poll for a change in another process, which cannot set an event here."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def begin(executor: DreamExecutor, source: bytes) -> asyncio.Task[None]:
    """Start an endless dream in a task; returns once its first step is done."""
    begun = asyncio.Event()

    async def run() -> None:
        async for _ in executor.dream(DreamRequest(source, ENDLESS)):
            begun.set()

    task = asyncio.create_task(run())
    waiting = asyncio.create_task(begun.wait())
    await asyncio.wait((task, waiting), return_when=asyncio.FIRST_COMPLETED)
    assert begun.is_set(), task
    return task


class WorkerLossContract(ABC):
    """Tests an executor with one worker that dies. The dreamer may be one that needs no network.

    A module that inherits it has a fixture ``executor``. Each test leaves a warm worker behind.
    """

    @abstractmethod
    def pids(self, executor: DreamExecutor) -> tuple[int, ...]:
        """The process numbers of the workers that are alive; they run on this machine."""

    async def test_a_worker_that_died_idle_costs_no_attempt(self, executor, small_cat):
        await dream_of(executor, DreamRequest(small_cat, SETTINGS))
        (idle,) = self.pids(executor)
        os.kill(idle, signal.SIGKILL)
        await until(lambda: not self.pids(executor))
        killed = set()
        async for event in executor.dream(DreamRequest(small_cat, SETTINGS.replace(iterations=40))):
            if not killed:
                killed.add(*self.pids(executor))
                os.kill(*killed, signal.SIGKILL)
            last = event
        assert isinstance(last, Dream)
        assert idle not in killed

    async def test_a_dream_whose_worker_is_killed_while_encoding_is_retried(self, executor):
        noise = np.random.default_rng(0).integers(0, 256, (1500, 2000, 3), np.uint8)
        killed = set()
        one_step = SETTINGS.replace(octaves=1, iterations=1)
        async for event in executor.dream(DreamRequest(png(noise), one_step)):
            if not killed and isinstance(event, Progress) and event.fraction == 1.0:
                killed.update(self.pids(executor))
                os.kill(*killed, signal.SIGKILL)
            last = event
        assert isinstance(last, Dream)
        assert killed.isdisjoint(self.pids(executor))


class ExecutorContract(ABC):
    """Tests an executor with one worker. Each test leaves a warm worker behind, the same one or another.

    A module that inherits it has a fixture ``executor``.
    """

    @abstractmethod
    def pids(self, executor: DreamExecutor) -> tuple[int, ...]:
        """The process numbers of the workers that are alive; they run on this machine."""

    async def test_progress_is_yielded_and_last_the_dream(self, executor, small_cat):
        events = [
            event async for event in executor.dream(DreamRequest(small_cat, SETTINGS, preview_seconds=0))
        ]
        *reported, dream = events
        assert reported
        assert all(isinstance(event, Progress) for event in reported)
        assert any(event.preview for event in reported)
        assert isinstance(dream, Dream)
        assert decode(dream.image).rgb.shape == (80, 120, 3)

    async def test_closing_the_iterator_stops_the_dream_and_leaves_the_worker_warm(self, executor, small_cat):
        worker = self.pids(executor)
        events = executor.dream(DreamRequest(small_cat, ENDLESS))
        await anext(events)
        await events.aclose()
        await dream_of(executor, DreamRequest(small_cat, SETTINGS))
        assert self.pids(executor) == worker

    async def test_cancelling_the_task_stops_the_dream_and_leaves_the_worker_warm(self, executor, small_cat):
        worker = self.pids(executor)
        task = await begin(executor, small_cat)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await dream_of(executor, DreamRequest(small_cat, SETTINGS))
        assert self.pids(executor) == worker

    async def test_a_killed_worker_costs_its_dream_one_retry(self, executor, small_cat):
        (worker,) = self.pids(executor)
        killed, restarts = False, executor.restarts
        async for event in executor.dream(DreamRequest(small_cat, SETTINGS.replace(iterations=40))):
            if not killed:
                os.kill(worker, signal.SIGKILL)
                killed = True
            last = event
        assert isinstance(last, Dream)
        assert self.pids(executor) != (worker,)
        assert executor.restarts == restarts + 1
        assert executor.ready == 1

    async def test_a_dream_past_its_time_limit_is_stopped_and_the_worker_stays_warm(
        self, executor, small_cat
    ):
        worker = self.pids(executor)
        with pytest.raises(TimeLimitError, match="longer than 1 seconds"):
            await dream_of(executor, DreamRequest(small_cat, ENDLESS, time_limit=1.0))
        await dream_of(executor, DreamRequest(small_cat, SETTINGS))
        assert self.pids(executor) == worker

    async def test_requests_beyond_the_workers_wait_in_order(self, executor, small_cat):
        finished = []

        async def run(name: int) -> None:
            await dream_of(executor, DreamRequest(small_cat, SETTINGS))
            finished.append(name)

        async with asyncio.TaskGroup() as group:
            for name in range(5):
                group.create_task(run(name))
        assert finished == [0, 1, 2, 3, 4]

    async def test_a_reader_who_pauses_does_not_block_the_worker(self, executor, small_cat):
        events = executor.dream(DreamRequest(small_cat, SETTINGS))
        await anext(events)
        await dream_of(executor, DreamRequest(small_cat, SETTINGS))  # while the first is still being read
        *_, dream = [event async for event in events]
        assert isinstance(dream, Dream)

    async def test_the_next_dream_begins_while_the_last_one_is_encoded(self, executor):
        noise = np.random.default_rng(0).integers(0, 256, (1500, 2000, 3), np.uint8)  # slow to compress
        one_step = SETTINGS.replace(octaves=1, iterations=1)
        begun = asyncio.Event()

        async def dream_the_next() -> None:
            async for _ in executor.dream(DreamRequest(png(noise[:64, :64]), one_step)):
                begun.set()

        async with asyncio.TaskGroup() as group:
            events = executor.dream(DreamRequest(png(noise), one_step))
            while (await anext(events)).fraction < 1.0:
                pass
            group.create_task(dream_the_next())
            *_, last = [event async for event in events]
            assert isinstance(last, Dream)
            assert begun.is_set()

    async def test_a_reader_who_leaves_during_the_encoding_leaves_the_worker_warm(self, executor, small_cat):
        worker = self.pids(executor)
        noise = np.random.default_rng(0).integers(0, 256, (900, 1200, 3), np.uint8)
        events = executor.dream(DreamRequest(png(noise), SETTINGS.replace(octaves=1, iterations=1)))
        while (await anext(events)).fraction < 1.0:
            pass
        await events.aclose()
        await dream_of(executor, DreamRequest(small_cat, SETTINGS))
        assert self.pids(executor) == worker

    async def test_a_request_that_cannot_be_sent_is_an_error_and_costs_no_worker(self, executor, small_cat):
        worker = self.pids(executor)
        with pytest.raises(ExecutorError, match="cannot be sent"):
            await dream_of(executor, DreamRequest(threading.Lock(), SETTINGS))  # type: ignore[arg-type]
        await dream_of(executor, DreamRequest(small_cat, SETTINGS))
        assert self.pids(executor) == worker

    async def test_a_second_start_is_an_error(self, executor):
        with pytest.raises(ExecutorError, match="started already"):
            await executor.start()

    async def test_an_error_that_a_person_can_fix_arrives_as_it_was_raised(self, executor):
        with pytest.raises(NotAPictureError, match="a text file") as refusal:
            await dream_of(executor, DreamRequest(b"Dear bot", SETTINGS))
        assert refusal.value.details["looks_like"] == "a text file"

    async def test_a_bug_arrives_with_the_workers_traceback(self, executor, small_cat):
        # There is no such format, so the worker crashes.
        request = DreamRequest(small_cat, SETTINGS, file_format="gif")  # type: ignore[arg-type]
        with pytest.raises(DreamCrashedError, match="KeyError: 'gif'") as crash:
            await dream_of(executor, request)
        assert "in check_encodable" in "".join(crash.value.__notes__)

    async def test_a_workers_log_lines_are_logged_in_the_context_of_their_dream(
        self, executor, small_cat, caplog
    ):
        whose: ContextVar[str] = ContextVar("whose", default="nobody's")
        seen = []

        class Noting(logging.Filter):
            def filter(self, record: logging.LogRecord) -> bool:
                seen.append((record.getMessage(), whose.get()))
                return True

        caplog.set_level(logging.INFO)
        caplog.handler.addFilter(noting := Noting())
        try:
            whose.set("mine")
            async for _ in executor.dream(DreamRequest(small_cat, SETTINGS)):
                pass
        finally:
            caplog.handler.removeFilter(noting)
        logged = [(text.split()[0], owner) for text, owner in seen if text.startswith("Dream")]
        assert logged == [("Dreaming:", "mine"), ("Dreamed", "mine")]
