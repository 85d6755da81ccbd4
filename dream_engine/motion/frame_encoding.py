"""Encodes frames one by one on threads, for formats whose frames are encoded independently."""

import contextlib
from abc import abstractmethod
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageChops

from dream_engine.cores import available_cores
from dream_engine.motion.animation import AnimationOptions
from dream_engine.motion.base_writer import AnimationWriter

Box = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels."""

_MAX_THREADS = 4


@dataclass(frozen=True, slots=True)
class EncodedFrame:
    """An encoded frame.

    Attributes:
        content: The format's encoding of the pixels inside the box.
        box: The part of the picture that the frame replaces.
        units: How long the frame is shown, in the format's units.
    """

    content: bytes
    box: Box
    units: int


class FrameEncodingWriter(AnimationWriter):
    """Encodes frames on threads, and writes each when all frames before it are written.

    At most twice as many frames as threads are in memory.

    Args:
        path: The file to write.
        options: How the file is written.
        threads: The number of threads; by default one for each core, up to 4.
    """

    def __init__(self, path: Path, options: AnimationOptions, threads: int | None = None) -> None:
        super().__init__(path, options)
        threads = threads or min(_MAX_THREADS, available_cores())
        self._file: BinaryIO = self._temporary.open("r+b")
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="animation")
        self._pending: deque[Future[EncodedFrame]] = deque()
        self._max_pending = 2 * threads

    def _add(self, image: Image.Image, milliseconds: float) -> None:
        if self.frames == 1:
            self._write_header(self._file)
        self._pending.append(self._threads.submit(self._encoder(image, milliseconds)))
        while len(self._pending) > self._max_pending or (self._pending and self._pending[0].done()):
            self._write(self._file, self._pending.popleft().result())

    def _finish(self) -> None:
        while self._pending:
            self._write(self._file, self._pending.popleft().result())
        self._threads.shutdown()
        self._write_end(self._file)
        self._file.close()

    def _abort(self) -> None:
        self._threads.shutdown(cancel_futures=True)
        self._pending.clear()
        with contextlib.suppress(OSError):  # the disk may be full
            self._file.close()

    @abstractmethod
    def _encoder(self, image: Image.Image, milliseconds: float) -> Callable[[], EncodedFrame]:
        """Return a function that encodes the frame, to be called on a thread."""

    @abstractmethod
    def _write_header(self, file: BinaryIO) -> None:
        """Write the beginning of the file, before the first frame is encoded."""

    @abstractmethod
    def _write(self, file: BinaryIO, frame: EncodedFrame) -> None:
        """Append a frame."""

    @abstractmethod
    def _write_end(self, file: BinaryIO) -> None:
        """Write the end of the file, and correct its header."""


class ChangeFinder:
    """Finds the part of each frame that differs from the frame before."""

    def __init__(self) -> None:
        self._before: Image.Image | None = None

    def box(self, image: Image.Image, step: int = 1) -> Box:
        """Return the smallest box around the changes.

        Args:
            image: The next frame.
            step: The left and top are multiples of it.
        """
        before, self._before = self._before, image
        if before is None:
            return (0, 0, *image.size)
        found = ImageChops.difference(before, image).getbbox(alpha_only=False)
        left, top, right, bottom = found or (0, 0, 1, 1)
        return (left - left % step, top - top % step, right, bottom)
