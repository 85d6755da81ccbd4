"""Makes the pictures of presets and things: sheets for the README and docs/, and the bot's thumbnails.

Run as ``python -m scripts.contact_sheet``, or ``make docs``.
"""

import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps

from dream_engine.compute.dreamer import Dreamer
from dream_engine.dreams import Dream, DreamRequest
from dream_engine.presets import PRESETS, THING, resolve
from dream_engine.settings import DreamSettings

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
PICTURES = ROOT / "docs" / "images"
SEED = 2015
COLUMNS = 3
TILE = (420, 280)
SHEETS = ("cat", "mountains")
"""The photographs of which a sheet shows every preset."""
THINGS = (
    ("jellyfish", "pavilion"),
    ("great grey owl", "cat"),
    ("snail", "coffee"),
    ("strawberry", "astronaut"),
    ("lighthouse", "rocket"),
    ("tabby cat", "mountains"),
    ("daisy", "cat"),
    ("zebra", "cat"),
    ("monarch butterfly", "coffee"),
    ("volcano", "mountains"),
    ("pug", "cat"),
    ("tiger", "cat"),
)
"""The things on their sheet, and the photographs out of which they grow. The README shows the first four."""
README_THINGS = 4
THINGS_SIZE = 512
THUMBNAILS = ROOT / "bot" / "thumbnails"
THUMBNAIL_OF = "cat"
THUMBNAIL = (450, 300)
"""The width and height of a thumbnail: the shape of the galleries in which Discord shows four pictures."""
CAPTION = 26
GAP = 6


def dream(dreamer: Dreamer, source: bytes, settings: DreamSettings, preset: str) -> Image.Image:
    """Dream a source with some settings."""
    *_, last = dreamer.dream(DreamRequest(source, settings.replace(seed=SEED), preset=preset))
    assert isinstance(last, Dream)
    return Image.open(io.BytesIO(last.image)).convert("RGB")


def captioned(pictures: Sequence[tuple[str, Image.Image]], columns: int = COLUMNS) -> Image.Image:
    """Arrange pictures in a grid, with captions."""
    font = ImageFont.load_default(size=17)
    width, height = TILE[0] + GAP, TILE[1] + CAPTION + GAP
    sheet = Image.new("RGB", (columns * width + GAP, -(-len(pictures) // columns) * height + GAP), "white")
    draw = ImageDraw.Draw(sheet)
    for index, (name, picture) in enumerate(pictures):
        left, top = GAP + index % columns * width, GAP + index // columns * height
        draw.text((left + 2, top + 1), name, fill="black", font=font)
        sheet.paste(ImageOps.fit(picture, TILE), (left, top + CAPTION))
    return sheet


def write_thumbnails(pictures: Sequence[tuple[str, Image.Image]]) -> None:
    """Write a small picture of each preset's dream."""
    THUMBNAILS.mkdir(exist_ok=True)
    for name, picture in pictures:
        thumbnail = ImageOps.fit(picture, THUMBNAIL)
        thumbnail.save(THUMBNAILS / f"{name}.webp", quality=75, method=6)


def write_presets(dreamer: Dreamer) -> None:
    """Write a sheet of every preset for some photographs, and the thumbnails."""
    for photograph in SHEETS:
        source = (EXAMPLES / f"{photograph}.jpg").read_bytes()
        dreams = [
            (name, dream(dreamer, source, preset.settings_for("efficientnet_lite0"), name))
            for name, preset in PRESETS.items()
        ]
        original = Image.open(io.BytesIO(source))
        write(captioned([("the photograph", original), *dreams]), f"presets-{photograph}")
        if photograph == THUMBNAIL_OF:
            write_thumbnails(dreams)


def write_things(dreamer: Dreamer) -> None:
    """Write a sheet of things, and a smaller one for the README."""
    dreams = []
    for thing, photograph in THINGS:
        settings = resolve(classes={thing: 1.0}).replace(size=THINGS_SIZE)
        source = (EXAMPLES / f"{photograph}.jpg").read_bytes()
        dreams.append((thing, dream(dreamer, source, settings, THING)))
    write(captioned(dreams), "things")
    write(captioned(dreams[:README_THINGS], columns=2), "things-readme")


def write(sheet: Image.Image, name: str) -> None:
    """Write a sheet into docs/images."""
    path = PICTURES / f"{name}.jpg"
    sheet.save(path, quality=86)
    print(path.relative_to(ROOT), flush=True)


def main() -> None:
    """Write all sheets."""
    dreamer = Dreamer()
    PICTURES.mkdir(parents=True, exist_ok=True)
    write_things(dreamer)
    write_presets(dreamer)


if __name__ == "__main__":
    main()
