from pathlib import Path

import pytest

from dream_engine.command.files import plan
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
