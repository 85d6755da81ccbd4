"""Work on a picture in a process of its own, so that no event loop, and no other memory, minds.

``python -m dream_engine.images.apart MOST_BYTES`` reads a picture, and answers its caller with a pickle.
"""

import asyncio
import contextlib
import pickle
import sys

from dream_engine.errors import PictureError
from dream_engine.images.fitting import Rendition, refit


async def refit_apart(image: bytes, most_bytes: int) -> Rendition:
    """Make a picture's file smaller than a limit, elsewhere; see :func:`~dream_engine.images.refit`.

    Args:
        image: The file's content.
        most_bytes: The limit.

    Raises:
        PictureError: It is no picture.
        RuntimeError: The other process ended without an answer.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "dream_engine.images.apart", str(most_bytes)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        answer, _ = await process.communicate(image)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    if process.returncode != 0:
        raise RuntimeError(f"making a picture smaller ended with status {process.returncode}")
    made = pickle.loads(answer)  # noqa: S301 - from our own process
    if isinstance(made, PictureError):
        raise made
    if not isinstance(made, Rendition):
        raise TypeError(made)
    return made


def main() -> None:
    """Answer the other process."""
    try:
        made: Rendition | PictureError = refit(sys.stdin.buffer.read(), int(sys.argv[1]))
    except PictureError as error:
        made = error
    sys.stdout.buffer.write(pickle.dumps(made))


if __name__ == "__main__":
    main()
