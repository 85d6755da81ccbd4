"""Decodes pictures in a child process, which is ended if a picture takes too much time or memory.

Decoders are written in C, run as long as a file makes them, and can crash. The child isolates the calling
process from that. It is started once and reused; a picture that ends it is refused with an error.
"""

import atexit
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import cache
from typing import Any, TypeVar

from dream_engine import errors
from dream_engine.errors import DamagedPictureError, PictureBombError, PictureError, TooManyBytesError
from dream_engine.images.decoder_child import ChildLostError, DecoderChild, DecoderProcessError
from dream_engine.images.decoding import Limits
from dream_engine.images.fitting import Rendition
from dream_engine.images.picture import Picture
from dream_engine.memory import DECODING_BYTES

_SPARE_BYTES = 256 * 10**6
"""Bytes that decoding takes beside the pixels: the decoders' tables, threads and buffers."""
_FILE_COPIES = 4
_MAX_IDLE_BYTES = 250 * 10**6
"""A child that holds more than this after a picture is replaced."""

_Result = TypeVar("_Result", Picture, Rendition)


class DecoderProcess:
    """A child process that decodes one picture at a time, for any thread.

    Args:
        cpu_seconds: How much processor time one picture may take.
        seconds: How long one picture may take.
        clock: Returns the time in seconds.
    """

    def __init__(
        self, cpu_seconds: float = 30.0, seconds: float = 90.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._cpu_seconds = cpu_seconds
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._child: DecoderChild | None = None
        self._interrupted = False

    @property
    def pid(self) -> int | None:
        """The child's process ID; ``None`` while there is no child."""
        return None if self._child is None else self._child.pid

    def start(self) -> None:
        """Start the child before the first picture, without waiting until it is ready."""
        with self._lock:
            self._running_child()

    def close(self) -> None:
        """End the child; the next picture starts another."""
        with self._lock:
            self._end_child()

    def interrupt(self) -> None:
        """End the child while another thread waits for it. No picture can be read afterwards."""
        self._interrupted = True
        if (child := self._child) is not None:
            child.interrupt()

    def decode(
        self,
        data: bytes,
        limits: Limits | None = None,
        size: int | None = None,
        max_decoded_pixels: int | None = None,
    ) -> Picture:
        """Decode a picture; see :func:`~dream_engine.images.decode`.

        Raises:
            PictureError: The picture cannot be read, or decoding it takes too much time or memory.
            DecoderProcessError: There is no child process.
        """
        limits = limits or Limits()
        _check_bytes(data, limits)
        task = {
            "task": "decode",
            "limits": asdict(limits),
            "size": size,
            "max_decoded_pixels": max_decoded_pixels,
        }

        def receive(child: DecoderChild, reply: Mapping[str, Any]) -> Picture:
            height, width = _shape(reply, limits)
            rgb = child.receive_array((height, width, 3))
            alpha = child.receive_array((height, width)) if reply["alpha"] else None
            return Picture(rgb, alpha, bool(reply["is_cut_short"]))

        return self._request(task, data, _memory_for(limits, max_decoded_pixels, data), receive)

    def refit(
        self,
        image: bytes,
        max_bytes: int,
        limits: Limits | None = None,
        *,
        keep_description: bool = True,
        max_decoded_pixels: int | None = None,
    ) -> Rendition:
        """Reduce a picture's file to a size limit; see :func:`~dream_engine.images.refit`.

        Raises:
            PictureError: The picture is not within the limits, or takes too much time or memory.
            DecoderProcessError: There is no child process.
        """
        limits = limits or Limits()
        _check_bytes(image, limits)
        task = {
            "task": "refit",
            "limits": asdict(limits),
            "max_bytes": max_bytes,
            "keep_description": keep_description,
            "max_decoded_pixels": max_decoded_pixels,
        }

        def receive(child: DecoderChild, reply: Mapping[str, Any]) -> Rendition:
            content = bytes(child.receive(int(reply["bytes"])))
            return Rendition(content, reply["file_format"], int(reply["height"]), int(reply["width"]))

        return self._request(task, image, _memory_for(limits, max_decoded_pixels, image), receive)

    def _request(
        self,
        task: dict[str, Any],
        data: bytes,
        memory: int,
        receive: Callable[[DecoderChild, Mapping[str, Any]], _Result],
    ) -> _Result:
        """Send a task and a file to the child, and receive the result.

        A lost child is replaced once, because the picture need not be the cause: the kernel, for instance,
        may have killed the child because other processes exhausted the memory.

        Raises:
            PictureError: The child refused the file, or the file ended the child.
            DecoderProcessError: There is no child process.
        """
        task |= {"bytes": len(data), "memory": memory, "cpu_seconds": self._cpu_seconds}
        with self._lock:
            for last in (False, True):
                child = self._running_child()
                child.allow(memory, self._clock() + self._seconds, self._clock)
                try:
                    reply = child.exchange(task, data)
                    result = None if "error" in reply else receive(child, reply)
                except ChildLostError as lost:
                    self._end_child()
                    if self._interrupted:
                        raise DecoderProcessError(
                            "the process that decodes pictures was interrupted"
                        ) from None
                    if child.took_too_much or (lost.accepted and last):
                        raise _picture_error(child) from None
                    if last:
                        raise DecoderProcessError(
                            "the process that decodes pictures exits immediately"
                        ) from None
                except BaseException:
                    self._end_child()
                    raise
                else:
                    self._end_child_if_large(reply)
                    if result is None:
                        raise reported_error(reply)
                    return result
        raise AssertionError("the last attempt returns or raises")

    def _running_child(self) -> DecoderChild:
        if self._interrupted:
            raise DecoderProcessError("the process that decodes pictures was interrupted")
        if self._child is None or not self._child.alive:
            self._end_child()
            self._child = DecoderChild()
        return self._child

    def _end_child_if_large(self, reply: Mapping[str, Any]) -> None:
        if reply.get("resident", 0) > _MAX_IDLE_BYTES:
            self._end_child()

    def _end_child(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child = None


@cache
def shared_decoder() -> DecoderProcess:
    """Return the one decoder of this process."""
    decoder = DecoderProcess()
    atexit.register(decoder.close)
    if sys.platform != "win32":
        os.register_at_fork(after_in_child=shared_decoder.cache_clear)
    return decoder


def _check_bytes(data: bytes, limits: Limits) -> None:
    """Refuse a file that is too large to be sent to the child."""
    if len(data) > limits.megabytes * 1e6:
        raise TooManyBytesError(limit=limits.megabytes)


def _memory_for(limits: Limits, max_decoded_pixels: int | None, data: bytes) -> int:
    """How many bytes the child may take for a file, beside those that it holds already."""
    pixels = limits.megapixels * 1e6
    if max_decoded_pixels is not None:
        pixels = min(pixels, max_decoded_pixels)
    return int(pixels * DECODING_BYTES) + _FILE_COPIES * len(data) + _SPARE_BYTES


def _shape(reply: Mapping[str, Any], limits: Limits) -> tuple[int, int]:
    height, width = reply["shape"]
    if not 0 < height * width <= limits.megapixels * 1e6:
        raise DecoderProcessError("the process that decodes pictures sent an impossible shape")
    return int(height), int(width)


def _picture_error(child: DecoderChild) -> PictureError:
    """The error for a file that ended the child: it exceeded the limits or crashed a decoder."""
    return PictureBombError() if child.took_too_much or child.was_killed else DamagedPictureError()


def reported_error(reply: Mapping[str, Any]) -> Exception:
    """Return the exception that the child reported. Only errors about pictures keep their class."""
    kind = getattr(errors, str(reply["error"]), None)
    if isinstance(kind, type) and issubclass(kind, PictureError):
        return kind(**reply["details"])
    return DecoderProcessError(f"decoding a picture failed: {reply['error']}: {reply['details']}")
