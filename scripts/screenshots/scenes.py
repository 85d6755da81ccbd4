"""Brings the bot into the states whose cards are photographed."""

import io
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from PIL import Image

from fake_discord.simcord_additions import labels_of, text_of
from fake_discord.simulation import Simulation

_EXAMPLES = Path(__file__).parent.parent.parent / "examples"
_SIDE = 384

Shown = AsyncIterator[tuple[str, Any]]
"""The name of each card, and the message or the interaction that shows it."""


class Scenes:
    """Shows one card after the other, as one member.

    Args:
        simulation: The bot in a simulated Discord.
        channel: The channel.
        member: The member, who also manages the server.
    """

    def __init__(self, simulation: Simulation, channel: Any, member: Any) -> None:
        self._simulation = simulation
        self._channel = channel
        self._member = member

    async def cards(self) -> Shown:
        """Yield every card while its message shows it."""
        for name in ("help", "privacy", "queue", "presets"):
            yield name, await self._command(name)
        async for shown in self._dreams():
            yield shown
        refused = await self._dream("notes.txt", b"Not a picture, just a few words.")
        yield "refused", await self._answer(refused)
        for name in ("show", "switch"):
            options = {"on": True} if name == "switch" else {}
            yield f"settings-{name}", await self._command(f"dream-settings {name}", **options)
        yield "forget-me", await self._command("forget-me")

    async def _dreams(self) -> Shown:
        # A preview stays for some seconds, in which the browser loads it.
        growing = await self._dream("cat.jpg", photograph("cat.jpg"), preset="animals", strength=3.0)
        waiting = await self._dream("coffee.jpg", photograph("coffee.jpg"), preset="jewels")
        await self._answer(waiting)
        yield "waiting", waiting
        await self._until(growing, lambda message: message.attachments)
        yield "growing", growing
        await self._click(waiting, 0)
        yield "cancelled", waiting
        await self._until(growing, _is_done)
        yield "dreamed", growing
        moving = await self._dream(
            "cat.jpg", photograph("cat.jpg"), preset="animals", motion="zoom", seconds=2.0, fps=10.0
        )
        await self._until(moving, lambda message: message.attachments)
        yield "growing-zoom", moving
        await self._until(moving, _is_done)
        yield "dreamed-zoom", moving

    async def _command(self, name: str, **options: Any) -> Any:
        return await self._member.slash(self._channel, name, **options)

    async def _dream(self, name: str, content: bytes, **options: Any) -> Any:
        return await self._member.slash(self._channel, "dream", image=(name, content), **options)

    async def _click(self, shown: Any, number: int) -> Any:
        label = labels_of(shown.response)[number]
        return await self._member.click(shown.response, label=label)

    async def _answer(self, shown: Any) -> Any:
        """Wait for the last answer of an interaction, which may be a private one in place of the first."""

        def last() -> Any:
            answers = [*([shown.response] if shown.response else []), *shown.followups]
            return answers[-1] if answers and text_of(answers[-1]) else None

        return await self._simulation.until(last)

    async def _until(self, shown: Any, condition: Callable[[Any], Any]) -> None:
        await self._simulation.until(lambda: shown.response and condition(shown.response))


def photograph(name: str) -> bytes:
    """Return an example photograph at the size of the pictures in the documentation."""
    image = Image.open(_EXAMPLES / name).convert("RGB")
    image.thumbnail((_SIDE, _SIDE))
    buffer = io.BytesIO()
    image.save(buffer, "jpeg", quality=92)
    return buffer.getvalue()


def _is_done(message: Any) -> bool:
    return any(attachment.filename.startswith("dream-") for attachment in message.attachments)
