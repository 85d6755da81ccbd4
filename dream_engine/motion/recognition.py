"""Recognises moving pictures by their structure, without decoding them."""

from typing import Literal

from dream_engine.errors import PictureError
from dream_engine.images.container import boxes
from dream_engine.images.png_stream import SIGNATURE
from dream_engine.images.webp_stream import chunks
from dream_engine.motion.gif_structure import parse_gif

ClipFormat = Literal["gif", "webp", "png", "avif", "mov", "matroska"]

_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_STILL_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_NO_VIDEO_BRANDS = (b"M4A", b"M4B", b"M4P", b"F4A", b"F4B", b"crx", b"jxl", b"jp2", b"jpx", b"jpm")
_QUICKTIME_STARTS = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
_EBML = b"\x1a\x45\xdf\xa3"
_EBML_HEADER_BYTES = 128
_MAX_SCANNED_FRAMES = 10_000


def clip_format(data: bytes) -> ClipFormat | None:
    """Return the format of a file that may be a clip; ``None`` if it is none.

    Args:
        data: The file's content.
    """
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if data.startswith(SIGNATURE):
        return "png"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "webp"
    if data.startswith(_EBML):
        header = data[:_EBML_HEADER_BYTES]
        return "matroska" if b"webm" in header or b"matroska" in header else None
    if data[4:8] == b"ftyp":
        return _by_brand(data)
    return "mov" if data[4:8] in _QUICKTIME_STARTS else None


def is_video(data: bytes) -> bool:
    """Whether a file is a video, which only PyAV can read.

    Args:
        data: The file's content.
    """
    return clip_format(data) in ("mov", "matroska")


def is_moving(data: bytes) -> bool:
    """Whether a file is a moving picture: an animation of several frames, or a video.

    It reads headers only, and never fails.

    Args:
        data: The file's content.
    """
    try:
        match clip_format(data):
            case "gif":
                return len(parse_gif(data, 2).frames) > 1
            case "webp":
                return _webp_moves(data)
            case "png":
                return _png_moves(data)
            case "avif":
                return _avif_moves(data)
            case kind:
                return kind is not None
    except (PictureError, IndexError, ValueError):
        return False


def _by_brand(data: bytes) -> ClipFormat | None:
    end = min(max(int.from_bytes(data[:4]), 16), 512)
    brands = [data[8:12], *(data[at : at + 4] for at in range(16, end, 4))]
    if _AVIF_BRANDS & set(brands):
        return "avif"
    if len(brands[0]) < 4 or brands[0] in _STILL_BRANDS or brands[0].startswith(_NO_VIDEO_BRANDS):
        return None
    return "mov"


def _webp_moves(data: bytes) -> bool:
    frames = 0
    for kind, _, _ in chunks(data):
        frames += kind == b"ANMF"
        if frames > 1:
            return True
    return False


def _png_moves(data: bytes) -> bool:
    """Whether a PNG declares an animation of several frames, and has a second one."""
    position, declared, controls = len(SIGNATURE), 0, 0
    for _ in range(_MAX_SCANNED_FRAMES):
        length, kind = int.from_bytes(data[position : position + 4]), data[position + 4 : position + 8]
        if kind == b"acTL":
            declared = int.from_bytes(data[position + 8 : position + 12])
        if kind == b"IDAT" and declared < 2:
            return False
        controls += kind == b"fcTL"
        if controls > 1:
            return True
        if len(kind) < 4:
            return False
        position += 12 + length
    return False


def _avif_moves(data: bytes) -> bool:
    """Whether an AVIF has a track with several samples (ISO/IEC 14496-12, 8.7.3)."""
    sizes = _nested(data, (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsz"))
    return any(int.from_bytes(data[begin + 8 : begin + 12]) > 1 for begin, _ in sizes)


def media_milliseconds(data: bytes) -> int | None:
    """How long the first track of an AVIF plays (ISO/IEC 14496-12, 8.4.2), in ms; ``None`` if unknown.

    Args:
        data: The file's content.

    Raises:
        PictureError: The boxes are inconsistent.
    """
    for begin, end in _nested(data, (b"moov", b"trak", b"mdia", b"mdhd")):
        size, at = (8, begin + 20) if data[begin] == 1 else (4, begin + 12)
        scale, duration = data[at : at + 4], data[at + 4 : min(at + 4 + size, end)]
        is_known = len(duration) == size and duration != b"\xff" * size and any(scale)
        return int.from_bytes(duration) * 1000 // int.from_bytes(scale) if is_known else None
    return None


def _nested(data: bytes, names: tuple[bytes, ...]) -> list[tuple[int, int]]:
    """The start and end of each box at the end of a path of boxes."""
    found = [(0, len(data))]
    for name in names:
        found = [
            (begin, end)
            for outer, outer_end in found
            for kind, begin, end in boxes(data, outer, outer_end)
            if kind == name
        ]
    return found
