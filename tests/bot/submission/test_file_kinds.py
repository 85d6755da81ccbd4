"""The kind of a file by its name and media type: readable, unreadable or not a picture."""

import pytest

from bot.submission.file_kinds import Kind, kind_of
from dream_engine.images import suffixes


def test_every_suffix_that_the_engine_reads_is_readable_without_a_media_type():
    for suffix in suffixes():
        assert kind_of(f"Photo{suffix}") is kind_of(f"PHOTO{suffix.upper()}") is Kind.READABLE
    assert {".heif", ".hif", ".apng", ".jpe", ".jfif", ".avif"} <= suffixes()


@pytest.mark.parametrize(
    "media_type",
    [
        "image/png", "image/apng", "image/vnd.mozilla.apng", "image/x-png", "image/jpeg", "image/jpg",
        "image/pjpeg", "image/webp", "image/gif", "image/bmp", "image/x-ms-bmp", "image/tiff", "image/avif",
        "image/avif-sequence", "image/heic", "image/heif", "image/heic-sequence", "IMAGE/PNG",
        "image/png; charset=utf-8",
    ],
)  # fmt: skip
def test_media_types_that_the_engine_reads_are_readable_with_any_name(media_type):
    assert kind_of("unknown", media_type) is Kind.READABLE
    assert kind_of("", media_type) is Kind.READABLE


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("art.psd", "image/vnd.adobe.photoshop"),
        ("art.psd", None),
        ("art.PSD", "application/octet-stream"),
        ("logo.svg", "image/svg+xml"),
        ("logo.svg", None),
        ("new.jxl", "image/jxl"),
        ("new.jxl", None),
        ("raw.dng", None),
        ("raw.CR2", "application/octet-stream"),
        ("icon.ico", None),
        ("page.eps", "application/postscript"),  # only its name says that it is a picture
        ("unknown", "image/x-unheard-of"),
    ],
)
def test_unsupported_picture_formats_are_unreadable(name, media_type):
    assert kind_of(name, media_type) is Kind.UNREADABLE


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("clip.avi", "video/x-msvideo"),
        ("clip.avi", None),
        ("notes.txt", "text/plain; charset=utf-8"),
        ("notes.txt", None),
        ("song.mp3", None),
        ("paper.pdf", None),
        ("unknown", "video/x-flv"),
    ],
)
def test_other_files_are_not_pictures(name, media_type):
    assert kind_of(name, media_type) is Kind.NO_PICTURE


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("clip.mp4", "video/mp4"),
        ("clip.MP4", None),
        ("clip.mov", "video/quicktime"),
        ("clip.mov", "video/mp4"),
        ("clip.webm", "binary/octet-stream"),
        ("unknown", "video/mp4"),
        ("unknown", "video/webm; codecs=vp9"),
    ],
)
def test_videos_are_recognised(name, media_type):
    assert kind_of(name, media_type) is Kind.VIDEO


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("photo.png", "image/svg+xml"),
        ("photo.png", "text/plain"),
        ("art.psd", "image/png"),
        ("a.mp4", "image/gif"),
    ],
)
def test_contradictory_names_and_media_types_are_uncertain(name, media_type):
    assert kind_of(name, media_type) is Kind.UNCERTAIN


@pytest.mark.parametrize("name", ["", "unknown", "file.", ".png", "photo.png.part", "file.bin"])
@pytest.mark.parametrize("media_type", [None, "", "application/octet-stream", "binary/octet-stream"])
def test_a_file_without_a_known_name_or_media_type_has_no_kind(name, media_type):
    assert kind_of(name, media_type) is None


def test_kinds_are_sorted_by_how_likely_they_can_be_read():
    assert sorted(Kind) == list(Kind)
