"""The lengths of a zoom's parts, from which the caller plans its chunks. This module needs no TensorFlow."""

import math

SETTLE_FRAMES = 30
"""The frames before the loop, in which the dream settles: its look then stays the same."""

START_RADIUS = 0.1
"""The radius of the part that is replaced first to close the loop, as a share of half the picture."""

SOFTNESS = 0.4
"""The width of the part's soft edge to either side of its radius, as a share of the radius."""

CORNER = 4.0
"""The exponent of the part's rounded rectangle: 2 for an ellipse, infinite for a rectangle."""

_ZOOM = 1.04
_ZOOM_FPS = 15


def frame_zoom(frames: int, fps: float) -> float:
    """The zoom of one frame: 1.04 at 15 frames per second, or what a shorter loop needs to close.

    Args:
        frames: The number of frames of the loop.
        fps: Frames per second.
    """
    return float(max(_ZOOM ** (_ZOOM_FPS / fps), _growth() ** (1 / frames)))


def closing_frames(frames: int, fps: float) -> int:
    """The number of frames in which the frame of one turn before grows from the middle to the whole picture.

    Args:
        frames: The number of frames of the loop, which is at least as large.
        fps: Frames per second.
    """
    return math.ceil(math.log(_growth()) / math.log(frame_zoom(frames, fps)) - 1e-9)


def _growth() -> float:
    """By how much the radius grows until the whole picture is replaced, soft edge and corners included."""
    return float(2 ** (1 / CORNER) / (1 - SOFTNESS) / START_RADIUS)
