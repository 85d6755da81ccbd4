"""Handles samples of more than 8 bits, of which Pillow reads only the high byte.

This module represents an image of 16 bits per sample as two images, of the high and of the low bytes.
"""

import contextlib
import io
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image

_STRIP_PIXELS = 500_000

_NATIVE_SWAPPED = "16B" if sys.byteorder == "little" else "16L"
_SWAPPED = {"16B": "16L", "16L": "16B", "16N": _NATIVE_SWAPPED}
_LAYOUTS = {"RGB", "RGBA", "RGBX", "CMYK"}
_GREY_WITH_ALPHA = "LA;16B"


def strips(height: int, width: int) -> Iterator[tuple[int, int]]:
    """The start and stop rows of each strip of a picture."""
    rows = max(1, _STRIP_PIXELS // width)
    for top in range(0, height, rows):
        yield top, min(top + rows, height)


def low_bytes(image: Image.Image, data: bytes) -> Image.Image | None:
    """Read the low bytes of a PNG or TIFF of 16 bits per sample and several channels.

    Pillow keeps the high byte of each sample. With the byte order swapped, it keeps the low one.

    Args:
        image: The opened file, not loaded yet.
        data: Its content.

    Returns:
        An image of the same mode and size, or ``None`` if there are no readable low bytes.
    """
    rawmode = _rawmode(image)
    layout, _, order = rawmode.partition(";")
    if rawmode == _GREY_WITH_ALPHA:
        swapped = "RGBA"  # the four bytes of a pixel, as they are
    elif layout in _LAYOUTS and order in _SWAPPED:
        swapped = f"{layout};{_SWAPPED[order]}"
    else:
        return None
    with contextlib.suppress(OSError, ValueError, SyntaxError, EOFError):
        low = Image.open(io.BytesIO(data), formats=[image.format or ""])
        low.tile = [tile._replace(args=_renamed(tile.args, rawmode, swapped)) for tile in low.tile]
        low.load()
        if rawmode == _GREY_WITH_ALPHA:
            _, grey, _, alpha = low.split()
            merged = Image.merge("RGBA", (grey, grey, grey, alpha))
            merged.info = low.info
            return merged
        return low
    return None


def split_bytes(samples: np.ndarray) -> tuple[Image.Image, Image.Image]:
    """Split uint16 ``[height, width]`` or ``[height, width, channels]`` into high and low byte images."""
    mode = {2: "L", 3: "RGB", 4: "RGBA"}[2 if samples.ndim == 2 else samples.shape[2]]
    high, low = (Image.new(mode, samples.shape[1::-1]) for _ in range(2))
    for top, bottom in strips(*samples.shape[:2]):
        strip = samples[top:bottom]
        high.paste(Image.fromarray((strip >> 8).astype(np.uint8)), (0, top))
        low.paste(Image.fromarray((strip & 0xFF).astype(np.uint8)), (0, top))
    return high, low


def heif_samples(data: bytes) -> np.ndarray | None:
    """The samples of a HEIC of more than 8 bits, scaled to 16; ``None`` for other files."""
    with contextlib.suppress(OSError, ValueError, SyntaxError, RuntimeError, EOFError):
        heif = pillow_heif.open_heif(data, convert_hdr_to_8bit=False)
        depth = heif.info.get("bit_depth", 8)
        if depth <= 8 or not heif.mode.startswith(("RGB;", "RGBA;")):
            return None
        samples = np.array(heif)
        for row in samples:
            np.bitwise_or(row, row >> depth, out=row)  # libheif only shifts them, which would darken white
        return samples
    return None


def join(high: Image.Image, low: Image.Image, top: int, bottom: int) -> np.ndarray:
    """Join the high and low bytes of some rows to uint16 samples."""
    box = (0, top, high.width, bottom)
    samples = np.asarray(high.crop(box)).astype(np.uint16) << 8
    samples |= np.asarray(low.crop(box))
    return samples


def rounded(high: Image.Image, low: Image.Image) -> Image.Image:
    """Round 16-bit samples to an image of 8 bits per sample."""
    image = Image.new(high.mode, high.size)
    for top, bottom in strips(high.height, high.width):
        samples = join(high, low, top, bottom).astype(np.uint32)
        image.paste(Image.fromarray(((samples * 255 + 32767) // 65535).astype(np.uint8), high.mode), (0, top))
    return image


def _rawmode(image: Image.Image) -> str:
    tile = getattr(image, "tile", None)
    if image.format not in {"PNG", "TIFF"} or not tile:
        return ""
    args = tile[0].args
    first = args[0] if isinstance(args, tuple) else args
    return first if isinstance(first, str) else ""


def _renamed(args: tuple[Any, ...] | str | None, rawmode: str, swapped: str) -> tuple[Any, ...] | str:
    if isinstance(args, tuple):
        return tuple(swapped if value == rawmode else value for value in args)
    return swapped
