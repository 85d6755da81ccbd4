"""Reading a dream's settings back from an animation."""

import io

import pytest
from PIL import Image

from dream_engine.errors import EmptyPictureError, NoDreamInsideError, PictureError
from dream_engine.images import encode
from dream_engine.motion.animation import AnimationOptions
from dream_engine.motion.description import describe_animation
from dream_engine.motion.writing import open_writer
from tests.dream_engine.motion.pictures import HEIGHT, WIDTH, frame

_DESCRIPTION = {"preset": "mild", "settings": {"seed": 7, "words": "é" * 300}, "precision": "float32"}


def _write(path, file_format, description):
    if file_format in {"mp4", "webm"}:
        pytest.importorskip("av")
    options = AnimationOptions((WIDTH, HEIGHT), description=description)
    with open_writer(path, file_format, options) as writer:
        for index in range(3):
            writer.add(frame(index), 70)
        writer.finish()
    return path.read_bytes()


_FORMATS = ["webp", "gif", "avif", "apng", "mp4", "webm"]


@pytest.mark.parametrize("file_format", _FORMATS)
def test_the_description_is_read_back(tmp_path, file_format):
    assert describe_animation(_write(tmp_path / "out", file_format, _DESCRIPTION)) == _DESCRIPTION


@pytest.mark.parametrize("file_format", _FORMATS)
def test_an_animation_without_a_description_has_none(tmp_path, file_format):
    with pytest.raises(NoDreamInsideError):
        describe_animation(_write(tmp_path / "out", file_format, None))


@pytest.mark.parametrize("file_format", ["gif", "mp4", "webm"])
def test_any_beginning_of_a_file_is_handled(tmp_path, file_format):
    data = _write(tmp_path / "out", file_format, _DESCRIPTION)
    for end in [*range(0, 2000, 7), *range(2000, len(data), 501)]:
        try:
            assert describe_animation(data[:end]) == _DESCRIPTION
        except PictureError:
            continue


@pytest.mark.parametrize("file_format", ["png", "jpeg", "webp"])
def test_a_still_is_described_too(file_format):
    assert describe_animation(encode(frame(0), file_format, _DESCRIPTION)) == _DESCRIPTION


@pytest.mark.parametrize("comment", [b"hello", b"[1]", b"{}", b"\xff\xfe", b"[" * 100_000])
def test_other_programs_comments_are_no_description(comment):
    buffer = io.BytesIO()
    Image.new("P", (4, 4)).save(buffer, "gif", comment=comment)
    with pytest.raises(NoDreamInsideError):
        describe_animation(buffer.getvalue())


def test_an_empty_file_is_reported_as_such():
    with pytest.raises(EmptyPictureError):
        describe_animation(b"")


@pytest.mark.parametrize(
    "data",
    [
        b"GIF89a" + b"\xff" * 50,
        b"\0\0\0\x08ftypisom",
        b"\0\0\0\x10ftypisom\0\0\0\0" + b"\0\0\0\0moov" + b"\0\0\0\1udta" + b"\xff" * 8,
        b"\x1a\x45\xdf\xa3",
        b"\x1a\x45\xdf\xa3\x80" + b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff" + b"\0" * 50,
        b"\x1a\x45\xdf\xa3\x80" + b"\x18\x53\x80\x67\xff" + b"\x12\x54\xc3\x67\xff" * 50,
    ],
)
def test_damaged_containers_hold_no_description(data):
    with pytest.raises(NoDreamInsideError):
        describe_animation(data)
