"""Photographs every card of the bot in every language: ``python -m scripts.screenshots``.

The bot, its store and the network are real. Discord is simulated, and its browser page is photographed in a
headless Chromium, at the width of a desktop and of a telephone. The single pictures go to a folder, one sheet
for each language into docs/images, and the pictures of the README too.
"""

import argparse
import asyncio
import contextlib
import logging
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import discord
import simcord.preview  # noqa: F401 - before a simulation moves the CDN, so that the page shows others' pictures
from PIL import Image

from bot.settings import BotSettings
from bot.startup import executor_of, make_ready
from bot.texts import packaged_catalogue
from fake_discord import simulation as simulated
from fake_discord.simulation import Simulation
from scripts.screenshots.browser import Browser, BrowserError
from scripts.screenshots.scenes import Scenes
from scripts.screenshots.sheet import sheet

ROOT = Path(__file__).parent.parent.parent
_LOCALES = {"en": "en-GB", "es": "es-ES"}
"""Discord's locale of a language, where it is another than the language's name."""

_WIDTHS = {"desktop": 560, "telephone": 390}
_README_CARDS = {"growing": "bot-growing.webp", "dreamed": "bot-dreamed.webp"}
_README_LANGUAGE, _README_WIDTH, _README_SCALE = "en", 560, 2
_QUALITY = 60
_PREVIEW_SECONDS = 2.0
"""How often the preview of a running dream changes."""

_STYLE = """
#focused-content { padding-block: 14px; overflow: visible; }
.modal-backdrop { place-items: start center; }
.modal-dialog, .modal-body { max-height: none; overflow: visible; }
"""
_READY = """
Boolean(window.simcordPreview?.ready) && document.fonts.status === "loaded"
&& [...document.images].every(image => image.complete)
"""


class FontMissingError(Exception):
    """No font on this machine has the letters of a language."""


async def take(browser: Browser, language: str, folder: Path, images: Path) -> list[Path]:
    """Photograph every card in one language.

    Args:
        browser: The browser.
        language: The language, as the catalogue names it.
        folder: Where the pictures go, in one folder for each width.
        images: Where the README's pictures go.

    Returns:
        The pictures at the width of a desktop, in the order in which a member sees the cards.
    """
    taken: list[Path] = []
    async with _simulated() as simulation:
        guild = simulation.env.create_guild("Dreamers")
        channel = guild.create_text_channel("dreams")
        role = guild.create_role("managers", permissions=discord.Permissions(manage_guild=True))
        member = guild.add_member(simulation.env.create_user("mina"), roles=(role,))
        friend = guild.add_member(simulation.env.create_user("leo"))
        locale = _LOCALES.get(language, language)
        simulation.locales |= {member.id: locale, friend.id: locale}
        scenes = Scenes(simulation, channel, member, friend)
        page = simulation.env.preview(
            channel, viewers=[member], layout="message", locale=locale, assets=await scenes.post()
        )
        held = _held_edits(simulation)
        async with page as preview:
            async for name, shown in scenes.cards():
                async with held:
                    await preview.show(shown)
                    await browser.open(preview.url, ready=_READY)
                    await browser.add_style(_STYLE)
                    taken.append(await _take_card(browser, f"{len(taken) + 1:02d}-{name}.png", folder))
                    if language == _README_LANGUAGE and name in _README_CARDS:
                        picture = await _photograph(browser, _README_WIDTH, _README_SCALE)
                        picture.save(images / _README_CARDS[name], quality=_QUALITY, method=6)
    return taken


@contextlib.asynccontextmanager
async def _simulated() -> AsyncIterator[Simulation]:
    """Run the bot, with an empty store, in a simulated Discord."""
    with tempfile.TemporaryDirectory() as data:
        settings = BotSettings(
            _env_file=None, data_dir=Path(data), preview_seconds=_PREVIEW_SECONDS, burst=30
        )
        executor = executor_of(settings)
        try:
            await make_ready(executor, settings)
            async with Simulation.running(settings, executor) as simulation:
                simulation.env.backend.bot_user.name = "Dream Bot"
                yield simulation
        finally:
            await executor.close()


def _held_edits(simulation: Simulation) -> asyncio.Lock:
    """Return a lock that holds back the bot's edits, so that a card stays while it is photographed."""
    lock = asyncio.Lock()
    transport: Any = simulation.services.transport
    edit = transport.edit

    async def edit_once_free(reply: Any, card: Any) -> None:
        async with lock:
            await edit(reply, card)

    transport.edit = edit_once_free
    return lock


async def _take_card(browser: Browser, name: str, folder: Path) -> Path:
    """Photograph the card on the open page at every width; returns the desktop's picture."""
    for device, width in _WIDTHS.items():
        path = folder / device / name
        path.parent.mkdir(parents=True, exist_ok=True)
        (await _photograph(browser, width)).save(path)
    print(name, flush=True)
    return folder / "desktop" / name


async def _photograph(browser: Browser, width: int, scale: int = 1) -> Image.Image:
    modal = await browser.evaluate("Boolean(document.querySelector('#modal-root')?.childElementCount)")
    selector = ".modal-dialog" if modal else "#focused-content"
    return await browser.photograph(selector, width=width, scale=scale)


async def check_font(browser: Browser, language: str) -> None:
    """Check that the browser can draw a language.

    Raises:
        FontMissingError: It cannot.
    """
    texts = packaged_catalogue().texts(language)
    letters = sorted({letter for letter in texts("help-intro") if letter.isalpha()})
    if missing := await browser.without_font("".join(letters)):
        raise FontMissingError(
            f"Chromium has no font for the letters {missing[:5]} of the language {language}: install one, "
            "such as Debian's fonts-noto-cjk or fonts-nanum for Korean."
        )


async def make(languages: Sequence[str], folder: Path, images: Path) -> None:
    """Photograph the cards in several languages, and arrange each language's on a sheet.

    Args:
        languages: The languages.
        folder: Where the single pictures go.
        images: Where the sheets and the README's pictures go.
    """
    async with Browser.started() as browser:
        for language in languages:
            await check_font(browser, language)
        for language in languages:
            pictures = await take(browser, language, folder / language, images)
            target = images / f"cards-{language}.webp"
            sheet([Image.open(path) for path in pictures]).save(target, quality=_QUALITY, method=6)
            print(target)


def main() -> int:
    """Photograph the cards.

    Returns:
        The exit status: 1 if the browser or a font is missing.
    """
    known = packaged_catalogue().languages
    parser = argparse.ArgumentParser(
        "python -m scripts.screenshots", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("languages", nargs="*", help=f"of {', '.join(known)} (default: all)")
    parser.add_argument(
        "--folder", type=Path, default=ROOT / "build" / "screenshots", help="for the single pictures"
    )
    arguments = parser.parse_args()
    if unknown := set(arguments.languages) - set(known):
        parser.error(f"unknown languages: {', '.join(sorted(unknown))}")
    try:
        asyncio.run(make(arguments.languages or known, arguments.folder, ROOT / "docs" / "images"))
    except (BrowserError, FontMissingError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    simulated.TIMEOUT_SECONDS = 240.0  # a dream on a busy machine
    logging.disable(logging.WARNING)  # a busy machine delays the loop, which the bot would report
    sys.exit(main())
