"""Photographs every card of the bot in every language: ``python -m scripts.screenshots``.

The bot, its store and the network are real. Discord is simulated, and its browser page is photographed in a
headless Chromium. The single pictures go to a folder, and one sheet for each language into docs/images.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

import discord
from PIL import Image

from bot.settings import BotSettings
from bot.startup import executor_of, make_ready
from bot.texts import packaged_catalogue
from fake_discord import simulation as simulated
from fake_discord.simulation import Simulation
from scripts.screenshots.browser import BrowserError, BrowserMissingError, find_browser, photograph
from scripts.screenshots.scenes import Scenes

ROOT = Path(__file__).parent.parent.parent
_LOCALES = {"en": "en-GB", "es": "es-ES"}
"""Discord's locale of a language, where it is another than the language's name."""

_WIDTH, _HEIGHT = 560, 1700
_COLUMNS = 4
_QUALITY = 80


async def take(language: str, folder: Path) -> list[Path]:
    """Photograph every card in one language.

    Args:
        language: The language, as the catalogue names it.
        folder: Where the pictures go; it exists.

    Returns:
        The pictures, in the order in which a member sees the cards.
    """
    taken: list[Path] = []
    with tempfile.TemporaryDirectory() as data:
        settings = BotSettings(_env_file=None, data_dir=Path(data), preview_seconds=6, burst=30)
        executor = executor_of(settings)
        try:
            await make_ready(executor, settings)
            async with Simulation.running(settings, executor) as simulation:
                simulation.env.backend.bot_user.name = "Dream Bot"
                guild = simulation.env.create_guild("Dreamers")
                channel = guild.create_text_channel("dreams")
                role = guild.create_role("managers", permissions=discord.Permissions(manage_guild=True))
                member = guild.add_member(simulation.env.create_user("mina"), roles=(role,))
                simulation.locales[member.id] = _LOCALES.get(language, language)
                page = simulation.env.preview(channel, viewers=[member], layout="message", port=0)
                async with page as preview:
                    async for name, shown in Scenes(simulation, channel, member).cards():
                        await preview.show(shown)
                        path = folder / f"{len(taken) + 1:02d}-{name}.png"
                        (await _photograph(preview.url)).save(path)
                        print(path, flush=True)
                        taken.append(path)
        finally:
            await executor.close()
    return taken


async def _photograph(url: str) -> Image.Image:
    """Photograph a page, a second time if the first fails, as it does now and then on a busy machine."""
    try:
        return await photograph(url, _WIDTH, _HEIGHT)
    except BrowserMissingError:
        raise
    except BrowserError:
        return await photograph(url, _WIDTH, _HEIGHT)


def sheet(pictures: list[Path]) -> Image.Image:
    """Arrange pictures in columns, each below the shortest column so far."""
    images = [Image.open(path) for path in pictures]
    tops, placed = [0] * _COLUMNS, []
    for image in images:
        column = tops.index(min(tops))
        placed.append((column * _WIDTH, tops[column]))
        tops[column] += image.height
    whole = Image.new("RGB", (_COLUMNS * _WIDTH, max(tops)), images[0].getpixel((2, 2)))
    for image, place in zip(images, placed, strict=True):
        whole.paste(image, place)
    return whole


def main() -> int:
    """Photograph the cards.

    Returns:
        The exit status: 1 if there is no Chromium.
    """
    languages = packaged_catalogue().languages
    parser = argparse.ArgumentParser(
        "python -m scripts.screenshots", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("languages", nargs="*", help=f"of {', '.join(languages)} (default: all)")
    parser.add_argument(
        "--folder", type=Path, default=ROOT / "build" / "screenshots", help="for the single pictures"
    )
    arguments = parser.parse_args()
    try:
        find_browser()
    except BrowserMissingError as error:
        print(error, file=sys.stderr)
        return 1
    simulated.TIMEOUT_SECONDS = 120.0  # a dream on a busy machine
    for language in arguments.languages or languages:
        (arguments.folder / language).mkdir(parents=True, exist_ok=True)
        pictures = asyncio.run(take(language, arguments.folder / language))
        target = ROOT / "docs" / "images" / f"cards-{language}.webp"
        sheet(pictures).save(target, quality=_QUALITY, method=6)
        print(target)
    return 0


if __name__ == "__main__":
    sys.exit(main())
