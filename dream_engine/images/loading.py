"""Loads the pixels and frames of an opened file, including those of truncated files."""

import contextlib
import threading
from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image, ImageFile

from dream_engine.errors import DamagedPictureError
from dream_engine.stderr import silenced_stderr

_MIN_KNOWN_SHARE = 0.1
"""The smallest share of a truncated picture's rows or pixels with which it is accepted."""

_truncation_lock = threading.Lock()  # Pillow's switch applies to the whole process


def load(image: Image.Image) -> None:
    """Load the pixels of a complete file."""
    # libtiff writes its warnings to stderr itself.
    with silenced_stderr() if image.format == "TIFF" else contextlib.nullcontext():
        image.load()


def load_partial(reopen: Callable[[], Image.Image]) -> tuple[Image.Image, bool]:
    """Load the pixels that a truncated file contains.

    Args:
        reopen: Opens the file.

    Returns:
        The picture, and whether pixels are missing.

    Raises:
        DamagedPictureError: Too few pixels are present.
    """
    image, known = load_known(reopen)
    share = float(known.mean())
    if share < _MIN_KNOWN_SHARE:
        raise DamagedPictureError
    first_gap = int(np.argmin(known.all(axis=1)))
    if known[first_gap + 1 :].any():  # interlaced: known pixels lie below missing ones
        _fill_gaps(image, known)
    return image, share < 1.0


def load_known(reopen: Callable[[], Image.Image]) -> tuple[Image.Image, np.ndarray]:
    """Load the pixels that a truncated or damaged file contains.

    Args:
        reopen: Opens the file.

    Returns:
        The picture, and which of its pixels the file contains, bool ``[height, width]``.
    """
    image, other = _load_onto(reopen(), 0), _load_onto(reopen(), 255)
    return image, _known_pixels(image, other)


def matching_rows(image: Image.Image, other: Image.Image) -> float:
    """The share of two pictures' rows, counted from the top, that match, from 0 to 1.

    Raises:
        DamagedPictureError: Too few rows match.
    """
    if image.size != other.size or image.mode != other.mode:
        raise DamagedPictureError
    matching = (np.asarray(image) == np.asarray(other)).reshape(image.height, -1).all(axis=1)
    share = 1.0 if matching.all() else float(np.argmin(matching)) / image.height
    if share < _MIN_KNOWN_SHARE:
        raise DamagedPictureError
    return share


def _load_onto(image: Image.Image, value: int) -> Image.Image:
    """Load a file onto pixels of one value, which remain where the file has none."""
    prepare = image.load_prepare  # type: ignore[attr-defined]

    def prepare_over() -> None:
        prepare()
        bands = len(image.getbands())
        ink = value if bands == 1 else (value,) * bands
        image.im.paste(ink, (0, 0, *image.im.size))

    image.load_prepare = prepare_over  # type: ignore[attr-defined]
    with _truncation_lock, silenced_stderr() if image.format == "TIFF" else contextlib.nullcontext():
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        try:
            image.load()
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = False
    return image


def _known_pixels(image: Image.Image, other: Image.Image) -> np.ndarray:
    """Where two pictures match, bool ``[height, width]``."""
    matching = np.asarray(image) == np.asarray(other)
    known: np.ndarray = matching if matching.ndim == 2 else matching.all(axis=2)
    return known


def _fill_gaps(image: Image.Image, known: np.ndarray) -> None:
    """Fill missing pixels of an interlaced picture with the known ones to the left and above."""
    pixels = np.array(image)
    if pixels.dtype != np.uint8:
        return
    columns = np.maximum.accumulate(np.where(known, np.arange(image.width), 0), axis=1)
    pixels = np.take_along_axis(pixels, columns if pixels.ndim == 2 else columns[..., None], axis=1)
    rows = np.maximum.accumulate(np.where(known.any(axis=1), np.arange(image.height), 0))
    filled = Image.frombytes(image.mode, image.size, pixels[rows].tobytes())
    image.im.paste(filled.im, (0, 0, *image.size))


def frames(image: Image.Image, max_frames: int, max_pixels: float) -> Iterator[Image.Image]:
    """Yield a loaded picture's current frame and those after it.

    Args:
        image: The picture; each frame replaces the one before in it.
        max_frames: The largest number of frames.
        max_pixels: The largest number of pixels of all frames together.
    """
    yield image
    pixels = 0.0
    for number in range(image.tell() + 1, max_frames):
        pixels += image.width * image.height
        if pixels > max_pixels:
            return
        try:
            image.seek(number)
            image.load()
        except Exception:  # noqa: BLE001 - decoders raise all kinds; earlier frames remain valid
            return
        yield image
