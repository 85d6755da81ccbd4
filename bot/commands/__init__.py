"""The commands and buttons."""

from typing import Any

from discord import app_commands, ui

from bot.commands._sizes import with_maximum
from bot.commands.admin import Admin
from bot.commands.buttons import JobButton, JobSelect
from bot.commands.comparison import CompareButton, CompareSelect
from bot.commands.confirmation import ConfirmButton
from bot.commands.dream import dream
from bot.commands.forget import forget_me
from bot.commands.menus import dream_avatar, dream_this
from bot.commands.orientation import privacy, show_help
from bot.commands.picture_choice import PictureSelect
from bot.commands.presets import PresetsButton, PresetsSelect, presets
from bot.commands.queue import queue
from bot.commands.server_settings import ServerSettings
from bot.settings import BotSettings
from dream_engine.settings import limits_of

BUTTONS: tuple[type[ui.DynamicItem[ui.Item[ui.LayoutView]]], ...] = (
    JobButton,
    JobSelect,
    PresetsButton,
    PresetsSelect,
    CompareButton,
    CompareSelect,
    PictureSelect,
    ConfirmButton,
)
"""The buttons and selects of all messages that the bot ever sent."""


def add_to(tree: app_commands.CommandTree, largest_size: int | None = None) -> None:
    """Add all commands to a tree.

    Args:
        tree: The tree.
        largest_size: The largest size that Discord accepts in commands, in pixels; ``None`` for the largest
            that any operator can allow.
    """
    largest_size = largest_size or limits_of("largest_size", BotSettings)[1]
    commands: tuple[Any, ...] = (
        with_maximum(dream, "size", largest_size),
        dream_this,
        dream_avatar,
        presets,
        queue,
        show_help,
        privacy,
        forget_me,
        ServerSettings(largest_size),
        Admin(),
    )
    for command in commands:
        tree.add_command(command)
