import io
import time

import numpy as np
import pytest
from PIL import ExifTags, Image

from dream_engine.errors import DamagedPictureError, PictureBombError, TooManyPixelsError
from dream_engine.images import Limits, decode, describe, encode
from dream_engine.images.jpeg_stream import read_jpeg
from tests.dream_engine.images.files import HEIGHT, WIDTH, difference, gradient, saved, segment

END = b"\xff\xd9"
BASELINE = saved(gradient(), "JPEG", quality=95)
PROGRESSIVE = saved(gradient(), "JPEG", quality=95, progressive=True)


def last_scan(jpeg: bytes) -> bytes:
    return jpeg[jpeg.rindex(b"\xff\xda") : -2]


def with_more_scans(times: int, before: bytes = b"") -> bytes:
    return PROGRESSIVE[:-2] + (before + last_scan(PROGRESSIVE)) * times + END


@pytest.mark.parametrize("jpeg", [BASELINE, PROGRESSIVE], ids=["baseline", "progressive"])
@pytest.mark.parametrize(
    "trailer", [b"", b"\xff", b"\n", b"\0" * 100, b"SEFT\xff\x02trailer" * 9, b"\xff\xd8\xff\xe0" * 20]
)
def test_a_jpeg_without_its_end_marker_is_complete_if_no_pixel_is_missing(jpeg, trailer):
    picture = decode(jpeg.removesuffix(END) + trailer)
    assert np.array_equal(picture.rgb, decode(jpeg).rgb)
    assert not picture.is_cut_short


