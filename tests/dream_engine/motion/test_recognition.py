"""Whether bytes are a moving picture is known without decoding them."""

import time

import numpy as np
import pytest

from dream_engine.motion.clips import is_moving
from dream_engine.motion.recognition import clip_format, is_video, media_milliseconds
from tests.dream_engine.images.files import chunk, gradient, saved, with_chunks
from tests.dream_engine.motion.clip_files import Part, animation, flat, gif, video

MOVING = {
    "gif": animation("GIF"),
    "webp": animation("WEBP"),
    "png": animation("PNG"),
    "avif": animation("AVIF"),
    "mov": video(flat(9, 99)),
    "matroska": video(flat(9, 99), "webm", "libvpx-vp9"),
}
STILL = {
    "gif": "GIF",
    "webp": "WEBP",
    "png": "PNG",
    "avif": "AVIF",
    "jpeg": "JPEG",
    "bmp": "BMP",
    "tiff": "TIFF",
}


@pytest.mark.parametrize("kind", MOVING)
def test_a_moving_picture_is_recognised(kind):
    assert is_moving(MOVING[kind])
    assert clip_format(MOVING[kind]) == kind
    assert is_video(MOVING[kind]) == (kind in ("mov", "matroska"))


@pytest.mark.parametrize("kind", STILL)
def test_a_still_picture_does_not_move(kind):
    assert not is_moving(saved(gradient(), STILL[kind]))
    assert not is_video(saved(gradient(), STILL[kind]))


@pytest.mark.parametrize("container", ["mp4", "mov", "matroska", "3gp"])
def test_the_containers_of_videos_are_recognised(container):
    data = video(flat(9, 99), container)
    assert is_moving(data)
    assert is_video(data)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"G", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP", b"\x1a\x45\xdf\xa3",
        b"\0\0\0\x08ftyp", b"\0\0\0\x18ftypM4A \0\0\0\0isom", b"\0\0\0\x18ftypheic\0\0\0\0mif1",
        b"OggS" + bytes(50), b"#EXTM3U\n", b"ffconcat version 1.0", b"RIFF\x24\0\0\0AVI LIST",
        b"FLV\1" + bytes(20), bytes(1000), b"<svg/>",
    ],
)  # fmt: skip
def test_other_bytes_do_not_move(data):
    assert not is_moving(data)


def test_an_animation_of_one_frame_does_not_move():
    assert not is_moving(gif(Part(0)))
    single = with_chunks(saved(gradient(), "PNG"), chunk(b"acTL", (1).to_bytes(4) + bytes(4)))
    assert not is_moving(single)
    declares_more = with_chunks(saved(gradient(), "PNG"), chunk(b"acTL", (9).to_bytes(4) + bytes(4)))
    assert not is_moving(declares_more)


@pytest.mark.parametrize("kind", MOVING)
def test_any_damage_gives_an_answer(kind):
    random = np.random.default_rng(0)
    for _ in range(200):
        data = bytearray(MOVING[kind][: random.integers(1, len(MOVING[kind]))])
        data[random.integers(len(data))] = random.integers(256)
        assert is_moving(bytes(data)) in (True, False)


def test_the_answer_is_quick_however_large_the_file():
    files = (
        gif(*[Part(0, width=1, height=1)] * 30_000),
        gif()[:-1] + b"!\xfe" + b"\1a" * 1_500_000 + b"\0;",
        with_chunks(saved(gradient(), "PNG"), chunk(b"tEXt", b"a") * 300_000),
        b"RIFF\xff\xff\xff\x7fWEBP" + b"abcd\0\0\0\0" * 500_000,
        b"\0\0\0\x14ftypavis\0\0\0\0avis" + b"\0\0\0\x08free" * 500_000,
        b"\0\0\0\x14ftypavis\0\0\0\0avis" + b"\0\0\0\x08moov" * 9_000,
    )
    began = time.process_time()
    for data in files:
        is_moving(data)
    assert time.process_time() - began < 3


def test_the_length_of_an_avif_is_read_from_its_track():
    assert media_milliseconds(MOVING["avif"]) == 600
    assert media_milliseconds(saved(gradient(), "AVIF")) is None
