"""`/queue`: the user's open jobs, and the bot's load."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands

from bot.clock import now
from bot.commands._interaction import handle_interaction, requester_of, send_private_card, texts_of
from bot.commands._pending import hand_over_kept_dreams
from bot.delivery import cards
from bot.delivery.allowance_lines import describe_allowance
from bot.delivery.dream_names import name_of
from bot.delivery.message_limits import first_lines
from bot.models import OPEN, Job, Reply, State
from bot.submission.allowances import Balance
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
        left = describe_balance(texts, await services.balances.of(requester_of(interaction)))
        await send_private_card(
            interaction, reply, lambda: cards.plain("\n".join([title, *lines]), left, f"-# {load}")
        )
        await hand_over_kept_dreams(interaction, reply, offer=True)

    await handle_interaction(interaction, run)


def describe_balance(texts: Texts, balance: Balance) -> str:
    """Describe how many dreams a user has left, when the next one comes back, and all limits."""
    lines = []
    if balance.allowance is None or balance.bucket is None:
        lines.append(texts("queue-unlimited"))
    else:
        left, most = balance.bucket.whole_tokens, balance.allowance.burst
        next_at = balance.bucket.next_token_at(balance.allowance)
        when = "none" if next_at is None else relative_time(next_at)
        lines += [
            texts("queue-left", left=left, most=most, when=when),
            "-# " + texts("queue-limits", limits=describe_allowance(texts, balance.allowance)),
        ]
    if balance.pictures_at is not None:
        lines.append(texts("queue-pause", when=relative_time(balance.pictures_at)))
    return "\n".join(lines)


def _line(texts: Texts, job: Job, forecaster: Forecaster) -> str:
    preset = name_of(texts, job.options)
    link = f" · {_link(job)}" if job.reply.message_id and not job.reply.private else ""
    forecast = forecaster.of(job.id)
    if forecast is None:
        key = "queue-waiting" if job.state is State.RECEIVED else "queue-dreaming"
        return f"- {texts(key, preset=preset)}{link}"
    line = texts("queue-place", preset=preset, place=forecast.place)
    if forecast.seconds is not None:
        line += f" · {texts('card-ready', when=relative_time(now() + forecast.seconds))}"
    return f"- {line}{link}"


def _link(job: Job) -> str:
    server = job.reply.server_id or "@me"
    return f"https://discord.com/channels/{server}/{job.reply.channel_id}/{job.reply.message_id}"
