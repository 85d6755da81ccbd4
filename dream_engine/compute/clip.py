"""Dreams the frames of a moving source: carries the dream along the flow, and refreshes it with few steps."""

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np

from dream_engine.compute.flow import Flow, estimate_flow
from dream_engine.compute.frame_dreamer import FrameDreamer
from dream_engine.compute.masks import Mask
from dream_engine.compute.warping import warp
from dream_engine.pixels import give_colours, to_pixels, to_values
from dream_engine.settings import DreamSettings, limits_of

FLOW_SIDE = 320
"""The longest side in pixels at which the flow is computed."""

_STEPS = 1
_OCTAVES = 2
_STEP_SIZE = 0.4
"""The step size at which a carried dream is refreshed, as a share of the preset's."""

_FILL_STEPS = 0.2
"""The steps at each octave that parts without a dream get in one frame, as a share of the preset's."""

_FILL_STEP_SIZE = 2.5
_DONE = 0.8
"""The share of a whole dream's steps from which on a pixel counts as dreamed."""

_MIN_FILL = 0.003
"""The smallest share of a frame without a dream that is filled at once."""

_ENTERING = 0.6
"""The share of a whole dream that a mirrored dream counts for where the camera moves past the border."""

_MIRRORED = 0.3
"""The share of the mirrored dream that is kept there."""

_MIN_BORDER = 0.015
"""The share of a frame that has come in at the border when it is filled, to fill it in few frames."""

_LEAST_LACK, _GAP = 0.2, 0.3
"""From which share of missing steps on a pixel is counted as come in at the border, and as a gap."""

_CONTEXT = 48
"""The pixels around a part without a dream that the network sees."""

_MAX_GAIN = 1.05
"""The largest factor by which a dream that became weaker is strengthened in one frame."""

_MIN_RELIABLE = 0.3
"""A frame of which a smaller share is found in the frame before begins a new scene."""


@dataclass(frozen=True, slots=True)
class ClipState:
    """The state between two frames.

    Attributes:
        frame: The source's frame, uint8 ``[height, width, 3]``.
        dream: The dreamed frame, of the same shape.
        progress: How much of a whole dream each pixel has been given, as a share of 255, uint8
            ``[height, width]``.
        strength: The mean absolute change of the scene's first frame, in values from -1 to 1.
    """

    frame: np.ndarray
    dream: np.ndarray
    progress: np.ndarray
    strength: float

    @classmethod
    def of_scene(cls, frame: np.ndarray, dream: np.ndarray) -> "ClipState":
        """The state after the first frame of a scene, which is dreamed as a whole."""
        strength = np.abs(to_values(dream) - to_values(frame)).mean(dtype=np.float64)
        return cls(frame, dream, np.full(frame.shape[:2], 255, np.uint8), float(strength))


