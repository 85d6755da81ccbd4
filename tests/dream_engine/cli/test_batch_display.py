import io
import re
from contextlib import redirect_stderr
from pathlib import Path

import pytest

from dream_engine.cli.batch_display import LiveBatchDisplay, PlainBatchDisplay, choose
from dream_engine.cli.batch_progress import BatchProgress
from dream_engine.cli.files import FileTask
from tests.dream_engine.cli.manual_executor import dream, progress

CAT = FileTask(Path("photos/cat.jpg"), Path("dreams/cat.png"), "png")
ROCKET = FileTask(Path("photos/rocket.jpg"), Path("dreams/rocket.png"), "png")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch) -> Terminal:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    return Terminal()


def test_a_pipe_gets_a_line_for_each_dream_and_regular_lines_about_all(capsys):
    now = 0.0
    shown = PlainBatchDisplay(BatchProgress(8, lambda: now), lambda: now)
    for now in range(31):
        shown.update(CAT, progress(now / 40))
        shown.update(ROCKET, progress(now / 40))
    shown.finish(CAT, dream())
    assert capsys.readouterr().err.splitlines() == [
        "  9%  0 of 8 pictures, 2 at once, 2:31 left",
        " 18%  0 of 8 pictures, 2 at once, 2:13 left",
        "photos/cat.jpg: 120 × 80, 2.0 s -> dreams/cat.png",
    ]


def test_a_terminal_shows_one_bar_for_all_and_a_line_for_each_dream(terminal):
    with redirect_stderr(terminal), choose(2, quiet=False) as shown:
        assert isinstance(shown, LiveBatchDisplay)
        shown.start(CAT)
        shown.update(CAT, progress(0.5))
        shown.start(ROCKET)
        shown.update(ROCKET, progress(0.25))
        shown.finish(CAT, dream())
        shown.bar.refresh()
    seen = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.getvalue())
    assert "dreams/cat.png: 120 × 80, 2.0 s\n" in seen
    assert " 62 %  1 of 2 pictures, 1 at once" in seen


def test_a_terminal_shows_that_the_workers_are_starting(terminal):
    with redirect_stderr(terminal), choose(2, quiet=False):
        pass
    assert "starting the workers" in terminal.getvalue()


def test_remaining_hours_are_shown_as_hours(capsys):
    now = 0.0
    shown = PlainBatchDisplay(BatchProgress(1000, lambda: now), lambda: now)
    for now in range(16):
        shown.update(CAT, progress(now / 40))
    assert capsys.readouterr().err == "  0%  0 of 1000 pictures, 1 at once, 11:06:25 left\n"
