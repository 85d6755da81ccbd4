"""Writes animated AVIF files, on a thread that encodes while further frames are computed."""

import queue
import threading
from pathlib import Path
from typing import Any

from PIL import Image

from dream_engine.motion.animation import AnimationOptions
from dream_engine.motion.avif_loops import set_plays
from dream_engine.motion.base_writer import AnimationWriter, Timing
from dream_engine.motion.description import exif_of

_SPEED = 8
"""Of libaom's speeds 0 to 10. 6 takes more than ten times as long; 10 is hardly faster."""

_MAX_WAITING = 4
"""The most frames that wait for the encoder."""


class _Aborted(Exception):
    """Ends the thread whose file is not wanted any more."""


class _FrameStream:
    """Yields frames from a queue to Pillow, which seeks to one frame after the other.

    It has the attributes that Pillow reads of an image with several frames. ``None`` in the queue ends the
    animation; an exception is raised.
    """

    def __init__(self, frames: "queue.Queue[Image.Image | BaseException | None]") -> None:
        self._frames = frames
        self._image: Image.Image | None = None

    def seek(self, _frame: int) -> None:
        """Go to the next frame.

        Raises:
            EOFError: There are no more frames.
        """
        following = self._frames.get()
        if following is None:
            raise EOFError
        if isinstance(following, BaseException):
            raise following
        self._image = following

    def __getattr__(self, name: str) -> Any:
        return getattr(self._image, name)


class AvifWriter(AnimationWriter):
    """Writes an animated AVIF.

    The encoder keeps some frames to look ahead, and the encoded ones.
    """

    file_format = "avif"

    def __init__(self, path: Path, options: AnimationOptions) -> None:
        super().__init__(path, options)
        self._timing = Timing(1.0)
        self._durations: list[int] = []
        self._frames: queue.Queue[Image.Image | BaseException | None] = queue.Queue(_MAX_WAITING)
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None

    def _add(self, image: Image.Image, milliseconds: float) -> None:
        self._durations.append(self._timing.add(milliseconds))
        if self._thread is None:
            self._thread = threading.Thread(target=self._encode, args=(image,), name="avif", daemon=True)
            self._thread.start()
        else:
            self._send(image)

    def _finish(self) -> None:
        self._send(None)
        self._join()
        self._raise_error()
        set_plays(self._temporary, self.options.plays)

    def _abort(self) -> None:
        if self._thread is not None and self._thread.is_alive():
            self._frames.put(_Aborted())
        self._join()

    def _send(self, item: Image.Image | None) -> None:
        self._raise_error()
        self._frames.put(item)

    def _join(self) -> None:
        if self._thread is not None:
            self._thread.join()

    def _raise_error(self) -> None:
        if self._error is not None:
            raise self._error

    def _encode(self, first: Image.Image) -> None:
        description = self.options.description
        try:
            first.save(
                self._temporary,
                "avif",
                save_all=True,
                append_images=[_FrameStream(self._frames)],
                duration=self._durations,
                quality=self._quality,
                speed=_SPEED,
                exif=b"" if description is None else exif_of(description),
            )
        except _Aborted:
            pass
        except BaseException as error:  # noqa: BLE001 - the writer's caller gets it
            self._error = error
            self._drain()

    def _drain(self) -> None:
        """Empty the queue, so that a caller that waits for a place in it returns."""
        while True:
            try:
                self._frames.get_nowait()
            except queue.Empty:
                return
