"""The loop of a worker, with a dreamer that needs no network."""

import threading
import time
from pathlib import Path

import numpy as np
import pytest

from dream_engine.dreams import Dream, DreamRequest, Progress
from dream_engine.errors import NotAPictureError, WeightsNotFoundError
from dream_engine.executors.pool.log_forwarding import dream_number
from dream_engine.executors.pool.messages import AtRest, Failed, Freed, Reported, Stopped, WorkerPlan
from dream_engine.executors.pool.serve import DreamServer
from dream_engine.frames import Chunk, ChunkRequest, Frame
from dream_engine.images import Limits, Picture
from dream_engine.memory import MemoryUse
from dream_engine.settings import DreamSettings
from dream_engine.unencoded_dream import UnencodedDream

SETTINGS = DreamSettings(octaves=1, iterations=4)
REQUEST = DreamRequest(b"", SETTINGS)
CHUNK_REQUEST = ChunkRequest("grow", SETTINGS, first=4, count=2, total=9, pictures=(b"",))
CHUNK = Chunk(4, 2, b"", SETTINGS, 1.5, "float32")
PLAN = WorkerPlan({}, Limits(), None, warm=(SETTINGS,), memory=None, sharers=1)
USE = MemoryUse(resident=1, bound=2)


class QuickDreamer:
    """Takes steps in no time, and fails if a test sets a failure."""

    def __init__(self, plan: WorkerPlan) -> None:
        self.warmed: list[DreamSettings] = []
        self.failure: Exception | None = None
        self.previews: set[int] = set()
        self.requested_shape: tuple[int, int] | None = None

    def warm(self, settings):
        if self.failure is not None:
            raise self.failure
        self.warmed.append(settings)

    def release_excess_memory(self):
        return USE

    def dream_unencoded(self, request):
        steps = request.settings.iterations
        for step in range(steps + 1):
            preview = b"preview" if step in self.previews else None
            yield Progress(0, 1, step, steps, 1, 1, None, step / steps, preview=preview)
            if self.failure is not None:
                raise self.failure
        yield UnencodedDream(
            picture=Picture(np.zeros((8, 8, 3), np.uint8)),
            request=request,
            settings=request.settings.replace(seed=1),
            octaves=(),
            precision="float32",
            started=0.0,
            clock=lambda: 1.5,
            requested_shape=self.requested_shape,
        )

    def dream_chunk(self, request):
        for index in range(request.first, request.first + request.count):
            yield Progress(0, 1, 1, 4, 1, 1, None, 0.5)
            if self.failure is not None:
                raise self.failure
            yield Frame(index, b"", 1, 1)
        yield CHUNK


@pytest.fixture(autouse=True)
def _no_dream_number():
    token = dream_number.set(None)
    yield
    dream_number.reset(token)


@pytest.fixture
def dreamer():
    return QuickDreamer(PLAN)


@pytest.fixture
def server(dreamer):
    server = DreamServer(lambda _: dreamer)
    assert server.warm(PLAN) is None
    return server


def kinds(messages):
    return [type(message) for message in messages]


def test_a_worker_warms_up_for_the_settings_of_its_plan(server, dreamer):
    assert dreamer.warmed == [SETTINGS]


def test_a_dreamer_that_cannot_be_made_is_reported():
    def fails(plan):
        raise WeightsNotFoundError(path="gone")

    failure = DreamServer(fails).warm(PLAN)
    assert failure is not None
    assert failure.number is None
    assert isinstance(failure.error, WeightsNotFoundError)


def test_a_warm_up_that_crashes_is_reported_with_its_traceback():
    def fails(plan):
        raise ZeroDivisionError("by hand")

    failure = DreamServer(fails).warm(PLAN)
    assert failure is not None
    assert failure.summary == "ZeroDivisionError: by hand"
    assert "in fails" in failure.traceback


def test_without_a_warm_up_no_dream_begins():
    with pytest.raises(RuntimeError, match="not warm"):
        next(DreamServer(QuickDreamer).dream(1, REQUEST))


def test_a_dream_is_its_progress_then_the_memory_then_the_dream(server):
    *progress, rest, freed, last = server.dream(7, REQUEST)
    assert [message.event.step for message in progress] == [0, 1, 2, 3, 4]
    assert rest == AtRest(7, USE)
    assert freed == Freed(7)
    assert isinstance(last, Reported)
    assert isinstance(last.event, Dream)
    assert last.number == 7


def test_only_first_and_last_steps_and_previews_are_reported(dreamer):
    server = DreamServer(lambda _: dreamer, report_seconds=3600)
    server.warm(PLAN)
    dreamer.previews = {2}
    progress = [message.event for message in server.dream(1, REQUEST) if isinstance(message, Reported)][:-1]
    assert [event.step for event in progress] == [0, 2, 4]


def test_a_stopped_dream_reports_the_memory_and_ends(server):
    messages = server.dream(7, REQUEST)
    next(messages)
    server.stop(7)
    assert list(messages) == [AtRest(7, USE), Stopped(7)]


def test_a_dream_can_be_stopped_before_it_begins(server):
    server.stop(7)
    assert kinds(server.dream(7, REQUEST)) == [AtRest, Stopped]


