"""Takes pictures of pages in a headless Chromium."""

import asyncio
import io
import os
import shutil
import tempfile
from pathlib import Path

from PIL import Image, ImageChops

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_VARIABLE = "CHROMIUM"
_LOADING_MILLISECONDS = 6000
"""The time in the page until it is photographed; Chromium's clock runs ahead, so that nobody waits for it."""

_MARGIN = 16
"""The pixels of background that stay around the content of a page."""

_MAX_SECONDS = 60.0

_BAR_HEIGHT = 112
"""The height of the bar above the messages, in pixels."""

_SHADOW = 40
"""The width of the shadow at the left of the page, in pixels."""

_MIN_DIFFERENCE = 12
"""From which difference in levels of 255 on a pixel is no background."""

_OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--hide-scrollbars",
    "--force-device-scale-factor=1",
)  # fmt: skip


class BrowserError(Exception):
    """A page could not be photographed."""


class BrowserMissingError(BrowserError):
    """There is no Chromium on this machine."""


def find_browser() -> str:
    """Return the path of a Chromium.

    Raises:
        BrowserMissingError: There is none.
    """
    for name in filter(None, (os.environ.get(_VARIABLE), *_NAMES)):
        if found := shutil.which(name):
            return found
    raise BrowserMissingError(f"Install Chromium, or name a program like it in {_VARIABLE}.")


async def photograph(url: str, width: int, height: int) -> Image.Image:
    """Photograph a page.

    Args:
        url: The page's address.
        width: The width of the window in pixels.
        height: The height of the window in pixels; empty space below the content is cut off.

    Raises:
        BrowserMissingError: There is no Chromium.
        BrowserError: The page did not load, or no picture was made.
    """
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "page.png"
        process = await asyncio.create_subprocess_exec(
            find_browser(),
            *_OPTIONS,
            f"--user-data-dir={folder}/profile",
            f"--window-size={width},{height}",
            f"--virtual-time-budget={_LOADING_MILLISECONDS}",
            f"--screenshot={picture}",
            url,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(_MAX_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
            raise BrowserError(f"Chromium took longer than {_MAX_SECONDS:.0f} seconds.") from None
        if not picture.exists():
            raise BrowserError("Chromium made no picture.")
        return _cropped(Image.open(io.BytesIO(picture.read_bytes())).convert("RGB"))


def _cropped(page: Image.Image) -> Image.Image:
    """Cut off the page's own bar above the message, and the background above and below it."""
    page = page.crop((0, _BAR_HEIGHT, page.width, page.height))
    background = Image.new("RGB", page.size, page.getpixel((page.width // 2, page.height - 1)))
    difference = ImageChops.difference(page, background).convert("L").point(_is_content)
    content = difference.crop((_SHADOW, 0, page.width, page.height)).getbbox()
    if content is None:
        return page
    top, bottom = max(0, content[1] - _MARGIN), min(page.height, content[3] + _MARGIN)
    return page.crop((0, top, page.width, bottom))


def _is_content(difference: int) -> int:
    return 255 * (difference > _MIN_DIFFERENCE)
