import json
import logging
import signal

import numpy as np
import psutil
import pytest

from dream_engine.cli.arguments import parse, read_settings
from dream_engine.cli.executors import dreams_in_process, executor_for
from dream_engine.cli.main import main
from dream_engine.executors.base import ExecutorError
from dream_engine.executors.local import LocalExecutor
from dream_engine.executors.ray import RayExecutor
from tests.conftest import png
from tests.dream_engine.cli.manual_executor import ManualExecutor, dream, progress
from tests.moving import frames_of, moving

QUICK = ["--octaves", "1", "--iterations", "2"]


@pytest.fixture
def folder(tmp_path, monkeypatch, small_cat):
    """The working directory of the command, with a folder of two pictures."""
    monkeypatch.chdir(tmp_path)
    # On a busy machine, the dreams take so long that the command prints their progress.
    monkeypatch.setattr("dream_engine.cli.batch_display._REPORT_SECONDS", float("inf"))
    (tmp_path / "photos").mkdir()
    for name in ("a.png", "b.png"):
        (tmp_path / "photos" / name).write_bytes(small_cat)
    return tmp_path


def made_for(*words: str, pictures: int | None):
    arguments = parse(["photos", "-o", "dreams", "--executor", *words])
    return executor_for(arguments, read_settings(arguments), pictures)


class TestManyPicturesOnThisMachine:
    @pytest.fixture(autouse=True)
    def _four_workers(self, monkeypatch):
        monkeypatch.setattr("dream_engine.cli.executors.choose_worker_count", lambda *_: 4)

    @pytest.mark.parametrize(
        ("words", "pictures", "in_process"),
        [
            ([], 1, True),
            ([], 2, False),
            (["--workers", "1"], 9, True),
            (["--workers", "2"], 1, False),
            (["--executor", "local"], 1, False),
        ],
    )
    def test_are_dreamed_by_several_workers_and_one_in_this_process(self, words, pictures, in_process):
        arguments = parse(["photos", "-o", "dreams", *words])
        assert dreams_in_process(arguments, read_settings(arguments), pictures) is in_process

    @pytest.mark.parametrize(
        ("words", "pictures", "workers"),
        [([], 9, 4), ([], 3, 3), ([], None, 4), (["--workers", "2"], 9, 2), (["--workers", "8"], 9, 8)],
    )
    def test_have_no_more_workers_than_pictures(self, words, pictures, workers):
        arguments = parse(["photos", "-o", "dreams", *words])
        executor = executor_for(arguments, read_settings(arguments), pictures)
        assert isinstance(executor, LocalExecutor)
        assert executor._most_workers == workers


def given(executor, monkeypatch):
    monkeypatch.setattr("dream_engine.cli.main.executor_for", lambda *_: executor)
    return executor