def test_a_stop_ends_no_other_dream(server):
    server.stop(6)
    assert kinds(server.dream(7, REQUEST))[-1] is Reported


def test_a_stopped_number_that_is_reused_is_not_stopped(server):
    server.stop(7)
    list(server.dream(7, REQUEST))
    assert kinds(server.dream(7, REQUEST))[-1] is Reported


def test_an_error_that_a_person_can_fix_is_reported_as_it_was_raised(server, dreamer):
    dreamer.failure = NotAPictureError(looks_like="a text file", formats="PNG")
    progress, rest, failure = server.dream(7, REQUEST)
    assert isinstance(progress, Reported)
    assert rest == AtRest(7, USE)
    assert failure == Failed(7, dreamer.failure)


def test_a_bug_is_reported_with_its_traceback_and_the_next_dream_succeeds(server, dreamer):
    dreamer.failure = ZeroDivisionError("by hand")
    *_, failure = server.dream(7, REQUEST)
    assert (failure.error, failure.summary) == (None, "ZeroDivisionError: by hand")
    assert "in dream_unencoded" in failure.traceback
    dreamer.failure = None
    assert kinds(server.dream(8, REQUEST))[-1] is Reported


def test_a_file_that_cannot_be_encoded_is_reported_once(server):
    request = DreamRequest(b"", SETTINGS, file_format="gif")  # type: ignore[arg-type]
    assert kinds(server.dream(7, request))[-3:] == [AtRest, Freed, Failed]


def test_the_next_dream_runs_while_a_file_is_encoded_but_waits_with_its_own(server):
    encoding = server.dream(1, REQUEST)
    while not isinstance(next(encoding), Freed):
        pass
    received = []

    def run_the_next() -> None:
        for message in server.dream(2, REQUEST):
            received.append(message)  # noqa: PERF402 - one by one, as they come

    thread = threading.Thread(target=run_the_next)
    thread.start()
    deadline = time.monotonic() + 10
    while AtRest not in kinds(received) and time.monotonic() < deadline:
        time.sleep(0.005)
    assert kinds(received) == [Reported] * 5 + [AtRest]
    assert kinds(encoding) == [Reported]
    thread.join(10)
    assert kinds(received)[-2:] == [Freed, Reported]


def test_a_chunk_is_its_progress_and_frames_then_the_memory_then_the_chunk(server):
    *reported, rest, last = server.dream(7, CHUNK_REQUEST)
    assert [type(message.event) for message in reported] == [Progress, Frame] * 2
    assert [message.event.index for message in reported[1::2]] == [4, 5]
    assert rest == AtRest(7, USE)
    assert last == Reported(7, CHUNK)


def test_every_frame_is_reported_however_rare_progress_is(dreamer):
    server = DreamServer(lambda _: dreamer, report_seconds=3600)
    server.warm(PLAN)
    *reported, _, _ = server.dream(7, CHUNK_REQUEST)
    assert [type(message.event) for message in reported] == [Progress, Frame, Frame]


def test_a_stopped_chunk_reports_the_memory_and_ends(server):
    messages = server.dream(7, CHUNK_REQUEST)
    next(messages)
    server.stop(7)
    assert list(messages) == [AtRest(7, USE), Stopped(7)]


def test_a_chunk_that_fails_is_reported_and_the_next_one_succeeds(server, dreamer):
    dreamer.failure = ZeroDivisionError("by hand")
    progress, rest, failure = server.dream(7, CHUNK_REQUEST)
    assert isinstance(progress, Reported)
    assert rest == AtRest(7, USE)
    assert "in dream_chunk" in failure.traceback
    dreamer.failure = None
    assert list(server.dream(8, CHUNK_REQUEST))[-1] == Reported(8, CHUNK)


def test_the_log_names_the_frames_of_a_chunk(server, caplog):
    caplog.set_level("INFO")
    list(server.dream(7, CHUNK_REQUEST))
    assert caplog.messages == [
        "Dreaming frames 5 to 6 of 9: 1 octaves of 4 steps.",
        "Dreamed 2 frames in 1.5 s.",
    ]


def test_log_lines_about_a_dream_carry_its_number_on_both_threads(server, monkeypatch):
    numbers = []
    monkeypatch.setattr(
        "dream_engine.executors.pool.serve._log.info", lambda *_: numbers.append(dream_number.get())
    )
    messages = server.dream(7, REQUEST)
    while not isinstance(next(messages), Freed):
        pass
    thread = threading.Thread(target=list, args=(messages,))
    thread.start()
    thread.join(10)
    assert numbers == [7, 7]


def test_a_shrunk_dream_reports_the_requested_size(server, dreamer, caplog):
    dreamer.requested_shape = (300, 400)
    *_, last = server.dream(1, REQUEST)
    assert last.event.requested_shape == (300, 400)
    assert "not enough memory for 400 × 300 pixels" in caplog.text


def test_the_default_dreamer_is_the_real_one():
    plan = WorkerPlan({"efficientnet_lite0": Path("gone.pth")}, Limits(), None, (DreamSettings(),), None, 1)
    failure = DreamServer().warm(plan)
    assert failure is not None
    assert isinstance(failure.error, WeightsNotFoundError)
