"""Arranges pictures of cards on a sheet."""

from collections.abc import Sequence

from PIL import Image

COLUMNS = 3


def sheet(pictures: Sequence[Image.Image], columns: int = COLUMNS) -> Image.Image:
    """Arrange pictures of one width in columns, each below the shortest column so far.

    Args:
        pictures: The pictures, in their order.
        columns: The number of columns.

    Returns:
        The sheet, with the first picture's background.
    """
    width = max(picture.width for picture in pictures)
    ends, places = [0] * columns, []
    for picture in pictures:
        column = ends.index(min(ends))
        places.append((column * width, ends[column]))
        ends[column] += picture.height
    whole = Image.new("RGB", (columns * width, max(ends)), pictures[0].convert("RGB").getpixel((2, 2)))
    for picture, place in zip(pictures, places, strict=True):
        whole.paste(picture, place)
    return whole
