"""What the bot adds to a dream, measured on the real process against the loopback stand-in for Discord."""

import asyncio
import json
import sqlite3
import statistics
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from dream_engine.dreams import Dream, DreamRequest
from dream_engine.local import LocalExecutor
from dream_engine.presets import get
from tests.wire.bot_process import ROOT, BotProcess
from tests.wire.calls import Call
from tests.wire.conftest import carries_dream
from tests.wire.discord_server import DiscordServer
from tests.wire.interactions import Interaction
from tests.wire.world import User

_PICTURE = ROOT / "examples" / "cat.jpg"
_PRESET, _SIZE = "mild", 512
_LIBERAL = {
    "DREAM_DEFAULT_PRESET": _PRESET,
    **dict.fromkeys(("DREAM_DREAMS", "DREAM_BURST", "DREAM_WAITING"), "1000"),
}
_PATIENCE = 300.0


@dataclass(frozen=True)
class BotShare:
    """The bot's own share.

    Attributes:
        seconds: From the interaction to the final edit, less the dream itself; the median of dreams that
            were asked for one after the other.
        slowest: The longest of those.
        acknowledged: The longest time until an interaction was acknowledged, in seconds.
        busy: The part of the time in which the worker took steps while a queue waited for it.
        busy_alone: The same for the executor without a bot.
    """

    seconds: float
    slowest: float
    acknowledged: float
    busy: float
    busy_alone: float


async def measure(alone: int = 10, queued: int = 12) -> BotShare:
    """Ask for some dreams one after the other, then for others all at once.

    Args:
        alone: How many are asked for when nothing else goes on.
        queued: How many wait in the queue.
    """
    period_alone, steps_alone = await _executor_under_load(queued)
    with tempfile.TemporaryDirectory() as folder:
        async with DiscordServer() as discord, BotProcess(discord, Path(folder), **_LIBERAL):
            await discord.connected(_PATIENCE)
            await _answer_to(
                discord, await _ask(discord, discord.user)
            )  # what is done but once does not count
            shares, acknowledged = [], []
            for _ in range(alone):
                asked = await _ask(discord, discord.user)
                answer = await _answer_to(discord, asked)
                shares.append(answer.at - asked.sent_at - _seconds_of_the_last(Path(folder)))
                if asked.acknowledgement is not None:
                    acknowledged.append(asked.acknowledgement.seconds)
            people = [discord.add_user(f"person {number}") for number in range(queued)]
            crowd = [await _ask(discord, person) for person in people]
            answered = sorted([(await _answer_to(discord, asked)).at for asked in crowd])
    period = (answered[-1] - answered[0]) / (queued - 1)
    _, steps_after = await _executor_under_load(queued)
    return BotShare(
        seconds=statistics.median(shares),
        slowest=max(shares),
        acknowledged=max(acknowledged),
        busy=statistics.mean((steps_alone, steps_after)) / period,
        busy_alone=steps_alone / period_alone,
    )


async def _ask(discord: DiscordServer, user: User) -> Interaction:
    image = discord.attach(_PICTURE.read_bytes(), _PICTURE.name)
    return await discord.slash("dream", {"image": image, "preset": _PRESET, "size": _SIZE}, user=user)


async def _answer_to(discord: DiscordServer, asked: Interaction) -> Call:
    """The request that brought an interaction its dream."""
    await asked.until(
        lambda state: any(a.filename.startswith("dream-") for a in state.attachments), _PATIENCE
    )
    return next(call for call in discord.calls("PATCH", asked.token) if carries_dream(call))


def _seconds_of_the_last(data: Path) -> float:
    """How long the last dream itself took, as the bot wrote it down."""
    with sqlite3.connect(data / "bot.sqlite3") as connection:
        query = "SELECT outcome FROM jobs WHERE outcome IS NOT NULL ORDER BY number DESC LIMIT 1"
        ((outcome,),) = connection.execute(query)
    seconds: float = json.loads(outcome)["seconds"]
    return seconds


async def _executor_under_load(queued: int) -> tuple[float, float]:
    """The seconds from dream to dream, and of a dream's steps, while others wait."""
    settings = get(_PRESET).settings_for("efficientnet_lite0").replace(size=_SIZE)
    request = DreamRequest(_PICTURE.read_bytes(), settings, preview_seconds=2.0)

    async def dream() -> tuple[float, float]:
        *_, last = [event async for event in executor.dream(request)]
        steps = sum(octave.seconds for octave in last.octaves) if isinstance(last, Dream) else 0.0
        return time.monotonic(), steps

    async with LocalExecutor(warm=(settings,)) as executor:
        done = sorted(await asyncio.gather(*(dream() for _ in range(queued))))
    times, steps = zip(*done, strict=True)
    return (times[-1] - times[0]) / (queued - 1), statistics.mean(steps[1:])


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(measure())), indent=2))
