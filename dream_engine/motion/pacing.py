"""Merges a source's frames to a frame rate."""

from collections.abc import Iterator
from dataclasses import dataclass

from dream_engine.motion.source import Drawn, Source

_TOLERANCE = 1.5
"""How many ms early a frame may be, because times in files are rounded."""


@dataclass(slots=True)
class _Shown:
    drawn: Drawn
    start: float
    end: float

    def milliseconds(self, end: float) -> int:
        """How long the frame is shown, rounded so that errors do not add up."""
        return max(1, round(end) - round(self.start))


def pace(
    source: Source, *, fps: float, seconds: float, max_frames: int, max_source_frames: int
) -> Iterator[tuple[Drawn, int]]:
    """Yield frames with the time in ms that each is shown.

    A frame that comes sooner than a frame rate allows is left out, and its time is added to the frame
    before. If it lasts, it is shown as soon as the rate allows. Frames are allowed at even intervals, so that
    the rate is right on average.

    Args:
        source: The clip; it is told whether it has more than these frames.
        fps: The most frames a second.
        seconds: The most seconds to read.
        max_frames: The most frames to yield.
        max_source_frames: The most frames to read.
    """
    interval, stop = 1000.0 / fps, 1000.0 * seconds
    due, count = 0.0, 0
    shown: _Shown | None = None
    source.has_more = source.has_more or (source.source_frames or 0) > max_source_frames
    for number, frame in enumerate(source.frames):
        start = frame.start
        if start >= stop or number == max_source_frames:
            source.has_more = True
            break
        if shown is not None and start < due - _TOLERANCE:
            if frame.end < due + interval or due >= stop:
                shown.end = frame.end
                continue
            start = due
        if shown is not None:
            yield shown.drawn, shown.milliseconds(start)
            count += 1
            if count == max_frames:
                source.has_more = True
                return
        shown = _Shown(source.upright(frame.draw()), start, frame.end)
        due = due + interval if due + interval > start else start + interval
    if shown is not None:
        yield shown.drawn, shown.milliseconds(min(max(shown.end, shown.start), stop))
