"""Outputs that exist already, and the formats of dreams in folders."""

import json
from pathlib import Path

import pytest
from PIL import Image

from dream_engine.cli.files import Plan
from dream_engine.cli.main import main
from tests.moving import moving

pytestmark = pytest.mark.usefixtures("shared_networks")

QUICK = ["--octaves", "1", "--iterations", "1"]


@pytest.fixture
def folder(tmp_path, monkeypatch, small_cat) -> Path:
    """The working directory of the command, with a folder of two pictures and a moving one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    for name in ("a.png", "b.png"):
        (tmp_path / "photos" / name).write_bytes(small_cat)
    (tmp_path / "photos" / "c.gif").write_bytes(moving(2))
    return tmp_path


def formats(folder: Path) -> dict[str, str | None]:
    found = {}
    for path in sorted(folder.iterdir()):
        with Image.open(path) as image:
            found[path.name] = image.format
    return found


def test_a_named_file_is_replaced(folder, small_cat):
    (folder / "d.png").write_bytes(b"older")
    assert main(["photos/a.png", "-o", "d.png", *QUICK]) == 0
    assert (folder / "d.png").read_bytes().startswith(b"\x89PNG")


def test_a_folder_keeps_what_it_has_and_gets_the_rest(folder, capsys):
    (folder / "dreams").mkdir()
    (folder / "dreams" / "a.png").write_bytes(b"older")
    assert main(["photos", "-o", "dreams", *QUICK]) == 0
    assert (folder / "dreams" / "a.png").read_bytes() == b"older"
    assert (folder / "dreams" / "b.png").stat().st_size > 100
    errors = capsys.readouterr().err.splitlines()
    assert errors[0] == "dreams/a.png exists already; --force dreams it again."
    assert not any("a.png:" in line for line in errors)


def test_a_folder_that_has_everything_is_left_as_it_is(folder, capsys):
    assert main(["photos", "-o", "dreams", "--report", "r.json", "--quiet", *QUICK]) == 0
    before = {path: path.stat().st_mtime_ns for path in (folder / "dreams").iterdir()}
    report = (folder / "r.json").read_text()
    assert set(json.loads(report)) == {"photos/a.png", "photos/b.png", "photos/c.gif"}
    capsys.readouterr()
    assert main(["photos", "-o", "dreams", "--report", "r.json", "--preset", "eyes", *QUICK]) == 0
    assert capsys.readouterr() == (
        "",
        "All 3 pictures are dreamed already in dreams; --force dreams them again.\n",
    )
    assert {path: path.stat().st_mtime_ns for path in (folder / "dreams").iterdir()} == before
    assert (folder / "r.json").read_text() == report


def test_force_dreams_a_folder_again(folder):
    (folder / "dreams").mkdir()
    (folder / "dreams" / "a.png").write_bytes(b"older")
    assert main(["photos/a.png", "photos/b.png", "-o", "dreams", "--force", *QUICK]) == 0
    assert formats(folder / "dreams") == {"a.png": "PNG", "b.png": "PNG"}


def test_a_file_in_the_folder_of_the_output_is_never_replaced_without_force(folder, small_cat):
    (folder / "photos" / "d.jpg").write_bytes(small_cat)
    (folder / "d.png").write_bytes(b"somebody else's")
    assert main(["photos/d.jpg", "-o", ".", "--quiet", *QUICK]) == 0
    assert (folder / "d.png").read_bytes() == b"somebody else's"


@pytest.mark.parametrize("option", ["--guide", "--mask"])
def test_a_dream_does_not_replace_its_guide_or_mask(folder, capsys, option, small_cat):
    (folder / "d.png").write_bytes(small_cat)
    assert main(["photos/a.png", "-o", "d.png", option, "d.png", *QUICK]) == 2
    assert "The dream would replace d.png" in capsys.readouterr().err
    assert (folder / "d.png").read_bytes() == small_cat


@pytest.mark.parametrize(
    ("file_format", "still", "moving_format"),
    [(None, "png", "webp"), ("jpg", "jpeg", "webp"), ("webp", "webp", "webp"), ("gif", "png", "gif")],
)
def test_a_format_applies_to_the_dreams_that_it_can_hold(folder, file_format, still, moving_format):
    tasks = Plan([Path("photos")], Path("dreams"), file_format=file_format).tasks()
    assert [task.file_format for task in tasks] == [still, still, moving_format]
    assert all(task.output.stem in "abc" for task in tasks)


def test_dreams_in_a_folder_have_the_requested_format(folder):
    assert main(["photos", "-o", "dreams", "--format", "jpg", "--quiet", *QUICK]) == 0
    assert formats(folder / "dreams") == {"a.jpg": "JPEG", "b.jpg": "JPEG", "c.webp": "WEBP"}


@pytest.mark.parametrize(
    ("output", "file_format"), [("d.png", "jpg"), ("d.webp", "gif"), ("d.jpg", "mp4"), ("d.gif", "apng")]
)
def test_a_format_that_contradicts_the_ending_is_refused(folder, capsys, output, file_format):
    assert main(["photos/a.png", "-o", output, "--format", file_format]) == 2
    assert capsys.readouterr().err == (
        f"dream: {output} has the ending of another format than {file_format}: leave out --format.\n"
    )


def test_a_file_of_any_ending_gets_the_requested_format(folder):
    assert main(["photos/a.png", "-o", "d.dat", "--format", "webp", *QUICK]) == 0
    with Image.open("d.dat") as dream:
        assert dream.format == "WEBP"


def test_an_animated_png_may_end_in_png(folder):
    assert main(["photos/c.gif", "-o", "d.png", "--format", "apng", *QUICK]) == 0
    with Image.open("d.png") as dream:
        assert dream.n_frames == 2


def test_a_device_gets_the_format_of_the_source(folder):
    (task,) = Plan([Path("photos/a.png")], Path("/dev/null")).tasks()
    assert (task.output, task.file_format) == (Path("/dev/null"), "png")


@pytest.mark.parametrize(
    ("output", "suggestion"), [("d.pgn", ".png"), ("d.jepg", ".jpeg"), ("d.wepb", ".webp"), ("d.tiff", None)]
)
def test_a_mistyped_ending_suggests_one(folder, capsys, output, suggestion):
    assert main(["photos/a.png", "-o", output]) == 2
    line = capsys.readouterr().err
    assert "must end in .png, .jpg, " in line
    assert f"(did you mean {suggestion}?)" in line if suggestion else "did you mean" not in line
