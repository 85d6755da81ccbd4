"""Takes pictures of pages in a headless Chromium, through its DevTools protocol."""

import asyncio
import base64
import contextlib
import io
import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, Self, TypeVar

import aiohttp
from PIL import Image

_Value = TypeVar("_Value")

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_VARIABLE = "CHROMIUM"
_MAX_SECONDS = 60.0
_POLL_SECONDS = 0.1
_HEIGHT = 2400
"""The height of the window in pixels: no card is higher, so that none scrolls."""

_OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--hide-scrollbars",
    "--remote-debugging-port=0",
)  # fmt: skip

_DRAWS_LETTER = """
(letters => {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", {willReadFrequently: true});
  context.font = "24px sans-serif";
  const drawn = letter => {
    context.clearRect(0, 0, 60, 60);
    context.fillText(letter, 5, 40);
    return context.getImageData(0, 0, 60, 60).data.join();
  };
  const box = drawn("\\u0378");  // no font has this letter, because Unicode has none
  return letters.filter(letter => drawn(letter) === box).join("");
})
"""


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


class Browser:
    """One page of a headless Chromium.

    Args:
        socket: The page's DevTools connection.
    """

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._ready = "true"

    @classmethod
    @contextlib.asynccontextmanager
    async def started(cls) -> AsyncIterator[Self]:
        """Run a Chromium.

        Raises:
            BrowserMissingError: There is no Chromium.
            BrowserError: It did not start.
        """
        async with contextlib.AsyncExitStack() as stack:
            profile = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
            process = await asyncio.create_subprocess_exec(
                find_browser(), *_OPTIONS, f"--user-data-dir={profile}", "about:blank",
                stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
            )  # fmt: skip
            stack.push_async_callback(_end, process)
            port = await _port(profile / "DevToolsActivePort", process)
            http = await stack.enter_async_context(aiohttp.ClientSession())
            async with http.get(f"http://127.0.0.1:{port}/json") as response:
                tabs = await response.json()
            address = next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page")
            yield cls(await stack.enter_async_context(http.ws_connect(address, max_msg_size=0)))

    async def open(self, url: str, *, ready: str) -> None:
        """Open a page, anew if it is open already, and wait until it shows everything.

        Args:
            url: The page's address.
            ready: The JavaScript expression that is true then.

        Raises:
            BrowserError: It did not show everything in time.
        """
        self._ready = ready
        await self._call("Page.setBypassCSP", enabled=True)  # for add_style
        for address in ("about:blank", url):
            await self._call("Page.navigate", url=address)
        await self._wait()

    async def photograph(self, selector: str, *, width: int, scale: float = 1) -> Image.Image:
        """Photograph an element of the open page.

        Args:
            selector: The CSS selector of the element.
            width: The width of the window in CSS pixels.
            scale: How many pixels of the picture there are for each of them.

        Raises:
            BrowserError: The page did not show everything in time.
        """
        await self._call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=_HEIGHT, deviceScaleFactor=scale, mobile=False,
        )  # fmt: skip
        await self._wait()
        clip = await self.evaluate(
            "(({x, y, width, height}) => ({x, y, width, height, scale: 1}))"
            f"(document.querySelector({selector!r}).getBoundingClientRect())"
        )
        made = await self._call("Page.captureScreenshot", format="png", clip=clip)
        return Image.open(io.BytesIO(base64.b64decode(made["data"]))).convert("RGB")

    async def add_style(self, rules: str) -> None:
        """Add CSS rules to the open page."""
        style = f"Object.assign(document.createElement('style'), {{textContent: {rules!r}}})"
        await self.evaluate(f"document.head.append({style})")

    async def without_font(self, letters: str) -> str:
        """Return those of some letters for which Chromium has no font, so that it draws boxes."""
        return str(await self.evaluate(f"{_DRAWS_LETTER}({list(letters)!r})"))

    async def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression."""
        answer = await self._call("Runtime.evaluate", expression=expression, returnByValue=True)
        return answer["result"].get("value")

    async def _wait(self) -> None:
        """Wait until the open page shows everything."""
        if not await _poll(lambda: self.evaluate(self._ready)):
            raise BrowserError(f"A page did not load within {_MAX_SECONDS:.0f} seconds.")

    async def _call(self, method: str, **parameters: Any) -> Any:
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        while True:
            answer = await self._socket.receive_json(timeout=_MAX_SECONDS)
            if answer.get("id") == number:
                if "error" in answer:
                    raise BrowserError(f"{method}: {answer['error']['message']}")
                return answer["result"]


async def _port(written: Path, process: asyncio.subprocess.Process) -> int:
    """Return the port that a starting Chromium writes into a file of its profile."""

    async def read() -> str:
        if process.returncode is not None:
            return "-1"
        text = await asyncio.to_thread(lambda: written.read_text() if written.exists() else "")
        return text.split()[0] if "\n" in text else ""

    port = int(await _poll(read) or -1)
    if port < 0:
        raise BrowserError("Chromium did not start.")
    return port


async def _poll(read: Callable[[], Awaitable[_Value]]) -> _Value | None:
    """Read a value until it is true, and return it; ``None`` if it takes too long."""
    for _ in range(int(_MAX_SECONDS / _POLL_SECONDS)):
        if value := await read():
            return value
        await asyncio.sleep(_POLL_SECONDS)
    return None


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    await process.wait()
