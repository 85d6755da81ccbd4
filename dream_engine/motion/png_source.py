"""Reads animated PNGs. Each frame is decoded as a PNG of its own, and composed by blend and disposal."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field

from PIL import Image

from dream_engine.errors import DamagedClipError
from dream_engine.images.channels import split
from dream_engine.images.colour import to_srgb
from dream_engine.images.colour_space import colour_space
from dream_engine.images.png_stream import SIGNATURE, chunk, read_png
from dream_engine.images.samples import low_bytes
from dream_engine.motion.canvas import Canvas, Disposal, Patch
from dream_engine.motion.clips import ClipLimits
from dream_engine.motion.source import (
    Source,
    SourceFrame,
    check_shape,
    exif_orientation,
    shown_milliseconds,
    straight,
    swaps_sides,
)

_DISPOSALS: dict[int, Disposal] = {1: "clear", 2: "restore"}
_OPAQUE_BLEND = 0
_FRAME_CHUNKS = (b"acTL", b"fcTL", b"fdAT", b"IDAT", b"IEND", b"IHDR")
_IEND = chunk(b"IEND", b"")
_MAX_TRAILER_BYTES = 1024
"""The bytes at the end of a file in which its last chunk is searched for."""


@dataclass(slots=True)
class _Frame:
    """A frame: the content of its fcTL, and where its compressed pixels lie.

    Attributes:
        control: The content of the frame's fcTL.
        parts: The start and end of each part of the compressed pixels.
    """

    control: bytes
    parts: list[tuple[int, int]] = field(default_factory=list)

    @property
    def milliseconds(self) -> float:
        """How long the frame is shown; a denominator of 0 stands for 100 (PNG, 11.3.6.2)."""
        numerator, denominator = self._number(20, 2), self._number(22, 2) or 100
        return shown_milliseconds(1000 * numerator / denominator)

    @property
    def box(self) -> tuple[int, int, int, int]:
        """The frame's width, height, left and top, in pixels."""
        return self._number(4), self._number(8), self._number(12), self._number(16)

    def _number(self, begin: int, length: int = 4) -> int:
        return int.from_bytes(self.control[begin : begin + length])


def open_png(data: bytes, limits: ClipLimits) -> Source:
    """Open an animated PNG; one without animation is a clip of one frame.

    Args:
        data: The file's content.
        limits: The bounds of the clip.

    Raises:
        PictureError: The file is damaged, or exceeds the limits.
    """
    is_cut_short = _IEND not in data[-_MAX_TRAILER_BYTES:]
    data = read_png(data)
    with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
        width, height = image.size
        check_shape(width, height, limits)
        orientation = exif_orientation(image)
    frames, header, loops = _parse(data)
    if not frames:
        raise DamagedClipError
    if swaps_sides(orientation):
        width, height = height, width
    canvas = Canvas(*((height, width) if swaps_sides(orientation) else (width, height)))
    return Source(
        width,
        height,
        _frames(data, frames[: limits.max_source_frames], header, canvas),
        source_frames=len(frames),
        duration=round(sum(frame.milliseconds for frame in frames)),
        loops=loops,
        is_cut_short=is_cut_short,
        orientation=orientation,
    )


def _parse(data: bytes) -> tuple[list[_Frame], tuple[bytes, bytes], int | None]:
    """Return the frames, the header and other chunks that each of them needs, and the number of loops."""
    frames: list[_Frame] = []
    shared, header, loops = [], b"", None
    default = _Frame(b"")
    position = len(SIGNATURE)
    while position + 8 <= len(data):
        length, kind = int.from_bytes(data[position : position + 4]), data[position + 4 : position + 8]
        begin, end = position + 8, position + 8 + length
        if kind == b"IHDR":
            header = data[begin:end]
        elif kind == b"acTL":
            loops = int.from_bytes(data[begin + 4 : end])
        elif kind == b"fcTL":
            frames.append(_Frame(data[begin:end]))
        elif kind == b"fdAT" and frames:
            frames[-1].parts.append((begin + 4, end))
        elif kind == b"IDAT":
            (frames[-1] if frames else default).parts.append((begin, end))
        elif kind not in _FRAME_CHUNKS and not default.parts:
            shared.append(data[position : end + 4])
        position = end + 4
    frames = [frame for frame in frames if frame.parts]
    if not frames and default.parts:  # there is no animation
        frames = [_Frame(bytes(4) + header[:8] + bytes(14), default.parts)]
    return frames, (header, b"".join(shared)), loops


def _frames(
    data: bytes, frames: list[_Frame], header: tuple[bytes, bytes], canvas: Canvas
) -> Iterator[SourceFrame]:
    start = 0.0
    for frame in frames:
        _, _, left, top = frame.box
        disposal = _DISPOSALS.get(frame.control[24], "keep")
        replaces = frame.control[25] == _OPAQUE_BLEND
        canvas.draw(Patch(_pixels(data, frame, header), left, top, replaces, disposal))
        end = start + frame.milliseconds
        yield SourceFrame(start, end, lambda: straight(canvas.image))
        start = end


def _pixels(data: bytes, frame: _Frame, header: tuple[bytes, bytes]) -> Image.Image:
    """Decode a frame, without what is below it; an RGBA image in sRGB."""
    width, height, _, _ = frame.box
    ihdr, shared = header
    size = width.to_bytes(4) + height.to_bytes(4)
    pixels = b"".join(data[begin:end] for begin, end in frame.parts)
    content = SIGNATURE + chunk(b"IHDR", size + ihdr[8:]) + shared + chunk(b"IDAT", pixels) + _IEND
    with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
        space, low = colour_space(image, content), low_bytes(image, content)
        image.load()
        channels = split(image, low, image, content)
        colours = to_srgb(channels.colours, channels.low, space, image.info.get("icc_profile"))
    straight_pixels = colours.convert("RGBA")
    if channels.alpha is not None:
        straight_pixels.putalpha(channels.alpha)
    return straight_pixels
