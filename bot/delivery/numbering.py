"""Draws numbers into pictures that a message shows in a grid, so that its text can name them."""

import io

from PIL import Image, ImageDraw, ImageFont, ImageOps

_SHARE = 0.15
"""The diameter of the number's disc, as a share of the picture's shorter side."""
_MIN_DIAMETER = 24
_MARGIN = 0.35
"""The distance from the disc to the corner in diameters, because a grid may crop its pictures."""
_LONGEST_SIDE = 450
_QUALITY = 80
_DARK = (24, 22, 32, 225)


def numbered(picture: bytes, number: int) -> bytes:
    """Draw a number into the upper left corner of a picture, and enlarge it if it is small.

    Args:
        picture: The file's content.
        number: The number.

    Returns:
        The picture as a WebP.
    """
    with Image.open(io.BytesIO(picture)) as opened:
        image = opened.convert("RGBA")
    if max(image.size) < _LONGEST_SIDE:  # a grid shows a small picture with gaps around it
        image = ImageOps.contain(image, (_LONGEST_SIDE, _LONGEST_SIDE), Image.Resampling.LANCZOS)
    diameter = max(_MIN_DIAMETER, round(min(image.size) * _SHARE))
    disc = _disc(diameter, number)
    margin = round(diameter * _MARGIN)
    image.alpha_composite(disc, (min(margin, image.width), min(margin, image.height)))
    buffer = io.BytesIO()
    is_opaque = image.getchannel("A").getextrema() == (255, 255)
    image.convert("RGB" if is_opaque else "RGBA").save(buffer, "webp", quality=_QUALITY)
    return buffer.getvalue()


def _disc(diameter: int, number: int) -> Image.Image:
    """Draw a number on a dark disc, at four times the size for smooth edges."""
    side = 4 * diameter
    large = Image.new("RGBA", (side, side))
    draw = ImageDraw.Draw(large)
    draw.ellipse((0, 0, side - 1, side - 1), fill=_DARK, outline="white", width=side // 20)
    font = ImageFont.load_default(size=0.62 * side)
    draw.text(
        (side / 2, side / 2), str(number), fill="white", font=font, anchor="mm", stroke_width=side // 64
    )
    return large.resize((diameter, diameter), Image.Resampling.LANCZOS)
