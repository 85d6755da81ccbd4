"""Colours other than sRGB, declared by numbers or by a profile."""

import io
import struct
import zlib

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms

from dream_engine.images import decode
from dream_engine.images.tone_mapping import ToneCurve, peak_of
from dream_engine.images.transfer import (
    BT709,
    PRIMARIES,
    TRANSFERS,
    ColourSpace,
    hlg_scale,
    hlg_to_light,
    light_to_pq,
    light_to_srgb,
    pq_to_light,
    srgb_to_light,
)

P3, BT2020 = 12, 9
SRGB, PQ, HLG = 13, 16, 18
HEIGHT, WIDTH = 40, 64

TO_BT2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])
"""The matrix from linear BT.709 to BT.2020, from Rep. ITU-R BT.2407."""


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(samples: np.ndarray, *chunks: bytes) -> bytes:
    """A PNG of uint8 or uint16 samples, ``[height, width]`` or with 2, 3 or 4 channels."""
    height, width = samples.shape[:2]
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[1 if samples.ndim == 2 else samples.shape[2]]
    depth = samples.itemsize * 8
    rows = samples.astype(samples.dtype.newbyteorder(">")).reshape(height, -1)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows)))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + pixels + chunk(b"IEND", b"")


def cicp(primaries: int, transfer: int, matrix: int = 0, full_range: int = 1) -> bytes:
    return chunk(b"cICP", bytes([primaries, transfer, matrix, full_range]))


