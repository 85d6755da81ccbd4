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
from tests.dream_engine.cli.manual_executor import ByHand, dream, progress, settle

NAMES = [b"a", b"b", b"c", b"d", b"e"]


class Round:
    """Five pictures, their names their content, that are being dreamed."""

    def __init__(self, folder: Path, executor: ByHand) -> None:
        photos = folder / "photos"
        photos.mkdir()
        for name in NAMES:
            (photos / f"{name.decode()}.png").write_bytes(name)
        self.errands = plan([photos], folder / "dreams", None)
        self.executor = executor
        self.read: list[bytes] = []
        self.results = Results(self.errands, alone=False)
        spreading = BatchRunner(executor, self._request_for, Display(), self.results)
        self.task = asyncio.create_task(spreading.run(self.errands))

    @property
    def handed_over(self) -> list[bytes]:
        """What the executor was given; those that come together come in any order."""
        return sorted(self.executor.handed_over)

    def _request_for(self, errand: FileTask) -> DreamRequest:
        self.read.append(read(errand.source))
        return DreamRequest(self.read[-1])


@pytest.fixture
async def begin(tmp_path) -> AsyncIterator[Callable[..., "Round"]]:
    rounds = []

    async def begin(capacity: int) -> Round:
        rounds.append(Round(tmp_path, ByHand(capacity)))
        await settle()
        return rounds[-1]

    yield begin
    for begun in rounds:
        begun.task.cancel()
        with contextlib.suppress(asyncio.CancelledError, ExecutorError, NotFiniteError):
            await begun.task


async def test_as_many_are_handed_over_as_there_is_room_for_and_no_other_is_read(begin):
    begun = await begin(capacity=2)
    assert begun.handed_over == sorted(begun.read) == [b"a", b"b"]
    await begun.executor.tell(b"b", progress(0.5), dream())
    assert begun.handed_over == sorted(begun.read) == [b"a", b"b", b"c"]


async def test_room_that_comes_is_used_at_the_next_progress(begin):
    begun = await begin(capacity=1)
    begun.executor.capacity = 3
    await begun.executor.tell(b"a", progress(0.1))
    assert begun.handed_over == [b"a", b"b", b"c"]


async def test_room_that_comes_while_nothing_is_told_is_used_within_a_second(begin, monkeypatch):
    monkeypatch.setattr("dream_engine.cli.batch_runner._LONGEST_WAIT", 0.01)
    begun = await begin(capacity=1)
    begun.executor.capacity = 2
    await settle()
    assert begun.handed_over == [b"a", b"b"]


async def test_where_room_is_lost_nothing_is_handed_over_until_there_is_some_again(begin):
    begun = await begin(capacity=3)
    begun.executor.capacity = 1
    await begun.executor.tell(b"a", dream())
    await begun.executor.tell(b"b", dream())
    assert begun.handed_over == [b"a", b"b", b"c"]
    await begun.executor.tell(b"c", dream())
    assert begun.handed_over == [b"a", b"b", b"c", b"d"]


async def test_an_executor_without_any_room_is_asked_for_one_dream_so_that_it_finds_some(begin):
    begun = await begin(capacity=0)
    assert begun.handed_over == [b"a"]


async def test_a_dream_that_lacks_but_its_file_makes_room_for_the_next(begin):
    begun = await begin(capacity=1)
    await begun.executor.tell(b"a", progress(1.0))
    assert begun.handed_over == [b"a", b"b"]


async def test_a_dream_that_is_tried_again_takes_its_room_again(begin):
    begun = await begin(capacity=2)
    await begun.executor.tell(b"a", progress(1.0))
    await begun.executor.tell(b"a", progress(0.1))
    await begun.executor.tell(b"b", dream())
    assert begun.handed_over == [b"a", b"b", b"c"]


async def test_reports_stand_in_the_order_of_the_inputs_whatever_is_done_first(begin, tmp_path):
    begun = await begin(capacity=5)
    for name in reversed(NAMES):
        await begun.executor.tell(name, dream(name + b" dreamed"))
    await begun.task
    begun.results.write_report(tmp_path / "r.json")
    report = json.loads((tmp_path / "r.json").read_text())
    assert [Path(name).stem for name in report] == ["a", "b", "c", "d", "e"]
    assert (tmp_path / "dreams" / "c.png").read_bytes() == b"c dreamed"
    assert (begun.results.status, begun.executor.closed) == (0, True)


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (TooSmallError(width=1, height=1, limit=32), WRONG_INPUT, "This picture is 1 × 1 pixels"),
        (WorkerLostError("The worker was ended by SIGKILL."), FAILED, "The worker was ended by SIGKILL."),
        (DreamCrashedError("KeyError: 3"), FAILED, "a bug, please report it: KeyError: 3"),
    ],
)
async def test_one_pictures_error_keeps_no_other_from_being_dreamed(begin, capsys, error, status, said):
    begun = await begin(capacity=1)
    for name in NAMES:
        await begun.executor.tell(name, error if name == b"b" else dream())
    await begun.task
    assert begun.results.status == status
    complaint = capsys.readouterr().err
    assert complaint.startswith("dream: ")
    assert complaint.count("\n") == 1
    assert f"b.png: {said}" in complaint
    assert len(begun.executor.handed_over) == 5


async def test_a_lost_worker_counts_more_for_the_exit_status_than_a_bad_picture(begin):
    begun = await begin(capacity=5)
    await begun.executor.tell(b"a", WorkerLostError("gone"))
    await begun.executor.tell(b"b", TooSmallError(width=1, height=1, limit=32))
    assert begun.results.status == FAILED


async def test_a_file_that_is_gone_when_its_turn_comes_is_told_and_the_others_are_dreamed(begin, capsys):
    begun = await begin(capacity=1)
    begun.errands[1].source.unlink()
    for name in NAMES:
        if name != b"b":
            await begun.executor.tell(name, dream())
    await begun.task
    assert "b.png cannot be read" in capsys.readouterr().err
    assert begun.results.status == WRONG_INPUT


@pytest.mark.parametrize(
    "error", [ExecutorError("No worker could be started."), NotFiniteError(backbone="vgg16")]
)
async def test_what_is_every_pictures_error_ends_all_of_it_at_once(begin, error):
    begun = await begin(capacity=2)
    await begun.executor.tell(b"a", error)
    with pytest.raises(type(error)):
        await begun.task
    assert begun.executor.closed
    assert sorted(begun.executor.left) == begun.handed_over == [b"a", b"b"]


async def test_whoever_cancels_it_stops_every_dream_and_closes_the_executor(begin):
    begun = await begin(capacity=3)
    await begun.executor.tell(b"a", progress(0.5))
    begun.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await begun.task
    assert sorted(begun.executor.left) == [b"a", b"b", b"c"]
    assert begun.executor.closed


async def test_an_executor_that_is_interrupted_while_it_starts_is_closed(tmp_path):
    executor = ByHand()
    executor.start = asyncio.Event().wait  # for ever
    task = asyncio.create_task(
        BatchRunner(executor, DreamRequest, Display(), Results([], alone=False)).run([])
    )
    await settle()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert executor.closed
