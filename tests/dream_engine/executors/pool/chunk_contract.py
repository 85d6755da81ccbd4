"""How all executors run chunks of motions: tests for their modules to inherit."""

import asyncio
import os
import signal
import threading
from abc import ABC, abstractmethod
from dataclasses import replace

import pytest

from dream_engine.dreams import DreamRequest, Progress
from dream_engine.errors import NotAPictureError
from dream_engine.executors.base import DreamCrashedError, DreamExecutor, ExecutorError
from dream_engine.frames import Chunk, ChunkRequest, Frame
from tests.dream_engine.executors.pool.chunk_dreamer import (
    CRASHING,
    FRAMES,
    GATED,
    REFUSED,
    SETTINGS,
    chunk_request,
    picture_of,
)

INDICES = list(range(FRAMES, 2 * FRAMES))
CHUNK = Chunk(FRAMES, FRAMES, b"the end", SETTINGS, 1.5, "float32")


Events = list[Progress | Frame | Chunk]


async def read(executor: DreamExecutor, request: ChunkRequest, events: Events) -> None:
    """Add the events of a chunk to a list, which also holds those before an error."""
    async for event in executor.dream_chunk(request):
        events.append(event)


async def events_of(executor: DreamExecutor, request: ChunkRequest) -> Events:
    events: Events = []
    await read(executor, request, events)
    return events


def indices_of(events: Events) -> list[int]:
    return [event.index for event in events if isinstance(event, Frame)]


class ChunkContract(ABC):
    """Tests an executor with one worker, whose dreamer is a :class:`ChunkDreamer`.

    A module that inherits it has a fixture ``executor``. Each test leaves a warm worker behind.
    """

    @abstractmethod
    def pids(self, executor: DreamExecutor) -> tuple[int, ...]:
        """The process numbers of the workers that are alive; they run on this machine."""

    async def test_progress_and_every_frame_are_yielded_in_order_and_last_the_chunk(self, executor):
        first, *between, last = await events_of(executor, chunk_request())
        assert isinstance(first, Progress)
        assert last == CHUNK
        frames = [event for event in between if isinstance(event, Frame)]
        assert [frame.index for frame in frames] == INDICES
        assert all(frame.picture == picture_of(frame.index) for frame in frames)

    async def test_closing_the_iterator_stops_the_chunk_and_leaves_the_worker_warm(self, executor, tmp_path):
        worker = self.pids(executor)
        events = executor.dream_chunk(chunk_request(gate=tmp_path / "never"))
        while not isinstance(await anext(events), Frame):
            pass
        await events.aclose()
        assert (await events_of(executor, chunk_request()))[-1] == CHUNK
        assert self.pids(executor) == worker

    async def test_cancelling_the_task_stops_the_chunk_and_leaves_the_worker_warm(self, executor, tmp_path):
        worker, begun = self.pids(executor), asyncio.Event()

        async def run() -> None:
            async for event in executor.dream_chunk(chunk_request(gate=tmp_path / "never")):
                if isinstance(event, Frame):
                    begun.set()

        task = asyncio.create_task(run())
        await asyncio.wait_for(begun.wait(), 20)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await events_of(executor, chunk_request()))[-1] == CHUNK
        assert self.pids(executor) == worker

    async def test_a_killed_workers_chunk_is_retried_and_no_frame_is_repeated(self, executor, tmp_path):
        (worker,), restarts, gate = self.pids(executor), executor.restarts, tmp_path / "gate"
        events = []
        async for event in executor.dream_chunk(chunk_request(gate=gate)):
            events.append(event)
            if len(indices_of(events)) == GATED and not gate.exists():
                os.kill(worker, signal.SIGKILL)
                gate.touch()
        assert indices_of(events) == INDICES
        assert events[-1] == CHUNK
        assert self.pids(executor) != (worker,)
        assert executor.restarts == restarts + 1
        assert executor.ready == 1

    async def test_a_reader_who_pauses_does_not_block_the_worker_and_loses_no_frame(self, executor):
        events = executor.dream_chunk(chunk_request())
        received = [await anext(events)]
        await events_of(executor, chunk_request())  # while the first is still being read
        received += [event async for event in events]
        assert indices_of(received) == INDICES
        assert received[-1] == CHUNK

    async def test_chunks_and_dreams_wait_in_one_order(self, executor, tmp_path):
        gate, begun = tmp_path / "gate", []

        async def run(name: int) -> None:
            if name % 2:
                events = executor.dream(DreamRequest(b"", SETTINGS))
            else:
                events = executor.dream_chunk(chunk_request(gate=gate))
            await anext(events)
            begun.append(name)
            async for _ in events:  # the file of a dream may arrive after the next chunk has ended
                pass

        async with asyncio.TaskGroup() as group:
            for name in range(5):
                group.create_task(run(name))
            await asyncio.sleep(0)
            gate.touch()
        assert begun == [0, 1, 2, 3, 4]

    async def test_an_error_that_a_person_can_fix_arrives_after_the_frames_before_it(self, executor):
        events: Events = []
        with pytest.raises(NotAPictureError, match="a text file"):
            await read(executor, chunk_request(REFUSED), events)
        assert indices_of(events) == INDICES[:1]

    async def test_a_bug_arrives_with_the_workers_traceback(self, executor):
        worker = self.pids(executor)
        with pytest.raises(DreamCrashedError, match="ZeroDivisionError: by hand") as crash:
            await events_of(executor, chunk_request(CRASHING))
        assert "in dream_chunk" in "".join(crash.value.__notes__)
        assert self.pids(executor) == worker

    async def test_a_chunk_that_cannot_be_sent_is_an_error_and_costs_no_worker(self, executor):
        worker = self.pids(executor)
        request = replace(chunk_request(), pictures=(threading.Lock(),))  # type: ignore[arg-type]
        with pytest.raises(ExecutorError, match="cannot be sent"):
            await events_of(executor, request)
        assert (await events_of(executor, chunk_request()))[-1] == CHUNK
        assert self.pids(executor) == worker
