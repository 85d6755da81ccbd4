"""Sizes in commands: Discord knows the operator's largest size, and the completion the server's."""

from __future__ import annotations

import copy
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from discord import app_commands

from bot.commands._interaction import requester_of, texts_of

if TYPE_CHECKING:
    from bot.commands._interaction import Interaction
    from bot.texts import Texts

_Command = TypeVar("_Command", bound="app_commands.Command[Any, ..., Any]")

_USUAL = (256, 384, 512, 640, 768, 1024, 1280, 1536, 2048, 3072, 4096, 6144, 8192)
"""The sizes that are offered, in pixels."""
_MAX_DIGITS = 5
_SEPARATORS = re.compile(r"(?<=\d)[.,'\u2019\s](?=\d)")
"""Separators within a number: the completion shows them, and the user may then edit what it shows."""


def with_maximum(command: _Command, option: str, maximum: int) -> _Command:
    """Return a copy of a command for which Discord accepts at most a number.

    discord.py reads the bounds of options when a command is declared, before the settings are known.

    Args:
        command: The command.
        option: The name of its option in the code.
        maximum: The largest value.
    """
    copied, parameters = copy.copy(command), command._params  # noqa: SLF001 - there is no public way
    bounded = {**parameters, option: replace(parameters[option], max_value=maximum)}
    copied._params = bounded  # noqa: SLF001
    return copied


async def complete_size(
    interaction: Interaction, typed: Any, smallest: int
) -> list[app_commands.Choice[int]]:
    """Complete sizes for a dream. The last one is the largest of the server, and says so.

    Args:
        interaction: The interaction.
        typed: What the user has typed, which Discord has not checked.
        smallest: The smallest size that the option accepts, in pixels.
    """
    services = interaction.client.services
    rules = await services.servers.rules(requester_of(interaction).server_id)
    largest = rules.allowed_size(services.settings.largest_size)
    return size_choices(texts_of(interaction), typed, smallest, largest)


def size_choices(texts: Texts, typed: Any, smallest: int, largest: int) -> list[app_commands.Choice[int]]:
    """Return the sizes that begin with what was typed, that size itself if it is allowed, and the largest.

    Args:
        texts: The texts in the user's language.
        typed: What the user has typed.
        smallest: The smallest size, in pixels.
        largest: The largest size, in pixels.
    """
    digits = _SEPARATORS.sub("", str(typed)).strip()
    sizes = {size for size in _USUAL if smallest <= size < largest and str(size).startswith(digits)}
    if digits.isascii() and digits.isdecimal() and len(digits) <= _MAX_DIGITS:
        sizes |= {int(digits)} if smallest <= int(digits) < largest else set()
    choices = [app_commands.Choice(name=texts.number(size), value=size) for size in sorted(sizes)]
    return [*choices, app_commands.Choice(name=texts("size-largest", size=largest), value=largest)]