class ClipDreamer:
    """Dreams the frames after the first one of a scene.

    Args:
        settings: The settings of the dream.
        frames: Takes the steps.
    """

    def __init__(self, settings: DreamSettings, frames: FrameDreamer) -> None:
        self._settings = settings
        self._frames = frames
        low, high = limits_of("iterations")
        self._refresh = settings.replace(
            iterations=_STEPS,
            octaves=min(_OCTAVES, settings.octaves),
            step_size=settings.step_size * _STEP_SIZE,
        )
        self._fill = settings.replace(
            iterations=min(max(low, round(settings.iterations * _FILL_STEPS)), high),
            step_size=min(0.5, settings.step_size * _FILL_STEP_SIZE),
        )
        self._fill_progress = _FILL_STEP_SIZE * self._fill.iterations / settings.iterations

    def advance(
        self, state: ClipState, frame: np.ndarray, random: np.random.Generator, mask: Mask | None = None
    ) -> Generator[None, None, ClipState | None]:
        """Dream the next frame.

        Args:
            state: The state after the frame before.
            frame: The source's next frame, uint8 ``[height, width, 3]``.
            random: Draws the jitter.
            mask: The part of the source that dreams.

        Yields:
            After each step.

        Returns:
            The state after the frame; ``None`` if the frame begins a new scene.
        """
        flow = estimate_flow(frame, state.frame, FLOW_SIDE)
        if flow.reliability.mean() < _MIN_RELIABLE:
            return None
        source = to_values(frame)
        image, progress = _carried(state, source, flow)
        weights = None if mask is None else mask.weights(frame.shape[:2])[0, ..., 0]
        yield from self._frames.refine(image, self._refresh, random, weights)
        yield from self._fill_gaps(image, progress, random, weights)
        self._keep_strength(image, source, state.strength)
        if self._settings.keep_colour:
            give_colours(image, frame)
        dream = to_pixels(image)
        if mask is not None:
            mask.restore(dream, frame)
        return ClipState(frame, dream, to_pixels_of_share(progress), state.strength)

    def _fill_gaps(
        self,
        image: np.ndarray,
        progress: np.ndarray,
        random: np.random.Generator,
        weights: np.ndarray | None,
    ) -> Generator[None, None, None]:
        """Dream the parts that came into view, within their bounding box."""
        lack = np.clip(1 - progress / _DONE, 0, 1)
        entered = lack > _LEAST_LACK
        if entered.mean() >= _MIN_BORDER + (lack > _GAP).mean():
            lack[entered] = 1
        if lack.mean() < _MIN_FILL or not (lack > _GAP).any():
            return
        box = _bounding_box(lack > _GAP)
        needed = (lack[box] * 255).astype(np.uint8)
        if weights is not None:
            needed = np.minimum(needed, weights[box])
        part = image[box].copy()
        yield from self._frames.refine(part, self._fill, random, needed)
        image[box] = part
        progress[box] += lack[box] * np.float32(self._fill_progress)
        np.clip(progress, 0, 1, out=progress)

    def _keep_strength(self, image: np.ndarray, source: np.ndarray, strength: float) -> None:
        """Scale the change of the source to that of the scene's first frame."""
        image -= source
        present = float(np.abs(image).mean(dtype=np.float64))
        if present:
            image *= np.float32(min(strength / present, _MAX_GAIN))
        image += source
        np.clip(image, -1.0, 1.0, out=image)


def _carried(state: ClipState, source: np.ndarray, flow: Flow) -> tuple[np.ndarray, np.ndarray]:
    """Move the dream's change, and the progress, along the flow; returns the picture and the progress."""
    change = to_values(state.dream) - to_values(state.frame)
    progress = state.progress[..., None].astype(np.float32) / 255
    moved = warp(np.concatenate([change, progress], axis=2), flow.motion)
    moved *= flow.reliability[..., None]
    # A mirrored dream at full strength would be mirrored again and again, and become stripes.
    moved[~flow.inside, :3] *= np.float32(_MIRRORED)
    image = source + moved[..., :3]
    np.clip(image, -1.0, 1.0, out=image)
    carried = np.clip(moved[..., 3], 0, 1)
    return image, np.where(flow.inside, carried, np.minimum(carried, np.float32(_ENTERING)))


def to_pixels_of_share(share: np.ndarray) -> np.ndarray:
    """Convert float32 shares from 0 to 1 to uint8."""
    pixels: np.ndarray = (share * 255).round().astype(np.uint8)
    return pixels


def _bounding_box(part: np.ndarray) -> tuple[slice, slice]:
    """The rows and columns around the set pixels, with context; all if none is set."""
    slices = []
    for axis in range(2):
        places = np.flatnonzero(part.any(axis=1 - axis))
        length = part.shape[axis]
        if not len(places):
            return slice(None), slice(None)
        slices.append(slice(max(0, int(places[0]) - _CONTEXT), min(length, int(places[-1]) + 1 + _CONTEXT)))
    return slices[0], slices[1]
