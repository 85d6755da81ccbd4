"""Motions with the ``dream`` command: which outputs move."""

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from dream_engine.cli.main import main
from tests.moving import frames_of, moving

pytestmark = pytest.mark.usefixtures("shared_networks")

QUICK = ["--octaves", "1", "--iterations", "1", "--quiet"]


@pytest.fixture
def folder(tmp_path, monkeypatch, small_cat) -> Path:
    """The working directory of the command, with a still and an animation of four frames."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cat.png").write_bytes(small_cat)
    (tmp_path / "wander.gif").write_bytes(moving(4))
    return tmp_path


@pytest.fixture
def apng(folder) -> str:
    """The name of an animated PNG in the folder."""
    colours = [Image.new("RGB", (64, 48), colour) for colour in ("red", "green", "blue")]
    colours[0].save("moves.png", save_all=True, append_images=colours[1:], duration=100)
    return "moves.png"


def refused(capsys, *words: str) -> str:
    """Run a command that must fail; return its one line of output."""
    assert main(words) == 2
    line = capsys.readouterr().err
    assert line.startswith("dream: ")
    assert line.count("\n") == 1
    return line


@pytest.mark.parametrize("output", ["d.webp", "d.gif", "d.avif", "d.apng", "d.mp4", "d.webm"])
def test_a_moving_source_moves_in_every_format_of_animations(folder, output):
    assert main(["wander.gif", "-o", output, *QUICK]) == 0
    assert frames_of((folder / output).read_bytes()) == 4


@pytest.mark.parametrize(("output", "loop"), [("d.gif", 3), ("d.webp", 4)])  # a GIF tells its repetitions
def test_the_sources_timing_and_loop_count_are_kept(folder, output, loop):
    frames = [Image.new("RGB", (64, 48), colour) for colour in ("red", "green", "blue")]
    frames[0].save("timed.gif", save_all=True, append_images=frames[1:], duration=[100, 300, 200], loop=3)
    assert main(["timed.gif", "-o", output, *QUICK]) == 0
    with Image.open(output) as dream:
        assert (dream.n_frames, dream.info["loop"]) == (3, loop)
        durations = []
        for number in range(3):
            dream.seek(number)
            dream.load()
            durations.append(dream.info["duration"])
    assert durations == [100, 300, 200]


@pytest.mark.parametrize("motion", ["zoom", "grow", "morph"])
def test_a_still_moves_if_asked_to(folder, motion):
    assert (
        main(["cat.png", "-o", "d.webp", "--motion", motion, "--seconds", "0.5", "--size", "64", *QUICK]) == 0
    )
    with Image.open("d.webp") as dream:
        assert dream.n_frames == {"zoom": 24}.get(motion, 8)
        assert dream.info["loop"] == 0


def test_a_still_as_webp_stays_a_still(folder):
    assert main(["cat.png", "-o", "d.webp", *QUICK]) == 0
    with Image.open("d.webp") as dream:
        assert not dream.is_animated


def test_a_moving_source_as_png_is_its_first_frame_and_says_so(folder, capsys):
    assert main(["wander.gif", "-o", "d.png", *QUICK]) == 0
    assert "only its first frame" in capsys.readouterr().err


def test_a_still_asked_for_does_not_move(folder, capsys):
    assert main(["wander.gif", "-o", "d.webp", "--motion", "still", *QUICK]) == 0
    with Image.open("d.webp") as dream:
        assert not dream.is_animated
    assert capsys.readouterr().err == ""


def test_a_source_that_is_longer_than_the_dream_says_so(folder, capsys):
    loud = [word for word in QUICK if word != "--quiet"]
    words = ["long.gif", "-o", "d.webp", "--report", "r.json", *loud]
    (folder / "long.gif").write_bytes(moving(8))
    assert main([*words, "--seconds", "0.5"]) == 0
    assert "(only the first 0.5 s of the file; --seconds sets how much)" in capsys.readouterr().err
    assert json.loads((folder / "r.json").read_text())["has_more"]
    assert main(words) == 0
    assert "only the first" not in capsys.readouterr().err
    assert not json.loads((folder / "r.json").read_text())["has_more"]


def test_outputs_that_do_not_suit_the_motion_are_refused(folder, capsys):
    assert "add --motion zoom" in refused(capsys, "cat.png", "-o", "d.gif", *QUICK)
    assert "holds one picture" in refused(capsys, "cat.png", "-o", "d.png", "--motion", "zoom", *QUICK)
    assert "not clip" in refused(capsys, "cat.png", "-o", "d.webp", "--motion", "clip", *QUICK)
    assert "seconds must be a number from 0.5 to 30" in refused(
        capsys, "cat.png", "-o", "d.webp", "--motion", "grow", "--seconds", "99", *QUICK
    )
    assert not list(folder.glob("d.*"))


def test_describe_and_the_report_tell_the_motion(folder, capsys):
    assert main(["wander.gif", "-o", "d.webp", "--seed", "5", "--report", "r.json", *QUICK]) == 0
    report = json.loads((folder / "r.json").read_text())
    assert (report["motion"], report["frames"], report["settings"]["seed"]) == ("clip", 4, 5)
    assert main(["--describe", "d.webp"]) == 0
    described = json.loads(capsys.readouterr().out)
    assert described["motion"] == {"motion": "clip", "fps": 15.0, "frames": 4}
    assert described["settings"]["seed"] == 5


def test_a_folder_mixes_stills_and_motions(folder):
    assert main([str(folder), "-o", "dreams", *QUICK]) == 0
    assert sorted(path.name for path in (folder / "dreams").iterdir()) == ["cat.png", "wander.webp"]
    assert frames_of((folder / "dreams" / "wander.webp").read_bytes()) == 4


def test_an_animated_png_in_a_folder_moves_and_stays_still_if_asked_to(folder, apng):
    assert main([str(folder), "-o", "dreams", *QUICK]) == 0
    names = ["cat.png", "moves.webp", "wander.webp"]
    assert sorted(path.name for path in (folder / "dreams").iterdir()) == names
    assert frames_of((folder / "dreams" / "moves.webp").read_bytes()) == 3
    assert main([apng, "-o", "stills", "--motion", "still", *QUICK]) == 0
    assert [path.name for path in (folder / "stills").iterdir()] == ["moves.png"]


def test_an_animated_png_as_png_is_its_first_frame_and_says_so(folder, apng, capsys):
    assert main([apng, "-o", "d.png", *QUICK]) == 0
    assert "only its first frame" in capsys.readouterr().err


def test_a_link_is_followed(folder):
    (folder / "link.webp").symlink_to("target.webp")
    assert main(["wander.gif", "-o", "link.webp", *QUICK]) == 0
    assert (folder / "link.webp").is_symlink()
    assert frames_of((folder / "target.webp").read_bytes()) == 4


def test_a_clip_that_does_not_suit_one_file_stops_no_other(folder, capsys):
    words = [str(folder), "-o", "dreams", "--motion", "clip", *QUICK]
    assert main(words) == 2
    assert "not clip" in capsys.readouterr().err
    assert [path.name for path in (folder / "dreams").iterdir()] == ["wander.webp"]


def _restore_ctrl_c() -> None:
    """Handle SIGINT, which tests that run in the background inherit as ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c_keeps_an_older_dream_and_leaves_no_folder(folder, tmp_path_factory):
    (folder / "d.webp").write_bytes(b"older")
    temporary = tmp_path_factory.mktemp("temporary")
    words = [sys.executable, "-m", "dream_engine", "cat.png", "-o", "d.webp", "--motion", "zoom"]
    with subprocess.Popen(
        words,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(temporary)},
        preexec_fn=_restore_ctrl_c,  # noqa: PLW1509 - it takes no lock
    ) as command:
        assert command.stderr is not None
        while "frame" not in command.stderr.readline():
            assert command.poll() is None
        command.send_signal(signal.SIGINT)
        _, complaint = command.communicate(timeout=30)
        assert command.returncode == -signal.SIGINT  # 130 in a shell, which thus ends its loops as well
        assert complaint.splitlines(keepends=True)[-1] == "dream: stopped\n"
    assert (folder / "d.webp").read_bytes() == b"older"
    assert not list(temporary.iterdir())
    assert not list(folder.glob(".dream-*"))


def test_a_masks_black_part_stays_in_every_frame(folder):
    mask = Image.new("L", (64, 48), 0)
    mask.paste(255, (32, 0, 64, 48))
    mask.save("mask.png")
    assert main(["wander.gif", "-o", "d.apng", "--mask", "mask.png", *QUICK]) == 0
    with (
        Image.open("d.apng") as dream,
        Image.open(io.BytesIO((folder / "wander.gif").read_bytes())) as source,
    ):
        for number in range(4):
            dream.seek(number)
            source.seek(number)
            box = (0, 0, 16, 48)  # outside the feathered edge
            assert dream.convert("RGB").crop(box).tobytes() == (source.convert("RGB").crop(box).tobytes())
