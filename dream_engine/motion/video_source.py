"""Reads videos with PyAV: MP4, MOV, WebM and Matroska, never playlists or addresses."""

import contextlib
import io
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import Any, cast

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace
from av.video.stream import VideoStream
from PIL import Image

from dream_engine.errors import ClipBombError, ClipWithoutPictureError, DamagedClipError, PictureError
from dream_engine.images.child_program import THREADS
from dream_engine.images.colour import to_srgb
from dream_engine.images.colour_space import code_points
from dream_engine.images.transfer import REFERENCE_WHITE
from dream_engine.motion.clips import ClipLimits
from dream_engine.motion.containers import boxes_are_cut_short, matroska_is_cut_short, matroska_shapes
from dream_engine.motion.deinterlacing import deinterlaced
from dream_engine.motion.recognition import clip_format
from dream_engine.motion.source import Drawn, Source, SourceFrame, check_shape, straight, swaps_sides

_CODECS = frozenset(
    {
        *("h264", "hevc", "vp8", "vp9", "libvpx", "libvpx-vp9", "av1", "libdav1d", "mpeg4", "h263"),
        *("mjpeg", "prores", "dnxhd", "png", "qtrle", "rawvideo"),
    }
)
"""The decoders that may be used; FFmpeg has many others, for formats that nobody uploads."""

_ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
_MAX_STREAMS = 64
_MAX_BROKEN_PACKETS = 100
_HD_HEIGHT = 720
"""The height in pixels from which a video without a declared matrix uses that of BT.709."""

_UNSPECIFIED = 2
_WIDE_PRIMARIES = (9, 11, 12)
"""The code points of the primaries of BT.2020, DCI-P3 and Display P3 (ITU-T H.273)."""

_HDR_PEAK = 1000.0 / REFERENCE_WHITE
"""The light that becomes white: 1000 cd/m², for which most HDR videos are mastered."""

_USUAL_RATE = Fraction(25)
_SCALING = 0x4 | 0x2000 | 0x40000
"""libswscale's flags for bicubic, full chroma and accurate rounding. PyAV 16 names the first only."""
_MAX_STRETCH = 8

_ORIENTATIONS = {
    (1, 0, 0, 1): 1,
    (-1, 0, 0, 1): 2,
    (-1, 0, 0, -1): 3,
    (1, 0, 0, -1): 4,
    (0, 1, 1, 0): 5,
    (0, 1, -1, 0): 6,
    (0, -1, -1, 0): 7,
    (0, -1, 1, 0): 8,
}
"""The EXIF orientation by the signs of a display matrix's a, b, c and d (ISO/IEC 14496-12, 6.2.2)."""


def open_video(data: bytes, limits: ClipLimits) -> Source:
    """Open a video, and decode its first frame.

    Args:
        data: The file's content.
        limits: The bounds of the clip.

    Raises:
        PictureError: The video has no frame that can be read, or exceeds the limits.
    """
    name = "mov" if clip_format(data) == "mov" else "matroska"
    is_cut_short = boxes_are_cut_short(data) if name == "mov" else matroska_is_cut_short(data)
    for height, width in matroska_shapes(data) if name == "matroska" else ():
        _check_declared_shape(height, width, limits)
    decoding = {"max_pixels": str(int(limits.megapixels * 1e6)), "codec_whitelist": ",".join(sorted(_CODECS))}
    opening = {
        "protocol_whitelist": "none",
        "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm",
        "max_streams": str(_MAX_STREAMS),
        "fflags": "+discardcorrupt",
    }
    try:
        container = av.open(
            io.BytesIO(data), "r", format=name, options=opening | decoding, metadata_errors="replace"
        )
        stream = _video_stream(container)
        if stream.codec_context is None or stream.codec_context.name not in _CODECS:
            raise DamagedClipError
        _check_declared_shape(stream.height, stream.width, limits)
        decoder = _decoder(stream)
        decoder.options = decoding
        decoder.thread_count = THREADS
        reader = _Reader(container, stream, decoder)
        frames = reader.frames()
        first = next(frames, None)
    except ClipWithoutPictureError:
        if is_cut_short:  # its header may be incomplete
            raise DamagedClipError from None
        raise
    except PictureError:
        raise
    except MemoryError:
        raise ClipBombError from None
    except Exception as error:  # PyAV raises all kinds of exceptions for broken files
        raise DamagedClipError from error
    if first is None:
        raise DamagedClipError
    orientation = _orientation(first.frame)
    width, height = _display_size(first.frame, stream)
    if swaps_sides(orientation):
        width, height = height, width
    check_shape(width, height, limits)
    source = Source(
        width,
        height,
        iter(()),
        source_frames=stream.frames or None,
        duration=_duration(container, stream),
        has_sound=bool(container.streams.audio),
        is_video=True,
        is_cut_short=is_cut_short,
        orientation=orientation,
        to_srgb=_conversion(stream),
    )
    source.frames = reader.source_frames(first, frames, source)
    return source


@dataclass(frozen=True, slots=True)
class _Timed:
    """A decoded frame with its start and its duration in ms."""

    frame: VideoFrame
    start: float
    duration: float


