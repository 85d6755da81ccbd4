"""A clip whose optical flow is known: the camera pans and zooms over a photograph, and an object moves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

_EXAMPLES = Path(__file__).parent.parent / "examples"

_SCALE = 1.25
"""The pixels of the enlarged photograph for each pixel of the first frame."""

_ZOOM, _PAN = 0.004, (-1.2, 2.5)
"""The camera's zoom, and its movement down and right in pixels of the photograph, from frame to frame."""

_OBJECT_START, _OBJECT_STEP = (0.35, 0.16), (1.7, 5.3)
"""Where the object begins, as shares of the frame, and its movement down and right in pixels a frame."""

_OPAQUE = 0.999

_MARGIN = 1.15
"""How much larger than a frame the photograph is, so that the camera does not leave it."""

Warp = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Moves a picture, float32 ``[height, width, 3]``, along a flow."""


@dataclass(frozen=True)
class KnownFrame:
    """A frame, and where its pixels were in the frame before.

    Attributes:
        pixels: uint8 ``[height, width, 3]``.
        motion: float32 ``[height, width, 2]``: the distance down and right to each pixel's former place.
        seen_before: bool ``[height, width]``: whether the pixel was visible in the frame before.
    """

    pixels: np.ndarray
    motion: np.ndarray
    seen_before: np.ndarray


@dataclass(frozen=True)
class _View:
    """Where the camera and the object are in one frame: the scale, the camera's middle, and the object."""

    scale: float
    middle: tuple[float, float]
    place: tuple[float, float]


def synthetic_clip(
    frames: int, size: tuple[int, int], photograph: str = "mountains.jpg", thing: str = "cat.jpg"
) -> list[KnownFrame]:
    """Make a clip.

    Args:
        frames: The number of frames.
        size: The width and height in pixels.
        photograph: The example that the camera moves over.
        thing: The example of which a part moves over it.
    """
    width, height = size
    background = Image.open(_EXAMPLES / photograph).convert("RGB")
    fitting = max(width / background.width, height / background.height)
    factor = max(1.0, _MARGIN * _SCALE * fitting)
    background = background.resize(
        (round(background.width * factor), round(background.height * factor)), Image.Resampling.BICUBIC
    )
    object_size = (round(width * 0.3), round(width * 0.2))
    foreground = Image.open(_EXAMPLES / thing).convert("RGB").resize(object_size, Image.Resampling.BICUBIC)
    outline = _ellipse(object_size)
    views = [_view(number, background.size, size) for number in range(frames)]
    drawn = [_draw(view, background, foreground, outline, size) for view in views]
    clip = []
    for number, (pixels, cover) in enumerate(drawn):
        former = views[max(0, number - 1)]
        cover_before = drawn[max(0, number - 1)][1]
        clip.append(KnownFrame(pixels, *_known_motion(views[number], former, cover, cover_before)))
    return clip


def flicker(dreams: Sequence[np.ndarray], clip: Sequence[KnownFrame], warp: Warp) -> float:
    """The mean change of a dreamed clip along the true flow, in levels of 255.

    Args:
        dreams: The dreamed frames, uint8 ``[height, width, 3]``.
        clip: The clip.
        warp: Moves a picture along a flow.
    """
    changes = []
    for number in range(1, len(dreams)):
        moved = np.clip(warp(dreams[number - 1].astype(np.float32), clip[number].motion), 0, 255)
        change = np.abs(dreams[number].astype(np.float32) - moved).mean(2)
        changes.append(change[clip[number].seen_before].mean())
    return float(np.mean(changes))


def strength(dream: np.ndarray, source: np.ndarray) -> float:
    """The mean change that a dream adds to its source, in levels of 255."""
    return float(np.abs(dream.astype(np.float32) - source).mean())


def sharpness(picture: np.ndarray) -> float:
    """The mean difference between neighbouring pixels, in levels of 255."""
    grey = picture.astype(np.float32).mean(2)
    return float(np.abs(np.diff(grey, axis=0)).mean() + np.abs(np.diff(grey, axis=1)).mean())


def _view(number: int, background: tuple[int, int], size: tuple[int, int]) -> _View:
    down, right = _PAN
    middle = (background[1] / 2 - down * 6 + down * number, background[0] / 2 - right * 6 + right * number)
    start_down, start_right = _OBJECT_START
    step_down, step_right = _OBJECT_STEP
    place = (start_down * size[1] + step_down * number, start_right * size[0] + step_right * number)
    return _View(_SCALE * (1 - _ZOOM * number), middle, place)


def _draw(
    view: _View, background: Image.Image, thing: Image.Image, outline: Image.Image, size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Draw a frame; returns its pixels, and how much the object covers each."""
    width, height = size
    top, left = view.middle[0] - view.scale * height / 2, view.middle[1] - view.scale * width / 2
    window = (view.scale, 0, left, 0, view.scale, top)
    frame = background.transform(size, Image.Transform.AFFINE, window, Image.Resampling.BICUBIC)
    shift = (1, 0, -view.place[1], 0, 1, -view.place[0])
    moved = thing.transform(size, Image.Transform.AFFINE, shift, Image.Resampling.BICUBIC)
    cover = outline.transform(size, Image.Transform.AFFINE, shift, Image.Resampling.BILINEAR)
    share = np.asarray(cover, np.float32) / 255
    pixels = np.asarray(frame, np.float32) * (1 - share[..., None]) + np.asarray(moved) * share[..., None]
    return pixels.round().astype(np.uint8), share


def _known_motion(
    view: _View, former: _View, cover: np.ndarray, cover_before: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    height, width = cover.shape
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    behind = []
    for axis, places in enumerate((rows, columns)):
        side = cover.shape[axis]
        photograph = view.scale * (places + 0.5 - side / 2) + view.middle[axis]
        behind.append((photograph - former.middle[axis]) / former.scale + side / 2 - 0.5)
    top, left = behind
    inside = (top > 2) & (top < height - 3) & (left > 2) & (left < width - 3)
    near = Image.fromarray((cover_before * 255).astype(np.uint8)).filter(ImageFilter.MaxFilter(7))
    nearest = tuple(
        np.clip(np.rint(places).astype(int), 0, side - 1)
        for places, side in zip((top, left), cover.shape, strict=True)
    )
    uncovered = (cover < 1 - _OPAQUE) & (np.asarray(near)[nearest] == 0)
    on_thing = cover > _OPAQUE
    thing = [former.place[axis] - view.place[axis] for axis in range(2)]
    behind_thing = np.dstack([top - rows, left - columns])
    motion = np.where(on_thing[..., None], np.array(thing, np.float32), behind_thing)
    return motion.astype(np.float32), (uncovered | on_thing) & inside


def _ellipse(size: tuple[int, int]) -> Image.Image:
    large = Image.new("L", (4 * size[0], 4 * size[1]), 0)
    ImageDraw.Draw(large).ellipse((8, 8, large.width - 9, large.height - 9), fill=255)
    return large.resize(size, Image.Resampling.BOX)
