import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from dream_engine.cli.batch_runner import BatchRunner
from dream_engine.cli.display import Display
from dream_engine.cli.files import FileTask, plan, read
from dream_engine.cli.results import FAILED, WRONG_INPUT, Results
from dream_engine.dreams import DreamRequest
from dream_engine.errors import NotFiniteError, TooSmallError
from dream_engine.executors.base import DreamCrashedError, ExecutorError, WorkerLostError
from tests.dream_engine.cli.manual_executor import ManualExecutor, dream, progress, settle

NAMES = [b"a", b"b", b"c", b"d", b"e"]


class Round:
    """A run over five pictures whose content is their name."""

    def __init__(self, folder: Path, executor: ManualExecutor) -> None:
        photos = folder / "photos"
        photos.mkdir()
        for name in NAMES:
            (photos / f"{name.decode()}.png").write_bytes(name)
        self.tasks = plan([photos], folder / "dreams", None)
        self.executor = executor
        self.read: list[bytes] = []
        self.results = Results(self.tasks, single=False)
        runner = BatchRunner(executor, self._request_for, Display(), self.results)
        self.task = asyncio.create_task(runner.run(self.tasks))

    @property
    def submitted(self) -> list[bytes]:
        """The submitted sources, sorted because simultaneous ones have no order."""
        return sorted(self.executor.submitted)

    def _request_for(self, task: FileTask) -> DreamRequest:
        self.read.append(read(task.source))
        return DreamRequest(self.read[-1])


@pytest.fixture
async def start_round(tmp_path) -> AsyncIterator[Callable[..., "Round"]]:
    rounds = []

    async def start_round(capacity: int) -> Round:
        rounds.append(Round(tmp_path, ManualExecutor(capacity)))
        await settle()
        return rounds[-1]

    yield start_round
    for started in rounds:
        started.task.cancel()
        with contextlib.suppress(asyncio.CancelledError, ExecutorError, NotFiniteError):
            await started.task


async def test_only_as_many_pictures_are_read_and_submitted_as_there_is_capacity_for(start_round):
    started = await start_round(capacity=2)
    assert started.submitted == sorted(started.read) == [b"a", b"b"]
    await started.executor.emit(b"b", progress(0.5), dream())
    assert started.submitted == sorted(started.read) == [b"a", b"b", b"c"]


async def test_additional_capacity_is_used_at_the_next_progress(start_round):
    started = await start_round(capacity=1)
    started.executor.capacity = 3
    await started.executor.emit(b"a", progress(0.1))
    assert started.submitted == [b"a", b"b", b"c"]


async def test_additional_capacity_without_progress_is_used_within_a_second(start_round, monkeypatch):
    monkeypatch.setattr("dream_engine.cli.batch_runner._MAX_WAIT", 0.01)
    started = await start_round(capacity=1)
    started.executor.capacity = 2
    await settle()
    assert started.submitted == [b"a", b"b"]


async def test_nothing_is_submitted_while_capacity_is_exceeded(start_round):
    started = await start_round(capacity=3)
    started.executor.capacity = 1
    await started.executor.emit(b"a", dream())
    await started.executor.emit(b"b", dream())
    assert started.submitted == [b"a", b"b", b"c"]
    await started.executor.emit(b"c", dream())
    assert started.submitted == [b"a", b"b", b"c", b"d"]


async def test_an_executor_without_capacity_still_gets_one_dream(start_round):
    started = await start_round(capacity=0)
    assert started.submitted == [b"a"]


async def test_a_dream_that_is_being_encoded_frees_capacity(start_round):
    started = await start_round(capacity=1)
    await started.executor.emit(b"a", progress(1.0))
    assert started.submitted == [b"a", b"b"]


async def test_a_retried_dream_takes_capacity_again(start_round):
    started = await start_round(capacity=2)
    await started.executor.emit(b"a", progress(1.0))
    await started.executor.emit(b"a", progress(0.1))
    await started.executor.emit(b"b", dream())
    assert started.submitted == [b"a", b"b", b"c"]


async def test_reports_are_in_the_order_of_the_inputs(start_round, tmp_path):
    started = await start_round(capacity=5)
    for name in reversed(NAMES):
        await started.executor.emit(name, dream(name + b" dreamed"))
    await started.task
    started.results.write_report(tmp_path / "r.json")
    report = json.loads((tmp_path / "r.json").read_text())
    assert [Path(name).stem for name in report] == ["a", "b", "c", "d", "e"]
    assert (tmp_path / "dreams" / "c.png").read_bytes() == b"c dreamed"
    assert (started.results.status, started.executor.closed) == (0, True)


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (TooSmallError(width=1, height=1, limit=32), WRONG_INPUT, "This picture is 1 × 1 pixels"),
        (WorkerLostError("The worker was ended by SIGKILL."), FAILED, "The worker was ended by SIGKILL."),
        (DreamCrashedError("KeyError: 3"), FAILED, "a bug, please report it: KeyError: 3"),
    ],
)
async def test_one_pictures_error_does_not_stop_the_others(start_round, capsys, error, status, said):
    started = await start_round(capacity=1)
    for name in NAMES:
        await started.executor.emit(name, error if name == b"b" else dream())
    await started.task
    assert started.results.status == status
    complaint = capsys.readouterr().err
    assert complaint.startswith("dream: ")
    assert complaint.count("\n") == 1
    assert f"b.png: {said}" in complaint
    assert len(started.executor.submitted) == 5


async def test_a_lost_worker_takes_precedence_in_the_exit_status(start_round):
    started = await start_round(capacity=5)
    await started.executor.emit(b"a", WorkerLostError("gone"))
    await started.executor.emit(b"b", TooSmallError(width=1, height=1, limit=32))
    assert started.results.status == FAILED


async def test_a_file_that_disappears_is_reported_and_the_others_are_dreamed(start_round, capsys):
    started = await start_round(capacity=1)
    started.tasks[1].source.unlink()
    for name in NAMES:
        if name != b"b":
            await started.executor.emit(name, dream())
    await started.task
    assert "b.png cannot be read" in capsys.readouterr().err
    assert started.results.status == WRONG_INPUT


@pytest.mark.parametrize(
    "error", [ExecutorError("No worker could be started."), NotFiniteError(backbone="vgg16")]
)
async def test_an_error_that_concerns_every_picture_ends_the_run(start_round, error):
    started = await start_round(capacity=2)
    await started.executor.emit(b"a", error)
    with pytest.raises(type(error)):
        await started.task
    assert started.executor.closed
    assert sorted(started.executor.ended) == started.submitted == [b"a", b"b"]


async def test_cancellation_stops_every_dream_and_closes_the_executor(start_round):
    started = await start_round(capacity=3)
    await started.executor.emit(b"a", progress(0.5))
    started.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await started.task
    assert sorted(started.executor.ended) == [b"a", b"b", b"c"]
    assert started.executor.closed


async def test_an_executor_that_is_interrupted_while_it_starts_is_closed(tmp_path):
    executor = ManualExecutor()
    executor.start = asyncio.Event().wait  # blocks forever
    task = asyncio.create_task(
        BatchRunner(executor, DreamRequest, Display(), Results([], single=False)).run([])
    )
    await settle()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert executor.closed