@pytest.mark.parametrize("jpeg", [BASELINE, PROGRESSIVE], ids=["baseline", "progressive"])
def test_a_truncated_jpeg_is_shown_in_part_and_marked_as_cut_short(jpeg):
    picture = decode(jpeg[: int(len(jpeg) * 0.8)])
    assert picture.is_cut_short
    assert picture.rgb.shape == (HEIGHT, WIDTH, 3)
    assert difference(picture, gradient(), rows=HEIGHT // 3) < 20


def test_a_truncated_jpeg_is_shrunk_like_any_other():
    large = saved(gradient(480, 640), "JPEG", quality=95)
    picture = decode(large[: int(len(large) * 0.8)], size=160)
    assert picture.is_cut_short
    assert picture.rgb.shape == (120, 160, 3)


def test_a_progressive_jpeg_that_ends_between_two_scans_is_cut_short():
    without_last = PROGRESSIVE[: PROGRESSIVE.rindex(b"\xff\xda")]
    assert decode(without_last).is_cut_short
    assert not decode(without_last + END).is_cut_short  # the end marker makes it complete


@pytest.mark.parametrize("part", [0.02, 0.3])
def test_a_jpeg_without_visible_rows_is_refused(part):
    with pytest.raises(DamagedPictureError):
        decode(BASELINE[: int(len(BASELINE) * part)])


@pytest.mark.parametrize(
    "foreign", [b"\n", b"\r\n\r\n", b"\xef\xbb\xbf", b"\0\0\0\0", b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n"]
)
def test_foreign_bytes_before_a_jpeg_are_dropped(foreign):
    assert np.array_equal(decode(foreign + BASELINE).rgb, decode(BASELINE).rgb)


@pytest.mark.parametrize("hidden_by", [b"", b"\xff\x01", b"\xff\xd3", b"\xff\xff\x01", b"\xff\x01\xff\xd0"])
def test_scans_are_counted_as_the_decoder_sees_them(hidden_by):
    with pytest.raises(PictureBombError):
        read_jpeg(with_more_scans(250, hidden_by))
    assert decode(with_more_scans(3, hidden_by)).rgb.shape == (HEIGHT, WIDTH, 3)


def test_the_work_of_scans_counts_their_pixels():
    header = BASELINE.index(b"\xff\xc0")
    huge = bytearray(PROGRESSIVE)
    header = huge.index(b"\xff\xc2")
    huge[header + 5 : header + 9] = (16_000).to_bytes(2) + (16_000).to_bytes(2)
    with pytest.raises(PictureBombError):
        read_jpeg(bytes(huge))


def test_scans_after_a_complete_picture_are_dropped():
    assert len(read_jpeg(with_more_scans(50)).data) < len(PROGRESSIVE) + 100


def test_metadata_are_dropped_quickly():
    exif = segment(0xE1, b"Exif\0\0" + bytes(1000)) * 4000
    comments = segment(0xFE, b"a comment") * 20_000
    profiles = segment(0xE2, b"ICC_PROFILE\0\1\1" + bytes(60_000)) * 100
    began = time.process_time()
    picture = decode(BASELINE[:2] + exif + comments + profiles + BASELINE[2:])
    assert time.process_time() - began < 2
    assert difference(picture, gradient()) < 6


def test_more_segments_than_any_photograph_needs_are_refused():
    with pytest.raises(PictureBombError):
        decode(BASELINE[:2] + segment(0xE5, b"") * 100_001 + BASELINE[2:])


def test_only_metadata_that_the_pixels_need_are_kept():
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    whole = saved(gradient(), "JPEG", exif=exif, icc_profile=b"a profile", comment=b"hello")
    kept = Image.open(io.BytesIO(read_jpeg(whole).data))
    assert kept.getexif()[ExifTags.Base.Orientation] == 6
    assert kept.info["icc_profile"] == b"a profile"
    assert "comment" not in kept.info
    cmyk = saved(gradient().convert("CMYK"), "JPEG", quality=95)
    assert Image.open(io.BytesIO(read_jpeg(cmyk).data)).info["adobe"] == 100
    assert difference(decode(cmyk), gradient().convert("CMYK")) < 8


def test_the_first_of_several_exif_segments_is_used():
    first, second = Image.Exif(), Image.Exif()
    first[ExifTags.Base.Orientation], second[ExifTags.Base.Orientation] = 1, 6
    both = b"".join(segment(0xE1, exif.tobytes()) for exif in (first, second))
    assert decode(BASELINE[:2] + both + BASELINE[2:]).rgb.shape == (HEIGHT, WIDTH, 3)


def test_a_dreams_description_is_kept():
    description = {"settings": {"seed": 5}}
    assert describe(encode(decode(BASELINE), "jpeg", description)[:-2]) == description


def test_the_memory_for_coefficients_is_that_of_the_whole_picture():
    large = saved(gradient(640, 800), "JPEG", progressive=True, subsampling=0)
    assert read_jpeg(large).coefficient_bytes == 640 * 800 * 3 * 2
    assert read_jpeg(saved(gradient(640, 800), "JPEG", progressive=True)).coefficient_bytes == 640 * 800 * 3
    assert read_jpeg(saved(gradient(640, 800), "JPEG")).coefficient_bytes == 0
    decode(large, size=64, max_decoded_pixels=200_000)
    with pytest.raises(TooManyPixelsError):
        decode(large, size=64, max_decoded_pixels=100_000)
    decode(saved(gradient(640, 800), "JPEG"), size=64, max_decoded_pixels=100_000)


@pytest.mark.parametrize(
    "broken",
    [
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8\xff\xdb",
        b"\xff\xd8\xff\xe0\0\1",
        b"\xff\xd8" + segment(0xC0, b"\x08\0\x40\0\x40\x03\1"),
        b"\xff\xd8" + segment(0xC0, b"\x08"),
        b"\xff\xd8" + segment(0xDA, b"\1\1\0\0\x3f\0"),
        b"\xff\xd8" + segment(0xC0, b"\x08\0\x40\0\x40\x01\1\x11\0") + segment(0xDA, b""),
    ],
)
def test_an_inconsistent_jpeg_is_damaged(broken):
    with pytest.raises(DamagedPictureError):
        decode(broken, Limits())


def test_a_second_picture_in_the_file_is_ignored():
    other = saved(Image.new("RGB", (WIDTH, HEIGHT), "white"), "JPEG")
    assert np.array_equal(decode(BASELINE + other).rgb, decode(BASELINE).rgb)
    assert np.array_equal(decode(BASELINE[:-2] + other).rgb, decode(BASELINE).rgb)


def test_a_thumbnail_in_the_metadata_does_not_affect_the_picture():
    thumbnail = segment(0xE5, saved(gradient(32, 32), "JPEG"))
    assert np.array_equal(decode(BASELINE[:2] + thumbnail + BASELINE[2:]).rgb, decode(BASELINE).rgb)


def kinds(jpeg: bytes) -> list[tuple[int, bytes]]:
    """The segments before the first scan, each with its kind and its content."""
    found, position = [], 2
    while jpeg[position + 1] != 0xDA:
        end = position + 2 + int.from_bytes(jpeg[position + 2 : position + 4])
        found.append((jpeg[position + 1], jpeg[position + 4 : end]))
        position = end
    return found


PLAIN = [part for part in kinds(BASELINE) if part[0] != 0xE0]
SCAN = BASELINE[BASELINE.index(b"\xff\xda") :]
FRAME = next(content for kind, content in PLAIN if kind == 0xC0)


def a_jpeg(*segments: tuple[int, bytes], scan: bytes = SCAN) -> bytes:
    return b"\xff\xd8" + b"".join(segment(*part) for part in segments) + scan


def test_a_rewritten_jpeg_has_the_same_pixels():
    assert read_jpeg(BASELINE).data == BASELINE
    assert read_jpeg(PROGRESSIVE).data == PROGRESSIVE


def test_the_first_segment_of_each_needed_kind_is_kept():
    needed = [(0xE0, b"JFIF\0first"), (0xE1, b"Exif\0\0first"), (0xEE, b"Adobe first")]
    others = [
        *((kind, content.replace(b"first", b"second")) for kind, content in needed),
        *((0xE0, b"JFXX\0"), (0xE1, b"http://ns.adobe.com/xap/1.0/\0"), (0xEE, b"other"), (0xFE, b"JFIF")),
        *((0xE1, b"JFIF"), (0xE2, b"Adobe"), (0xE2, b"MPF\0"), (0xEF, b"Exif\0"), (0xE2, b"ICC_PROFILE")),
    ]
    kept = kinds(read_jpeg(a_jpeg(*others[3:], *needed, *others, *PLAIN)).data)
    assert kept == [*needed, *PLAIN]


def test_a_profile_is_written_first_and_completely_or_not_at_all():
    parts = [(0xE2, b"ICC_PROFILE\0" + bytes([number, 2]) + b"abc") for number in (1, 2)]
    assert kinds(read_jpeg(a_jpeg(*PLAIN[:1], *parts, *PLAIN[1:])).data) == [*parts, *PLAIN]
    head = b"ICC_PROFILE\0"
    large = [(0xE2, head + bytes(50_000 - 4 - len(head)))] * 80
    assert len(kinds(read_jpeg(a_jpeg(*large, *PLAIN)).data)) == 80 + len(PLAIN)
    one_more = [(kind, content + b"\0") for kind, content in large[:1]]
    assert kinds(read_jpeg(a_jpeg(*one_more, *large[1:], *PLAIN)).data) == PLAIN


def test_the_number_of_segments_is_bounded():
    own = len(PLAIN) + 2  # the scan and the end
    read_jpeg(a_jpeg(*[(0xE5, b"")] * (100_000 - own), *PLAIN))
    with pytest.raises(PictureBombError):
        read_jpeg(a_jpeg(*[(0xE5, b"")] * (100_001 - own), *PLAIN))


def test_the_number_of_scans_is_bounded():
    assert read_jpeg(a_jpeg(*PLAIN, scan=SCAN[:-2] * 200 + END)).is_complete
    with pytest.raises(PictureBombError):
        read_jpeg(a_jpeg(*PLAIN, scan=SCAN[:-2] * 201 + END))


def test_the_pixels_of_all_scans_are_bounded():
    for height, refused in ((60_000, False), (60_001, True)):
        frame = FRAME[:1] + height.to_bytes(2) + (5000).to_bytes(2) + FRAME[5:]
        parts = [(kind, frame if kind == 0xC0 else content) for kind, content in PLAIN]
        jpeg = a_jpeg(*parts, scan=SCAN[:-2] * 5 + END)
        if refused:
            with pytest.raises(PictureBombError):
                read_jpeg(jpeg)
        else:
            read_jpeg(jpeg)


@pytest.mark.parametrize(
    "kind", [0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF]
)
def test_every_kind_of_frame_is_supported_sequential_or_progressive(kind):
    jpeg = read_jpeg(a_jpeg((kind, FRAME)))
    assert kinds(jpeg.data) == [(kind, FRAME)]
    assert (jpeg.coefficient_bytes > 0) == (kind in (0xC2, 0xC6, 0xCA, 0xCE))
    second = read_jpeg(a_jpeg((kind, FRAME), scan=SCAN[:-2] + segment(kind, FRAME) + SCAN))
    assert second.data.count(segment(kind, FRAME)) == 1


@pytest.mark.parametrize("kind", [0xC4, 0xCC, 0xDB, 0xDC, 0xDD])
def test_tables_are_kept(kind):
    assert kinds(read_jpeg(a_jpeg((kind, b"table"), *PLAIN)).data) == [(kind, b"table"), *PLAIN]


@pytest.mark.parametrize("kind", [0xC8, 0xDE, 0xDF, 0xF0, 0xFD, 0x02, 0xBF])
def test_an_unknown_marker_ends_the_file(kind):
    with pytest.raises(DamagedPictureError):
        read_jpeg(a_jpeg((kind, b"table"), *PLAIN))
    assert read_jpeg(a_jpeg(*PLAIN)[:-2] + segment(kind, b"") + SCAN).data == a_jpeg(*PLAIN)


@pytest.mark.parametrize("alone", [0x01, *range(0xD0, 0xD8)])
def test_standalone_markers_are_skipped(alone):
    marker = b"\xff" + bytes([alone])
    assert read_jpeg(BASELINE[:2] + marker + BASELINE[2:]).data == BASELINE
    inside = SCAN[:20] + marker + SCAN[20:]
    assert read_jpeg(a_jpeg(*PLAIN, scan=inside)).data == a_jpeg(*PLAIN, scan=inside)


def progressive_scan(first: int, last: int, shifts: int) -> bytes:
    names = b"".join(bytes([FRAME[6 + 3 * number], 0]) for number in range(3))
    return segment(0xDA, b"\3" + names + bytes([first, last, shifts])) + b"data"


@pytest.mark.parametrize(
    ("scans", "is_complete"),
    [
        ([(0, 63, 0)], True),
        ([(0, 62, 0)], False),
        ([(1, 63, 0)], False),
        ([(0, 0, 0), (1, 63, 0)], True),
        ([(0, 0, 0), (2, 63, 0)], False),
        ([(0, 63, 0x01)], False),
        ([(0, 63, 0x01), (0, 63, 0x10)], True),
        ([(0, 255, 0)], True),
        ([(64, 255, 0)], False),
    ],
)
def test_a_progressive_jpeg_is_complete_with_every_bit_of_every_coefficient(scans, is_complete):
    jpeg = a_jpeg((0xC2, FRAME), scan=b"".join(progressive_scan(*scan) for scan in scans))
    assert read_jpeg(jpeg).is_complete == is_complete
    assert read_jpeg(jpeg + END).is_complete
    another = read_jpeg(jpeg + progressive_scan(0, 0, 0) + END).data
    assert (another == jpeg + END) == is_complete


def test_a_scan_of_one_colour_does_not_complete_another():
    one = segment(0xDA, b"\1" + bytes([FRAME[6], 0, 0, 63, 0])) + b"data"
    for kind in (0xC0, 0xC2):
        assert not read_jpeg(a_jpeg((kind, FRAME), scan=one)).is_complete


def test_a_complete_jpeg_has_no_probe_and_a_truncated_one_has_other_data_appended():
    assert read_jpeg(BASELINE).probe is None
    cut = BASELINE[:-2]
    stream = read_jpeg(cut + b"\xff\xff")
    assert stream.data == BASELINE
    assert stream.probe is not None
    assert stream.probe.startswith(cut)
    assert stream.probe.endswith(END)
    noise = stream.probe[len(cut) : -2]
    assert (len(noise), noise.count(b"\xff"), len(set(noise)) > 100) == (512, 0, True)


def test_a_frame_whose_header_is_too_short_is_refused_as_damaged():
    for length in (0, 5, len(FRAME) - 1):
        with pytest.raises(DamagedPictureError):
            read_jpeg(a_jpeg((0xC0, FRAME[:length])))
    read_jpeg(a_jpeg((0xC0, FRAME + b"more")))


def test_a_segment_of_an_impossible_length_ends_the_file():
    for length in (b"\0\0", b"\0\1"):
        assert read_jpeg(BASELINE[:-2] + b"\xff\xfe" + length + SCAN).data == BASELINE
    assert read_jpeg(BASELINE[:-2] + b"\xff\xfe\0\2" + END).probe is None
    assert read_jpeg(BASELINE[:-2] + b"\xff\xfe\0\3").data == BASELINE
