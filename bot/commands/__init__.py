"""The commands and buttons."""

from typing import Any

from discord import app_commands, ui

from bot.commands.admin import Admin
from bot.commands.buttons import JobButton, JobSelect
from bot.commands.dream import dream
from bot.commands.forget import forget_me
from bot.commands.menus import dream_avatar, dream_this
from bot.commands.picture_choice import PictureSelect
from bot.commands.presets import PresetsPageButton, presets
from bot.commands.queue import queue
from bot.commands.server_settings import ServerSettings

BUTTONS: tuple[type[ui.DynamicItem[ui.Item[ui.LayoutView]]], ...] = (
    JobButton,
    JobSelect,
    PresetsPageButton,
    PictureSelect,
)
"""The buttons and selects of all messages that the bot ever sent."""


def add_to(tree: app_commands.CommandTree) -> None:
    """Add all commands to a tree."""
    commands: tuple[Any, ...] = (
        dream,
        dream_this,
        dream_avatar,
        presets,
        queue,
        forget_me,
        ServerSettings(),
        Admin(),
    )
    for command in commands:
        tree.add_command(command)
