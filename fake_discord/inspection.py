"""Finds dreams and previews in the bot's answers, and checks that the bot leaks no secret."""

import contextlib
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterable

import numpy as np

from dream_engine.images import Limits, decode
from fake_discord.bot_process import ROOT, BotProcess
from fake_discord.calls import Call
from fake_discord.discord_server import DiscordServer
from fake_discord.interactions import Interaction
from fake_discord.messages import State

INSTANT_DREAM = {"preset": "mild", "iterations": 1, "octaves": 1}
SHORT_DREAM = {"preset": "mild", "iterations": 10, "octaves": 2}
LONG_DREAM = {"preset": "mild", "iterations": 30, "octaves": 2}
ENDLESS_DREAM = {"preset": "mild", "iterations": 500, "octaves": 3}
"""The names say how long a dream of ``cat`` takes. With ``small_cat``, each is short."""

FAST_SETTINGS = {"DREAM_DEFAULT_PRESET": "mild", "DREAM_PREVIEW_SECONDS": "1", "DREAM_WORKERS": "1"}
"""The environment of a bot that starts soon, sends many previews, and dreams for one person at a time."""

UNREACHABLE_GATEWAY = "ws://127.0.0.1:9/"
"""The gateway address that the shared fake server returns. The bot's operator sets another."""

DREAM = re.compile(r"(?:SPOILER_)?dream-([0-9a-f]{16})\.(?:png|webp|jpg|gif|avif|mp4|webm)")
PREVIEW = re.compile(r"(?:SPOILER_)?growing-[0-9a-f]{16}\.(?:jpg|webp)")


def has_dream(state: State) -> bool:
    return any(DREAM.fullmatch(attachment.filename) for attachment in state.attachments)


def has_preview(state: State) -> bool:
    return any(PREVIEW.fullmatch(attachment.filename) for attachment in state.attachments)


def carries_dream(call: Call) -> bool:
    return any(DREAM.fullmatch(file.filename) for file in call.files.values())


def carries_preview(call: Call) -> bool:
    return any(PREVIEW.fullmatch(file.filename) for file in call.files.values())


def is_cancelled(state: State) -> bool:
    return "Cancelled:" in state.text


def pixels(content: bytes) -> np.ndarray:
    """Decode a file as the engine does."""
    return decode(content, Limits()).rgb.astype(float)


def answers_to(discord: DiscordServer, *interactions: Interaction) -> list[Call]:
    """The requests that delivered the dreams of these interactions."""
    tokens = [interaction.token for interaction in interactions]
    delivering = [call for call in discord.calls() if call.status == 200 and carries_dream(call)]
    return [call for call in delivering if any(token in call.path for token in tokens)]


def times_answered(discord: DiscordServer) -> Counter[str]:
    """How often each job's dream was delivered. Restoring a lost dream in the same message does not count."""
    return Counter({job: len(times) for job, times in delivery_times(discord).items()})


def delivery_times(discord: DiscordServer) -> dict[str, list[float]]:
    """When each job's dream was delivered in any message, on the monotonic clock."""
    times: dict[str, list[float]] = {}
    for message in discord.world.messages.values():
        seen: set[str] = set()
        before: set[str] = set()
        for state in message.states:
            uploaded = jobs_of_dreams(file.filename for file in state.uploads)
            for job in uploaded:
                if job in before or job not in seen:
                    times.setdefault(job, []).append(state.at)
            seen |= uploaded
            before = jobs_of_dreams(file.filename for file in state.attachments)
    return times


def jobs_of_dreams(names: Iterable[str]) -> set[str]:
    """The jobs of the dreams among some file names."""
    return {found[1] for name in names if (found := DREAM.fullmatch(name))}


async def private_answer(interaction: Interaction) -> str:
    """The text that only the user of an interaction sees.

    It is the interaction's own answer if the bot has acknowledged it privately. Otherwise it is a follow-up,
    after which nothing is left for everybody to see.
    """
    acknowledgement = await interaction.acknowledged()
    if acknowledgement.ephemeral:
        return (await interaction.until(lambda state: state.text)).text
    (message,) = await interaction.followed_up()
    assert message.state.ephemeral
    assert interaction.message is not None
    assert interaction.message.deleted or interaction.component, "something was left for everybody to see"
    return message.state.text


@contextlib.asynccontextmanager
async def worker_occupied(discord: DiscordServer, cat: bytes) -> AsyncIterator[Interaction]:
    """Occupy the bot's only worker with an endless dream while the block lasts."""
    options = {"image": discord.attach(cat, "cat.jpg")} | ENDLESS_DREAM
    dream = await discord.slash("dream", options, user=discord.add_user("blocker"))
    await dream.until(has_preview)
    try:
        yield dream
    finally:
        assert dream.message is not None
        await discord.click(dream.message, "Cancel", user=dream.context.user)
        await dream.until(is_cancelled)


def check_no_leaks(discord: DiscordServer, bot: BotProcess) -> None:
    """Check that the bot sent and printed no secret."""
    secrets = [discord.token, *discord.interaction_tokens]
    assert not [line for line in bot.lines if any(secret in line for secret in secrets)]
    for call in discord.calls():
        text = str(call.payload)
        assert "Traceback" not in text
        assert str(ROOT) not in text
        assert "/tmp/" not in text
        assert discord.token not in text
