"""`/forget-me`: deletes everything that the bot stores about the user."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from discord import app_commands

from bot.commands._interaction import handle_interaction
from bot.commands.confirmation import ask_to_forget
from bot.texts import localized

if TYPE_CHECKING:
    from bot.commands._interaction import Interaction


@app_commands.command(
    name=localized("command-forget-me"), description=localized("command-forget-me-description")
)
@app_commands.allowed_installs(guilds=True, users=True)
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
async def forget_me(interaction: Interaction) -> None:
    """Ask whether to stop the user's jobs, and to delete all of them with their pictures."""
    await handle_interaction(interaction, partial(ask_to_forget, interaction))
