"""Loads the pixels of an opened file, as far as they are there, and its first frame that shows something."""

import contextlib
import threading
from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image, ImageFile

from dream_engine.errors import DamagedPictureError
from dream_engine.stderr import silenced_stderr

_LEAST_THERE = 0.1
"""With fewer of its rows there is nothing to be seen of a picture."""

_lenient = threading.Lock()  # Pillow has one switch for the whole process


def load(image: Image.Image) -> None:
    """Load the pixels of a file that is whole."""
    # libtiff speaks to stderr itself of what it stumbles over.
    with silenced_stderr() if image.format == "TIFF" else contextlib.nullcontext():
        image.load()


def load_what_is_there(reopen: Callable[[], Image.Image]) -> tuple[Image.Image, bool]:
    """Load what there is of a file that broke off.

    Args:
        reopen: Opens the file.

    Returns:
        The picture, and whether pixels are missing.

    Raises:
        DamagedPictureError: Too few are there.
    """
    image, other = _load_over(reopen(), 0), _load_over(reopen(), 255)
    known = _known_pixels(image, other)
    del other
    there = float(known.mean())
    if there < _LEAST_THERE:
        raise DamagedPictureError
    first_gap = int(np.argmin(known.all(axis=1)))
    if known[first_gap + 1 :].any():  # interlaced: something is there below what is missing
        _fill_gaps(image, known)
    return image, there < 1.0


def rows_alike(image: Image.Image, other: Image.Image) -> float:
    """How many of two pictures' rows are alike from the top on, from 0 to 1.

    Raises:
        DamagedPictureError: Too few are.
    """
    if image.size != other.size or image.mode != other.mode:
        raise DamagedPictureError
    alike = (np.asarray(image) == np.asarray(other)).reshape(image.height, -1).all(axis=1)
    there = 1.0 if alike.all() else float(np.argmin(alike)) / image.height
    if there < _LEAST_THERE:
        raise DamagedPictureError
    return there


def _load_over(image: Image.Image, value: int) -> Image.Image:
    """Load a file over pixels of one value, which stay where it has none."""
    prepare = image.load_prepare  # type: ignore[attr-defined]

    def prepare_over() -> None:
        prepare()
        bands = len(image.getbands())
        ink = value if bands == 1 else (value,) * bands
        image.im.paste(ink, (0, 0, *image.im.size))

    image.load_prepare = prepare_over  # type: ignore[attr-defined]
    with _lenient, silenced_stderr() if image.format == "TIFF" else contextlib.nullcontext():
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        try:
            image.load()
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = False
    return image


def _known_pixels(image: Image.Image, other: Image.Image) -> np.ndarray:
    """Where two pictures are alike, ``[height, width]``."""
    alike = np.asarray(image) == np.asarray(other)
    known: np.ndarray = alike if alike.ndim == 2 else alike.all(axis=2)
    return known


def _fill_gaps(image: Image.Image, known: np.ndarray) -> None:
    """Continue what is there of an interlaced picture to the right and downward over what is not."""
    pixels = np.array(image)
    if pixels.dtype != np.uint8:
        return
    columns = np.maximum.accumulate(np.where(known, np.arange(image.width), 0), axis=1)
    pixels = np.take_along_axis(pixels, columns if pixels.ndim == 2 else columns[..., None], axis=1)
    rows = np.maximum.accumulate(np.where(known.any(axis=1), np.arange(image.height), 0))
    filled = Image.frombytes(image.mode, image.size, pixels[rows].tobytes())
    image.im.paste(filled.im, (0, 0, *image.size))


def frames(image: Image.Image, most: int, most_pixels: float) -> Iterator[Image.Image]:
    """A loaded picture's frame, and those after it, in their order.

    Args:
        image: The picture; it changes from frame to frame.
        most: How many frames there may be.
        most_pixels: How many pixels all of them may have together.
    """
    yield image
    pixels = 0.0
    for number in range(image.tell() + 1, most):
        pixels += image.width * image.height
        if pixels > most_pixels:
            return
        try:
            image.seek(number)
            image.load()
        except Exception:  # noqa: BLE001 - decoders raise anything, and there are the frames before
            return
        yield image