def test_a_folder_is_dreamed_by_two_workers_and_leaves_no_process(folder, capsys):
    (folder / "mask.png").write_bytes(png(np.full((80, 120), 255, np.uint8)))
    (folder / "photos" / "broken.png").write_text("no picture")
    (folder / "photos" / "square.png").write_bytes(png(np.full((80, 80, 3), 99, np.uint8)))
    (folder / "photos" / "wander.gif").write_bytes(moving(4, 96, 64))
    options = ["--workers", "2", *QUICK, "--mask", "mask.png", "--report", "r.json"]
    assert main(["photos", "-o", "dreams", *options]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    broken, square, *dreamed = sorted(output.err.splitlines())
    assert broken.startswith("dream: photos/broken.png: This looks like a text file")
    assert square == (
        "dream: photos/square.png: I can't use the mask. The mask is 120 × 80 pixels, but the dream is "
        "80 × 80. Both need the same proportions."
    )
    sources = ["photos/a.png", "photos/b.png", "photos/wander.gif"]
    assert [line.partition(":")[0] for line in dreamed] == sources
    assert dreamed[0].endswith(" s -> dreams/a.png")
    assert sorted(path.name for path in (folder / "dreams").iterdir()) == ["a.png", "b.png", "wander.webp"]
    assert frames_of((folder / "dreams" / "wander.webp").read_bytes()) == 4
    assert list(json.loads((folder / "r.json").read_text())) == sources
    assert not [p for p in psutil.Process().children() if "worker_process" in " ".join(p.cmdline())]


@pytest.mark.parametrize("words", [["photos", "-o", "dreams"], ["photos/a.png", "-o", "dream.png"]])
def test_an_executor_that_cannot_be_started_gives_one_sentence_and_status_1(folder, capsys, words):
    assert main([*words, "--executor", "127.0.0.1:9"]) == 1
    output = capsys.readouterr()
    assert output.err.startswith("dream: No Ray cluster answers at 127.0.0.1:9")
    assert (output.out, output.err.count("\n")) == ("", 1)


def test_the_progress_of_a_single_picture_shows_octaves_and_steps(folder, capsys, monkeypatch):
    class Fails(ManualExecutor):
        async def dream(self, request):
            yield progress(0.5)
            raise ExecutorError("The cluster is gone.")

    given(Fails(), monkeypatch)
    assert main(["photos/a.png", "-o", "dream.png", "--executor", "auto"]) == 1
    assert capsys.readouterr() == (
        "",
        "a.png:\n  octave 1/1, step 50/100, loss 1.00,  50%\ndream: The cluster is gone.\n",
    )


def test_ctrl_c_ends_the_command_with_status_130(folder, capsys, monkeypatch):
    class Interrupted(ManualExecutor):
        async def dream(self, request):
            if not self.submitted:
                signal.raise_signal(signal.SIGINT)
            async for event in super().dream(request):
                yield event

    previous = signal.signal(signal.SIGINT, signal.default_int_handler)  # it may be ignored
    try:
        executor = given(Interrupted(2), monkeypatch)
        assert main(["photos", "-o", "dreams", "--executor", "auto", "--report", "r.json"]) == 130
    finally:
        signal.signal(signal.SIGINT, previous)
    assert executor.closed
    assert capsys.readouterr() == ("", "dream: stopped\n")
    assert not list((folder / "dreams").iterdir())


def test_only_executors_warnings_are_printed_in_one_line(folder, capsys, monkeypatch):
    class Loses(ManualExecutor):
        async def start(self):
            logging.getLogger("dream_engine.executors.pool.executor").warning(
                "A worker is gone.\nIt is tried again."
            )
            logging.getLogger("dream_engine.executors.process.client").warning("In the worker: 3 MB are free")
            raise ExecutorError("No worker is left.")

    given(Loses(), monkeypatch)
    assert main(["photos", "-o", "dreams", "--executor", "auto"]) == 1
    assert capsys.readouterr() == (
        "",
        "dream: A worker is gone. It is tried again.\ndream: No worker is left.\n",
    )


def test_quiet_says_nothing(folder, capsys, monkeypatch):
    class Dreams(ManualExecutor):
        async def dream(self, request):
            yield progress(0.5)
            yield dream()

    given(Dreams(), monkeypatch)
    assert main(["photos", "-o", "dreams", "--executor", "auto", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("words", "pictures", "most"),
    [
        (["auto"], 7, None),
        (["auto"], 1, 1),
        (["auto", "--workers", "3"], 7, 3),
        (["ray://head:10001", "--workers", "9"], 7, 7),
        (["auto"], None, None),
        (["auto", "--workers", "3"], None, 3),
    ],
)
def test_a_cluster_gets_no_more_workers_than_requested_or_pictures(words, pictures, most):
    executor = made_for(*words, pictures=pictures)
    assert isinstance(executor, RayExecutor)
    assert executor._plan.address == words[0]
    assert executor._plan.max_workers == most


@pytest.mark.parametrize(
    ("words", "pictures"),
    [
        (["wander.gif", "-o", "d.webp"], None),
        (["wander.gif", "-o", "d.webp", "--motion", "still"], 1),
        (["photos/a.png", "-o", "d.webp", "--motion", "zoom"], 1),
        (["photos/a.png", "wander.gif", "-o", "dreams"], None),
        (["photos", "-o", "dreams"], 2),
    ],
)
def test_only_the_scenes_of_clips_may_use_more_workers_than_there_are_pictures(
    folder, capsys, monkeypatch, words, pictures
):
    (folder / "wander.gif").write_bytes(moving(2))
    asked: list[int | None] = []

    def refuse(_arguments, _settings, number):
        asked.append(number)
        raise ExecutorError("No cluster is left.")

    monkeypatch.setattr("dream_engine.cli.main.executor_for", refuse)
    assert main([*words, "--executor", "auto"]) == 1
    assert asked == [pictures]


def test_each_worker_of_a_cluster_requests_the_given_resources():
    plan = made_for("auto", "--cpus", "4", "--gpus", "0.5", pictures=2)._plan
    assert (plan.cpus, plan.gpus, plan.min_workers, plan.time_limit) == (4.0, 0.5, 1, None)


def test_no_more_local_devices_are_used_than_there_are_pictures(monkeypatch):
    monkeypatch.setattr("dream_engine.cli.executors.find_devices", lambda: ("0", "1", "2", "3"))
    assert [made_for("local", pictures=number).capacity for number in (1, 3, 9)] == [1, 3, 4]
    assert isinstance(made_for("local", pictures=1), LocalExecutor)
