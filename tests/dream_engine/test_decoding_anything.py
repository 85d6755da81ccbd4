"""Arbitrary bytes are either a picture or an error with one sentence."""

import io
import random
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pillow_heif import register_heif_opener

from dream_engine.errors import PictureError
from dream_engine.images import Limits, decode

register_heif_opener()

VARIANTS = (
    ("PNG", {}),
    ("PNG", {"save_all": True, "append_images": [Image.new("RGB", (48, 40), "teal")], "default_image": True}),
    ("JPEG", {}),
    ("JPEG", {"progressive": True, "restart_marker_blocks": 2}),
    ("WEBP", {}),
    ("WEBP", {"lossless": True, "xmp": b"<x/>", "icc_profile": b"profile"}),
    ("GIF", {}),
    ("GIF", {"save_all": True, "append_images": [Image.new("P", (48, 40), 7)], "comment": b"hello"}),
    ("BMP", {}),
    ("TIFF", {}),
    ("TIFF", {"compression": "tiff_lzw"}),
    ("TIFF", {"compression": "jpeg"}),
    ("TIFF", {"big_tiff": True, "compression": "tiff_adobe_deflate"}),
    ("AVIF", {}),
    ("HEIF", {}),
)
FORMATS = {name for name, _ in VARIANTS}
MODES = ("RGB", "L", "P", "RGBA")
LIMITS = Limits(megabytes=1.0, megapixels=1.0)


def saved(file_format: str, mode: str, options: dict) -> bytes | None:
    """A small picture in a format, if the format supports its mode."""
    colours = np.random.default_rng(1).integers(0, 256, (40, 48, 3), np.uint8)
    buffer = io.BytesIO()
    try:
        Image.fromarray(colours).convert(mode).save(buffer, file_format, **options)
    except (OSError, ValueError):
        return None
    return buffer.getvalue()


CORPUS = [content for name, more in VARIANTS for mode in MODES if (content := saved(name, mode, more))]
BOUNDED_SECONDS = 3.0


def with_lying_numbers(content: bytes, seed: int, changes: int) -> bytes:
    """A picture's bytes with some runs of 2, 4 or 8 replaced by numbers that are difficult for parsers."""
    chance = random.Random(seed)
    bytes_ = bytearray(content)
    for _ in range(changes):
        width = chance.choice((2, 4, 8))
        number = chance.choice(
            (0, 1, 2, 7, 255, 256, 32_767, 65_535, 2**31 - 1, 2**31, 2**32 - 1, len(bytes_))
        )
        at = chance.randrange(min(len(bytes_), chance.choice((64, 512, len(bytes_)))))
        bytes_[at : at + width] = (number % 2 ** (8 * width)).to_bytes(
            width, chance.choice(("little", "big"))
        )
    return bytes(bytes_)


def spoilt(content: bytes, seed: int, changes: int) -> bytes:
    """A picture's bytes with some changed, duplicated, removed, or cut off at the end."""
    chance = random.Random(seed)
    bytes_ = bytearray(content)
    for _ in range(changes):
        at, length = chance.randrange(len(bytes_)), chance.choice((1, 1, 1, 2, 4, 16))
        kind = chance.randrange(5)
        if kind == 0:
            bytes_[at : at + length] = chance.randbytes(length)
        elif kind == 1:
            bytes_[at] ^= 1 << chance.randrange(8)
        elif kind == 2:
            bytes_[at:at] = bytes_[at : at + length]
        elif kind == 3:
            bytes_[at : at + length] = chance.choice((b"\x00", b"\xff", b"\x7f")) * length
        elif len(bytes_) > 32:
            del bytes_[max(at, 16) :]
    return bytes(bytes_)


def complaint_about(content: bytes) -> str | None:
    """The message with which a picture is refused; ``None`` if it is decoded."""
    try:
        picture = decode(content, LIMITS)
    except PictureError as error:
        return str(error)
    assert picture.rgb.dtype == np.uint8
    assert picture.rgb.shape == (picture.height, picture.width, 3)
    assert picture.height * picture.width <= LIMITS.megapixels * 1e6
    return None


def check(content: bytes) -> None:
    began = time.process_time()
    complaint = complaint_about(content)
    assert time.process_time() - began < BOUNDED_SECONDS
    assert complaint is None or (complaint and "\n" not in complaint)


def test_the_unmodified_files_are_pictures():
    assert len(CORPUS) > 2 * len(FORMATS)
    assert [complaint_about(content) for content in CORPUS] == [None] * len(CORPUS)


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=400, deadline=5000, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(CORPUS), st.integers(0, 2**32), st.integers(1, 12))
def test_a_modified_picture_is_a_picture_or_a_sentence(content, seed, changes):
    check(spoilt(content, seed, changes))


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=400, deadline=5000, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(CORPUS), st.integers(0, 2**32), st.integers(1, 4))
def test_a_picture_with_wrong_numbers_is_a_picture_or_a_sentence(content, seed, changes):
    check(with_lying_numbers(content, seed, changes))


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=300, deadline=5000, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(CORPUS), st.sampled_from(CORPUS), st.integers(0, 2**32))
def test_two_pictures_spliced_together_are_a_picture_or_a_sentence(first, second, seed):
    chance = random.Random(seed)
    check(first[: chance.randrange(len(first))] + second[chance.randrange(len(second)) :])


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=200, deadline=5000, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(CORPUS), st.floats(0.0, 1.0), st.binary(max_size=8))
def test_a_picture_truncated_anywhere_is_a_picture_or_a_sentence(content, part, trailer):
    check(content[: int(part * len(content))] + trailer)


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=200, deadline=5000, derandomize=True)
@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_a_picture_or_a_sentence(content):
    check(content)
