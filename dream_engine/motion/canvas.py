"""Composes the frames of animations from patches."""

from dataclasses import dataclass
from typing import Literal

from PIL import Image

Disposal = Literal["keep", "clear", "restore"]


@dataclass(frozen=True, slots=True)
class Patch:
    """A part of a frame.

    Attributes:
        pixels: The patch, mode ``RGBA``.
        left: The position of its left edge on the canvas, in pixels.
        top: The position of its top edge.
        replaces: Whether it replaces the pixels below, its transparent ones included, or is laid over them.
        disposal: What becomes of it before the next patch: it stays, is cleared, or gives way to the pixels
            before it.
    """

    pixels: Image.Image
    left: int = 0
    top: int = 0
    replaces: bool = False
    disposal: Disposal = "keep"


class Canvas:
    """The picture that the patches of an animation add up to; at first it is transparent.

    Args:
        width: In pixels.
        height: In pixels.
    """

    def __init__(self, width: int, height: int) -> None:
        self._image = Image.new("RGBA", (width, height))
        self._before: tuple[Image.Image, tuple[int, int]] | None = None

    @property
    def image(self) -> Image.Image:
        """The current picture, mode ``RGBA``; the next patch changes it."""
        return self._image

    def draw(self, patch: Patch) -> None:
        """Dispose of the patch before, and draw another; parts outside the canvas are cut off."""
        if self._before is not None:
            self._image.paste(*self._before)
            self._before = None
        box = (
            patch.left,
            patch.top,
            min(patch.left + patch.pixels.width, self._image.width),
            min(patch.top + patch.pixels.height, self._image.height),
        )
        if box[0] >= box[2] or box[1] >= box[3]:
            return
        below = self._image.crop(box)
        above = patch.pixels.crop((0, 0, *below.size))
        if patch.disposal == "restore":
            self._before = below, box[:2]
        elif patch.disposal == "clear":
            self._before = Image.new("RGBA", below.size), box[:2]
        self._image.paste(above if patch.replaces else Image.alpha_composite(below, above), box[:2])
