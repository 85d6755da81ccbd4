"""The files of a soak run: pictures of every format and size, and invalid files."""

import io
import random
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image, ImageOps

pillow_heif.register_heif_opener()

_FORMATS = {"png": 8, "jpeg": 8, "webp": 4, "gif": 4, "bmp": 2, "tiff": 4, "avif": 1, "heif": 1}
_SIDES = (48, 800)
_FAST_ENCODING = {"avif": {"speed": 10}, "webp": {"method": 0}, "png": {"compress_level": 1}}


@dataclass(frozen=True)
class Upload:
    """A file that a user attaches.

    Attributes:
        name: Its name.
        content: Its bytes.
        is_picture: Whether it can be dreamed.
        moves: Whether it is an animation or a video.
    """

    name: str
    content: bytes = field(repr=False)
    is_picture: bool = True
    moves: bool = False

    @cached_property
    def digest(self) -> str:
        """The name under which the bot stores it."""
        return sha256(self.content).hexdigest()


def unique_picture(random_: random.Random, longest: int = _SIDES[1]) -> Upload:
    """A new picture of random size, up to a longest side."""
    width, height = (random_.randint(_SIDES[0], longest) for _ in range(2))
    kind = random_.choices(list(_FORMATS), list(_FORMATS.values()))[0]
    if kind in ("bmp", "tiff"):  # keeps the file below the bot's size limit
        width, height = min(width, 400), min(height, 400)
    image = photograph(random_, width, height)
    if kind == "gif":  # an adaptive palette would take longer than a dream
        image = image.convert("P", palette=Image.Palette.WEB)
    return Upload(f"{width}x{height}.{kind}", encoded(image, kind))


def mask_of(random_: random.Random, upload: Upload) -> Upload:
    """A mask of a picture's proportions, of its size or larger."""
    with Image.open(io.BytesIO(upload.content)) as picture:
        width, height = ImageOps.exif_transpose(picture).size
    scale = random_.choice((1, 2))
    mask = photograph(random_, width * scale, height * scale).convert("L")
    return Upload(f"mask-{mask.width}x{mask.height}.png", encoded(mask, "png"))


def common_pictures(random_: random.Random) -> Iterator[Upload]:
    """Pictures that several users send."""
    sizes = ((64, 48), (120, 80), (90, 200), (320, 213), (640, 427), (1500, 1000))
    for width, height in sizes:
        for kind in ("png", "jpeg", "webp"):
            yield Upload(f"{width}.{kind}", encoded(photograph(random_, width, height), kind))
    odd = photograph(random_, 160, 120)
    for kind in ("gif", "bmp", "tiff", "avif", "heif"):
        yield Upload(f"odd.{kind}", encoded(odd, kind))
    for mode in ("L", "LA", "RGBA", "P", "I;16"):
        yield Upload(f"{mode.lower().replace(';', '')}.png", encoded(odd.convert(mode), "png"))
    yield Upload("cmyk.jpg", encoded(odd.convert("CMYK"), "jpeg"))
    exif = Image.Exif()
    exif[0x0112] = 6  # shown rotated
    yield Upload("turned.jpg", encoded(odd, "jpeg", exif=exif))


def invalid_files(random_: random.Random) -> Iterator[Upload]:
    """Files that cannot be dreamed."""
    whole = encoded(photograph(random_, 320, 213), "jpeg")
    spoilt = bytearray(encoded(photograph(random_, 64, 48), "png"))
    spoilt[40:60] = bytes(20)
    for name, content in {
        "notes.png": b"This is a shopping list: milk, bread, dreams.",
        "empty.png": b"",
        "page.jpg": b"<!DOCTYPE html><title>Not a picture</title>",
        "beginning.jpg": whole[: len(whole) // 20],
        "spoilt.png": bytes(spoilt),
        "noise.webp": random_.randbytes(5000),
        "speck.png": encoded(photograph(random_, 16, 16), "png"),
        "strip.png": encoded(photograph(random_, 2000, 40), "png"),
        "heavy.bmp": encoded(photograph(random_, 900, 600), "bmp"),  # larger than the bot reads
        "huge.png": _declaring_size(20_000, 20_000),
    }.items():
        yield Upload(name, content, is_picture=False)


def photograph(random_: random.Random, width: int, height: int) -> Image.Image:
    """Smooth random shapes in a few colours."""
    chance = np.random.default_rng(random_.getrandbits(32))
    few = Image.fromarray(chance.integers(0, 256, (6, 8, 3), dtype=np.uint8))
    return few.resize((width, height), Image.Resampling.BICUBIC)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Encode a picture quickly.

    Args:
        image: The picture.
        kind: The name of the format.
        **options: More of the format's options.
    """
    buffer = io.BytesIO()
    image.save(buffer, kind, **_FAST_ENCODING.get(kind, {}), **options)
    return buffer.getvalue()


def _declaring_size(width: int, height: int) -> bytes:
    """A PNG whose header declares a size."""
    content = bytearray(encoded(Image.new("RGB", (64, 64)), "png"))
    content[16:24] = width.to_bytes(4) + height.to_bytes(4)
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4)
    return bytes(content)
