import os
from pathlib import Path

import pytest

from dream_engine.cli.files import FileError, is_single_picture, plan
from dream_engine.images import suffixes


@pytest.fixture
def photos(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = Path("photos")
    (folder / "more").mkdir(parents=True)
    return folder


def sources(*inputs: Path) -> list[str]:
    return [str(task.source) for task in plan(inputs, Path("dreams"), None)]


def test_a_folders_pictures_are_sorted_by_name(photos):
    for name in ("b.jpg", "a.HEIC", "c.webp"):
        (photos / name).touch()
    assert sources(photos) == ["photos/a.HEIC", "photos/b.jpg", "photos/c.webp"]


def test_files_of_other_suffixes_hidden_files_and_subfolders_are_skipped(photos):
    for name in ("a.png", "notes.txt", "film.avi", "drawing.svg", "README", ".b.png", "more/c.png"):
        (photos / name).touch()
    (photos / "album.png").mkdir()
    (photos / "lost.png").symlink_to("nowhere.png")
    assert sources(photos) == ["photos/a.png"]


def test_videos_in_a_folder_are_sources(photos):
    (photos / "film.mp4").touch()
    assert sources(photos) == ["photos/film.mp4"]


def test_folders_and_pictures_are_dreamed_in_the_given_order(photos):
    (photos / "a.png").touch()
    assert sources(Path("z.txt"), photos, Path("b.png")) == ["z.txt", "photos/a.png", "b.png"]


def test_dreams_of_a_folder_can_be_written_into_it_without_replacing_pictures(photos):
    for name in ("a.png", "a.jpg"):
        (photos / name).touch()
    outputs = [task.output.name for task in plan([photos], photos, None)]
    assert outputs == ["a-2.png", "a-3.png"]


def test_the_suffixes_are_exactly_those_of_readable_formats():
    assert suffixes() >= {".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic"}
    assert not suffixes() & {".pdf", ".psd", ".svg", ".eps", ".mp4", ".txt"}


def problems(*inputs: Path) -> dict[str, str]:
    """The problems of pictures by source."""
    tasks = plan(inputs, Path("dreams"), None)
    return {str(task.source): str(task.problem) for task in tasks if task.problem}


def test_names_that_are_too_long_are_shortened(photos):
    name = "a" * 251
    for suffix in (".png", ".gif"):
        (photos / (name + suffix)).touch()
    outputs = [task.output.name for task in plan([photos], Path("dreams"), None)]
    assert outputs == [name + ".png", "a" * 249 + "-2.png"]
    assert problems(photos) == {}


def test_a_folder_without_pictures_stops_no_other(photos):
    (photos / "a.png").touch()
    assert problems(photos, photos / "more", Path("lost.png")) == {
        "photos/more": "There is no picture in the folder photos/more itself."
    }
    with pytest.raises(FileError, match="no picture in the folder photos/more"):
        plan([photos / "more"], Path("dreams"), None)


def test_an_unreadable_folder_stops_no_other(photos, monkeypatch):
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


def test_a_picture_without_permission_is_reported_when_it_is_read(photos, monkeypatch):
    (photos / "a.png").touch()
    look = Path.stat

    def closed(path: Path, **options):
        if path == photos / "a.png":
            raise PermissionError(13, "Permission denied")
        return look(path, **options)

    monkeypatch.setattr(Path, "stat", closed)
    assert sources(photos) == ["photos/a.png"]


def test_pipes_and_sockets_in_a_folder_are_skipped(photos):
    os.mkfifo(photos / "pipe.png")
    (photos / "a.png").touch()
    assert sources(photos) == ["photos/a.png"]


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_a_folder_or_a_pipe_is_not_replaced_by_a_dream_of_its_name(photos, make):
    (photos / "a.png").touch()
    Path("dreams").mkdir()
    make(Path("dreams/a.png"))
    (task,) = plan([photos], Path("dreams"), None)
    assert task.output == Path("dreams/a-2.png")


def test_two_dreams_are_not_written_to_one_file_through_a_link(photos):
    for name in ("a.png", "b.png"):
        (photos / name).touch()
    Path("dreams").mkdir()
    Path("dreams/b.png").touch()
    Path("dreams/a.png").symlink_to("b.png")
    outputs = [task.output.name for task in plan([photos], Path("dreams"), None)]
    assert outputs == ["a.png", "b-2.png"]


def test_a_broken_link_is_a_problem_of_one_dream(photos):
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


def test_an_invalid_name_is_a_problem_of_one_dream(photos):
    (photos / "a.png").touch()
    long = Path("b" * 300)
    assert sources(long, photos) == [str(long), "photos/a.png"]
    assert is_single_picture([long])


def test_an_invalid_output_is_reported_before_the_dream(photos):
    (photos / "a.png").touch()
    for output, report in ((Path("a" * 300 + ".png"), None), (Path("a.png"), Path("a" * 300))):
        with pytest.raises(FileError, match="File name too long"):
            plan([photos / "a.png"], output, report)


def test_an_output_without_permission_is_a_problem_of_one_dream(photos, monkeypatch):
    for name in ("a.png", "b.png"):
        (photos / name).touch()
    look = Path.lstat

    def closed(path: Path):
        if path.name == "a.png":
            raise PermissionError(13, "Permission denied")
        return look(path)

    monkeypatch.setattr(Path, "lstat", closed)
    assert problems(photos) == {"photos/a.png": "dreams/a.png cannot be used: Permission denied."}


def test_a_folder_that_cannot_be_written_is_reported_before_the_dream(photos, monkeypatch):
    (photos / "a.png").touch()
    monkeypatch.setattr("os.access", lambda path, _: Path(path).name != "dreams")
    with pytest.raises(FileError, match=r"^dreams cannot be written.$"):
        plan([photos], Path("dreams"), None)
