"""`/forget-me`: deletes everything that the bot stores about the user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands

from bot.commands._interaction import handle_interaction, send_private_text, texts_of
from bot.delivery import cards
from bot.models import Reply
from bot.texts import localized

if TYPE_CHECKING:
    from bot.commands._interaction import Interaction


@app_commands.command(
    name=localized("command-forget-me"), description=localized("command-forget-me-description")
)
@app_commands.allowed_installs(guilds=True, users=True)
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
async def forget_me(interaction: Interaction) -> None:
    """Stop the user's jobs, and delete all of them with their pictures."""

    async def run(reply: Reply) -> None:
        services = interaction.client.services
        await services.removal.forget(interaction.user.id)
        texts = texts_of(interaction)
        sentences = [texts("forget-done")]
        if await services.blocklist.has("user", interaction.user.id):
            sentences.append(texts("forget-but-blocked"))
        await send_private_text(interaction, reply, " ".join(sentences), cards.SUCCESS)

    await handle_interaction(interaction, run)
