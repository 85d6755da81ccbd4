import struct

import numpy as np
import pytest
from PIL import ExifTags, Image

from dream_engine.errors import DamagedPictureError
from dream_engine.images import decode
from dream_engine.images.webp_stream import read_webp
from tests.dream_engine.images.files import HEIGHT, WIDTH, difference, gradient, riff_chunk, saved

LOSSY = saved(gradient(), "WEBP", quality=90)
LOSSLESS = saved(gradient(), "WEBP", lossless=True)
TURNED = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'


def riff(body: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def test_only_exif_rotates_a_picture():
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    assert decode(saved(gradient(), "WEBP", exif=exif)).rgb.shape == (WIDTH, HEIGHT, 3)
    for file_format, options in [
        ("WEBP", {"xmp": TURNED}),
        ("JPEG", {"xmp": TURNED}),
        ("AVIF", {"xmp": TURNED}),
    ]:
        assert decode(saved(gradient(), file_format, **options)).rgb.shape == (HEIGHT, WIDTH, 3)


@pytest.mark.parametrize("webp", [LOSSY, LOSSLESS], ids=["lossy", "lossless"])
@pytest.mark.parametrize("broken_end", [b"EXIF\xff\0\0\0abc", b"XMP \xff\xff\0\0<x", b"abcd", b"ab"])
def test_truncated_metadata_after_the_picture_are_ignored(webp, broken_end):
    picture = decode(riff(webp[12:] + broken_end))
    assert np.array_equal(picture.rgb, decode(webp).rgb)
    assert not picture.is_cut_short


def test_a_truncated_webp_is_shown_in_part_and_marked_as_cut_short():
    picture = decode(LOSSY[: int(len(LOSSY) * 0.7)])
    assert picture.is_cut_short
    assert difference(picture, gradient(), rows=HEIGHT // 4) < 8
    with pytest.raises(DamagedPictureError):
        decode(LOSSY[:30])


def test_a_wrong_length_is_ignored():
    assert np.array_equal(decode(LOSSY[:4] + b"\xff\xff\xff\x7f" + LOSSY[8:]).rgb, decode(LOSSY).rgb)


def test_a_picture_that_claims_gigabytes_is_refused():
    with pytest.raises(DamagedPictureError):
        decode(LOSSY[:16] + b"\xff\xff\xff\x7f" + LOSSY[20:])


def test_only_needed_chunks_are_kept():
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 1
    whole = saved(gradient(), "WEBP", exif=exif, xmp=TURNED, icc_profile=b"profile")
    kept = read_webp(whole + riff_chunk(b"junk", bytes(9)) * 1000)
    assert kept.probe is None
    assert b"junk" not in kept.data
    assert TURNED not in kept.data
    assert b"profile" in kept.data
    assert difference(decode(whole), gradient()) < 6


def test_a_webp_without_a_picture_is_damaged():
    with pytest.raises(DamagedPictureError):
        decode(riff(riff_chunk(b"EXIF", b"abc")))


def test_the_first_chunk_of_each_kind_and_every_frame_are_kept():
    first, second = riff_chunk(b"ICCP", b"first!"), riff_chunk(b"ICCP", b"second")
    frames = [riff_chunk(b"ANMF", bytes([number] * 4)) for number in range(3)]
    kept = read_webp(riff(first + b"".join(frames) + second + riff_chunk(b"junk", b"odd"))).data
    assert kept == riff(first + b"".join(frames))


def test_the_numbers_of_kept_frames_and_of_parsed_chunks_are_bounded():
    frame = riff_chunk(b"ANMF", b"abcd")
    assert read_webp(riff(frame * 99)).data == riff(frame * 99)
    assert read_webp(riff(frame * 101)).data == riff(frame * 100)
    junk = riff_chunk(b"junk", b"")
    assert read_webp(riff(junk * 99_999 + frame)).data == riff(frame)
    with pytest.raises(DamagedPictureError):
        read_webp(riff(junk * 100_000 + frame))


@pytest.mark.parametrize("kind", [b"ICCP", b"EXIF"])
def test_metadata_are_kept_up_to_four_megabytes(kind):
    picture = riff_chunk(b"VP8 ", b"abcd")
    for length, expected in ((4_000_000, True), (4_000_001, False)):
        kept = read_webp(riff(picture + riff_chunk(kind, bytes(length)))).data
        assert (kind in kept) == expected
        assert kept.startswith(riff(b"")[:4])
    assert len(read_webp(riff(riff_chunk(b"VP8 ", bytes(4_000_002)))).data) > 4_000_000


def test_the_header_declares_only_chunks_that_are_kept():
    picture = riff_chunk(b"VP8 ", b"abcd")
    for more, flags in (
        (b"", 0x12),
        (riff_chunk(b"EXIF", b"ab"), 0x1A),
        (riff_chunk(b"ICCP", b"ab"), 0x32),
        (riff_chunk(b"XMP ", b"ab"), 0x12),
    ):
        kept = read_webp(riff(riff_chunk(b"VP8X", b"\x3e" + bytes(9)) + picture + more)).data
        assert kept[12:30] == riff_chunk(b"VP8X", bytes([flags]) + bytes(9))
    assert read_webp(riff(riff_chunk(b"VP8X", b"") + picture)).data == riff(
        riff_chunk(b"VP8X", b"") + picture
    )


def test_missing_bytes_up_to_64_times_the_file_are_filled_in_two_ways():
    whole = riff(riff_chunk(b"VP8 ", b"abcdef"))
    stream = read_webp(whole[:-2])
    assert stream.data == whole[:-2] + bytes(2)
    assert stream.probe is not None
    assert stream.probe[:-2] == whole[:-2]
    assert stream.probe[-2:] != bytes(2)
    assert read_webp(whole).probe is None
    start = riff(b"VP8 " + b"...." + b"abcdef")
    for missing, expected in ((64 * len(start), True), (64 * len(start) + 1, False)):
        claimed = start[:16] + struct.pack("<I", 6 + missing) + start[20:]
        if expected:
            assert len(read_webp(claimed).data) >= len(start) + missing
        else:
            with pytest.raises(DamagedPictureError):
                read_webp(claimed)


def test_a_chunk_of_odd_length_is_followed_by_one_more_byte():
    content = riff(riff_chunk(b"EXIF", b"odd") + riff_chunk(b"VP8 ", b"odd") + riff_chunk(b"ICCP", b"ab"))
    assert read_webp(content).data == content
