"""What people ask for in a soak run: pictures of every kind, good and bad, here and there."""

import io
import random
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pillow_heif
from PIL import Image

pillow_heif.register_heif_opener()

TOKEN_DIES_SOON = 15 * 60 - 15
"""So long ago Discord made the interaction; it can be answered for a quarter of a minute more."""
Then = Literal["nothing", "cancel", "delete"]


@dataclass(frozen=True)
class Upload:
    """A file that somebody attaches.

    Attributes:
        name: Its name.
        content: Its bytes.
        is_picture: Whether it can be dreamed.
    """

    name: str
    content: bytes = field(repr=False)
    is_picture: bool = True


@dataclass(frozen=True)
class Order:
    """One request.

    Attributes:
        number: Its number; also the seed of its dream, by which its job is found.
        at: When it is sent, in seconds from the beginning.
        person: The number of who asks.
        upload: The file.
        options: The options of the command.
        direct: Whether it is asked for in a direct message.
        age: How many seconds ago Discord made the interaction.
        then: What who asked, or a moderator, does next.
    """

    number: int
    at: float
    person: int
    upload: Upload
    options: dict[str, Any]
    direct: bool
    age: float
    then: Then


def orders(seed: int, count: int, seconds: float, people: int) -> list[Order]:
    """So many requests, spread at random over so many seconds; the same for the same seed."""
    random_ = random.Random(seed)
    good, bad = list(_pictures(random_)), list(_no_pictures(random_))
    moments = sorted(random_.uniform(0, seconds) for _ in range(count))
    return [_order(random_, number, at, people, good, bad) for number, at in enumerate(moments, start=1)]


def _order(
    random_: random.Random, number: int, at: float, people: int, good: list[Upload], bad: list[Upload]
) -> Order:
    upload = random_.choice(bad if random_.random() < 0.15 else good)
    then: Then = "nothing"
    if upload.is_picture:
        (then,) = random_.choices(("nothing", "cancel", "delete"), (85, 10, 5))
    slow = then != "nothing"  # or it would be over before anybody could
    options: dict[str, Any] = {
        "preset": random_.choice(("mild", "intense", "eyes")),
        "iterations": 60 if slow else random_.randint(1, 3),
        "octaves": random_.randint(1, 2),
        "seed": number,
    }
    if random_.random() < 0.2:
        options["private"] = True
    direct = random_.random() < 0.1
    age = TOKEN_DIES_SOON if random_.random() < 0.05 and not slow else 0.0
    return Order(number, at, random_.randrange(people), upload, options, direct, age, then)


def _pictures(random_: random.Random) -> Iterator[Upload]:
    sizes = ((64, 48), (120, 80), (90, 200), (320, 213), (640, 427), (1500, 1000))
    for width, height in sizes:
        for kind in ("png", "jpeg", "webp"):
            yield Upload(f"{width}.{kind}", _encoded(_photograph(random_, width, height), kind))
    odd = _photograph(random_, 160, 120)
    for kind in ("gif", "bmp", "tiff", "avif", "heif"):
        yield Upload(f"odd.{kind}", _encoded(odd, kind))
    for mode in ("L", "LA", "RGBA", "P", "I;16"):
        yield Upload(f"{mode.lower().replace(';', '')}.png", _encoded(odd.convert(mode), "png"))
    yield Upload("cmyk.jpg", _encoded(odd.convert("CMYK"), "jpeg"))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it to look at it
    yield Upload("turned.jpg", _encoded(odd, "jpeg", exif=exif))


def _no_pictures(random_: random.Random) -> Iterator[Upload]:
    whole = _encoded(_photograph(random_, 320, 213), "jpeg")
    spoilt = bytearray(_encoded(_photograph(random_, 64, 48), "png"))
    spoilt[40:60] = bytes(20)
    for name, content in {
        "notes.png": b"This is a shopping list: milk, bread, dreams.",
        "empty.png": b"",
        "page.jpg": b"<!DOCTYPE html><title>Not a picture</title>",
        "half.jpg": whole[: len(whole) // 2],
        "spoilt.png": bytes(spoilt),
        "noise.webp": random_.randbytes(5000),
        "speck.png": _encoded(_photograph(random_, 16, 16), "png"),
        "strip.png": _encoded(_photograph(random_, 2000, 40), "png"),
        "heavy.bmp": _encoded(_photograph(random_, 900, 600), "bmp"),  # more bytes than the bot reads
        "huge.png": _claiming(20_000, 20_000),
    }.items():
        yield Upload(name, content, is_picture=False)


def _photograph(random_: random.Random, width: int, height: int) -> Image.Image:
    """Soft shapes of a few colours, which nobody has dreamed before."""
    chance = np.random.default_rng(random_.getrandbits(32))
    few = Image.fromarray(chance.integers(0, 256, (6, 8, 3), dtype=np.uint8))
    return few.resize((width, height), Image.Resampling.BICUBIC)


def _encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def _claiming(width: int, height: int) -> bytes:
    """A PNG whose header claims so many pixels."""
    content = bytearray(_encoded(Image.new("RGB", (64, 64)), "png"))
    content[16:24] = width.to_bytes(4) + height.to_bytes(4)
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4)
    return bytes(content)
