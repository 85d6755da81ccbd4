"""Samples of all depths, and all kinds of transparency in PNG and TIFF."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import ExifTags, Image

from dream_engine.images import decode
from tests.dream_engine.images.test_colour import chunk, cicp, png

HEIGHT, WIDTH = 40, 64


def noise(channels: int | None = None) -> np.ndarray:
    shape = (HEIGHT, WIDTH) if channels is None else (HEIGHT, WIDTH, channels)
    return np.random.default_rng(3).integers(0, 65536, shape).astype(np.uint16)


def nearest(samples: np.ndarray) -> np.ndarray:
    return (samples.astype(float) / 257).round().astype(np.uint8)


@pytest.mark.parametrize("channels", [3, 4])
def test_sixteen_bits_of_a_png_are_rounded_to_the_nearest_level(channels):
    samples = noise(channels)
    picture = decode(png(samples))
    visible = np.full((HEIGHT, WIDTH), True) if channels == 3 else nearest(samples[..., 3]) > 0
    np.testing.assert_array_equal(picture.rgb[visible], nearest(samples[..., :3])[visible])
    if channels == 4:
        np.testing.assert_array_equal(picture.alpha, nearest(samples[..., 3]))


def test_sixteen_bits_of_grey_with_alpha_are_read():
    samples = noise(2)
    picture = decode(png(samples))
    alpha = nearest(samples[..., 1])
    np.testing.assert_array_equal(picture.alpha, alpha)
    np.testing.assert_array_equal(picture.rgb[alpha > 0][:, 1], nearest(samples[..., 0])[alpha > 0])


def tiff(samples: np.ndarray, order: str, *, deflated: bool) -> bytes:
    """A TIFF of one strip of RGB or RGBA samples."""
    height, width, channels = samples.shape
    pixels = samples.astype(samples.dtype.newbyteorder(order)).tobytes()
    pixels = zlib.compress(pixels) if deflated else pixels
    bits = struct.pack(f"{order}{channels}H", *[16] * channels)
    entries = [
        (256, 4, 1, width), (257, 4, 1, height), (258, 3, channels, 8), (259, 3, 1, 8 if deflated else 1),
        (262, 3, 1, 2),
        (273, 4, 1, 8 + len(bits)), (277, 3, 1, channels), (278, 4, 1, height), (279, 4, 1, len(pixels)),
    ]  # fmt: skip
    if channels == 4:
        entries.append((338, 3, 1, 2))
    directory = struct.pack(f"{order}H", len(entries))
    for tag, kind, count, value in entries:
        short = kind == 3 and count == 1
        directory += struct.pack(f"{order}HHI", tag, kind, count)
        directory += struct.pack(f"{order}{'Hxx' if short else 'I'}", value)
    mark = b"II*\0" if order == "<" else b"MM\0*"
    start = 8 + len(bits) + len(pixels)
    return mark + struct.pack(f"{order}I", start) + bits + pixels + directory + bytes(4)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("deflated", [False, True])
def test_sixteen_bits_of_a_tiff_are_rounded_to_the_nearest_level(order, channels, deflated):
    samples = noise(channels)
    picture = decode(tiff(samples, order, deflated=deflated))
    alpha = nearest(samples[..., 3]) if channels == 4 else np.full((HEIGHT, WIDTH), 255)
    np.testing.assert_array_equal(picture.rgb[alpha > 0], nearest(samples[..., :3])[alpha > 0])


def test_sixteen_bits_are_rotated_in_both_bytes():
    samples = noise(3)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    data = png(samples, chunk(b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0")))
    np.testing.assert_array_equal(decode(data).rgb, nearest(np.rot90(samples, -1)))


def trns(*key: int) -> bytes:
    return chunk(b"tRNS", struct.pack(f">{len(key)}H", *key))


@pytest.mark.parametrize("kind", ["grey", "grey in linear light", "colours", "colours in linear light"])
def test_the_transparent_colour_of_sixteen_bits_is_compared_in_all_of_them(kind):
    samples = noise() if "grey" in kind else noise(3)
    samples[:, :20] = 0xFAFA
    samples[:, 20:30] = 0xFAFB  # the same high byte
    key = trns(*[0xFAFA] * (1 if samples.ndim == 2 else 3))
    told = [cicp(1, 8)] if "linear" in kind else []
    picture = decode(png(samples, key, *told))
    assert (picture.alpha[:, :20] == 0).all()
    assert (picture.alpha[:, 20:] == 255).all()
    if not told:
        levels = nearest(samples) if samples.ndim == 2 else nearest(samples[..., 0])
        np.testing.assert_array_equal(picture.rgb[:, 20:, 0], levels[:, 20:])


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_the_transparent_grey_of_few_bits_is_compared_as_it_is_stored(depth):
    levels = np.tile(np.arange(WIDTH) // 16 % 2**depth, (HEIGHT, 1)).astype(np.uint8)
    bits = np.unpackbits(levels[..., None], axis=-1)[..., 8 - depth :].reshape(HEIGHT, -1)
    rows = np.packbits(bits, axis=-1)
    whole = png(rows)
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, depth, 0, 0, 0, 0)
    # Bits beyond the depth of a sample are ignored.
    data = whole[:8] + chunk(b"IHDR", header) + trns(0xFF00 + 1) + whole[33:]
    picture = decode(data)
    np.testing.assert_array_equal(picture.alpha, np.where(levels == 1, 0, 255))
    visible = levels != 1
    stored = levels[visible].astype(int)
    np.testing.assert_array_equal(picture.rgb[visible][:, 0], stored * 255 // (2**depth - 1))


def test_the_transparent_colour_of_eight_bits_is_one_colour():
    samples = np.full((HEIGHT, WIDTH, 3), (10, 20, 30), np.uint8)
    samples[:, :20] = (10, 20, 31)
    picture = decode(png(samples, trns(10, 0x1214, 30)))
    assert (picture.alpha[:, :20] == 255).all()
    assert (picture.alpha[:, 20:] == 0).all()


def test_a_transparent_colour_that_no_pixel_has_leaves_a_picture_opaque():
    assert decode(png(np.full((HEIGHT, WIDTH), 9, np.uint16), trns(8))).alpha is None


@pytest.mark.parametrize("transparency", [3, bytes([255, 0, 128])])
def test_the_transparency_of_a_palette_is_kept(transparency):
    image = Image.fromarray(np.tile(np.arange(WIDTH) // 16, (HEIGHT, 1)).astype(np.uint8), "P")
    image.putpalette([200, 0, 0, 0, 200, 0, 0, 0, 200, 90, 90, 90])
    buffer = io.BytesIO()
    image.save(buffer, "PNG", transparency=transparency)
    alpha = decode(buffer.getvalue()).alpha[0, ::16].tolist()
    assert alpha == ([255, 255, 255, 0] if transparency == 3 else [255, 0, 128, 255])


def test_linear_light_of_sixteen_bits_keeps_its_shadows():
    ramp = np.tile(np.linspace(0, 700, WIDTH).round(), (HEIGHT, 1))[..., None].repeat(3, axis=2)
    levels = decode(png(ramp.astype(np.uint16), cicp(1, 8))).rgb[0, :, 0]
    assert len(set(levels.tolist())) > 20


@pytest.mark.parametrize("mode", ["CMYK", "LAB", "YCbCr", "RGBX"])
def test_a_profile_of_other_channels_is_ignored(mode):
    image = Image.new("RGB", (WIDTH, HEIGHT), (90, 120, 150)).convert(mode if mode != "LAB" else "RGB")
    if mode == "LAB":
        image = Image.new("LAB", (WIDTH, HEIGHT), (128, 128, 128))
    buffer = io.BytesIO()
    image.save(buffer, "TIFF", icc_profile=b"none")
    assert decode(buffer.getvalue()).rgb.mean() == pytest.approx(120, abs=4)
