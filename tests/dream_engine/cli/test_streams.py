"""Standard input and standard output as ``-``."""

import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from dream_engine.cli.main import main
from tests.dream_engine.cli.manual_executor import ManualExecutor, dream
from tests.moving import frames_of, moving

pytestmark = pytest.mark.usefixtures("shared_networks")

QUICK = ["--octaves", "1", "--iterations", "1"]


@pytest.fixture
def folder(tmp_path, monkeypatch, small_cat) -> Path:
    """The working directory of the command, with a picture."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cat.png").write_bytes(small_cat)
    return tmp_path


@pytest.fixture
def pipe_in(monkeypatch):
    """Puts content into standard input."""

    def pipe_in(content: bytes) -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))

    return pipe_in


def as_format(content: bytes, file_format: str) -> bytes:
    buffer = io.BytesIO()
    Image.open(io.BytesIO(content)).convert("RGB").save(buffer, file_format)
    return buffer.getvalue()


def format_of(content: bytes) -> str | None:
    return Image.open(io.BytesIO(content)).format


def refused(capsys, *words: str) -> str:
    """Run a command that must fail; return its one line of output."""
    assert main(words) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("dream: ")
    assert output.err.count("\n") == 1
    return output.err


def test_a_picture_from_standard_input_is_dreamed_into_a_file(folder, pipe_in, small_cat, capsys):
    pipe_in(small_cat)
    assert main(["-", "-o", "dream.jpg", *QUICK]) == 0
    assert format_of((folder / "dream.jpg").read_bytes()) == "JPEG"
    assert capsys.readouterr().err.splitlines()[0] == "standard input:"


@pytest.mark.parametrize(
    ("source", "dream"), [("PNG", "PNG"), ("JPEG", "JPEG"), ("WEBP", "WEBP"), ("BMP", "PNG"), ("GIF", "PNG")]
)
def test_standard_output_gets_the_format_of_the_source(
    folder, pipe_in, small_cat, capsysbinary, source, dream
):
    pipe_in(as_format(small_cat, source))
    assert main(["-", "-o", "-", *QUICK]) == 0
    output = capsysbinary.readouterr()
    assert format_of(output.out) == dream
    assert b"standard output" in output.err


@pytest.mark.parametrize(("name", "file_format"), [("jpg", "JPEG"), ("jpeg", "JPEG"), ("webp", "WEBP")])
def test_standard_output_gets_the_requested_format(folder, capsysbinary, name, file_format):
    assert main(["cat.png", "-o", "-", "--format", name, *QUICK]) == 0
    assert format_of(capsysbinary.readouterr().out) == file_format


@pytest.mark.parametrize(
    ("words", "file_format", "frames"),
    [
        ([], "GIF", 3),
        (["--format", "webp"], "WEBP", 3),
        (["--motion", "still"], "PNG", 1),
        (["--format", "jpg"], "JPEG", 1),
    ],
)
def test_a_motion_goes_through_pipes(folder, pipe_in, capsysbinary, words, file_format, frames):
    pipe_in(moving(3))
    assert main(["-", "-o", "-", *words, *QUICK]) == 0
    dream = capsysbinary.readouterr().out
    assert (format_of(dream), getattr(Image.open(io.BytesIO(dream)), "n_frames", 1)) == (file_format, frames)


@pytest.mark.parametrize("file_format", ["mp4", "webm"])
def test_a_video_goes_to_standard_output(folder, pipe_in, capsysbinary, file_format):
    pipe_in(moving(3))
    assert main(["-", "-o", "-", "--format", file_format, *QUICK]) == 0
    assert frames_of(capsysbinary.readouterr().out) == 3


def test_a_still_that_moves_is_a_webp_on_standard_output(folder, capsysbinary):
    words = ["--motion", "grow", "--seconds", "0.5", "--fps", "4", "--size", "64"]
    assert main(["cat.png", "-o", "-", *words, *QUICK]) == 0
    assert format_of(capsysbinary.readouterr().out) == "WEBP"


def test_nothing_but_the_picture_is_written_to_standard_output(folder, capsysbinary):
    assert main(["cat.png", "-o", "-", *QUICK]) == 0
    dream = capsysbinary.readouterr().out
    assert dream.startswith(b"\x89PNG")
    assert dream.endswith(b"IEND\xaeB`\x82")


def test_a_guide_and_a_mask_may_come_from_standard_input(folder, pipe_in, small_cat):
    for option in ("--guide", "--mask"):
        pipe_in(small_cat)
        assert main(["cat.png", "-o", "d.png", option, "-", *QUICK]) == 0


def test_a_picture_from_standard_input_gets_a_name_in_a_folder(folder, pipe_in, small_cat):
    pipe_in(small_cat)
    assert main(["cat.png", "-", "-o", "dreams", *QUICK]) == 0
    assert sorted(path.name for path in (folder / "dreams").iterdir()) == ["cat.png", "dream.png"]


def test_an_executor_dreams_a_picture_from_standard_input(
    folder, pipe_in, small_cat, capsysbinary, monkeypatch
):
    class Dreams(ManualExecutor):
        async def dream(self, request):
            self.submitted.append(request.source)
            yield dream(b"a dream")

    executor = Dreams()
    monkeypatch.setattr("dream_engine.cli.main.executor_for", lambda *_: executor)
    pipe_in(small_cat)
    assert main(["-", "-o", "-", "--executor", "local", *QUICK]) == 0
    assert (executor.submitted, capsysbinary.readouterr().out) == ([small_cat], b"a dream")


def test_a_report_may_go_to_standard_output(folder, capsys):
    assert main(["cat.png", "-o", "d.png", "--report", "-", "--quiet", *QUICK]) == 0
    output = capsys.readouterr()
    assert json.loads(output.out)["width"] == 120
    assert output.err == ""


def test_a_dream_from_standard_input_is_described(folder, pipe_in, capsys):
    main(["cat.png", "-o", "d.png", "--quiet", *QUICK])
    pipe_in((folder / "d.png").read_bytes())
    assert main(["--describe", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["settings"]["iterations"] == 1


def test_a_file_named_minus_is_reached_by_its_folder(folder, capsys):
    (folder / "-").write_bytes((folder / "cat.png").read_bytes())
    assert main(["./-", "-o", "d.png", *QUICK]) == 0


def test_an_unreadable_picture_from_standard_input_is_refused(folder, pipe_in, capsys):
    pipe_in(b"a poem")
    assert "looks like a text file" in refused(capsys, "-", "-o", "-")
    pipe_in(b"")
    assert "The file is empty." in refused(capsys, "-", "-o", "d.png")


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["-", "-", "-o", "dreams"], "only one argument can be -"),
        (["-", "-o", "d.png", "--mask", "-"], "only one argument can be -"),
        (["cat.png", "cat.png", "-o", "-"], "Standard output takes one picture"),
        ([".", "-o", "-"], "Standard output takes one picture"),
        (["cat.png", "-o", "-", "--report", "-"], "takes the dream or the report"),
        (["cat.png", "-o", "-", "--format", "gif"], "a .gif on standard output is an animation"),
        (
            ["cat.png", "-o", "-", "--format", "png", "--motion", "zoom"],
            "a .png on standard output holds one",
        ),
        (["cat.png", "-o", "-", "--format", "pgn"], "format must be one of"),
    ],
)
def test_streams_that_cannot_be_used_are_refused(folder, capsys, words, named):
    assert named in refused(capsys, *words)


def test_a_terminal_is_neither_read_nor_written_as_a_picture(folder, capsys, monkeypatch):
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb"), os.fdopen(theirs, "r") as terminal:
        monkeypatch.setattr("sys.stdin", terminal)
        assert "Standard input is a terminal" in refused(capsys, "-", "-o", "d.png")
        monkeypatch.setattr("sys.stdout", terminal)
        assert main(["cat.png", "-o", "-"]) == 2
        assert "Standard output is a terminal" in capsys.readouterr().err


@pytest.mark.parametrize("stream", ["stdin", "stdout"])
def test_a_closed_stream_is_refused(folder, capsys, monkeypatch, stream):
    monkeypatch.setattr(f"sys.{stream}", None)
    words = {"stdin": ["-", "-o", "d.png"], "stdout": ["cat.png", "-o", "-"]}[stream]
    assert main(words) == 2
    assert "is closed" in capsys.readouterr().err


def shell(command: str) -> subprocess.CompletedProcess[str]:
    """Run a command line in which ``dream`` is the command, which dreams without TensorFlow."""
    instant = Path(__file__).with_name("instant_dreamer.py")
    script = f'dream() {{ {sys.executable} {instant} "$@"; }}; {command}'
    return subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)


def test_a_program_that_stops_reading_ends_the_command_quietly_with_status_141(folder):
    ended = shell('cat cat.png | dream - -o - --quiet | true; echo "${PIPESTATUS[@]}"')
    assert (ended.stdout, ended.stderr) == ("0 141 0\n", "")


@pytest.mark.parametrize("words", ["--list-things", "--help"])
def test_information_that_nobody_reads_ends_the_command_quietly(words):
    ended = shell(f'dream {words} | true; echo "${{PIPESTATUS[@]}}"')
    assert (ended.stdout, ended.stderr) == ("141 0\n", "")


def test_a_full_disk_behind_standard_output_is_reported():
    ended = shell("dream --list-presets >/dev/full")
    assert (ended.returncode, ended.stderr) == (
        2,
        "dream: Standard output cannot be written: No space left on device.\n",
    )
