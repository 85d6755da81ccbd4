"""Brings the bot into the states whose cards are photographed."""

import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from fake_discord.simcord_additions import parts_of, text_of
from fake_discord.simulation import Simulation

_EXAMPLES = Path(__file__).parent.parent.parent / "examples"
_GROWN_PERCENT = 30
_PERCENT = re.compile(r"(\d+)\s*%")
_FRAMES, _FRAMES_IN_ALL = 12, 60

Shown = AsyncIterator[tuple[str, Any]]
"""The name of each card, and the message or the interaction that shows it."""


class Scenes:
    """Shows one card after the other, as one member.

    Args:
        simulation: The bot in a simulated Discord.
        channel: The channel.
        member: The member, who also manages the server.
        friend: Another member.
    """

    def __init__(self, simulation: Simulation, channel: Any, member: Any, friend: Any) -> None:
        self._simulation = simulation
        self._channel = channel
        self._member = member
        self._friend = friend

    async def post(self) -> dict[str, tuple[str, bytes]]:
        """Post the pictures among which the member chooses one.

        Returns:
            The name and the content of each picture by its address, for a page that fetches none.
        """
        files = [(name, photograph(name)) for name in ("cat.jpg", "coffee.jpg", "mountains.jpg")]
        self._posted = await self._friend.send(self._channel, "Look!", attachments=files)
        urls = [attachment.url for attachment in self._posted.attachments]
        return dict(zip(urls, files, strict=True))

    async def cards(self) -> Shown:
        """Yield every card while its message shows it."""
        for name in ("help", "privacy", "queue"):
            yield name, await self._command(name)
        presets = await self._command("presets")
        yield "presets", presets
        await self._select(presets.response, "presets:category", "creatures")
        yield "presets-category", presets
        for scenes in (self._dreams, self._below, self._motions, self._settings):
            async for shown in scenes():
                yield shown

    async def _dreams(self) -> Shown:
        growing = self._dreamed = await self._dream("pavilion.jpg", preset="animals", size=640, iterations=24)
        await self._until(growing, _has_grown)
        yield "growing", growing
        await self._until(growing, _is_done)
        yield "dreamed", growing

    async def _below(self) -> Shown:
        """Yield what the controls below a dream answer."""
        dream = self._dreamed.response
        for name in ("details", "original"):
            yield name, await self._answer(await self._click(dream, f"dream:{name}"))
        yield "adjust", await self._click(dream, "dream:adjust")
        yield "delete", await self._answer(await self._click(dream, "dream:delete"))
        joined = await self._click(dream, "dream:again", self._friend)
        await self._until(joined, _is_done)
        yield "joined", joined
        presets = await self._command("presets")
        compared = await self._click(presets.response, "presets:compare")
        await self._until(compared, lambda message: len(message.attachments) > 1)
        yield "comparison", compared
        chosen = await self._member.context_menu(self._channel, "Dream this", self._posted)
        yield "picture-choice", await self._answer(chosen)
        refused = await self._dream("notes.txt", b"Not a picture, just a few words.")
        yield "refused", await self._answer(refused)

    async def _motions(self) -> Shown:
        zoom = await self._dream("cat.jpg", preset="animals", size=400, motion="zoom", seconds=6.0, fps=10.0)
        waiting = await self._dream("coffee.jpg", preset="jewels")
        await self._answer(waiting)
        yield "waiting", waiting
        yield "queue-with-dreams", await self._command("queue")
        await self._click(waiting.response, "dream:cancel")
        yield "cancelled", waiting
        await self._until(zoom, _has_frames)
        yield "growing-zoom", zoom
        await self._click(zoom.response, "dream:cancel")
        await self._until(zoom, lambda message: not message.attachments)
        yield "cancelled-zoom", zoom
        morph = await self._dream("cat.jpg", preset="fur", size=320, motion="morph", seconds=2.0, fps=8.0)
        await self._until(morph, _is_done)
        yield "dreamed-morph", morph

    async def _settings(self) -> Shown:
        settings: dict[str, dict[str, Any]] = {
            "show": {}, "switch": {"on": True}, "limits": {"dreams": 10, "minutes": 60},
        }  # fmt: skip
        for name, options in settings.items():
            yield f"settings-{name}", await self._command(f"dream-settings {name}", **options)
        forgotten = await self._command("forget-me")
        yield "forget-me", forgotten
        done = await self._click(await self._answer(forgotten), "confirm:forget")
        yield "forgotten", await self._answer(done)

    async def _command(self, name: str, **options: Any) -> Any:
        return await self._member.slash(self._channel, name, **options)

    async def _dream(self, name: str, content: bytes | None = None, **options: Any) -> Any:
        image = (name, photograph(name) if content is None else content)
        return await self._member.slash(self._channel, "dream", image=image, **options)

    async def _click(self, message: Any, custom_id: str, member: Any = None) -> Any:
        return await (member or self._member).click(message, custom_id=_whole(message, custom_id))

    async def _select(self, message: Any, custom_id: str, value: str) -> Any:
        return await self._member.select(message, [value], custom_id=_whole(message, custom_id))

    async def _answer(self, shown: Any) -> Any:
        """Wait for the last answer of an interaction, which may be a private one in place of the first."""

        def last() -> Any:
            answers = [*([shown.response] if shown.response else []), *shown.followups]
            return answers[-1] if answers and (text_of(answers[-1]) or answers[-1].attachments) else None

        return await self._simulation.until(last)

    async def _until(self, shown: Any, condition: Callable[[Any], Any]) -> None:
        await self._simulation.until(lambda: shown.response and condition(shown.response))


def photograph(name: str) -> bytes:
    """Return an example photograph."""
    return (_EXAMPLES / name).read_bytes()


def _whole(message: Any, begin: str) -> str:
    """Return the custom id with a beginning, among those of a message's components."""
    return next(
        str(part["custom_id"]) for part in parts_of(message) if part.get("custom_id", "").startswith(begin)
    )


def _has_grown(message: Any) -> bool:
    percent = _PERCENT.search(text_of(message))
    return bool(message.attachments) and percent is not None and int(percent[1]) >= _GROWN_PERCENT


def _has_frames(message: Any) -> bool:
    """Return whether enough frames are finished; the line of the frames names two numbers in any language."""
    lines = (line for line in text_of(message).splitlines() if "%" not in line)
    numbers = [[int(number) for number in re.findall(r"\d+", line)] for line in lines]
    return bool(message.attachments) and any(
        _FRAMES_IN_ALL in line and min(line) >= _FRAMES for line in numbers
    )


def _is_done(message: Any) -> bool:
    return any(attachment.filename.startswith("dream-") for attachment in message.attachments)
