"""Resizes pictures with transparency, and fills what their transparency hides."""

import math
from collections.abc import Iterator

import numpy as np
from PIL import Image

from dream_engine.shapes import Shape

_GROUND_SIDE = 512
"""The hidden part is filled smoothly, so its colours are worked out at a longest side of this many pixels."""

_STRIP_PIXELS = 1_000_000
"""A large picture is filled in strips of about this many pixels, so that few copies are in memory."""

_TEXTURE_SIDE = 256
_GRAIN = 2
"""The texture's grain, in pixels."""
_CONTRAST = 40.0
"""The standard deviation of its noise, in levels of 256."""

# ITU-R BT.601, as in JPEG.
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
_MIDDLE = 127.5


def resize(
    colours: Image.Image,
    alpha: Image.Image | None,
    size: tuple[int, int],
    resampling: Image.Resampling = Image.Resampling.LANCZOS,
) -> tuple[Image.Image, Image.Image | None]:
    """Resize a picture, each pixel weighted by its alpha.

    Colours and alpha that are resized apart get a fringe: hidden colours bleed into the visible edge. The
    colours of pixels that become fully transparent are lost; see :func:`fill_hidden`.

    Args:
        colours: An RGB image.
        alpha: Its alpha, mode ``L``, or ``None`` where it is opaque.
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
    """Give the fully transparent pixels colours that a network can make something of.

    Files often hold black there, or what somebody has erased. The visible colours are continued outward
    (the pull-push algorithm, Gortler et al., "The Lumigraph", 1996) and mixed half and half with black or
    white, whichever differs more from them: so there is no hard edge where a photograph was cut out, and
    a drawing of one colour stands out from its ground. A soft texture on it gives the ascent something to
    begin with, where the visible part is as plain as a line drawing.

    Args:
        rgb: uint8 ``[height, width, 3]``; it is changed in place.
        alpha: uint8 ``[height, width]``.
    """
    if alpha.all():
        return
    height, width = alpha.shape
    ground, texture = _ground(rgb, alpha), _texture()
    scale = ground.height / height
    for top, bottom in _strips(height, width, 1):
        hidden = alpha[top:bottom] == 0
        box = (0, top * scale, ground.width, bottom * scale)
        strip = ground.resize((width, bottom - top), Image.Resampling.BILINEAR, box)
        down, across = np.nonzero(hidden)
        textured = np.asarray(strip)[hidden] + texture[(down + top) % _TEXTURE_SIDE, across % _TEXTURE_SIDE]
        rgb[top:bottom][hidden] = textured.clip(0, 255)


def _texture() -> np.ndarray:
    """Soft noise around 0, the same every time, int16 ``[side, side, 3]``; it is repeated over a picture."""
    side = _TEXTURE_SIDE // _GRAIN
    noise = np.random.default_rng(0).normal(0.0, _CONTRAST, (side, side, 3)).astype(np.float32)
    return _enlarged(noise, (_TEXTURE_SIDE, _TEXTURE_SIDE)).round().astype(np.int16)


def _ground(rgb: np.ndarray, alpha: np.ndarray) -> Image.Image:
    """The colours of the ground, a small RGB image."""
    height, width = alpha.shape
    factor = math.ceil(max(height, width) / _GROUND_SIDE)
    strips = [
        _reduced(_premultiplied(rgb[top:bottom], alpha[top:bottom]), factor)
        for top, bottom in _strips(height, width, factor)
    ]
    continued = _continued(np.concatenate(strips))
    contrast = 255.0 if float(continued.mean(axis=(0, 1)) @ _LUMA) < _MIDDLE else 0.0
    return Image.fromarray(((continued + contrast) / 2).round().astype(np.uint8))


def _strips(height: int, width: int, multiple: int) -> Iterator[tuple[int, int]]:
    """The first row of each strip and the one behind its last; all but the last have a multiple of rows."""
    rows = max(1, _STRIP_PIXELS // (width * multiple)) * multiple
    for top in range(0, height, rows):
        yield top, min(top + rows, height)


def _premultiplied(rgb: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """float32 ``[height, width, 4]``: the colours times their weight, and the weight, from 0 to 1."""
    weight = alpha[..., None] * np.float32(1 / 255)
    return np.concatenate([rgb * weight, weight], axis=-1)


def _reduced(premultiplied: np.ndarray, factor: int) -> np.ndarray:
    """Means over squares of so many pixels; squares that the edge cuts weigh less."""
    height, width = premultiplied.shape[:2]
    rows = np.add.reduceat(premultiplied, np.arange(0, height, factor), axis=0)
    squares: np.ndarray = np.add.reduceat(rows, np.arange(0, width, factor), axis=1)
    return squares / np.float32(factor**2)


def _continued(premultiplied: np.ndarray) -> np.ndarray:
    """Colours for every pixel, float32 ``[height, width, 3]``; where nothing is visible, those around."""
    levels = [premultiplied]
    while max(levels[-1].shape[:2]) > 1:
        levels.append(_reduced(levels[-1], 2))
    top = levels.pop()
    colours = top[..., :3] / np.maximum(top[..., 3:], np.finfo(np.float32).tiny)
    for level in reversed(levels):
        colours = level[..., :3] + (1 - level[..., 3:]) * _enlarged(colours, level.shape[:2])
    clipped: np.ndarray = colours.clip(0.0, 255.0)
    return clipped


def _enlarged(colours: np.ndarray, shape: Shape) -> np.ndarray:
    planes = (Image.fromarray(np.ascontiguousarray(colours[..., colour])) for colour in range(3))
    resized = [np.asarray(plane.resize(shape[::-1], Image.Resampling.BILINEAR)) for plane in planes]
    return np.stack(resized, axis=-1)