def photo() -> np.ndarray:
    """A picture of many colours, uint8."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    return np.stack([columns * 4, rows * 6, 255 - columns * 4], axis=-1).astype(np.uint8)


def as_pq(light_bt709: np.ndarray) -> np.ndarray:
    """Convert light, where 1 is white, to PQ signals in BT.2020, 0 to 1."""
    return light_to_pq((light_bt709 @ TO_BT2020.T).clip(0, None))


def sixteen_bits(signal: np.ndarray) -> np.ndarray:
    return (signal * 65535).round().astype(np.uint16)


def icc(name: str = "sRGB") -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(name)).tobytes()


def patch(colour: tuple[int, ...], dtype: type = np.uint8) -> np.ndarray:
    return np.full((HEIGHT, WIDTH, len(colour)), colour, dtype)


def first(data: bytes) -> list[int]:
    return decode(data).rgb[0, 0].tolist()


def test_the_code_points_have_the_curves_that_the_standards_give():
    assert pq_to_light(np.array([0.0, 1.0])) == pytest.approx([0.0, 10_000 / 203])
    assert pq_to_light(np.array(0.5806)) == pytest.approx(1.0, rel=0.001)  # BT.2408: 203 cd/m² is 58 %
    assert hlg_to_light(np.array([0.0, 0.5, 1.0])) == pytest.approx([0.0, 1 / 12, 1.0], abs=1e-6)
    white = hlg_to_light(np.array(0.75))
    assert white * hlg_scale(white) == pytest.approx(1.0, rel=0.005)  # BT.2408: 75 % is 203 cd/m²
    half = np.array([0.5])
    assert TRANSFERS[4](half) == pytest.approx(0.5**2.2)
    assert TRANSFERS[5](half) == pytest.approx(0.5**2.8)
    assert TRANSFERS[8](half) == pytest.approx(0.5)
    assert TRANSFERS[9](half) == pytest.approx(0.1)
    assert TRANSFERS[10](half) == pytest.approx(10**-1.25)
    assert TRANSFERS[9](np.array([0.0])) == 0.0
    assert TRANSFERS[17](half) == pytest.approx(0.5**2.6 * 52.37 / 48)
    signal = np.linspace(0, 1, 33)
    assert light_to_pq(pq_to_light(signal)) == pytest.approx(signal, abs=1e-6)
    assert light_to_srgb(srgb_to_light(signal)) == pytest.approx(signal, abs=1e-6)
    assert srgb_to_light(np.array(0.5)) == pytest.approx(0.21404, abs=1e-5)


def test_the_primaries_are_converted_to_those_of_srgb():
    np.testing.assert_allclose(ColourSpace().to_bt709(), np.eye(3), atol=1e-6)
    of_bt2020 = ColourSpace(PRIMARIES[BT2020]).to_bt709()
    np.testing.assert_allclose(of_bt2020, np.linalg.inv(TO_BT2020), atol=2e-3)
    of_p3 = ColourSpace(PRIMARIES[P3]).to_bt709()
    np.testing.assert_allclose(of_p3[:, 0], [1.2249, -0.0420, -0.0196], atol=2e-4)
    for primaries in PRIMARIES.values():  # white stays white with any white point
        np.testing.assert_allclose(ColourSpace(primaries).to_bt709().sum(axis=1), 1.0, atol=1e-5)
    np.testing.assert_allclose(ColourSpace(PRIMARIES[BT2020]).luminance(), [0.2627, 0.678, 0.0593], atol=1e-4)


def test_pq_of_an_ordinary_picture_is_that_picture():
    data = png(sixteen_bits(as_pq(srgb_to_light(photo() / 255))), cicp(BT2020, PQ))
    assert np.abs(decode(data).rgb.astype(int) - photo()).max() <= 1


def test_hlg_of_an_ordinary_picture_is_that_picture():
    # The inverse of the OOTF and of the OETF, for greys.
    grey = np.linspace(0, 1, HEIGHT * WIDTH).reshape(HEIGHT, WIDTH)
    scene = (srgb_to_light(grey) * 203 / 1000) ** (1 / 1.2)
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    signal = np.where(scene <= 1 / 12, np.sqrt(3 * scene), a * np.log(np.maximum(12 * scene - b, 1e-9)) + c)
    data = png(sixteen_bits(signal), cicp(BT2020, HLG))
    picture = decode(data).rgb.astype(float)
    np.testing.assert_allclose(picture, (grey * 255)[..., None].repeat(3, axis=2), atol=1)


def test_bright_colours_of_hlg_keep_their_hue():
    signal = np.full((HEIGHT, WIDTH, 3), (0.9, 0.6, 0.3))
    red, green, blue = first(png(sixteen_bits(signal), cicp(BT2020, HLG)))
    assert red > green > blue


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_light_brighter_than_white_is_compressed_and_dark_light_is_unchanged(transfer):
    ramp = np.linspace(0.05, 0.75, WIDTH).repeat(HEIGHT).reshape(WIDTH, HEIGHT).T[..., None].repeat(3, axis=2)
    levels = decode(png(sixteen_bits(ramp), cicp(BT2020, transfer))).rgb[0, :, 1].astype(int)
    assert (np.diff(levels) >= 0).all()
    assert levels[-1] >= 254
    if transfer == PQ:
        plain = light_to_srgb(pq_to_light(ramp[0, :, 0]).clip(0, 1)) * 255
        dark = ramp[0, :, 0] < 0.45
        np.testing.assert_allclose(levels[dark], plain[dark], atol=1)
        assert len(set(levels[ramp[0, :, 0] > 0.58])) > 8  # highlights stay distinct


def test_the_tone_curve_keeps_dark_light_maps_its_peak_to_white_and_is_monotonic():
    light = np.linspace(0.0, 49.0, 5000)
    for peak in (1.5, 5.0, 49.0):
        curve = ToneCurve(peak)
        assert curve.is_needed
        mapped = light * curve.scale(light)
        assert (np.diff(mapped[light <= peak]) >= -1e-6).all()
        assert peak * float(curve.scale(np.array(peak))) == pytest.approx(1.0, abs=1e-3)
        knee = float(pq_to_light(1.5 * light_to_pq(np.array(1.0)) - 0.5 * light_to_pq(np.array(peak))))
        below = light[light < knee * 0.98]
        np.testing.assert_allclose(curve.scale(below), 1.0, atol=2e-3)
    assert not ToneCurve(1.0).is_needed
    assert ToneCurve(1.01).is_needed


def test_a_single_bright_pixel_does_not_darken_a_picture():
    light = np.full(20_000, 0.5)
    light[7] = 40.0
    assert peak_of(light) == pytest.approx(0.5)
    light[:100] = 3.0
    assert peak_of(light) == pytest.approx(3.0)


def test_a_large_hdr_picture_is_converted_like_a_small_one():
    light = np.tile(np.linspace(0, 4, 1100), (1000, 1))[..., None].repeat(3, axis=2)
    large = decode(png(sixteen_bits(as_pq(light)), cicp(BT2020, PQ))).rgb.astype(int)
    small = decode(png(sixteen_bits(as_pq(light[:60])), cicp(BT2020, PQ))).rgb.astype(int)
    assert np.abs(large - small[0]).max() <= 1


def test_display_p3_is_converted():
    expected = light_to_srgb(
        ColourSpace(PRIMARIES[P3]).to_bt709() @ srgb_to_light(np.array([0.5] * 2 + [0.7]))
    )
    assert first(png(patch((128, 128, 178)), cicp(P3, SRGB))) == pytest.approx(expected * 255, abs=2)
    assert first(png(patch((220, 40, 40)), cicp(P3, SRGB))) == pytest.approx([240, 0, 21], abs=1)


def test_cicp_of_srgb_changes_nothing_and_takes_precedence_over_a_profile():
    data = png(photo(), cicp(1, SRGB), chunk(b"iCCP", b"x\0\0" + zlib.compress(linear_rgb_profile())))
    np.testing.assert_array_equal(decode(data).rgb, photo())


def test_a_limited_range_is_supported():
    assert first(png(patch((16, 126, 235)), cicp(1, SRGB, full_range=0))) == pytest.approx(
        [0, 128, 255], abs=1
    )
    deep = patch((4096, 32256, 60160), np.uint16)
    assert first(png(deep, cicp(1, SRGB, full_range=0))) == pytest.approx([0, 128, 255], abs=1)


@pytest.mark.parametrize(
    "told", [cicp(3, SRGB), cicp(P3, 3), cicp(P3, 19), cicp(P3, SRGB, matrix=1), cicp(P3, SRGB, full_range=2),
             chunk(b"cICP", b"\x0c\x0d\0")],
)  # fmt: skip
def test_reserved_code_points_are_ignored(told):
    np.testing.assert_array_equal(decode(png(photo(), told)).rgb, photo())


def gama(gamma: int) -> bytes:
    return chunk(b"gAMA", struct.pack(">I", gamma))


def chrm(code: int) -> bytes:
    red, green, blue, white = PRIMARIES[code]
    values = [round(value * 100_000) for colour in (white, red, green, blue) for value in colour]
    return chunk(b"cHRM", struct.pack(">8I", *values))


def test_a_gamma_and_chromaticities_are_used_without_better_information():
    assert first(png(patch((55, 55, 55)), gama(100_000))) == pytest.approx([127] * 3, abs=2)
    assert first(png(patch((220, 40, 40)), chrm(P3))) == pytest.approx([240, 0, 21], abs=1)
    assert first(png(patch((55, 55, 55)), gama(100_000), chunk(b"sRGB", b"\0"))) == [55] * 3
    profile = chunk(b"iCCP", b"x\0\0" + zlib.compress(icc()))
    assert first(png(patch((55, 55, 55)), gama(100_000), profile)) == [55] * 3


@pytest.mark.parametrize(
    "told", [gama(45455), gama(45000), gama(0), gama(2**32 - 1), chrm(1),
             chunk(b"cHRM", bytes(32)), chunk(b"cHRM", b"\xff" * 32)],
)  # fmt: skip
def test_a_gamma_of_srgb_and_invalid_gammas_change_nothing(told):
    np.testing.assert_array_equal(decode(png(photo(), told)).rgb, photo())


def heif(file_format: str, samples: np.ndarray, primaries: int, transfer: int, **options) -> bytes:
    buffer = io.BytesIO()
    told = {"color_primaries": primaries, "transfer_characteristics": transfer, "matrix_coefficients": 0}
    if samples.dtype == np.uint16:
        height, width = samples.shape[:2]
        image = pillow_heif.from_bytes("RGB;16", (width, height), samples.tobytes())
    else:
        image = Image.fromarray(samples)
    image.save(buffer, **({"format": file_format} if samples.dtype == np.uint8 else {}),
               quality=-1, chroma=444, full_range_flag=1, **told, **options)  # fmt: skip
    return buffer.getvalue()


def avif(samples: np.ndarray, primaries: int, transfer: int, **options) -> bytes:
    """Change the code points of a file, which Pillow cannot write."""
    buffer = io.BytesIO()
    Image.fromarray(samples).save(buffer, "AVIF", quality=100, subsampling="4:4:4", **options)
    data = bytearray(buffer.getvalue())
    at = data.index(b"colrnclx") + 8
    data[at : at + 4] = struct.pack(">HH", primaries, transfer)
    return bytes(data)


@pytest.mark.parametrize("write", [avif, lambda *arguments: heif("HEIF", *arguments)], ids=["AVIF", "HEIC"])
def test_the_code_points_of_avif_and_heic_are_used(write):
    assert first(write(patch((220, 40, 40)), P3, SRGB)) == pytest.approx([240, 0, 21], abs=4)
    assert first(write(patch((220, 40, 40)), 1, SRGB)) == pytest.approx([220, 40, 40], abs=3)
    white = round(float(light_to_pq(np.array(1.0))) * 255)
    assert first(write(patch((white,) * 3), BT2020, PQ)) == pytest.approx([255] * 3, abs=4)


def test_a_profile_of_avif_and_heic_takes_precedence_over_their_code_points():
    buffer = io.BytesIO()
    Image.fromarray(patch((220, 40, 40))).save(buffer, "HEIF", icc_profile=icc(), quality=95)
    assert first(buffer.getvalue()) == pytest.approx([220, 40, 40], abs=4)
    assert first(avif(patch((220, 40, 40)), P3, SRGB, icc_profile=icc())) == pytest.approx(
        [220, 40, 40], abs=3
    )


def test_ten_bits_of_a_heic_are_all_read():
    ramp = np.linspace(0.40, 0.56, WIDTH)
    signal = np.tile(ramp, (HEIGHT, 1))[..., None].repeat(3, axis=2)
    picture = decode(heif("HEIF", sixteen_bits(signal), BT2020, PQ)).rgb[20, :, 1].astype(float)
    expected = light_to_srgb(pq_to_light(ramp)) * 255
    assert np.abs(picture - expected).max() < 1.5
    assert len(set(picture.tolist())) > 55


COLUMNS_OF_SRGB = {
    "r": (0.4361, 0.2225, 0.0139),
    "g": (0.3851, 0.7169, 0.0971),
    "b": (0.1431, 0.0606, 0.7142),
}
COLUMNS_OF_P3 = {"r": (0.5151, 0.2412, -0.0011), "g": (0.2920, 0.6922, 0.0419), "b": (0.1571, 0.0666, 0.7841)}

CURVE_OF_SRGB = b"para" + bytes(4) + struct.pack(
    ">Hxx5i", 3, *(round(value * 65536) for value in (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045))
)  # fmt: skip


def linear_rgb_profile(cicp_tag: bytes = b"") -> bytes:
    """A linear ICC profile with sRGB's primaries and an optional cicp tag."""
    return rgb_profile(COLUMNS_OF_SRGB, b"curv" + bytes(4) + struct.pack(">I", 0), cicp_tag)


