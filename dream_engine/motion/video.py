"""Writes videos with PyAV, an optional dependency: MP4 with H.264, WebM with VP9.

Raises:
    ImportError: On import, if PyAV is not installed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import ClassVar, Literal, cast

import av
import numpy as np
from av.error import FFmpegError
from PIL import Image

from dream_engine.motion.animation import AnimationOptions
from dream_engine.motion.base_writer import AnimationWriter, Timing
from dream_engine.motion.description import software, text_of
from dream_engine.motion.mp4_duration import set_duration
from dream_engine.motion.sound import Sound
from dream_engine.motion.sound_reading import read_sound

VideoFormat = Literal["mp4", "webm"]

_CODECS: dict[VideoFormat, str] = {"mp4": "libx264", "webm": "libvpx-vp9"}
_OPTIONS: dict[VideoFormat, dict[str, str]] = {
    "mp4": {"preset": "medium"},
    "webm": {"deadline": "good", "cpu-used": "4", "row-mt": "1"},
}
_RATE_FACTORS: dict[VideoFormat, tuple[float, float]] = {"mp4": (20.0, 0.4), "webm": (31.0, 0.6)}
"""The constant rate factor (crf) at quality 80, and by how much it rises for each quality below."""

_MAX_RATE_FACTOR = 51
"""The coarsest of H.264; VP9 has some coarser ones."""

_TIME_BASE = Fraction(1, 1000)
_NOMINAL_RATE = 30
"""Frames per second for the codec's level; the true times are the frames' own."""

_BT709, _LIMITED_RANGE = 1, 1


class VideoWriter(AnimationWriter):
    """Writes a video, with the sound of another one if the options have one.

    The codecs have threads of their own, and keep some frames to look ahead. If the sound cannot be read, the
    video is silent; see :attr:`has_sound`.

    Args:
        path: The file to write.
        options: How the file is written.
    """

    file_format: ClassVar[VideoFormat]
    has_alpha = False

    def __init__(self, path: Path, options: AnimationOptions) -> None:
        super().__init__(path, options)
        self._timing = Timing(1.0)
        self._durations: dict[int, int] = {}
        self._held: av.Packet | None = None
        try:
            self._open(options)
        except BaseException:
            self._temporary.unlink()
            raise

    def _open(self, options: AnimationOptions) -> None:
        flags = {"movflags": "+faststart"} if self.file_format == "mp4" else {}
        self._container = av.open(str(self._temporary), "w", format=self.file_format, options=flags)
        if options.description is not None:
            self._container.metadata.update(comment=text_of(options.description), encoder=software())
        factor, slope = _RATE_FACTORS[self.file_format]
        crf = min(_MAX_RATE_FACTOR, max(0, round(factor + slope * (80 - self._quality))))
        codec, codec_options = _CODECS[self.file_format], _OPTIONS[self.file_format] | {"crf": str(crf)}
        stream = self._container.add_stream(codec, rate=_NOMINAL_RATE, options=codec_options)
        self._stream = cast("av.VideoStream", stream)
        context = self._context = self._stream.codec_context
        context.width, context.height = (max(2, side - side % 2) for side in options.size)
        context.pix_fmt, context.bit_rate, context.time_base = "yuv420p", 0, _TIME_BASE
        context.color_range = _LIMITED_RANGE
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        sound = None if options.sound is None else read_sound(options.sound, self.file_format)
        self._sound = None if sound is None else Sound.of(sound, self._container, self.file_format)
        self.has_sound = self._sound is not None

    @property
    def shown_size(self) -> tuple[int, int]:
        """The width and height of the file in pixels, both even."""
        return self._context.width, self._context.height

    def _add(self, image: Image.Image, milliseconds: float) -> None:
        begin = self._timing.units
        self._durations[begin] = self._timing.add(milliseconds)
        pixels = np.asarray(image.crop((0, 0, self._context.width, self._context.height)))
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), "rgb24").reformat(
            format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG"
        )
        frame.pts, frame.time_base = begin, _TIME_BASE
        with _os_errors():
            self._encode(frame)
            if self._sound is not None:
                self._sound.write_until(self._timing.units / 1000)

    def _encode(self, frame: av.VideoFrame | None) -> None:
        for packet in self._stream.encode(frame):
            self._write_held()
            packet.duration = self._durations.pop(packet.pts or 0)
            self._held = packet

    def _write_held(self) -> None:
        if self._held is not None:
            self._container.mux(self._held)
            self._held = None

    def _finish(self) -> None:
        with _os_errors():
            self._finish_container()
        if self.file_format == "mp4":
            set_duration(self._temporary, self._timing.units)

    def _finish_container(self) -> None:
        self._encode(None)
        if self._held is not None and self._held.dts is not None:
            # The stored frames end with the last packet, which need not be that of the last frame.
            self._held.duration = self._timing.units - self._held.dts
        self._write_held()
        if self._sound is not None:
            self._sound.close()
        self._container.close()

    def _abort(self) -> None:
        if self._sound is not None:
            self._sound.close()
        try:
            self._container.close()
        except (FFmpegError, OSError, ValueError):
            return  # a container without frames has no header to complete


@contextmanager
def _os_errors() -> Iterator[None]:
    """Raise FFmpeg's errors, such as that of a full disk, as those of the operating system."""
    try:
        yield
    except FFmpegError as error:
        raise OSError(error.errno, error.strerror) from error


class Mp4Writer(VideoWriter):
    """Writes an MP4 with H.264, which starts to play before it is loaded."""

    file_format = "mp4"


class WebmWriter(VideoWriter):
    """Writes a WebM with VP9."""

    file_format = "webm"
