"""Resizes pictures with transparency, and fills fully transparent pixels."""

import math
from collections.abc import Iterator

import numpy as np
from PIL import Image

from dream_engine.shapes import Shape

_BACKGROUND_SIDE = 512
"""The longest side in pixels at which colours of hidden pixels are computed; they are smooth."""

_STRIP_PIXELS = 1_000_000
"""The pixels of a strip in which a large picture is filled, to avoid large copies."""

_TEXTURE_SIDE = 256
_GRAIN = 2
"""The size of the texture's grain in pixels."""
_CONTRAST = 40.0
"""The standard deviation of the texture's noise, in levels of 256."""

# ITU-R BT.601, as in JPEG.
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
_MIDDLE = 127.5


def resize(
    colours: Image.Image,
    alpha: Image.Image | None,
    size: tuple[int, int],
    resampling: Image.Resampling = Image.Resampling.LANCZOS,
) -> tuple[Image.Image, Image.Image | None]:
    """Resize a picture, with each pixel weighted by its alpha.

    Resizing colours and alpha separately would let hidden colours bleed into visible edges. The colours of
    pixels that become fully transparent are lost; see :func:`fill_hidden`.

    Args:
        colours: An RGB image.
        alpha: Its alpha, mode ``L``, or ``None`` if it is opaque.
        size: The new width and height in pixels.
        resampling: The filter.
    """
    if alpha is None:
        return colours.resize(size, resampling), None
    straight = colours.convert("RGBA")
    straight.putalpha(alpha)
    resized = straight.resize(size, resampling)  # Pillow premultiplies RGBA for this
    return resized.convert("RGB"), resized.getchannel("A")


def fill_hidden(rgb: np.ndarray, alpha: np.ndarray) -> None:
    """Fill fully transparent pixels with a textured background.

    Files often contain black or erased content there. The visible colours are extrapolated outward (the
    pull-push algorithm, Gortler et al., "The Lumigraph", 1996) and averaged with black or white, whichever
    contrasts more: a cut-out photograph gets no hard edge, and a drawing of one colour stands out from its
    background. A soft texture gives the ascent features to amplify, even around a line drawing.

    Args:
        rgb: uint8 ``[height, width, 3]``, changed in place.
        alpha: uint8 ``[height, width]``.
    """
    if alpha.all():
        return
    height, width = alpha.shape
    background, texture = _background(rgb, alpha), _texture()
    scale = background.height / height
    for top, bottom in _strips(height, width, 1):
        hidden = alpha[top:bottom] == 0
        box = (0, top * scale, background.width, bottom * scale)
        strip = background.resize((width, bottom - top), Image.Resampling.BILINEAR, box)
        down, across = np.nonzero(hidden)
        textured = np.asarray(strip)[hidden] + texture[(down + top) % _TEXTURE_SIDE, across % _TEXTURE_SIDE]
        rgb[top:bottom][hidden] = textured.clip(0, 255)


def _texture() -> np.ndarray:
    """Soft noise around 0 from a fixed seed, int16 ``[side, side, 3]``, to be tiled over a picture."""
    side = _TEXTURE_SIDE // _GRAIN
    noise = np.random.default_rng(0).normal(0.0, _CONTRAST, (side, side, 3)).astype(np.float32)
    return _enlarge(noise, (_TEXTURE_SIDE, _TEXTURE_SIDE)).round().astype(np.int16)


def _background(rgb: np.ndarray, alpha: np.ndarray) -> Image.Image:
    """Compute the colours of the background, a small RGB image."""
    height, width = alpha.shape
    factor = math.ceil(max(height, width) / _BACKGROUND_SIDE)
    strips = [
        _block_means(_premultiply(rgb[top:bottom], alpha[top:bottom]), factor)
        for top, bottom in _strips(height, width, factor)
    ]
    extrapolated = _extrapolate(np.concatenate(strips))
    contrast = 255.0 if float(extrapolated.mean(axis=(0, 1)) @ _LUMA) < _MIDDLE else 0.0
    return Image.fromarray(((extrapolated + contrast) / 2).round().astype(np.uint8))


def _strips(height: int, width: int, multiple: int) -> Iterator[tuple[int, int]]:
    """The start and stop rows of each strip; all but the last have a multiple of ``multiple`` rows."""
    rows = max(1, _STRIP_PIXELS // (width * multiple)) * multiple
    for top in range(0, height, rows):
        yield top, min(top + rows, height)


def _premultiply(rgb: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Multiply colours by alpha: float32 ``[height, width, 4]``, the last channel being alpha from 0 to 1."""
    weight = alpha[..., None] * np.float32(1 / 255)
    return np.concatenate([rgb * weight, weight], axis=-1)


def _block_means(premultiplied: np.ndarray, factor: int) -> np.ndarray:
    """Average over squares with sides of ``factor`` pixels; squares cut by the edge have lower weights."""
    height, width = premultiplied.shape[:2]
    rows = np.add.reduceat(premultiplied, np.arange(0, height, factor), axis=0)
    squares: np.ndarray = np.add.reduceat(rows, np.arange(0, width, factor), axis=1)
    return squares / np.float32(factor**2)


def _extrapolate(premultiplied: np.ndarray) -> np.ndarray:
    """Compute colours for every pixel, float32 ``[height, width, 3]``, invisible ones from those around."""
    levels = [premultiplied]
    while max(levels[-1].shape[:2]) > 1:
        levels.append(_block_means(levels[-1], 2))
    top = levels.pop()
    colours = top[..., :3] / np.maximum(top[..., 3:], np.finfo(np.float32).tiny)
    for level in reversed(levels):
        colours = level[..., :3] + (1 - level[..., 3:]) * _enlarge(colours, level.shape[:2])
    clipped: np.ndarray = colours.clip(0.0, 255.0)
    return clipped


def _enlarge(colours: np.ndarray, shape: Shape) -> np.ndarray:
    planes = (Image.fromarray(np.ascontiguousarray(colours[..., colour])) for colour in range(3))
    resized = [np.asarray(plane.resize(shape[::-1], Image.Resampling.BILINEAR)) for plane in planes]
    return np.stack(resized, axis=-1)
