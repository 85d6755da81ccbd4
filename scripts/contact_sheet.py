"""Makes the pictures of the presets: the README's contact sheets, and the bot's thumbnails.

Run as ``python -m scripts.contact_sheet``, or ``make docs``.
"""

import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps

from dream_engine.compute.dreamer import Dreamer
from dream_engine.dreams import Dream, DreamRequest
from dream_engine.presets import PRESETS

ROOT = Path(__file__).parent.parent
PICTURES = ROOT / "docs" / "images"
SEED = 2015
COLUMNS = 3
TILE = (420, 280)
THUMBNAILS = ROOT / "bot" / "thumbnails"
THUMBNAIL_OF = "cat"
THUMBNAIL_SIDE = 256
CAPTION = 26
GAP = 6


def dream(dreamer: Dreamer, source: bytes, preset: str) -> Image.Image:
    """Dream a source with a preset."""
    settings = PRESETS[preset].settings_for("efficientnet_lite0").replace(seed=SEED)
    *_, last = dreamer.dream(DreamRequest(source, settings, preset=preset))
    assert isinstance(last, Dream)
    return Image.open(io.BytesIO(last.image)).convert("RGB")


def captioned(pictures: Sequence[tuple[str, Image.Image]]) -> Image.Image:
    """Arrange pictures in a grid, with captions."""
    font = ImageFont.load_default(size=17)
    width, height = TILE[0] + GAP, TILE[1] + CAPTION + GAP
    sheet = Image.new("RGB", (COLUMNS * width + GAP, -(-len(pictures) // COLUMNS) * height + GAP), "white")
    draw = ImageDraw.Draw(sheet)
    for index, (name, picture) in enumerate(pictures):
        left, top = GAP + index % COLUMNS * width, GAP + index // COLUMNS * height
        draw.text((left + 2, top + 1), name, fill="black", font=font)
        sheet.paste(ImageOps.fit(picture, TILE), (left, top + CAPTION))
    return sheet


def write_thumbnails(pictures: Sequence[tuple[str, Image.Image]]) -> None:
    """Write a small square of each preset's dream."""
    THUMBNAILS.mkdir(exist_ok=True)
    for name, picture in pictures:
        square = ImageOps.fit(picture, (THUMBNAIL_SIDE, THUMBNAIL_SIDE))
        square.save(THUMBNAILS / f"{name}.webp", quality=80, method=6)


def main() -> None:
    """Write a sheet for each photograph in ``examples/``."""
    dreamer = Dreamer()
    PICTURES.mkdir(parents=True, exist_ok=True)
    for photograph in sorted((ROOT / "examples").glob("*.jpg")):
        source = photograph.read_bytes()
        original = Image.open(io.BytesIO(source))
        pictures = [("the photograph", original), *((name, dream(dreamer, source, name)) for name in PRESETS)]
        path = PICTURES / f"presets-{photograph.stem}.jpg"
        captioned(pictures).save(path, quality=88)
        print(path.relative_to(ROOT))
        if photograph.stem == THUMBNAIL_OF:
            write_thumbnails(pictures[1:])


if __name__ == "__main__":
    main()
