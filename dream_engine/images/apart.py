"""Work on a picture in a process of its own, so that no event loop, and no other memory, minds.

``python -m dream_engine.images.apart`` reads a pickled task and answers its caller with a pickle.
"""

import asyncio
import contextlib
import pickle
import sys

from dream_engine.errors import PictureError
from dream_engine.images.decoding import Limits
from dream_engine.images.fitting import Rendition, refit
from dream_engine.memory import Memory


class ApartError(Exception):
    """The other process came to no answer."""


class Refitter:
    """Makes files of pictures smaller, a few at once and each in a process of its own.

    Args:
        limits: What a picture may be.
        at_once: How many processes there may be.
        seconds: How long one may take.
    """

    def __init__(self, limits: Limits | None = None, *, at_once: int = 2, seconds: float = 60.0) -> None:
        self._limits = limits or Limits()
        self._room = asyncio.Semaphore(at_once)
        self._seconds = seconds

    async def refit(self, image: bytes, most_bytes: int, *, keep_description: bool = True) -> Rendition:
        """Make a picture's file smaller than a limit; see :func:`~dream_engine.images.refit`.

        Args:
            image: The file's content.
            most_bytes: The limit.
            keep_description: Whether what made the picture, if it is a dream, is still told in the file.

        Raises:
            PictureError: It is no picture within the limits.
            ApartError: The other process was killed, or took too long.
        """
        task = pickle.dumps((image, most_bytes, self._limits, keep_description))
        async with self._room:
            try:
                async with asyncio.timeout(self._seconds):
                    return await _ask(task)
            except TimeoutError:
                raise ApartError(f"making a picture smaller took more than {self._seconds:.0f} s") from None


async def _ask(task: bytes) -> Rendition:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "dream_engine.images.apart"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        answer, _ = await process.communicate(task)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    if process.returncode != 0:
        raise ApartError(f"making a picture smaller ended with status {process.returncode}")
    made = pickle.loads(answer)  # noqa: S301 - from our own process
    if isinstance(made, PictureError):
        raise made
    if not isinstance(made, Rendition):
        raise ApartError(f"making a picture smaller brought {type(made).__name__}")
    return made


def main() -> None:
    """Answer the other process."""
    image, most_bytes, limits, keep_description = pickle.loads(sys.stdin.buffer.read())  # noqa: S301 - as above
    try:
        made: Rendition | PictureError = refit(
            image,
            most_bytes,
            limits,
            keep_description=keep_description,
            most_decoded=Memory().most_decoded(),
        )
    except PictureError as error:
        made = error
    sys.stdout.buffer.write(pickle.dumps(made))


if __name__ == "__main__":
    main()
