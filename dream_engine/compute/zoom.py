"""Dreams the frames of an endless loop that zooms into a dream."""

import math
from collections.abc import Generator
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from dream_engine.compute.frame_dreamer import FrameDreamer
from dream_engine.compute.planes import window_mean
from dream_engine.loops import CORNER, SOFTNESS, START_RADIUS
from dream_engine.pixels import to_pixels, to_values
from dream_engine.settings import DreamSettings

_TURN = 0.4
"""The turn of each frame in degrees, at the zoom of one frame."""

_STEPS = 0.4
_MIN_STEPS, _MAX_STEPS = 3, 6
_MAX_STEP_SIZE = 0.012
"""Longer steps change the picture faster than the zoom moves it, which flickers."""

_FADE_FRAMES = 6

_MATCHES = 3
"""How often the statistics of a frame are matched; clipping to black and white changes them again."""


_DETAIL_RADIUS = 2
"""Half the side in pixels of the windows whose means are no detail."""

_MAX_DETAIL_GAIN = 1.25
"""The largest factor by which detail is strengthened in one frame, and the inverse of the smallest."""


@dataclass(frozen=True, slots=True)
class ZoomState:
    """The state between two frames.

    Attributes:
        picture: The last frame, uint8 ``[height, width, 3]``.
        mean: The mean of each channel of the settled dream, float64 ``[3]``.
        deviation: The standard deviation of each channel of the settled dream, float64 ``[3]``.
        detail: The standard deviation of the settled dream's detail, in values from -1 to 1.
    """

    picture: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray
    detail: float

    @classmethod
    def of_dream(cls, dream: np.ndarray) -> "ZoomState":
        """The state before the first frame.

        Args:
            dream: uint8 ``[height, width, 3]``.
        """
        image = to_values(dream)
        return cls(dream, *_statistics(image), float(_detail(image).std(dtype=np.float64)))

    def after(self, image: np.ndarray) -> "ZoomState":
        """The state after a frame, which gets the mean, the deviation and the detail of the settled dream.

        Enlarging softens a frame and dreaming sharpens it, by turns. A sharp frame changes more at the next
        one than a soft frame, so that the loop would not move evenly.

        Args:
            image: float32 ``[height, width, 3]`` in [-1, 1].
        """
        fine = _detail(image)
        present = max(float(fine.std(dtype=np.float64)), 1e-6)
        gain = min(max(self.detail / present, 1 / _MAX_DETAIL_GAIN), _MAX_DETAIL_GAIN)
        image = image + fine * np.float32(gain - 1)
        for _ in range(_MATCHES):
            mean, deviation = _statistics(image)
            image = (image - mean) * (self.deviation / np.maximum(deviation, 1e-6)) + self.mean
            image = np.clip(image, -1, 1).astype(np.float32)
        return replace(self, picture=to_pixels(image))


class ZoomDreamer:
    """Dreams the next frame of a zoom.

    Args:
        settings: The settings of the dream.
        frames: Takes the steps.
        zoom: The ratio between one frame and the next.
    """

    def __init__(self, settings: DreamSettings, frames: FrameDreamer, zoom: float) -> None:
        self._frames = frames
        self._zoom = zoom
        self._steps = settings.replace(
            octaves=1,
            iterations=min(max(_MIN_STEPS, round(settings.iterations * _STEPS)), _MAX_STEPS),
            step_size=min(settings.step_size, _MAX_STEP_SIZE),
        )

    def advance(self, state: ZoomState, random: np.random.Generator) -> Generator[None, None, ZoomState]:
        """Dream the next frame.

        The statistics of the settled dream are held, or the dream would become brighter or darker.

        Args:
            state: The state after the frame before.
            random: Draws the jitter.

        Yields:
            After each step.

        Returns:
            The state after the frame.
        """
        image = to_values(_enlarged(state.picture, self._zoom))
        yield from self._frames.refine(image, self._steps, random)
        return state.after(image)


def close_loop(state: ZoomState, earlier: np.ndarray, zoom: float, number: int) -> ZoomState:
    """Replace the middle of a frame by a frame of one turn before.

    The part grows as fast as the zoom, so that its edge moves with the picture and is not seen.

    Args:
        state: The state after the frame.
        earlier: The frame of one turn before, uint8 ``[height, width, 3]``.
        zoom: The ratio between one frame and the next.
        number: Which frame of the closing it is, from 0.
    """
    height, width = earlier.shape[:2]
    down = np.abs(np.linspace(-1, 1, height, dtype=np.float32))[:, None]
    across = np.abs(np.linspace(-1, 1, width, dtype=np.float32))
    distance = (down**CORNER + across**CORNER) ** (1 / CORNER)
    radius = START_RADIUS * zoom**number
    share = np.clip((radius * (1 + SOFTNESS) - distance) / (2 * SOFTNESS * radius), 0, 1)
    share = share * share * (3 - 2 * share) * min(1.0, (number + 1) / _FADE_FRAMES)
    if share.min() == 1:
        return replace(state, picture=earlier)
    picture = to_values(state.picture)
    return state.after(picture + share[..., None] * (to_values(earlier) - picture))


def _enlarged(picture: np.ndarray, zoom: float) -> np.ndarray:
    """Zoom into the middle of a picture and turn it."""
    height, width = picture.shape[:2]
    angle = math.radians(_TURN * math.log(zoom) / math.log(1.04))
    cosine, sine = math.cos(angle) / zoom, math.sin(angle) / zoom
    middle_x, middle_y = width / 2, height / 2
    window = (
        cosine,
        sine,
        middle_x - cosine * middle_x - sine * middle_y,
        -sine,
        cosine,
        middle_y + sine * middle_x - cosine * middle_y,
    )
    image = Image.fromarray(picture)
    enlarged = image.transform(image.size, Image.Transform.AFFINE, window, Image.Resampling.BICUBIC)
    return np.asarray(enlarged)


def _statistics(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean and the standard deviation of each channel."""
    return image.mean((0, 1), dtype=np.float64), image.std((0, 1), dtype=np.float64)


def _detail(image: np.ndarray) -> np.ndarray:
    """What differs from the means of small windows, float32 ``[height, width, 3]``."""
    planes = np.moveaxis(image, 2, 0)
    detail: np.ndarray = np.moveaxis(planes - window_mean(planes, _DETAIL_RADIUS), 0, 2)
    return detail
