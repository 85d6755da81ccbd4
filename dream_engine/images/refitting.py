"""Reduces pictures' files to a size limit in child processes, outside the event loop."""

import asyncio

from dream_engine.errors import PictureBombError
from dream_engine.images.decoder_child import DecoderProcessError
from dream_engine.images.decoding import Limits
from dream_engine.images.fitting import Rendition
from dream_engine.images.subprocess import DecoderProcess
from dream_engine.memory import Memory


class RefittingError(Exception):
    """The child process gave no result."""


class Refitter:
    """Reduces pictures' files to a size limit, each in a child process of its own.

    Args:
        limits: The bounds of a picture.
        max_running: The largest number of child processes at a time.
        seconds: How long one picture may take.
    """

    def __init__(self, limits: Limits | None = None, *, max_running: int = 2, seconds: float = 180.0) -> None:
        self._limits = limits or Limits()
        self._slots = asyncio.Semaphore(max_running)
        self._seconds = seconds

    async def refit(self, image: bytes, max_bytes: int, *, keep_description: bool = True) -> Rendition:
        """Reduce a picture's file to a size limit; see :func:`~dream_engine.images.refit`.

        Args:
            image: The file's content.
            max_bytes: The limit.
            keep_description: Whether the file keeps a dream's settings.

        Raises:
            PictureError: The picture cannot be read, or exceeds the limits.
            RefittingError: The child process was killed, or took too long.
        """
        async with self._slots:
            process = DecoderProcess(cpu_seconds=self._seconds, seconds=self._seconds)
            try:
                return await asyncio.to_thread(self._refit, process, image, max_bytes, keep_description)
            except asyncio.CancelledError:
                process.interrupt()  # this ends the thread too
                raise
            except PictureBombError as error:
                raise RefittingError(
                    f"making a picture smaller took too much: more than {self._seconds:.0f} s"
                ) from error
            except DecoderProcessError as error:
                raise RefittingError(f"making a picture smaller failed: {error}") from error

    def _refit(
        self, process: DecoderProcess, image: bytes, max_bytes: int, keep_description: bool
    ) -> Rendition:
        """Use the process for one picture and end it, because it holds a whole picture in memory."""
        try:
            return process.refit(
                image,
                max_bytes,
                self._limits,
                keep_description=keep_description,
                max_decoded_pixels=Memory().max_decoded_pixels(),
            )
        finally:
            process.close()
