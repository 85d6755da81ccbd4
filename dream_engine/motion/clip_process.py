"""The program of the child process that decodes a clip: ``python -m dream_engine.motion.clip_process``."""

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import numpy as np

from dream_engine.errors import (
    ClipBombError,
    DamagedClipError,
    DamagedPictureError,
    InvisiblePictureError,
    PictureBombError,
    PictureError,
)
from dream_engine.images import Picture
from dream_engine.images.alpha import resize
from dream_engine.images.child_limits import resource_limits
from dream_engine.images.child_program import begin, error_reply, receive_task, send
from dream_engine.motion.clips import ClipLimits
from dream_engine.motion.gif_source import open_gif
from dream_engine.motion.pacing import pace
from dream_engine.motion.pillow_source import open_avif, open_webp
from dream_engine.motion.png_source import open_png
from dream_engine.motion.recognition import clip_format, is_video
from dream_engine.motion.source import Drawn, Source
from dream_engine.shapes import shrunk_shape


def main() -> None:
    """Decode one clip from standard input, and send its frames one after the other."""
    incoming, outgoing = begin()
    if (received := receive_task(incoming, outgoing)) is None:
        return
    task, data = received
    try:
        if is_video(data):
            import dream_engine.motion.video_source  # noqa: F401, PLC0415 - loaded before memory is limited
        with resource_limits(task["memory"], task["cpu_seconds"]):
            _read(task, data, outgoing)
    except BrokenPipeError:  # the parent has seen enough
        return
    except Exception as error:  # noqa: BLE001 - the parent reports a bug
        send(outgoing, error_reply(_about_clips(error)))


def _read(task: Mapping[str, Any], data: bytes, outgoing: BinaryIO) -> None:
    limits = ClipLimits(**task["limits"])
    try:
        source = _open(data, limits)
    except (PictureError, MemoryError):
        raise
    except Exception as error:  # decoders raise all kinds of exceptions for broken files
        raise DamagedClipError from error
    height, width = shrunk_shape((source.height, source.width), task["size"], limits.shortest_side)
    paced = pace(
        source,
        fps=task["fps"],
        seconds=task["seconds"],
        max_frames=limits.max_frames,
        max_source_frames=limits.max_source_frames,
    )
    is_sent = is_visible = False
    for drawn, milliseconds in _until_damaged(paced, source):
        if not is_sent:
            send(outgoing, {"info": _info(source, height, width)})
        is_sent = True
        picture = _picture(drawn, source, (width, height))
        is_visible = is_visible or picture.alpha is None or bool(picture.alpha.any())
        planes = [picture.rgb] if picture.alpha is None else [picture.rgb, picture.alpha]
        header = {"milliseconds": milliseconds, "alpha": picture.alpha is not None}
        send(outgoing, header, *(np.ascontiguousarray(plane).data.cast("B") for plane in planes))
    if not is_sent:
        raise DamagedClipError
    if not is_visible:
        raise InvisiblePictureError
    send(outgoing, {"end": True, "is_cut_short": source.is_cut_short, "has_more": source.has_more})


def _open(data: bytes, limits: ClipLimits) -> Source:
    match clip_format(data):
        case "gif":
            return open_gif(data, limits)
        case "png":
            return open_png(data, limits)
        case "webp":
            return open_webp(data, limits)
        case "avif":
            return open_avif(data, limits)
        case _:
            from dream_engine.motion.video_source import open_video  # noqa: PLC0415 - needs PyAV

            return open_video(data, limits)


def _until_damaged(paced: Iterator[tuple[Drawn, int]], source: Source) -> Iterator[tuple[Drawn, int]]:
    """Yield the frames up to the first that cannot be decoded."""
    try:
        yield from paced
    except (MemoryError, ClipBombError, PictureBombError):
        raise
    except Exception:  # noqa: BLE001 - decoders raise all kinds; earlier frames remain valid
        source.is_cut_short = True


def _picture(drawn: Drawn, source: Source, size: tuple[int, int]) -> Picture:
    colours, alpha = drawn
    if colours.size != size:
        colours, alpha = resize(colours, alpha, size)
    if source.to_srgb is not None:
        colours = source.to_srgb(colours)
    return Picture.of(colours, alpha)


def _info(source: Source, height: int, width: int) -> dict[str, Any]:
    return {
        "width": width,
        "height": height,
        "source_frames": source.source_frames,
        "duration": source.duration,
        "loops": source.loops,
        "has_sound": source.has_sound,
        "is_video": source.is_video,
        "is_cut_short": source.is_cut_short,
    }


def _about_clips(error: Exception) -> Exception:
    """Replace an error about a picture by the one about a clip."""
    if isinstance(error, (MemoryError, PictureBombError)):
        return ClipBombError()
    return DamagedClipError() if isinstance(error, DamagedPictureError) else error


if __name__ == "__main__":
    main()
