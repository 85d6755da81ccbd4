"""`/queue`: the user's open jobs, and the bot's load."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands

from bot.clock import now
from bot.commands._interaction import handle_interaction, send_private_card, texts_of
from bot.commands._pending import hand_over_kept_dreams
from bot.delivery import cards
from bot.delivery.dream_names import name_of
from bot.delivery.message_limits import first_lines
from bot.models import OPEN, Job, Reply, State
from bot.texts import Texts, localized
from bot.texts.catalogue import relative_time

if TYPE_CHECKING:
    from bot.commands._interaction import Interaction
    from bot.jobs.forecast import Forecaster

_MAX_LINES = 15
_MAX_CHARACTERS = 3500
"""The limit on the list, so that the texts around it fit into the message."""


@app_commands.command(name=localized("command-queue"), description=localized("command-queue-description"))
@app_commands.allowed_installs(guilds=True, users=True)
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
async def queue(interaction: Interaction) -> None:
    """Show the user's open jobs."""

    async def run(reply: Reply) -> None:
        services, texts = interaction.client.services, texts_of(interaction)
        jobs = await services.store.of_user(interaction.user.id, *OPEN)
        waiting, dreaming = services.runner.load
        named = [_line(texts, job, services.forecaster) for job in jobs] or [texts("queue-none")]
        lines = first_lines(named, lambda more: texts("queue-more", more=more), _MAX_LINES, _MAX_CHARACTERS)
        load = texts("queue-load", waiting=waiting, dreaming=dreaming)
        title = "### " + texts("queue-title")
        await send_private_card(
            interaction, reply, lambda: cards.plain("\n".join([title, *lines]), f"-# {load}")
        )
        await hand_over_kept_dreams(interaction, reply, offer=True)

    await handle_interaction(interaction, run)


def _line(texts: Texts, job: Job, forecaster: Forecaster) -> str:
    preset = name_of(texts, job.options)
    link = f" · {_link(job)}" if job.reply.message_id and not job.reply.private else ""
    forecast = forecaster.of(job.id)
    if forecast is None:
        key = "queue-waiting" if job.state is State.RECEIVED else "queue-dreaming"
        return f"- {texts(key, preset=preset)}{link}"
    line = texts("queue-place", preset=preset, place=forecast.place)
    if forecast.seconds is not None:
        line += f" · {texts('card-done-at', when=relative_time(now() + forecast.seconds))}"
    return f"- {line}{link}"


def _link(job: Job) -> str:
    server = job.reply.server_id or "@me"
    return f"https://discord.com/channels/{server}/{job.reply.channel_id}/{job.reply.message_id}"