@dataclass(slots=True)
class _Reader:
    """Decodes the frames of one stream.

    Attributes:
        container: The opened file.
        stream: The stream.
        decoder: The decoder of its packets.
        is_damaged: Whether a packet could not be decoded.
    """

    container: InputContainer
    stream: VideoStream
    decoder: VideoCodecContext
    is_damaged: bool = field(default=False)

    def frames(self) -> Iterator[_Timed]:
        """Yield the frames in order of time, without the time before the first of them."""
        rate = self.stream.average_rate or self.stream.guessed_rate or _USUAL_RATE
        usual = float(1000 / rate) if rate > 0 else float(1000 / _USUAL_RATE)
        first: float | None = None
        following = 0.0
        for frame in deinterlaced(self._decoded()):
            time = following if frame.time is None else 1000 * frame.time - (first or 0.0)
            if first is None:
                first, time = time, 0.0
            duration = usual
            if frame.duration and frame.time_base:
                duration = float(1000 * frame.duration * frame.time_base)
            start = max(time, following if frame.time is None else 0.0)
            yield _Timed(frame, start, duration)
            following = start + duration

    def _decoded(self) -> Iterator[VideoFrame]:
        """Yield all frames that can be decoded; after too many broken packets, none."""
        broken = 0
        for packet in self.container.demux(self.stream):
            if packet.is_corrupt:
                self.is_damaged = True
                continue
            try:
                decoded = self.decoder.decode(packet)
            except EOFError:
                return
            except (av.FFmpegError, IndexError, ValueError):
                self.is_damaged = True
                broken += 1
                if broken == _MAX_BROKEN_PACKETS:
                    return
                continue
            yield from decoded

    def source_frames(self, first: _Timed, others: Iterator[_Timed], source: Source) -> Iterator[SourceFrame]:
        """Yield the frames for the source, and tell it whether some are damaged."""
        timed: _Timed | None = first
        while timed is not None:
            try:
                following = next(others, None)
            finally:
                source.is_cut_short = source.is_cut_short or self.is_damaged
            end = timed.start + timed.duration if following is None else following.start
            yield SourceFrame(timed.start, end, partial(_draw, timed.frame))
            timed = following


def _video_stream(container: InputContainer) -> VideoStream:
    """The first stream of moving pictures; a sound file's cover is none."""
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return stream
    raise ClipWithoutPictureError


def _decoder(stream: VideoStream) -> VideoCodecContext:
    """The decoder of a stream: libvpx if it has transparency, which FFmpeg's own decoders ignore."""
    usual = stream.codec_context
    has_alpha = any(key.lower() == "alpha_mode" and value == "1" for key, value in stream.metadata.items())
    if not has_alpha or usual.name not in _ALPHA_DECODERS:
        return usual
    with contextlib.suppress(av.FFmpegError, ValueError):
        decoder = cast("VideoCodecContext", av.CodecContext.create(_ALPHA_DECODERS[usual.name], "r"))
        if usual.extradata:
            decoder.extradata = usual.extradata
        return decoder
    return usual


def _check_declared_shape(height: int, width: int, limits: ClipLimits) -> None:
    """Check the shape that the container declares, if it does, before a frame is decoded."""
    if height and width:
        check_shape(width, height, limits)


def _draw(frame: VideoFrame) -> Drawn:
    """Convert a frame to RGB by its matrix and range."""
    has_alpha = any(component.is_alpha for component in frame.format.components)
    matrix, levels = frame.colorspace, ColorRange.MPEG
    if matrix == _UNSPECIFIED:
        matrix = Colorspace.ITU709 if frame.height >= _HD_HEIGHT else Colorspace.ITU601
    if frame.color_range == ColorRange.JPEG or frame.format.is_rgb or frame.format.name.startswith("yuvj"):
        levels = ColorRange.JPEG
    converted = frame.reformat(
        format="rgba" if has_alpha else "rgb24",
        src_colorspace=matrix,
        # RGB has no matrix, but PyAV 16 ignores the source's unless another one is given here.
        dst_colorspace=Colorspace.ITU601 if matrix == Colorspace.ITU709 else Colorspace.ITU709,
        src_color_range=levels,
        dst_color_range=ColorRange.JPEG,
        interpolation=_SCALING,
    )
    image = Image.fromarray(converted.to_ndarray())
    return straight(image) if has_alpha else (image, None)


def _conversion(stream: VideoStream) -> Callable[[Image.Image], Image.Image] | None:
    """The conversion to sRGB of a video in HDR or of a wide gamut; ``None`` if the video is close to sRGB.

    The frames of an HDR video share one tone curve, as a curve for each would let the brightness flicker.
    """
    context = stream.codec_context
    space = code_points(int(context.color_primaries), int(context.color_trc))
    if space is None or not (space.is_hdr or context.color_primaries in _WIDE_PRIMARIES):
        return None
    return partial(to_srgb, low=None, space=space, profile=None, peak=_HDR_PEAK if space.is_hdr else None)


def _display_size(frame: VideoFrame, stream: VideoStream) -> tuple[int, int]:
    """The width and height of a frame with square pixels."""
    width, height = frame.width, frame.height
    ratio = stream.sample_aspect_ratio
    if ratio is None or ratio in (0, 1) or not Fraction(1, _MAX_STRETCH) <= ratio <= _MAX_STRETCH:
        return width, height
    return max(1, round(width * ratio)), height


def _orientation(frame: VideoFrame) -> int:
    """The EXIF orientation that a frame's display matrix stands for; 1 if it has none."""
    for data in cast("Iterable[Any]", frame.side_data):  # PyAV's annotation is too narrow
        if data.type.name == "DISPLAYMATRIX":
            a, b, _, c, d = struct.unpack_from("=5i", bytes(data))
            signs = tuple((value > 0) - (value < 0) for value in (a, b, c, d))
            return _ORIENTATIONS.get(signs, 1)
    return 1


def _duration(container: InputContainer, stream: VideoStream) -> int | None:
    """How long a video plays, in ms, as its container declares."""
    if stream.duration and stream.time_base:
        return round(1000 * stream.duration * stream.time_base)
    return round(container.duration / 1000) if container.duration else None
