"""`/help` and `/privacy`: how to use the bot, and what it stores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands

from bot.commands._interaction import handle_interaction, requester_of, send_private_card, texts_of
from bot.delivery.orientation_cards import Links, describe_duration, help_page, privacy_page
from bot.models import Reply
from bot.operations.retention import Retention
from bot.settings import BotSettings
from bot.texts import Texts, localized
from dream_engine import backbones

if TYPE_CHECKING:
    from bot.commands._interaction import Interaction


@app_commands.command(name=localized("command-help"), description=localized("command-help-description"))
@app_commands.allowed_installs(guilds=True, users=True)
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
async def show_help(interaction: Interaction) -> None:
    """Show what the bot does and how to use it."""

    async def run(reply: Reply) -> None:
        settings, texts = interaction.client.services.settings, texts_of(interaction)
        # Where only the user has installed the bot, its settings do not apply to the server.
        in_server = requester_of(interaction).server_id is not None
        is_manager = in_server and interaction.permissions.manage_guild
        has_things = backbones.get(settings.backbone).has_classifier

        await send_private_card(
            interaction,
            reply,
            lambda: help_page(texts, links_of(settings), is_manager=is_manager, has_things=has_things),
        )

    await handle_interaction(interaction, run)


@app_commands.command(name=localized("command-privacy"), description=localized("command-privacy-description"))
@app_commands.allowed_installs(guilds=True, users=True)
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
async def privacy(interaction: Interaction) -> None:
    """Show what the bot stores, for how long, who can see it, and how to delete it."""

    async def run(reply: Reply) -> None:
        services, texts = interaction.client.services, texts_of(interaction)
        balance = await services.balances.of(requester_of(interaction))
        paragraphs = describe_privacy(texts, Retention.of(services.settings, balance.allowance))
        links = links_of(services.settings)
        await send_private_card(interaction, reply, lambda: privacy_page(texts, links, paragraphs))

    await handle_interaction(interaction, run)


def describe_privacy(texts: Texts, retention: Retention) -> list[str]:
    """Describe what is stored, who can see it, and how to delete it."""
    kept = (
        texts(
            "privacy-pictures",
            time=describe_duration(texts, retention.pictures),
            megabytes=retention.megabytes,
        ),
        texts("privacy-jobs", time=describe_duration(texts, retention.jobs)),
        texts("privacy-allowance", time=describe_duration(texts, retention.allowance)),
        texts("privacy-bad-pictures", time=describe_duration(texts, retention.bad_pictures)),
        texts("privacy-blocks"),
        texts("privacy-log-everything" if retention.logs_everything else "privacy-log"),
        texts("privacy-delay", time=describe_duration(texts, retention.delay)),
    )
    return [
        "\n".join([texts("privacy-kept"), *(f"- {line}" for line in kept)]),
        texts("privacy-access"),
        texts("privacy-deletion"),
    ]


def links_of(settings: BotSettings) -> Links:
    """Return the operator's pages."""
    return Links(support=settings.support_url, privacy=settings.privacy_url)
