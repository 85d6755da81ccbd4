"""Reads moving pictures frame by frame, in a child process with limits on memory and time.

A clip is an animated GIF, WebP, PNG or AVIF, or a video in an MP4, MOV, WebM or Matroska container.
"""

import importlib.util
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from types import TracebackType
from typing import Any, Self

from dream_engine.errors import (
    ClipBombError,
    DamagedClipError,
    EmptyPictureError,
    NotAPictureError,
    TooManyBytesError,
    VideoMissingError,
)
from dream_engine.images import Picture
from dream_engine.images.decoder_child import ChildLostError, DecoderChild, DecoderProcessError
from dream_engine.images.recognition import looks_like
from dream_engine.images.subprocess import reported_error
from dream_engine.motion.recognition import clip_format, is_moving, is_video

__all__ = ["ClipFrame", "ClipInfo", "ClipLimits", "ClipReader", "is_moving", "read_clip"]

_PROGRAM = "dream_engine.motion.clip_process"
_FORMATS_IN_WORDS = "GIF, WebP, PNG, AVIF, MP4, MOV and WebM"

_PIXEL_BYTES = 110
"""Bytes that decoding takes per pixel of a frame; a video's decoder holds up to 16 frames."""
_SPARE_BYTES = 400 * 10**6
"""Bytes that decoding takes beside the pixels: the decoders' tables, threads and buffers."""
_FILE_COPIES = 4


@dataclass(frozen=True, slots=True)
class ClipLimits:
    """The bounds of a moving source, checked before any frame is decoded.

    Attributes:
        megabytes: The largest size of the file, in units of 10⁶ bytes.
        megapixels: The largest number of pixels of a frame, in units of 10⁶.
        max_frames: The most frames that are returned.
        max_seconds: The most seconds that are read.
        max_source_frames: The most frames that are decoded, those included that are merged into others.
        shortest_side: The smallest width and height, in pixels.
        aspect: The largest ratio of the longer to the shorter side.
        cpu_seconds: How much processor time reading may take.
        wait_seconds: How long the caller may have to wait for frames, in total.
    """

    megabytes: float = 100.0
    megapixels: float = 9.0
    max_frames: int = 900
    max_seconds: float = 30.0
    max_source_frames: int = 1800
    shortest_side: int = 32
    aspect: float = 20.0
    cpu_seconds: float = 90.0
    wait_seconds: float = 180.0


@dataclass(frozen=True, slots=True)
class ClipInfo:
    """What is known about a clip.

    Attributes:
        width: The width in pixels of the frames that are returned.
        height: Their height in pixels.
        source_frames: The number of frames in the file; ``None`` if it is known only after decoding.
        duration: How long the whole file plays, in ms; ``None`` if it is known only after decoding.
        loops: How often the file asks to be played: 0 for ever; ``None`` to play once, or if not stated.
        has_sound: Whether the file has a sound track.
        is_video: Whether the file is a video, which only PyAV can read.
        is_cut_short: Whether a part of the file is missing or damaged. Final after the last frame.
        has_more: Whether the clip is longer than the frames that were returned. Known after the last frame.
    """

    width: int
    height: int
    source_frames: int | None = None
    duration: int | None = None
    loops: int | None = None
    has_sound: bool = False
    is_video: bool = False
    is_cut_short: bool = False
    has_more: bool = False


@dataclass(frozen=True, slots=True)
class ClipFrame:
    """A frame of a clip.

    Attributes:
        picture: The frame, complete, upright and in sRGB.
        milliseconds: How long it is shown, at least 1.
    """

    picture: Picture = field(repr=False)
    milliseconds: int


