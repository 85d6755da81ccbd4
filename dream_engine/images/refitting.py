"""Makes files of pictures smaller, each in a process of its own and away from the event loop."""

import asyncio

from dream_engine.errors import PictureBombError
from dream_engine.images.decoding import Limits
from dream_engine.images.fitting import Rendition
from dream_engine.images.subprocess import DecoderProcess, DecoderProcessError
from dream_engine.memory import Memory


class RefittingError(Exception):
    """The other process came to no answer."""


class Refitter:
    """Makes files of pictures smaller, a few at once and each in a process of its own.

    Args:
        limits: What a picture may be.
        at_once: How many processes there may be.
        seconds: How long one may take.
    """

    def __init__(self, limits: Limits | None = None, *, at_once: int = 2, seconds: float = 180.0) -> None:
        self._limits = limits or Limits()
        self._room = asyncio.Semaphore(at_once)
        self._seconds = seconds

    async def refit(self, image: bytes, max_bytes: int, *, keep_description: bool = True) -> Rendition:
        """Make a picture's file smaller than a limit; see :func:`~dream_engine.images.refit`.

        Args:
            image: The file's content.
            max_bytes: The limit.
            keep_description: Whether what made the picture, if it is a dream, is still told in the file.

        Raises:
            PictureError: It is no picture within the limits.
            RefittingError: The other process was killed, or took too long.
        """
        async with self._room:
            process = DecoderProcess(cpu_seconds=self._seconds, seconds=self._seconds)
            try:
                return await asyncio.to_thread(self._refit, process, image, max_bytes, keep_description)
            except asyncio.CancelledError:
                process.interrupt()  # and the thread ends with it
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
        """Work once; the process holds a whole picture, and so does not outlive that."""
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
