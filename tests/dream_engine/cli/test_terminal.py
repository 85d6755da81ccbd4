"""The progress bar in a real terminal, of any width."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

_SHOW = """
import time
from pathlib import Path
from dream_engine.cli.display import choose
from dream_engine.cli.tasks import FileTask
from tests.dream_engine.cli.manual_executor import dream, progress

task = FileTask(Path("a-rather-long-name-of-a-photograph.jpg"), Path("dream.png"), "png")
with choose(quiet=False) as shown:
    shown.start(task)
    for step in range(8):
        shown.update(task, progress(step / 8, 130.0 - step))
        time.sleep(0.15)
    shown.finish(task, dream())
"""


def _restore_ctrl_c() -> None:
    """Handle SIGINT, which tests that run in the background inherit as ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def in_terminal(
    command: list[str], columns: int, interrupt_at: bytes = b"", **environment: str
) -> tuple[str, int]:
    """Run a command whose stderr is a terminal; return what the terminal got, and the exit status."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    variables = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env={**variables, "TERM": "xterm", **environment},
        preexec_fn=_restore_ctrl_c,  # noqa: PLW1509 - it takes no lock
    )
    os.close(theirs)
    seen = b""
    while True:
        try:
            seen += os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if interrupt_at and interrupt_at in seen:
            interrupt_at = b""
            process.send_signal(signal.SIGINT)
    os.close(ours)
    return seen.decode(), process.wait(60)


def lines_of(text: str) -> list[str]:
    """The lines that a terminal showed, without the sequences that move and colour."""
    return [
        line for line in re.split(r"[\r\n]+", re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)) if line.strip()
    ]


@pytest.mark.parametrize("columns", [20, 40, 80, 200])
def test_the_bar_is_one_line_of_any_terminal_and_is_erased(columns):
    seen, status = in_terminal([sys.executable, "-c", _SHOW], columns)
    assert status == 0
    *drawn, last = lines_of(seen)
    assert any(" 88 %" in line for line in drawn)
    assert all(len(line) < columns for line in drawn if "dream.png" not in line)
    assert all(line.endswith((" left", " elapsed")) for line in drawn if "dream.png" not in line)
    assert sum("dream.png: 120 × 80, 2.0 s" in line for line in (*drawn, last)) == 1
    # Only the line itself is erased: the bar never took a second one.
    assert set(re.findall(r"\x1b\[(\d+)A", seen)) <= {"1"}
    assert seen.rstrip("\n").endswith("\x1b[2K")


def test_no_color_draws_the_bar_without_colours():
    seen, _ = in_terminal([sys.executable, "-c", _SHOW], 80, NO_COLOR="1")
    assert " 88 %" in seen
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]m|\x1b\[[0-9;]*9[0-9]m|\x1b\[38", seen)


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_dumb_terminal_gets_plain_lines(term):
    seen, _ = in_terminal([sys.executable, "-c", _SHOW], 80, TERM=term)
    assert "\x1b" not in seen
    assert lines_of(seen)[-1] == "  120 × 80, 2.0 s -> dream.png"


def test_a_terminal_without_unicode_gets_a_bar_of_ascii():
    seen, _ = in_terminal([sys.executable, "-c", _SHOW], 80, PYTHONIOENCODING="ascii:replace")
    assert "###" in seen
    assert seen.isascii()


def test_ctrl_c_erases_the_bar_keeps_an_older_dream_and_ends_by_its_signal(tmp_path, small_cat):
    (tmp_path / "cat.png").write_bytes(small_cat)
    output = tmp_path / "d.png"
    output.write_bytes(b"an older dream")
    words = ["--iterations", "500", "--layer", "stem"]
    command = [sys.executable, "-m", "dream_engine", str(tmp_path / "cat.png"), "-o", str(output), *words]
    seen, status = in_terminal(command, 80, interrupt_at=b"octave")
    assert status == -signal.SIGINT
    assert lines_of(seen)[-1] == "dream: stopped"
    assert seen.count("\x1b[?25l") == seen.count("\x1b[?25h") == 1  # the cursor is shown again
    assert output.read_bytes() == b"an older dream"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cat.png", "d.png"]


def test_a_folder_shows_one_bar_for_all_pictures(tmp_path, small_cat):
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(small_cat)
    instant = str(Path(__file__).with_name("instant_dreamer.py"))
    command = [sys.executable, instant, str(tmp_path), "-o", str(tmp_path / "dreams"), "--workers", "1"]
    seen, status = in_terminal(command, 120)
    assert status == 0
    assert "0 of 2 pictures" in seen
    assert "1 of 2 pictures" in seen
    assert len(list(Path(tmp_path / "dreams").iterdir())) == 2
