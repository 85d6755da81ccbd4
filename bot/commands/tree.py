"""The command tree, and its installation on a client."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import discord
from discord import app_commands

from bot import commands
from bot.commands._interaction import handle_interaction
from bot.commands.adjust import answer_form
from bot.errors import OptionRefusal, OutdatedRefusal
from bot.models import Reply

if TYPE_CHECKING:
    from bot.client import DreamBot

_log = logging.getLogger(__name__)

_OUTDATED = (app_commands.CommandNotFound, app_commands.CommandSignatureMismatch)


def install_on(client: DreamBot, largest_size: int | None = None) -> None:
    """Install all commands, buttons and forms on a client.

    Args:
        client: A client without a command tree.
        largest_size: The largest size that Discord accepts in commands, in pixels.
    """
    client.tree = DreamTree(client)
    commands.add_to(client.tree, largest_size)
    client.add_dynamic_items(*commands.BUTTONS)

    @client.event
    async def on_interaction(interaction: discord.Interaction[DreamBot]) -> None:
        # discord.py hands a submitted form only to the process that opened it.
        await answer_form(interaction)


class DreamTree(app_commands.CommandTree["DreamBot"]):
    """The command tree, which also answers commands with outdated or invalid values."""

    async def on_error(
        self, interaction: discord.Interaction[DreamBot], error: app_commands.AppCommandError, /
    ) -> None:
        """Tell the user that the values are invalid; Discord may still show an older version's commands."""
        if interaction.type is not discord.InteractionType.application_command:
            _log.error("Completing an option failed.", exc_info=error)
            return

        async def run(_: Reply) -> None:
            if isinstance(error, app_commands.TransformerError):
                raise OptionRefusal(value=str(error.value)[:100]) from error
            if isinstance(error, _OUTDATED):
                raise OutdatedRefusal from error
            raise error

        if not interaction.response.is_done():
            await handle_interaction(interaction, run)
        else:
            _log.error("A command failed after its answer.", exc_info=error)
