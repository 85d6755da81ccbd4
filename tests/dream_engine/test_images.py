import contextlib
import io
import struct
import zipfile
import zlib

import numpy as np
import pytest
from PIL import ExifTags, Image

from dream_engine.errors import (
    DamagedPictureError,
    EmptyPictureError,
    InvisiblePictureError,
    NoDreamInsideError,
    NotAPictureError,
    PictureBombError,
    PictureError,
    TooLargeForFormatError,
    TooManyBytesError,
    TooManyPixelsError,
    TooNarrowError,
    TooSmallError,
)
from dream_engine.images import Limits, Picture, check_encodable, decode, describe, encode, encode_preview
from dream_engine.images.encoding import LONGEST_SIDE
from tests.conftest import EXAMPLES

HEIGHT, WIDTH = 48, 64


def gradient() -> Image.Image:
    """A picture without symmetry: red increases to the right, green downward, one corner is blue."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    corner = (rows < HEIGHT / 2) & (columns < WIDTH / 2)
    return Image.fromarray(np.stack([columns * 4, rows * 5, corner * 200], axis=-1).astype(np.uint8))


def saved(image: Image.Image, file_format: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def difference(picture: Picture, image: Image.Image) -> float:
    return float(np.abs(picture.rgb.astype(float) - np.asarray(image.convert("RGB"), float)).mean())


@pytest.mark.parametrize(
    ("file_format", "options"),
    [
        ("PNG", {}),
        ("JPEG", {"quality": 95}),
        ("JPEG", {"quality": 95, "progressive": True}),
        ("WEBP", {"lossless": True}),
        ("WEBP", {"quality": 95}),
        ("BMP", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("AVIF", {"quality": 95}),
        ("HEIF", {"quality": 95}),
        ("MPO", {"quality": 95}),
    ],
)
def test_every_format_is_read(file_format, options):
    picture = decode(saved(gradient(), file_format, **options))
    assert picture.rgb.shape == (HEIGHT, WIDTH, 3)
    assert picture.alpha is None
    assert difference(picture, gradient()) < 6


@pytest.mark.parametrize(
    ("mode", "file_format"),
    [
        ("P", "PNG"), ("P", "TIFF"), ("P", "BMP"), ("1", "PNG"), ("1", "TIFF"), ("L", "PNG"), ("L", "TIFF"),
        ("L", "JPEG"), ("L", "WEBP"), ("CMYK", "JPEG"), ("CMYK", "TIFF"),
    ],
)  # fmt: skip
def test_every_colour_mode_is_read(mode, file_format):
    image = gradient().convert(mode)
    assert difference(decode(saved(image, file_format)), image) < 8


def test_sixteen_bits_of_grey_are_scaled_instead_of_clipped():
    ramp = np.linspace(0, 65535, HEIGHT * WIDTH).reshape(HEIGHT, WIDTH).astype(np.uint16)
    for file_format in ("PNG", "TIFF"):
        picture = decode(saved(Image.fromarray(ramp), file_format))
        np.testing.assert_allclose(picture.rgb[..., 0], ramp / 257.0, atol=1)


def test_floating_point_grey_is_read():
    ramp = np.linspace(0, 1, HEIGHT * WIDTH).reshape(HEIGHT, WIDTH).astype(np.float32)
    np.testing.assert_allclose(decode(saved(Image.fromarray(ramp), "TIFF")).rgb[..., 1], ramp * 255, atol=1)


@pytest.mark.parametrize("file_format", ["GIF", "PNG", "WEBP"])
def test_the_first_frame_of_an_animation_is_used(file_format):
    second = Image.new("RGB", (WIDTH, HEIGHT), "white")
    data = saved(gradient(), file_format, save_all=True, append_images=[second], duration=100)
    assert difference(decode(data), gradient()) < 20


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_picture_is_rotated_by_every_exif_orientation(orientation, file_format):
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = gradient().transpose(undo[orientation]) if orientation in undo else gradient()
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    picture = decode(saved(stored, file_format, exif=exif))
    assert (picture.height, picture.width) == (HEIGHT, WIDTH)
    assert difference(picture, gradient()) < 12


def linear_grey_profile() -> bytes:
    """A linear greyscale ICC profile, in which 50 % is far brighter than in sRGB."""
    curve = b"curv" + bytes(4) + struct.pack(">IHxx", 1, 0x0100)
    white = b"XYZ " + bytes(4) + struct.pack(">iii", 0xF6D6, 0x10000, 0xD32D)
    tags = struct.pack(">I", 2)
    tags += b"kTRC" + struct.pack(">II", 156, len(curve)) + b"wtpt" + struct.pack(">II", 172, len(white))
    header = struct.pack(">I4xI", 192, 0x02400000) + b"mntrGRAYXYZ " + bytes(12) + b"acsp" + bytes(28)
    header += struct.pack(">iii", 0xF6D6, 0x10000, 0xD32D)
    return header.ljust(128, b"\0") + tags + curve + white


def test_colours_are_converted_to_srgb():
    adobe = Image.open(io.BytesIO((EXAMPLES / "rocket.jpg").read_bytes())).info["icc_profile"]
    picture = decode(saved(Image.new("RGB", (64, 48), (60, 160, 60)), "PNG", icc_profile=adobe))
    red, green, _ = picture.rgb[0, 0].astype(int)
    assert red < 30  # Adobe's green is out of sRGB's reach: all the red goes
    assert abs(green - 160) < 6


def test_an_invalid_profile_is_ignored():
    assert difference(decode(saved(gradient(), "PNG", icc_profile=b"no profile")), gradient()) == 0


@pytest.mark.parametrize(
    ("mode", "file_format"),
    [("RGBA", "PNG"), ("LA", "PNG"), ("RGBA", "WEBP"), ("RGBA", "TIFF"), ("P", "GIF")],
)
def test_transparency_is_kept(mode, file_format):
    alpha = Image.new("L", (WIDTH, HEIGHT), 255)
    alpha.paste(0, (0, 0, WIDTH // 2, HEIGHT))
    image = gradient()
    image.putalpha(alpha)
    data = saved(image.convert(mode) if mode != "P" else image, file_format)
    picture = decode(data)
    np.testing.assert_array_equal(picture.alpha, np.asarray(alpha))


def test_an_alpha_that_is_opaque_everywhere_is_none():
    assert decode(saved(gradient().convert("RGBA"), "PNG")).alpha is None


@pytest.mark.parametrize("file_format", ["png", "webp", "jpeg"])
def test_transparency_is_encoded_in_formats_that_support_it(file_format):
    alpha = np.full((HEIGHT, WIDTH), 255, np.uint8)
    alpha[:, :20] = 0
    picture = Picture(np.asarray(gradient()), alpha)
    back = decode(encode(picture, file_format))
    if file_format == "jpeg":
        assert back.alpha is None
        assert back.rgb[:, :10].min() > 240  # white shows through
    else:
        np.testing.assert_array_equal(back.alpha, alpha)


@pytest.mark.parametrize("file_format", ["png", "webp", "jpeg"])
def test_a_dreams_only_metadata_is_its_description(file_format):
    description = {"preset": "mild", "settings": {"octaves": 3}}
    data = encode(Picture(np.asarray(gradient())), file_format, description)
    assert describe(data) == description
    exif = Image.open(io.BytesIO(data)).getexif()
    assert set(exif) <= {ExifTags.Base.ImageDescription, ExifTags.Base.Software}


def test_other_pictures_have_no_description():
    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = "my holiday"
    for data in (saved(gradient(), "PNG"), saved(gradient(), "JPEG", exif=exif)):
        with pytest.raises(NoDreamInsideError):
            describe(data)


def test_a_large_picture_is_shrunk_to_size_and_a_small_one_is_unchanged():
    large = gradient().resize((640, 480))
    for file_format in ("PNG", "JPEG"):
        assert decode(saved(large, file_format), size=320).rgb.shape == (240, 320, 3)
    assert decode(saved(gradient(), "PNG"), size=320).rgb.shape == (HEIGHT, WIDTH, 3)
    strip = Image.new("RGB", (2000, 100), "teal")
    assert decode(saved(strip, "PNG"), size=400).rgb.shape == (32, 640, 3)


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_that_claims(width: int, height: int, *more: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(more) + pixels


def zip_archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", b"\0" * 10_000_000)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "kind", "named"),
    [
        (b"", EmptyPictureError, "empty"),
        (b"Dear bot, please dream.", NotAPictureError, "a text file"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", NotAPictureError, "an SVG drawing"),
        (b"<!DOCTYPE html><html></html>", NotAPictureError, "a web page"),
        (b"%PDF-1.7 \xff", NotAPictureError, "a PDF"),
        (zip_archive(), NotAPictureError, "a zip archive"),
        (bytes(range(256)) * 40, NotAPictureError, "something else"),
        (png_that_claims(50_000, 50_000), TooManyPixelsError, "64 megapixels"),
        (png_that_claims(9_000, 9_000), TooManyPixelsError, "64 megapixels"),
        (png_that_claims(500, 500), DamagedPictureError, "damaged"),
        (saved(Image.new("RGBA", (64, 48)), "PNG"), InvisiblePictureError, "completely transparent"),
        (saved(Image.new("RGBA", (64, 48)), "WEBP"), InvisiblePictureError, "completely transparent"),
        (saved(Image.new("RGB", (31, 40)), "PNG"), TooSmallError, "31 × 40"),
        (saved(Image.new("RGB", (40, 801)), "PNG"), TooNarrowError, "20 times"),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else None,
)
def test_a_file_that_is_no_picture_is_refused_with_a_sentence(data, kind, named):
    with pytest.raises(kind, match=named):
        decode(data)


def test_a_png_whose_text_expands_to_200_megabytes_is_refused():
    text = zlib.compress(b"\0" * 200_000_000, 1)
    with pytest.raises(DamagedPictureError, match="damaged"):
        decode(png_that_claims(500, 500, chunk(b"zTXt", b"a\0\0" + text)))


def test_a_jpeg_with_thousands_of_scans_is_refused():
    data = saved(gradient(), "JPEG", progressive=True)
    last_scan = data.rindex(b"\xff\xda")
    with pytest.raises(PictureBombError):
        decode(data[:-2] + data[last_scan:-2] * 3000 + data[-2:])


@pytest.mark.parametrize(
    "beginning",
    [b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\0\0\0\0WEBP", b"\0\0\0\x18ftypheic", b"BM", b"II*\0"],
)
def test_a_file_that_starts_like_a_picture_is_reported_as_damaged(beginning):
    with pytest.raises(DamagedPictureError):
        decode(beginning)


def test_a_files_size_is_checked_before_it_is_opened():
    with pytest.raises(TooManyBytesError, match="over the 2 MB limit"):
        decode(b"\x89PNG" + bytes(2_000_000), Limits(megabytes=2))


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF"])
def test_a_file_that_is_cut_short_or_scrambled_is_a_picture_or_a_sentence(file_format):
    data = saved(gradient(), file_format)
    random = np.random.default_rng(5)
    cut = [data[: int(len(data) * part)] for part in (0.02, 0.1, 0.4, 0.7, 0.95)]
    scrambled = []
    for _ in range(60):
        copy = bytearray(data)
        for position in random.integers(0, len(data), 6):
            copy[position] = random.integers(256)
        scrambled.append(bytes(copy))
    for broken in cut + scrambled:
        with contextlib.suppress(PictureError):
            assert decode(broken).rgb.dtype == np.uint8


def test_the_format_is_recognised_by_content_and_not_by_name(tmp_path):
    path = tmp_path / "photo.txt"
    path.write_bytes(saved(gradient(), "WEBP", lossless=True))
    assert difference(decode(path.read_bytes()), gradient()) == 0


@pytest.mark.parametrize("file_format", ["png", "jpeg", "webp"])
def test_the_most_detailed_picture_can_be_encoded(file_format):
    noise = np.random.default_rng(0).integers(0, 256, (300, 300, 3), np.uint8)
    assert decode(encode(Picture(noise), file_format)).rgb.shape == noise.shape


def test_a_picture_too_large_for_the_format_is_refused():
    strip = Picture(np.zeros((850, 16999, 3), np.uint8))
    check_encodable(strip, "png")
    with pytest.raises(TooLargeForFormatError, match="A WEBP file can be at most 16383 pixels a side"):
        check_encodable(strip, "webp")


@pytest.mark.parametrize("mode", ["L", "LA"])
def test_grey_is_converted_to_srgb_with_transparency_or_without(mode):
    grey = Image.new("L", (64, 48), 55).convert(mode)
    picture = decode(saved(grey, "PNG", icc_profile=linear_grey_profile()))
    assert abs(int(picture.rgb[0, 0, 0]) - 127) < 3  # a light of 0.216 is half of sRGB's scale


def test_invalid_metadata_does_not_affect_pixels():
    data = saved(gradient(), "PNG", exif=b"Exif\0\0nonsense")
    assert difference(decode(data), gradient()) == 0


def test_a_preview_is_small():
    preview = Image.open(io.BytesIO(encode_preview(np.zeros((900, 1500, 3), np.uint8), (180, 300))))
    assert (preview.format, preview.size) == ("JPEG", (300, 180))


@pytest.mark.parametrize(
    ("file_format", "options"),
    [
        ("png", {"compress_level": 6}),
        ("jpeg", {"quality": 93, "subsampling": 0}),
        ("webp", {"quality": 92, "method": 4}),
    ],
)
def test_a_dream_is_encoded_visually_lossless(file_format, options):
    plain = Image.Exif()
    assert encode(Picture(np.asarray(gradient())), file_format) == saved(
        gradient(), file_format, exif=plain, **options
    )
    if file_format != "png":
        asked = saved(gradient(), file_format, exif=plain, **options | {"quality": 30})
        assert encode(Picture(np.asarray(gradient())), file_format, quality=30) == asked


@pytest.mark.parametrize(("file_format", "longest"), [("jpeg", 65_500), ("webp", 16_383)])
def test_each_format_has_a_longest_side(file_format, longest):
    for shape in ((longest, 1, 3), (1, longest, 3)):
        check_encodable(Picture(np.zeros(shape, np.uint8)), file_format)
    for shape in ((longest + 1, 1, 3), (1, longest + 1, 3)):
        with pytest.raises(TooLargeForFormatError, match=f"at most {longest} pixels"):
            check_encodable(Picture(np.zeros(shape, np.uint8)), file_format)


def test_a_png_supports_every_side_that_fits_its_header():
    assert LONGEST_SIDE["png"] == 2_147_483_647


def test_a_preview_is_a_small_file_of_fair_quality():
    rgb = np.asarray(gradient())
    fair = gradient().resize((32, 24), Image.Resampling.BICUBIC, reducing_gap=2.0)
    assert encode_preview(rgb, (24, 32)) == saved(fair, "JPEG", quality=80)
    see_through = gradient()
    see_through.putalpha(100)
    fair = see_through.resize((32, 24), Image.Resampling.BICUBIC)
    alpha = np.full((HEIGHT, WIDTH), 100, np.uint8)
    assert encode_preview(rgb, (24, 32), alpha) == saved(fair, "WEBP", quality=80, method=2)


@pytest.mark.parametrize("told", ["[1]", '["settings"]', '"settings"', "null", "{}", '{"preset": "mild"}'])
def test_a_description_without_settings_is_rejected(told):
    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = told
    with pytest.raises(NoDreamInsideError):
        describe(saved(gradient(), "PNG", exif=exif))


def test_a_description_is_read_within_the_limits():
    png = encode(Picture(np.asarray(gradient())), "png", {"settings": {}})
    with pytest.raises(TooManyPixelsError):
        describe(png, Limits(megapixels=0.001))


def test_a_dream_names_the_program_that_made_it():
    exif = Image.open(io.BytesIO(encode(Picture(np.asarray(gradient())), "png", {"settings": {}}))).getexif()
    assert exif[ExifTags.Base.Software].startswith("dream-bot ")
    plain = Image.open(io.BytesIO(encode(Picture(np.asarray(gradient())), "png"))).getexif()
    assert not plain


def bmp(pixels: np.ndarray) -> bytes:
    """A BMP of 32 bits per pixel with a V5 header that declares the fourth byte as alpha."""
    height, width, _ = pixels.shape
    masks = struct.pack("<4I", 0x00FF0000, 0x0000FF00, 0x000000FF, 0xFF000000)
    header = struct.pack("<IiiHHIIiiII", 124, width, -height, 1, 32, 3, pixels.size, 0, 0, 0, 0) + masks
    body = header.ljust(124, b"\0") + pixels.tobytes()
    return b"BM" + struct.pack("<IHHI", 14 + len(body), 0, 0, 14 + 124) + body


def test_a_bmp_with_zero_alpha_everywhere_is_opaque():
    blue, green, red = np.asarray(gradient()).transpose(2, 0, 1)[::-1]
    unused = decode(bmp(np.stack([blue, green, red, 0 * red], axis=-1)))
    assert unused.alpha is None
    assert difference(unused, gradient()) == 0
    used = decode(bmp(np.stack([blue, green, red, np.where(blue, 255, 0).astype(np.uint8)], axis=-1)))
    np.testing.assert_array_equal(used.alpha, np.where(blue, 255, 0))


def test_a_large_bmp_of_run_lengths_is_refused_because_decoding_is_slow():
    runs = b"\1\5" * 2_000_001
    header = struct.pack("<IiiHHIIiiII", 40, 64, 48, 1, 8, 1, len(runs), 0, 0, 256, 0)
    with pytest.raises(PictureBombError):
        decode(b"BM" + struct.pack("<IHHI", 1078 + len(runs), 0, 0, 1078) + header + bytes(1024) + runs)


def test_a_truncated_bmp_is_shown_in_part_and_marked_as_cut_short():
    whole = saved(gradient(), "BMP")  # whose rows are stored from the bottom up
    picture = decode(whole[: int(len(whole) * 0.7)])
    assert picture.is_cut_short
    assert np.array_equal(picture.rgb[-HEIGHT // 2 :], np.asarray(gradient())[-HEIGHT // 2 :])
    assert picture.resized(20, 30).is_cut_short
