"""Work on pictures beside an event loop: in a process of its own, which ends with it."""

import asyncio
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

from dream_engine.images.fitting import Rendition, refit


async def refit_apart(image: bytes, most_bytes: int) -> Rendition:
    """Make a picture's file smaller than a limit without the event loop, or this process's memory, minding.

    Args:
        image: The file's content.
        most_bytes: The limit.

    Raises:
        PictureError: It is no picture.
    """
    pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
    try:
        return await asyncio.get_running_loop().run_in_executor(pool, refit, image, most_bytes)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
