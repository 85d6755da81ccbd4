"""The moving files of a soak run: animations, videos, and files that only look like them."""

import random
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from bot.options import has_video_support
from dream_engine.images import Picture
from dream_engine.motion.animation import AnimationFormat, AnimationOptions
from dream_engine.motion.writing import open_writer
from soak.uploads import Upload, encoded, photograph

_ANIMATIONS = {"gif": 6, "webp": 2, "png": 1}
_VIDEOS = {"mp4": 3, "webm": 1}
_SIDES = (48, 112)
_FRAME_MILLISECONDS = 100
_SHIFT = 2
"""How many pixels the camera moves between two frames."""


def moving_upload(random_: random.Random, frames: int) -> Upload:
    """A new animation or, where videos can be written, a new video.

    Args:
        random_: Source of its size, format and content.
        frames: How many frames it has.
    """
    width, height = (random_.randrange(*_SIDES, 2) for _ in range(2))
    kinds = _ANIMATIONS | (_VIDEOS if has_video_support() else {})
    kind = random_.choices(list(kinds), list(kinds.values()))[0]
    pictures = list(_pan(random_, width, height, frames))
    if kind in _ANIMATIONS:
        content = _animation(pictures, kind, random_)
    else:
        content = _video(pictures, "mp4" if kind == "mp4" else "webm")
    return Upload(f"{frames}-frames-{width}x{height}.{kind}", content, moves=True)


def invalid_moving_files(random_: random.Random) -> Iterator[Upload]:
    """Files that begin like an animation or a video, and cannot be dreamed."""
    whole = _animation(list(_pan(random_, 64, 48, 4)), "gif", random_)
    for name, content in {
        "playlist.mp4": b"#EXTM3U\n#EXT-X-TARGETDURATION:9\nhttp://127.0.0.1:9/cat.ts\n",
        "box.mp4": b"\0\0\0\x18ftypisom\0\0\2\0isommp41" + bytes(8),
        "beginning.gif": whole[:30],
        "frameless.gif": b"GIF89a" + whole[6:13] + b";",
        "noise.webm": b"\x1a\x45\xdf\xa3" + random_.randbytes(500),
    }.items():
        yield Upload(name, content, is_picture=False)


def _pan(random_: random.Random, width: int, height: int, frames: int) -> Iterator[Image.Image]:
    """A camera that moves over a photograph. In some pans, a cut to another photograph is in the middle."""
    has_cut = frames > 2 and random_.random() < 0.3
    for count in (frames // 2, frames - frames // 2) if has_cut else (frames,):
        scenery = photograph(random_, width + _SHIFT * count, height)
        for number in range(count):
            yield scenery.crop((_SHIFT * number, 0, _SHIFT * number + width, height))


def _animation(pictures: Sequence[Image.Image], kind: str, random_: random.Random) -> bytes:
    if kind == "gif":  # an adaptive palette would take longer than a dream
        pictures = [picture.convert("P", palette=Image.Palette.WEB) for picture in pictures]
    timing = {"duration": _FRAME_MILLISECONDS, "loop": random_.choice((0, 0, 3))}
    return encoded(pictures[0], kind, save_all=True, append_images=pictures[1:], **timing)


def _video(pictures: Sequence[Image.Image], file_format: AnimationFormat) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "video"
        with open_writer(path, file_format, AnimationOptions(pictures[0].size)) as writer:
            for picture in pictures:
                writer.add(Picture(np.asarray(picture)), _FRAME_MILLISECONDS)
            writer.finish()
        return path.read_bytes()
