"""Reads the colour space that a file declares by numbers instead of a profile."""

import contextlib
import struct
from collections.abc import Iterator

import numpy as np
import pillow_heif
from PIL import Image

from dream_engine.images.icc import tags
from dream_engine.images.transfer import (
    BT709,
    PRIMARIES,
    SRGB,
    TRANSFERS,
    Chromaticities,
    ColourSpace,
    power_law,
)

_PNG_SIGNATURE = 8
_GAMMA_OF_SRGB, _GAMMA_TOLERANCE = 0.45455, 0.05
"""A gAMA within this tolerance of sRGB's stands for sRGB's curve, as in libpng."""

_SAME_CHROMATICITY = 0.005


def colour_space(image: Image.Image, data: bytes) -> ColourSpace | None:
    """Read the colour space that a file declares by code points, a gamma or chromaticities.

    Args:
        image: The opened file.
        data: Its content.

    Returns:
        ``None`` if the file's ICC profile takes precedence, or if it declares nothing.
    """
    if image.format == "PNG":
        return _png_space(data, image.info.get("icc_profile"))
    profile = image.info.get("icc_profile")
    if profile:
        return _space_of_profile(profile)
    if image.format == "HEIF":
        return _nclx_space(image.info.get("nclx_profile"))
    if image.format == "AVIF":
        return _nclx_space(_avif_nclx(data))
    return None


def code_points(primaries: int, transfer: int, *, full_range: bool = True) -> ColourSpace | None:
    """The colour space of code points in H.273; ``None`` for reserved numbers."""
    if primaries not in PRIMARIES or transfer not in TRANSFERS:
        return None
    return ColourSpace(PRIMARIES[primaries], TRANSFERS[transfer], full_range)


def _png_space(data: bytes, profile: bytes | None) -> ColourSpace | None:
    """Follow the PNG specification's precedence: cICP, then iCCP, then sRGB, then cHRM and gAMA."""
    chunks = dict(_chunks_before_pixels(data))
    with contextlib.suppress(KeyError, struct.error):
        primaries, transfer, matrix, full_range = struct.unpack(">4B", chunks[b"cICP"])
        space = code_points(primaries, transfer, full_range=bool(full_range))
        if space is not None and matrix == 0 and full_range in (0, 1):
            return space
    if profile:
        return _space_of_profile(profile)
    if b"sRGB" in chunks:
        return SRGB
    primaries_given = _chromaticities(chunks.get(b"cHRM", b""))
    gamma = _gamma(chunks.get(b"gAMA", b""))
    if primaries_given is None and gamma is None:
        return None
    transfer_given = SRGB.transfer if gamma is None else power_law(1 / gamma)
    return ColourSpace(primaries_given or BT709, transfer_given)


def _chunks_before_pixels(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the chunks before the first pixels: colour chunks with their content, others without."""
    position = _PNG_SIGNATURE
    while position + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        if kind == b"IDAT":
            return
        is_colour = kind in {b"cICP", b"sRGB", b"cHRM", b"gAMA"}
        yield kind, data[position + 8 : position + 8 + length] if is_colour else b""
        position += 12 + length


def _chromaticities(chunk: bytes) -> Chromaticities | None:
    if len(chunk) != 32:
        return None
    white, red, green, blue = np.array(struct.unpack(">8I", chunk)).reshape(4, 2) / 100_000
    chromaticities = np.array([red, green, blue, white])
    if np.abs(chromaticities - np.array(BT709)).max() < _SAME_CHROMATICITY:
        return None
    with contextlib.suppress(np.linalg.LinAlgError, ZeroDivisionError, FloatingPointError):
        primaries = tuple((float(x), float(y)) for x, y in chromaticities)
        if (chromaticities[:, 1] > 0).all() and np.isfinite(ColourSpace(primaries).to_bt709()).all():
            return primaries
    return None


def _gamma(chunk: bytes) -> float | None:
    if len(chunk) != 4:
        return None
    gamma = int.from_bytes(chunk) / 100_000
    if not 0.1 <= gamma <= 10.0 or abs(gamma / _GAMMA_OF_SRGB - 1) < _GAMMA_TOLERANCE:
        return None
    return gamma


def _avif_nclx(data: bytes) -> dict[str, int] | None:
    """Read the nclx of an AVIF with libheif, which can read its properties but not its pixels."""
    with contextlib.suppress(OSError, ValueError, SyntaxError, RuntimeError, EOFError, IndexError):
        nclx: dict[str, int] | None = pillow_heif.open_heif(data).info.get("nclx_profile")
        return nclx
    return None


def _nclx_space(nclx: dict[str, int] | None) -> ColourSpace | None:
    if nclx is None:
        return None
    # Its range and matrix describe YCbCr, which the decoder has already converted.
    return code_points(nclx["color_primaries"], nclx["transfer_characteristics"])


def _space_of_profile(profile: bytes) -> ColourSpace | None:
    """The HDR colour space in an ICC profile's cicp tag (ICC.1:2022, 9.2.17), if there is one."""
    with contextlib.suppress(struct.error):
        kind, primaries, transfer, _, full_range = struct.unpack(">4s4x4B", tags(profile).get(b"cicp", b""))
        space = code_points(primaries, transfer, full_range=bool(full_range))
        return space if kind == b"cicp" and space is not None and space.is_hdr else None
    return None