def rgb_profile(columns: dict[str, tuple[float, ...]], curve: bytes, cicp_tag: bytes = b"") -> bytes:
    """A version 4.4 ICC profile with the primaries' XYZ and one curve for all."""
    white = (0.9642, 1.0, 0.8249)

    def xyz(values: tuple[float, ...]) -> bytes:
        return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(value * 65536) for value in values))

    tags = [(b"wtpt", xyz(white))]
    tags += [(name.encode() + b"XYZ", xyz(values)) for name, values in columns.items()]
    tags += [(name.encode() + b"TRC", curve) for name in columns]
    if cicp_tag:
        tags.append((b"cicp", b"cicp" + bytes(4) + cicp_tag))
    table, content = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, tag in tags:
        table += name + struct.pack(">II", start + len(content), len(tag))
        content += tag
    header = struct.pack(">I4xI", start + len(content), 0x04400000) + b"mntrRGB XYZ " + bytes(12) + b"acsp"
    header += bytes(28) + struct.pack(">iii", 0xF6D6, 0x10000, 0xD32D)
    return header.ljust(128, b"\0") + table + content


def saved(image: Image.Image, file_format: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def test_a_profile_that_names_hdr_code_points_is_read_by_them():
    white = round(float(light_to_pq(np.array(1.0))) * 255)
    image = Image.fromarray(patch((white,) * 3))
    for file_format in ("PNG", "JPEG", "WEBP", "TIFF"):
        pq = saved(image, file_format, icc_profile=linear_rgb_profile(bytes([BT2020, PQ, 0, 1])))
        assert first(pq) == pytest.approx([255] * 3, abs=5), file_format
    plain = saved(image, "PNG", icc_profile=linear_rgb_profile(bytes([P3, SRGB, 0, 1])))
    assert first(plain) == first(saved(image, "PNG", icc_profile=linear_rgb_profile()))


def test_a_profile_of_colours_is_used_for_grey_too():
    data = saved(Image.new("L", (64, 48), 55), "JPEG", icc_profile=linear_rgb_profile())
    assert first(data) == pytest.approx([127] * 3, abs=3)


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_a_profile_of_display_p3_is_used_in_every_format(file_format):
    profile = rgb_profile(COLUMNS_OF_P3, CURVE_OF_SRGB)
    data = saved(Image.fromarray(patch((200, 90, 60))), file_format, icc_profile=profile, quality=95)
    by_numbers = first(png(patch((200, 90, 60)), cicp(P3, SRGB)))
    assert first(data) == pytest.approx(by_numbers, abs=5)
    assert by_numbers != [200, 90, 60]


def test_lab_is_read_without_a_profile():
    # L* of 53.2, a* of 80, b* of 67 is the red of sRGB; 128 stands for an a* and b* of 0.
    data = saved(Image.new("LAB", (64, 48), (136, 208, 195)), "TIFF")
    red, green, blue = first(data)
    assert red > 245
    assert max(green, blue) < 40


def test_a_truncated_profile_is_ignored():
    for length in (0, 60, 130, 140, 300):
        data = saved(
            Image.fromarray(photo()), "TIFF", icc_profile=linear_rgb_profile(b"\x09\x10\0\1")[:length]
        )
        np.testing.assert_array_equal(decode(data).rgb, photo())


def test_the_primaries_of_bt709_are_ignored():
    assert PRIMARIES[1] == BT709


def test_every_code_point_of_primaries_in_h273_is_supported():
    assert set(PRIMARIES) == {1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 22}
    assert PRIMARIES[2] == PRIMARIES[1]
    assert PRIMARIES[6] == PRIMARIES[7]
    assert PRIMARIES[11][:3] == PRIMARIES[12][:3]
    for code, (red, green, blue, white) in PRIMARIES.items():
        for x, y in (red, green, blue, white):
            assert 0.0 <= x <= 1.0
            assert 0.0 <= y <= 1.0
            assert x + y <= 1.0
        assert red[0] > max(green[0], blue[0]), code
        assert green[1] > max(red[1], blue[1]), code
        assert white == pytest.approx((1 / 3, 1 / 3), abs=0.025)
    assert PRIMARIES[10] == ((1, 0), (0, 1), (0, 0), (1 / 3, 1 / 3))


def test_every_code_point_of_transfer_in_h273_is_supported():
    assert {code for code, transfer in TRANSFERS.items() if transfer is srgb_to_light} == {
        *(1, 2, 6, 7),
        *range(11, 16),
    }
    assert set(TRANSFERS) == {1, 2, *range(4, 19)}
    assert {code for code, transfer in TRANSFERS.items() if ColourSpace(BT709, transfer).is_hdr} == {PQ, HLG}


def test_a_white_is_adapted_by_bradfords_method():
    xyz = ((1.0, 0.0), (0.0, 1.0), (0.0, 0.0))
    d50 = (0.34567, 0.35850)
    white = np.array([d50[0], d50[1], 1 - sum(d50)]) / d50[1]
    srgb_to_xyz = [[0.41246, 0.35758, 0.18044], [0.21267, 0.71515, 0.07217], [0.01933, 0.11919, 0.95030]]
    adapted = srgb_to_xyz @ ColourSpace((*xyz, d50)).to_bt709() / white
    published = [[0.95558, -0.02304, 0.06316], [-0.02829, 1.00994, 0.02101], [0.01230, -0.02048, 1.32991]]
    np.testing.assert_allclose(adapted, published, atol=3e-4)


def test_a_narrow_range_of_every_depth_goes_from_16_to_235_of_256():
    for depth in (8, 10, 12):
        step = 2 ** (depth - 8)
        light = ColourSpace(full_range=False).light_of_samples(depth)
        assert len(light) == 2**depth
        assert (light[16 * step], light[235 * step]) == (0.0, 1.0)
        assert light[16 * step + 1] > 0
        assert light[235 * step - 1] < 1
        assert (light[0], light[-1]) == (0.0, 1.0)
    full = ColourSpace().light_of_samples(10)
    assert (full[0], full[-1]) == (0.0, 1.0)
    assert full[1] > 0
    assert full[-2] < 1