class ClipReader:
    """An opened clip: an iterator over its frames, and a context manager that ends the child process.

    It holds one frame at a time. Receiving a frame blocks the calling thread. One thread at a time may use
    a reader, but any may call :meth:`interrupt`.

    Args:
        task: The message that tells the child what to do.
        data: The file's content.
        limits: The bounds of the clip.
        clock: Returns the time in seconds.
        on_start: Called with the reader once it can be interrupted, before anything is decoded.

    Attributes:
        info: What is known about the clip.
    """

    info: ClipInfo

    def __init__(
        self,
        task: Mapping[str, Any],
        data: bytes,
        limits: ClipLimits,
        clock: Callable[[], float],
        on_start: Callable[[Self], object] | None = None,
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._wait_seconds = limits.wait_seconds
        self._interrupted = False
        self._child: DecoderChild | None = None
        self._child = DecoderChild(_PROGRAM)
        memory = int(limits.megapixels * 1e6 * _PIXEL_BYTES) + _FILE_COPIES * len(data) + _SPARE_BYTES
        task = dict(task) | {"bytes": len(data), "memory": memory, "cpu_seconds": limits.cpu_seconds}
        try:
            if on_start is not None:
                on_start(self)
            self._child.allow(memory, self._clock() + self._wait_seconds, self._clock)
            reply = self._receive(lambda child: child.exchange(task, data))
            self.info = _info(reply["info"], limits)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def __iter__(self) -> Iterator[ClipFrame]:
        return self

    def __next__(self) -> ClipFrame:
        if self._child is None:
            raise StopIteration
        try:
            reply = self._receive(DecoderChild.receive_header)
            if "end" in reply:
                known = {name: bool(reply[name]) for name in ("is_cut_short", "has_more")}
                self.info = replace(self.info, **known)
                raise StopIteration
            return ClipFrame(self._receive_picture(reply), max(1, int(reply["milliseconds"])))
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int | None:
        """The child's process ID; ``None`` after the last frame."""
        return None if self._child is None else self._child.pid

    def interrupt(self) -> None:
        """End the child while another thread waits for it; that thread gets a ``DecoderProcessError``."""
        self._interrupted = True
        if (child := self._child) is not None:
            child.interrupt()

    def close(self) -> None:
        """End the child. No frame can be read afterwards."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()

    def _receive(self, receive: Callable[[DecoderChild], dict[str, Any]]) -> dict[str, Any]:
        """Receive a reply's header; only the time that this takes counts towards the limit.

        Raises:
            PictureError: The child refused the clip, or the clip ended the child.
            DecoderProcessError: There is no child process.
        """
        child = self._running_child()
        if self._wait_seconds < 0:  # the child noticed it only if the caller had to wait
            self.close()
            raise ClipBombError
        began = self._clock()
        child.allow_until(began + self._wait_seconds)
        try:
            reply = receive(child)
        except ChildLostError as lost:
            raise self._lost(child, accepted=lost.accepted) from None
        self._wait_seconds -= self._clock() - began
        if "error" in reply:
            raise reported_error(reply)
        return reply

    def _receive_picture(self, reply: Mapping[str, Any]) -> Picture:
        child, (height, width) = self._running_child(), (self.info.height, self.info.width)
        try:
            rgb = child.receive_array((height, width, 3))
            return Picture(rgb, child.receive_array((height, width)) if reply["alpha"] else None)
        except ChildLostError as lost:
            raise self._lost(child, accepted=lost.accepted) from None

    def _running_child(self) -> DecoderChild:
        if self._child is None:
            raise DecoderProcessError("the clip is closed")
        return self._child

    def _lost(self, child: DecoderChild, *, accepted: bool) -> Exception:
        """The error for a child that ended."""
        if self._interrupted:
            return DecoderProcessError("the process that decodes a clip was interrupted")
        if child.took_too_much or (accepted and child.was_killed):
            return ClipBombError()
        if accepted:
            return DamagedClipError()
        return DecoderProcessError("the process that decodes clips exits immediately")


def read_clip(
    data: bytes,
    limits: ClipLimits | None = None,
    *,
    fps: float,
    seconds: float,
    size: int | None = None,
    clock: Callable[[], float] = time.monotonic,
    on_start: Callable[[ClipReader], object] | None = None,
) -> ClipReader:
    """Open a clip, to be used as a context manager and iterated over.

    Frames keep their own timing. Where the source has more than ``fps`` frames a second, the time of the
    frames in excess is added to the frame before. A still picture is a clip of one frame.

    Args:
        data: The file's content.
        limits: The bounds of the clip.
        fps: The most frames a second.
        seconds: The most seconds to read, from the clip's start.
        size: The longest side in pixels to which frames are shrunk; ``None`` keeps their size.
        clock: Returns the time in seconds.
        on_start: Called with the reader before the first frame is decoded, which may take long; another
            thread may interrupt the reader from then on.

    Returns:
        The reader. Its ``info`` is known at once.

    Raises:
        PictureError: The clip cannot be read, or exceeds the limits; also raised while iterating.
        VideoMissingError: The clip is a video, and PyAV is not installed.
        DecoderProcessError: There is no child process.
    """
    limits = limits or ClipLimits()
    if not data:
        raise EmptyPictureError
    if len(data) > limits.megabytes * 1e6:
        raise TooManyBytesError(limit=limits.megabytes)
    if clip_format(data) is None:
        raise NotAPictureError(looks_like=looks_like(data), formats=_FORMATS_IN_WORDS)
    if is_video(data) and importlib.util.find_spec("av") is None:
        raise VideoMissingError
    seconds = min(seconds, limits.max_seconds)
    limits = replace(limits, max_frames=max(1, min(limits.max_frames, round(fps * seconds))))
    task = {"limits": asdict(limits), "fps": fps, "seconds": seconds, "size": size}
    return ClipReader(task, data, limits, clock, on_start)


def _info(reply: Mapping[str, Any], limits: ClipLimits) -> ClipInfo:
    info = ClipInfo(**reply)
    if not 0 < info.width * info.height <= limits.megapixels * 1e6:
        raise DecoderProcessError("the process that decodes clips sent an impossible shape")
    return info
