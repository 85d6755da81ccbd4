"""Reads animated GIFs.

Each frame's indices are decoded as a GIF of their own, and composed as browsers do: a frame that is cleared
becomes transparent, whatever the background colour, and a delay of 10 ms or less means 100 ms.
"""

import io
from collections.abc import Iterator

import numpy as np
from PIL import Image

from dream_engine.errors import ClipBombError, DamagedClipError
from dream_engine.images.loading import load_known
from dream_engine.motion.canvas import Canvas, Disposal, Patch
from dream_engine.motion.clips import ClipLimits
from dream_engine.motion.gif_structure import GifFrame, GifStructure, parse_gif
from dream_engine.motion.source import Source, SourceFrame, check_shape, shown_milliseconds, straight

_DISPOSALS: dict[int, Disposal] = {2: "clear", 3: "restore", 4: "restore"}
_COLOURS = 256
_HEADER, _FULL_TABLE, _INTERLACED = b"GIF89a", 0xF7, 0x40


def open_gif(data: bytes, limits: ClipLimits) -> Source:
    """Open a GIF.

    Args:
        data: The file's content.
        limits: The bounds of the clip.

    Raises:
        PictureError: The file has no frame, or exceeds the limits.
    """
    gif = parse_gif(data, limits.max_source_frames)
    if not gif.frames:
        raise DamagedClipError
    first = gif.frames[0]
    # Some files declare too small a picture; as in browsers, the first frame is shown in full.
    width, height = max(gif.width, first.left + first.width), max(gif.height, first.top + first.height)
    check_shape(width, height, limits)
    durations = [shown_milliseconds(frame.milliseconds) for frame in gif.frames]
    source = Source(
        width,
        height,
        iter(()),
        source_frames=None if gif.has_more else len(gif.frames),
        duration=None if gif.has_more else round(sum(durations)),
        loops=gif.loops,
        is_cut_short=gif.is_cut_short,
        has_more=gif.has_more,
    )
    source.frames = _frames(data, gif, source, limits)
    return source


def _frames(data: bytes, gif: GifStructure, source: Source, limits: ClipLimits) -> Iterator[SourceFrame]:
    canvas, start = Canvas(source.width, source.height), 0.0
    for frame in gif.frames:
        if frame.width * frame.height > limits.megapixels * 1e6:
            raise ClipBombError
        disposal = _DISPOSALS.get(frame.disposal, "keep")
        pixels, is_complete = _pixels(data, frame)
        source.is_cut_short = source.is_cut_short or not is_complete
        canvas.draw(Patch(pixels, frame.left, frame.top, disposal=disposal))
        end = start + shown_milliseconds(frame.milliseconds)
        yield SourceFrame(start, end, lambda: straight(canvas.image))
        start = end


def _pixels(data: bytes, frame: GifFrame) -> tuple[Image.Image, bool]:
    """Decode a frame, without what is below it: an RGBA image, and whether the file has all of its pixels.

    Missing pixels are transparent.
    """
    begin, end, interlaced = frame.pixels
    size = frame.width.to_bytes(2, "little") + frame.height.to_bytes(2, "little")
    descriptor = b"," + bytes(4) + size + bytes([_INTERLACED if interlaced else 0])
    # The table of all greys makes Pillow return the indices themselves.
    greys = bytes(np.repeat(np.arange(_COLOURS, dtype=np.uint8), 3))
    content = _HEADER + size + bytes([_FULL_TABLE, 0, 0]) + greys + descriptor + data[begin:end] + b";"

    def reopen() -> Image.Image:
        return Image.open(io.BytesIO(content), formats=["GIF"])

    known = None
    try:
        image = reopen()
        image.load()
    except (OSError, ValueError):
        image, known = load_known(reopen)
    colours = np.zeros((_COLOURS, 4), np.uint8)
    table = np.frombuffer(frame.palette, np.uint8).reshape(-1, 3)
    colours[: len(table), :3] = table
    colours[:, 3] = 255
    if frame.transparent is not None:
        colours[frame.transparent] = 0
    pixels = colours[np.asarray(image)]
    if known is not None:
        pixels[~known] = 0
    return Image.fromarray(pixels), known is None
