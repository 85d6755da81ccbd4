"""The bot's overhead on a dream, measured on the real process against the fake Discord on loopback."""

import asyncio
import contextlib
import io
import json
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.processes import Bench, median
from dream_engine.dreams import Dream, DreamRequest
from dream_engine.executors.local import LocalExecutor
from dream_engine.presets import get
from fake_discord.bot_process import ROOT, BotProcess
from fake_discord.calls import Call
from fake_discord.discord_server import DiscordServer
from fake_discord.inspection import carries_dream, has_dream
from fake_discord.interactions import Interaction
from fake_discord.world import User
from scripts.write_tables import table

_PICTURE = ROOT / "examples" / "cat.jpg"
_PRESET, _SIZE = "mild", 512
NO_LIMITS: Mapping[str, Any] = {
    "DREAM_DEFAULT_PRESET": _PRESET,
    **dict.fromkeys(("DREAM_DREAMS", "DREAM_BURST", "DREAM_WAITING"), "1000"),
}
_TIMEOUT_SECONDS = 300.0
_ALONE, _QUEUED = 10, 12
"""The number of dreams that run one after the other, and the number that wait in the queue at once."""


def measure(bench: Bench) -> list[dict[str, Any]]:
    """Run dreams one after the other and then from a queue, in each round."""
    with contextlib.redirect_stdout(io.StringIO()):  # the bot's log
        return [asyncio.run(_round()) for _ in range(bench.rounds)]


def render(result: Sequence[Mapping[str, Any]]) -> str:
    """Build the table."""
    alone = [seconds for found in result for seconds in found["shares"]]
    rows = (
        (
            "from the interaction to the final edit, without the dream: median",
            f"{median(alone) * 1000:.0f} ms",
        ),
        ("the same: maximum", f"{max(alone) * 1000:.0f} ms"),
        (
            "from the interaction to its acknowledgement: maximum",
            f"{max(max(found['acknowledged']) for found in result) * 1000:.0f} ms",
        ),
        (
            f"steps ÷ time from dream to dream, {_QUEUED} dreams in the executor",
            f"{median(found['steps'] / found['period_alone'] for found in result):.0%}",
        ),
        (
            f"time from dream to dream, {_QUEUED} dreams in the bot's queue ÷ in the executor",
            f"{median(found['period'] / found['period_alone'] for found in result):.2f}",
        ),
    )
    return table(("measured", "value"), rows)


async def _round() -> dict[str, Any]:
    """Take all measurements of a round, in seconds."""
    before, steps = await _executor_under_load()
    settings = {**NO_LIMITS, "DREAM_WORKERS": "1"}  # dreams follow each other, as in the executor
    with tempfile.TemporaryDirectory() as folder:
        async with DiscordServer() as discord, BotProcess(discord, Path(folder), **settings):
            await discord.connected(_TIMEOUT_SECONDS)
            # The first dream includes one-time work.
            await _answer_to(discord, await _ask(discord, discord.user))
            shares, acknowledged = [], []
            for _ in range(_ALONE):
                interaction = await _ask(discord, discord.user)
                answer = await _answer_to(discord, interaction)
                shares.append(answer.at - interaction.sent_at - _seconds_of_the_last(Path(folder)))
                if interaction.acknowledgement is not None:
                    acknowledged.append(interaction.acknowledgement.seconds)
            users = [discord.add_user(f"person {number}") for number in range(_QUEUED)]
            queued = [await _ask(discord, user) for user in users]
            answered = sorted([(await _answer_to(discord, interaction)).at for interaction in queued])
    after, _ = await _executor_under_load()
    return {
        "shares": shares,
        "acknowledged": acknowledged,
        "steps": steps,
        "period_alone": (before + after) / 2,
        "period": (answered[-1] - answered[0]) / (_QUEUED - 1),
    }


async def _ask(discord: DiscordServer, user: User) -> Interaction:
    image = discord.attach(_PICTURE.read_bytes(), _PICTURE.name)
    return await discord.slash("dream", {"image": image, "preset": _PRESET, "size": _SIZE}, user=user)


async def _answer_to(discord: DiscordServer, interaction: Interaction) -> Call:
    """The request that delivered an interaction's dream."""
    await interaction.until(has_dream, _TIMEOUT_SECONDS)
    return next(call for call in discord.calls("PATCH", interaction.token) if carries_dream(call))


def _seconds_of_the_last(data: Path) -> float:
    """How long the last dream itself took, as the bot recorded it."""
    with sqlite3.connect(data / "bot.sqlite3") as connection:
        query = "SELECT outcome FROM jobs WHERE outcome IS NOT NULL ORDER BY number DESC LIMIT 1"
        ((outcome,),) = connection.execute(query)
    seconds: float = json.loads(outcome)["seconds"]
    return seconds


async def _executor_under_load() -> tuple[float, float]:
    """The mean interval between dreams, and the mean time of a dream's steps, while others wait."""
    settings = get(_PRESET).settings_for("efficientnet_lite0").replace(size=_SIZE)
    request = DreamRequest(_PICTURE.read_bytes(), settings, preview_seconds=2.0)

    async def dream() -> tuple[float, float]:
        *_, last = [event async for event in executor.dream(request)]
        steps = sum(octave.seconds for octave in last.octaves) if isinstance(last, Dream) else 0.0
        return time.monotonic(), steps

    async with LocalExecutor(workers=1, warm=(settings,)) as executor:
        done = sorted(await asyncio.gather(*(dream() for _ in range(_QUEUED))))
    times, steps = zip(*done, strict=True)
    return (times[-1] - times[0]) / (_QUEUED - 1), statistics.mean(steps[1:])
