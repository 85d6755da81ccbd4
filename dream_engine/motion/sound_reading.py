"""Reads the sound of a video in a child process with limits on memory and time."""

import time
from typing import Literal

from dream_engine.images.decoder_child import ChildLostError, DecoderChild, DecoderProcessError

_PROGRAM = "dream_engine.motion.sound_process"
_MAX_SECONDS = 60.0
_SPARE_BYTES = 400 * 10**6
"""Bytes that reading takes beside the file: the decoders' tables, threads and buffers."""
_FILE_COPIES = 4
_CPU_SECONDS, _WAIT_SECONDS = 30, 60.0


def read_sound(
    content: bytes, file_format: Literal["mp4", "webm"], seconds: float = _MAX_SECONDS
) -> bytes | None:
    """Read the sound of a video that may come from a stranger.

    Args:
        content: The content of an MP4, QuickTime, WebM or Matroska file.
        file_format: The format of the video that the sound is for.
        seconds: How much of the sound to read.

    Returns:
        A file of that format with nothing but the sound, in a codec that players expect there; ``None`` if
        the video has no sound, or none that can be read within the limits.
    """
    memory = _FILE_COPIES * len(content) + _SPARE_BYTES
    task = {
        "bytes": len(content),
        "memory": memory,
        "cpu_seconds": _CPU_SECONDS,
        "format": file_format,
        "seconds": seconds,
    }
    try:
        child = DecoderChild(_PROGRAM)
    except DecoderProcessError:
        return None
    try:
        child.allow(memory, time.monotonic() + _WAIT_SECONDS, time.monotonic)
        length = child.exchange(task, content).get("sound_bytes", 0)
        return bytes(child.receive(length)) if length else None
    except ChildLostError:
        return None
    finally:
        child.kill()
