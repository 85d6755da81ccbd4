"""Reads animated WebPs and AVIFs, whose frames their own libraries compose."""

import io
from collections.abc import Iterator

import numpy as np
from PIL import Image

from dream_engine.errors import DamagedClipError
from dream_engine.images.channels import split
from dream_engine.images.colour import to_srgb
from dream_engine.images.colour_space import colour_space
from dream_engine.images.container import check_container, missing_bytes
from dream_engine.images.transfer import ColourSpace
from dream_engine.images.webp_stream import chunks, read_webp
from dream_engine.motion.avif_loops import read_plays
from dream_engine.motion.clips import ClipLimits
from dream_engine.motion.recognition import media_milliseconds
from dream_engine.motion.source import (
    Drawn,
    Source,
    SourceFrame,
    check_shape,
    exif_orientation,
    shown_milliseconds,
    swaps_sides,
)

_OTHER_WEBP_CHUNKS = 8
"""The chunks of a WebP that are kept beside its frames."""

_FIRST_WEBP_CHUNK, _CHUNK_HEADER_BYTES = 12, 8


def open_webp(data: bytes, limits: ClipLimits) -> Source:
    """Open a WebP.

    Args:
        data: The file's content.
        limits: The bounds of the clip.

    Raises:
        PictureError: The file is damaged, or exceeds the limits.
    """
    durations: list[float] = []
    position = _FIRST_WEBP_CHUNK
    for kind, content, missing in chunks(data):
        if missing and durations:
            break
        if kind == b"ANMF":
            durations.append(shown_milliseconds(int.from_bytes(content[12:15], "little")))
        position += _CHUNK_HEADER_BYTES + len(content) + len(content) % 2
    is_cut_short = int.from_bytes(data[4:8], "little") + 8 > len(data)
    webp = read_webp(data[:position], limits.max_source_frames + _OTHER_WEBP_CHUNKS)
    source = _open("WEBP", limits, webp.data, webp.probe)
    source.is_cut_short = is_cut_short
    source.source_frames, source.duration = max(1, len(durations)), round(sum(durations))
    return source


def open_avif(data: bytes, limits: ClipLimits) -> Source:
    """Open an AVIF.

    Args:
        data: The file's content.
        limits: The bounds of the clip.

    Raises:
        PictureError: The file is damaged, or exceeds the limits.
    """
    check_container(data, limits.megapixels * 1e6)
    missing = missing_bytes(data)
    probe = data + b"\x5a" * missing if missing else None
    source = _open("AVIF", limits, data + bytes(missing), probe)
    source.is_cut_short = missing > 0
    source.duration = media_milliseconds(data)
    if source.source_frames != 1:
        source.loops = read_plays(data) or 0  # browsers repeat an AVIF unless it says otherwise
    return source


def _open(file_format: str, limits: ClipLimits, data: bytes, probe: bytes | None) -> Source:
    """Open a file with Pillow.

    Args:
        file_format: Pillow's name of the format.
        limits: The bounds of the clip.
        data: The file's content.
        probe: The same with other data for the missing part, if the file is truncated.
    """
    try:
        image = Image.open(io.BytesIO(data), formats=[file_format])
        other = None if probe is None else Image.open(io.BytesIO(probe), formats=[file_format])
    except MemoryError:
        raise
    except Exception as error:  # decoders raise all kinds of exceptions for broken files
        raise DamagedClipError from error
    width, height = image.size
    check_shape(width, height, limits)
    orientation = exif_orientation(image)
    if swaps_sides(orientation):
        width, height = height, width
    count = int(getattr(image, "n_frames", 1))
    return Source(
        width,
        height,
        _frames(image, other, min(count, limits.max_source_frames), data),
        source_frames=count,
        loops=image.info.get("loop") if count > 1 else None,
        orientation=orientation,
    )


def _frames(image: Image.Image, other: Image.Image | None, count: int, data: bytes) -> Iterator[SourceFrame]:
    """Yield the frames up to the first that differs in the probe, because a part of it is missing."""
    space, profile = colour_space(image, data), image.info.get("icc_profile")
    start = 0.0
    for number in range(count):
        image.seek(number)
        image.load()
        if other is not None:
            other.seek(number)
            other.load()
            if not np.array_equal(np.asarray(image), np.asarray(other)):
                raise DamagedClipError
        end = start + shown_milliseconds(float(image.info.get("duration") or 0))
        yield SourceFrame(start, end, lambda: _draw(image, space, profile, data))
        start = end


def _draw(image: Image.Image, space: ColourSpace | None, profile: bytes | None, data: bytes) -> Drawn:
    channels = split(image.copy(), None, image, data)  # the next frame replaces the image's pixels
    return to_srgb(channels.colours, channels.low, space, profile), channels.alpha
