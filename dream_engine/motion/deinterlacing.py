"""Deinterlaces videos: frames whose odd and even rows were recorded at different times become whole ones."""

from collections.abc import Iterable, Iterator

import av
from av.filter import Graph
from av.video.frame import VideoFrame

_FILTER = ("bwdif", "mode=send_frame:parity=auto:deint=interlaced")
"""FFmpeg's "Bob Weaver" filter: it makes one frame of both fields, and leaves other frames as they are."""


def deinterlaced(frames: Iterable[VideoFrame]) -> Iterator[VideoFrame]:
    """Yield frames with both fields at one time.

    Frames before the first interlaced one pass by. From there on, a frame is yielded when the next one is
    known, because the missing rows are also interpolated from its neighbours in time.

    Args:
        frames: Decoded frames in order of time.
    """
    filtering: _Deinterlacer | None = None
    for frame in frames:
        if filtering is not None and not filtering.fits(frame):
            yield from filtering.push(None)
            filtering = None
        if filtering is None and frame.interlaced_frame:
            filtering = _Deinterlacer(frame)
        if filtering is None:
            yield frame
        else:
            yield from filtering.push(frame)
    if filtering is not None:
        yield from filtering.push(None)


class _Deinterlacer:
    """A filter for frames of one shape and pixel format.

    Args:
        first: The first frame.
    """

    def __init__(self, first: VideoFrame) -> None:
        self._shape = _shape(first)
        self._graph = Graph()
        source = self._graph.add_buffer(
            width=first.width, height=first.height, format=first.format, time_base=first.time_base
        )
        self._graph.link_nodes(source, self._graph.add(*_FILTER), self._graph.add("buffersink")).configure()

    def fits(self, frame: VideoFrame) -> bool:
        """Whether a frame has the shape and pixel format of the others."""
        return _shape(frame) == self._shape

    def push(self, frame: VideoFrame | None) -> Iterator[VideoFrame]:
        """Yield the frames that are complete with this one, or with the end of the video."""
        self._graph.vpush(frame)
        while True:
            try:
                yield self._graph.vpull()
            except (av.BlockingIOError, av.EOFError):
                return


def _shape(frame: VideoFrame) -> tuple[int, int, str]:
    return frame.width, frame.height, frame.format.name
