import os
from pathlib import Path

import pytest

from dream_engine.cli.files import FileError, are_one_picture, plan
from dream_engine.images import suffixes


@pytest.fixture
def photos(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = Path("photos")
    (folder / "more").mkdir(parents=True)
    return folder


def sources(*inputs: Path) -> list[str]:
    return [str(errand.source) for errand in plan(inputs, Path("dreams"), None)]


def test_a_folder_is_its_pictures_by_name(photos):
    for name in ("b.jpg", "a.HEIC", "c.webp"):
        (photos / name).touch()
    assert sources(photos) == ["photos/a.HEIC", "photos/b.jpg", "photos/c.webp"]


def test_what_is_no_picture_by_its_ending_what_is_hidden_and_what_lies_deeper_is_left_out(photos):
    for name in ("a.png", "notes.txt", "film.mp4", "drawing.svg", "README", ".b.png", "more/c.png"):
        (photos / name).touch()
    (photos / "album.png").mkdir()
    (photos / "lost.png").symlink_to("nowhere.png")
    assert sources(photos) == ["photos/a.png"]


def test_folders_and_pictures_go_together_in_the_order_they_are_named(photos):
    (photos / "a.png").touch()
    assert sources(Path("z.txt"), photos, Path("b.png")) == ["z.txt", "photos/a.png", "b.png"]


def test_dreams_of_a_folder_can_go_into_it_and_replace_no_picture(photos):
    for name in ("a.png", "a.jpg"):
        (photos / name).touch()
    outputs = [errand.output.name for errand in plan([photos], photos, None)]
    assert outputs == ["a-2.png", "a-3.png"]


def test_the_endings_are_those_of_every_format_that_is_read_and_of_no_other():
    assert suffixes() >= {".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic"}
    assert not suffixes() & {".pdf", ".psd", ".svg", ".eps", ".mp4", ".txt"}


def problems(*inputs: Path) -> dict[str, str]:
    """By source, why it cannot be dreamed."""
    errands = plan(inputs, Path("dreams"), None)
    return {str(errand.source): str(errand.problem) for errand in errands if errand.problem}


def test_names_that_are_too_long_are_cut_and_end_nothing(photos):
    name = "a" * 251
    for suffix in (".png", ".gif"):
        (photos / (name + suffix)).touch()
    outputs = [errand.output.name for errand in plan([photos], Path("dreams"), None)]
    assert outputs == [name + ".png", "a" * 249 + "-2.png"]
    assert problems(photos) == {}


def test_a_folder_without_pictures_among_several_ends_nothing(photos):
    (photos / "a.png").touch()
    assert problems(photos, photos / "more", Path("lost.png")) == {
        "photos/more": "There is no picture in the folder photos/more itself."
    }
    with pytest.raises(FileError, match="no picture in the folder photos/more"):
        plan([photos / "more"], Path("dreams"), None)


def test_a_folder_that_cannot_be_read_ends_nothing(photos, monkeypatch):
    (photos / "a.png").touch()
    iterdir = Path.iterdir

    def closed(path: Path):
        if path.name == "more":
            raise PermissionError(13, "Permission denied")
        return iterdir(path)

    monkeypatch.setattr(Path, "iterdir", closed)
    assert problems(photos, photos / "more") == {
        "photos/more": "photos/more cannot be read: Permission denied."
    }


def test_a_picture_that_may_not_be_looked_at_is_named_when_it_is_read(photos, monkeypatch):
    (photos / "a.png").touch()
    look = Path.stat

    def closed(path: Path, **options):
        if path == photos / "a.png":
            raise PermissionError(13, "Permission denied")
        return look(path, **options)

    monkeypatch.setattr(Path, "stat", closed)
    assert sources(photos) == ["photos/a.png"]


def test_pipes_and_sockets_in_a_folder_are_left_out(photos):
    os.mkfifo(photos / "pipe.png")
    (photos / "a.png").touch()
    assert sources(photos) == ["photos/a.png"]


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_no_dream_goes_into_a_folder_or_a_pipe_that_has_its_name(photos, make):
    (photos / "a.png").touch()
    Path("dreams").mkdir()
    make(Path("dreams/a.png"))
    (errand,) = plan([photos], Path("dreams"), None)
    assert errand.output == Path("dreams/a-2.png")


def test_two_dreams_do_not_go_to_one_file_by_a_link(photos):
    for name in ("a.png", "b.png"):
        (photos / name).touch()
    Path("dreams").mkdir()
    Path("dreams/b.png").touch()
    Path("dreams/a.png").symlink_to("b.png")
    outputs = [errand.output.name for errand in plan([photos], Path("dreams"), None)]
    assert outputs == ["a.png", "b-2.png"]


def test_a_link_to_nowhere_is_a_problem_of_one_dream(photos):
    for name in ("a.png", "b.png"):
        (photos / name).touch()
    Path("dreams").mkdir()
    Path("dreams/a.png").symlink_to("/nowhere/a.png")
    assert problems(photos) == {"photos/a.png": "dreams/a.png leads to where nothing can be written."}
    first, second = plan([photos], Path("dreams"), None)
    with pytest.raises(FileError, match="leads to where"):
        first.read()
    assert second.read() == b""
    with pytest.raises(FileError, match="leads to where"):
        plan([photos / "a.png"], Path("dreams"), None)


def test_a_name_that_no_file_can_have_is_a_problem_of_its_own(photos):
    (photos / "a.png").touch()
    long = Path("b" * 300)
    assert sources(long, photos) == [str(long), "photos/a.png"]
    assert are_one_picture([long])


def test_an_output_that_no_file_can_be_is_said_before_the_dream(photos):
    (photos / "a.png").touch()
    for output, report in ((Path("a" * 300 + ".png"), None), (Path("a.png"), Path("a" * 300))):
        with pytest.raises(FileError, match="File name too long"):
            plan([photos / "a.png"], output, report)


def test_an_output_that_cannot_be_looked_at_is_a_problem_of_one_dream(photos, monkeypatch):
    for name in ("a.png", "b.png"):
        (photos / name).touch()
    look = Path.lstat

    def closed(path: Path):
        if path.name == "a.png":
            raise PermissionError(13, "Permission denied")
        return look(path)

    monkeypatch.setattr(Path, "lstat", closed)
    assert problems(photos) == {"photos/a.png": "dreams/a.png cannot be used: Permission denied."}


def test_a_folder_that_cannot_be_written_is_said_at_once(photos, monkeypatch):
    (photos / "a.png").touch()
    monkeypatch.setattr("os.access", lambda path, _: Path(path).name != "dreams")
    with pytest.raises(FileError, match=r"^dreams cannot be written.$"):
        plan([photos], Path("dreams"), None)
