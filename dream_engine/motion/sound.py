"""Copies the sound of a video into another one.

Raises:
    ImportError: On import, if PyAV is not installed.
"""

import io
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from typing import Literal, Self, TypeVar, cast

import av
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from av.stream import Disposition

from dream_engine.motion.recognition import clip_format

_COPIED = {"mp4": {"aac", "mp3"}, "webm": {"opus", "vorbis"}}
"""The codecs that players expect in each container; others are encoded anew."""

_ENCODERS: dict[str, tuple[str, str, int]] = {"mp4": ("aac", "fltp", 1024), "webm": ("libopus", "flt", 960)}
"""The encoder, its sample format, and the samples of its packets."""

_SAMPLE_RATE = 48_000
_SHORTEST_SILENCE = 0.1
"""The shortest time in seconds between two pieces of sound that counts; shorter ones are rounding errors."""

_MAX_PIXELS = 40_000_000
_UNREADABLE = (FFmpegError, OSError, ValueError, IndexError, EOFError, RuntimeError, StopIteration)
"""The errors that PyAV raises for damaged files."""

_Item = TypeVar("_Item")


class Sound:
    """Reads the sound of one video, and writes it into another until that ends.

    Args:
        source: The video with the sound.
        target: The video to write, before its first packet.
        file_format: The format of the video to write.

    Raises:
        IndexError: The source has no sound.
    """

    def __init__(
        self, source: InputContainer, target: OutputContainer, file_format: Literal["mp4", "webm"]
    ) -> None:
        self._source, self._target = source, target
        stream = self._stream = source.streams.audio[0]
        start = _start_of(source)
        # Sound is read before the target gets a stream, so that no stream stays empty.
        if stream.codec_context.name in _COPIED[file_format]:
            packets = _with_first(self._copied(start))
            self._output = target.add_stream_from_template(stream)
        else:
            frames = _with_first(source.decode(stream))
            encoder, sample_format, samples = _ENCODERS[file_format]
            output = self._output = cast("av.AudioStream", target.add_stream(encoder, rate=_SAMPLE_RATE))
            layout = "mono" if stream.codec_context.channels == 1 else "stereo"
            output.codec_context.layout, output.codec_context.format = layout, sample_format
            resampler = av.AudioResampler(sample_format, layout, _SAMPLE_RATE, samples)
            packets = self._encoded(frames, start, resampler)
        self._packets = _until_damage(packets)
        self._next = next(self._packets, None)

    @classmethod
    def of(cls, content: bytes, target: OutputContainer, file_format: Literal["mp4", "webm"]) -> Self | None:
        """Open a video's sound; ``None`` if it has none, or none that can be read.

        Args:
            content: The content of an MP4, QuickTime, WebM or Matroska file. No other format is opened, as
                some are lists of other files.
            target: The video to write, before its first packet.
            file_format: The format of the video to write.
        """
        source_format = clip_format(content)
        if source_format not in ("mov", "matroska"):
            return None
        source = None
        try:
            bounds = {"max_pixels": str(_MAX_PIXELS)}
            source = av.open(io.BytesIO(content), "r", format=source_format, options=bounds)
            return cls(source, target, file_format)
        except _UNREADABLE:
            if source is not None:
                source.close()
            return None

    def write_until(self, seconds: float) -> None:
        """Write the packets that begin before a time in seconds."""
        while self._next is not None and self._next[0] < seconds:
            packet = self._next[1]
            packet.stream = self._output
            self._target.mux(packet)
            self._next = next(self._packets, None)

    def close(self) -> None:
        """Close the source."""
        self._next = None
        self._source.close()

    def _copied(self, start: Fraction) -> Iterator[tuple[Fraction, "av.Packet"]]:
        last = -1
        for packet in self._source.demux(self._stream):
            if packet.pts is None or packet.dts is None or packet.size == 0:
                continue
            shift = round(start / packet.time_base)
            packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
            if packet.pts < 0 or packet.dts <= last:
                continue
            last = packet.dts
            yield packet.pts * packet.time_base, packet

    def _encoded(
        self, frames: Iterator[av.AudioFrame], start: Fraction, resampler: av.AudioResampler
    ) -> Iterator[tuple[Fraction, "av.Packet"]]:
        samples = read = 0
        for frame in frames:
            time = None if frame.time is None else frame.time - float(start)
            if time is not None and time < 0:
                continue
            if time is not None and time - read / _SAMPLE_RATE > _SHORTEST_SILENCE:
                silence = round(time * _SAMPLE_RATE) - read  # sound that begins late, or pauses
                samples, read = samples + silence, read + silence
            read += round(frame.samples * _SAMPLE_RATE / frame.sample_rate)
            frame.pts = None
            for resampled in resampler.resample(frame):
                resampled.pts, resampled.time_base = samples, Fraction(1, _SAMPLE_RATE)
                samples += resampled.samples
                yield from _timed(self._output.encode(resampled))
        yield from _timed(self._output.encode(None))


def extract_sound(content: bytes, file_format: Literal["mp4", "webm"], seconds: float) -> bytes | None:
    """Write the sound of a video into a file of its own.

    Args:
        content: The content of the video.
        file_format: The format of the file.
        seconds: How much of the sound the file gets, from the first picture on.

    Returns:
        The file's content; ``None`` if there is no sound that can be read.
    """
    buffer = io.BytesIO()
    target = av.open(buffer, "w", format=file_format)
    if (sound := Sound.of(content, target, file_format)) is None:
        return None
    sound.write_until(seconds)
    sound.close()
    target.close()
    return buffer.getvalue()


def _start_of(source: InputContainer) -> Fraction:
    """The time in seconds of the first picture; 0 without pictures."""
    for stream in source.streams.video:
        if not stream.disposition & Disposition.attached_pic:  # a cover
            return (stream.start_time or 0) * (stream.time_base or Fraction(0))
    return Fraction(0)


def _with_first(items: Iterator[_Item]) -> Iterator[_Item]:
    """Return the same items, after the first was read.

    Raises:
        IndexError: There is none.
    """
    for item in items:
        return chain([item], items)
    raise IndexError


def _timed(
    packets: "list[av.Packet]",
) -> Iterator[tuple[Fraction, "av.Packet"]]:
    for packet in packets:
        yield max(Fraction(0), (packet.pts or 0) * packet.time_base), packet


def _until_damage(
    packets: Iterator[tuple[Fraction, "av.Packet"]],
) -> Iterator[tuple[Fraction, "av.Packet"]]:
    """Yield packets up to the first that cannot be read."""
    try:
        yield from packets
    except _UNREADABLE:
        return
