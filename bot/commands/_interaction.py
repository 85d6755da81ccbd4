"""What every command has in common: acknowledging in time, and saying what went wrong."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import discord

from bot.client import channel_as_told
from bot.delivery import cards
from bot.delivery.cards import Card
from bot.delivery.retry import (
    RETRY_SECONDS,
    AcknowledgedError,
    DeliveryError,
    retry_while_busy,
    translate_discord_errors,
)
from bot.errors import DuplicateInteractionError, NoRoomRefusal, ShuttingDownRefusal
from bot.models import Reply
from bot.storage.disk_errors import describe_storage_error, is_storage_error
from bot.submission.requests import Requester
from bot.texts import Texts
from dream_engine.errors import DreamError

if TYPE_CHECKING:
    from bot.client import DreamBot

    Interaction: TypeAlias = discord.Interaction[DreamBot]

_log = logging.getLogger(__name__)

_IN_PLACE = "in place"
_ACKNOWLEDGE_SECONDS = 2.5
"""Discord waits for three."""
_SHORTEST_RETRY = 1.0


def texts_of(interaction: Interaction) -> Texts:
    """The language of who asks."""
    return interaction.client.services.catalogue.texts(interaction.locale.value)


async def handle_interaction(
    interaction: Interaction,
    work: Callable[[Reply], Awaitable[None]],
    *,
    private: bool = True,
    in_place: bool = False,
) -> None:
    """Acknowledge first, whatever the load; then do the work, and tell who asks if something goes wrong.

    Args:
        interaction: What was asked.
        work: Answers it, where it is told to.
        private: Whether the answer will be seen by who asks alone.
        in_place: Whether the message that was clicked is the answer.
    """
    recent = interaction.client.recent_interactions
    if not recent.claim(interaction.id):
        _log.info("An interaction came once more; it is answered already.")
        return
    try:
        reply = await _acknowledged(interaction, private=private, in_place=in_place)
    except DuplicateInteractionError:
        _log.info("An interaction was acknowledged before; it is answered elsewhere.")
        return
    except DeliveryError as error:
        _log.info("An interaction could not be acknowledged: %r", error)
        recent.release(interaction.id)
        return
    _note_open_interaction(interaction.client.services.open_interactions)
    try:
        if not interaction.client.services.submissions.is_open:
            raise ShuttingDownRefusal
        await work(reply)
    except DuplicateInteractionError:
        _log.info("An interaction has made a job already; it is answered elsewhere.")
    except DreamError as error:
        await refuse(interaction, reply, error)
    except DeliveryError as error:
        _log.info("An answer did not arrive: %r", error)
    except Exception as error:  # noqa: BLE001 - whatever it is, who asked is told
        if is_storage_error(error):
            _log.error("Somebody is refused. %s", describe_storage_error(error))
            await refuse(interaction, reply, NoRoomRefusal())
            return
        reference = secrets.token_hex(4)
        _log.exception("A command failed; who used it has the reference %s.", reference)
        await say(interaction, reply, texts_of(interaction)("error-ours", reference=reference))


def _note_open_interaction(open_interactions: set[asyncio.Task[Any]]) -> None:
    """Let a bot that stops wait until what runs here has ended."""
    task = asyncio.current_task()
    if task is not None:
        open_interactions.add(task)
        task.add_done_callback(open_interactions.discard)


async def refuse(interaction: Interaction, reply: Reply, error: DreamError) -> None:
    """Tell who asks, and nobody else, why something cannot be."""
    _log.info("Refused: %s", type(error).__name__)
    interaction.client.metrics.refused(error)
    await say(interaction, reply, texts_of(interaction).error(error))


async def say(interaction: Interaction, reply: Reply, sentence: str) -> None:
    """Say something to who asks, and to nobody else."""
    await show(interaction, reply, lambda: cards.ended(sentence))


async def show(interaction: Interaction, reply: Reply, draw: Callable[[], Card]) -> None:
    """Show a card to who asks, and to nobody else.

    Args:
        interaction: What was asked.
        reply: Where the answer goes.
        draw: Makes the card, for each try anew.
    """
    transport = interaction.client.services.transport
    try:
        if interaction.extras.get(_IN_PLACE):
            await retry_while_busy(
                lambda: transport.send_privately(reply, draw()), RETRY_SECONDS
            )  # the message stays
        else:
            await transport.answer_privately(reply, draw, RETRY_SECONDS)
    except DeliveryError as error:
        _log.info("A private answer did not arrive: %r", error)


def requester_of(interaction: Interaction) -> Requester:
    """Who asks, and where."""
    channel = interaction.channel
    places = {interaction.channel_id, getattr(channel, "parent_id", None)} - {None}
    roles = getattr(interaction.user, "roles", ())
    return Requester(
        user_id=interaction.user.id,
        role_ids=frozenset(role.id for role in roles),
        server_id=None if _only_the_person_has_it(interaction) else interaction.guild_id,
        channel_ids=frozenset(place for place in places if place is not None),
    )


async def is_age_restricted(interaction: Interaction) -> bool:
    """Whether the channel is for adults only, or may be: what cannot be known counts as such.

    For a thread its parent decides, which the bot may be unable to see.
    """
    if interaction.guild_id is None:
        return False
    channel, client = interaction.channel, interaction.client
    told = channel_as_told.get()
    of_itself, of_parent = told.get("nsfw"), (told.get("parent") or {}).get("nsfw")
    if of_itself or of_parent:
        return True
    parent_id = channel.parent_id if isinstance(channel, discord.Thread) else None
    deciding_id, of_deciding = (parent_id, of_parent) if parent_id else (interaction.channel_id, of_itself)
    if client.get_channel(deciding_id or 0) is None and of_deciding is not None:
        return False
    restricted = await client.services.channels.age_restriction(interaction.guild_id, deciding_id)
    return of_itself is None if restricted is None else restricted


def may_moderate(interaction: Interaction) -> bool:
    """Whether who asks may stop and delete what others asked for."""
    return interaction.guild_id is not None and interaction.permissions.manage_messages


async def _acknowledged(interaction: Interaction, *, private: bool, in_place: bool) -> Reply:
    """Acknowledge an interaction, trying again while Discord is busy.

    Raises:
        DuplicateInteractionError: Somebody else has acknowledged it.
        DeliveryError: It could not be acknowledged.
    """
    clock = asyncio.get_running_loop().time
    begun, attempts = clock(), 0

    async def acknowledge() -> Reply:
        nonlocal attempts
        attempts += 1
        try:
            return await _acknowledge(interaction, private, in_place)
        except AcknowledgedError:
            # Between two tries of its own, discord.py sleeps for a second at least.
            if attempts == 1 and clock() - begun < _SHORTEST_RETRY:
                raise DuplicateInteractionError from None
            return _reply(interaction, private, None)  # by a try of ours whose answer was lost

    return await retry_while_busy(acknowledge, _ACKNOWLEDGE_SECONDS)


async def _acknowledge(interaction: Interaction, private: bool, in_place: bool) -> Reply:
    interaction.extras[_IN_PLACE] = in_place
    response = None
    # TypeError and KeyError: a proxy has acknowledged without saying which message that made.
    with contextlib.suppress(TypeError, KeyError), translate_discord_errors():
        response = await interaction.response.defer(thinking=not in_place, ephemeral=private)
    return _reply(interaction, private, response.message_id if response else None)


def _reply(interaction: Interaction, private: bool, message_id: int | None) -> Reply:
    in_own_chat = interaction.context.dm_channel and not interaction.context.private_channel
    return Reply(
        application_id=interaction.application_id,
        token=interaction.token,
        expires_at=interaction.expires_at.timestamp(),
        user_id=interaction.user.id,
        server_id=interaction.guild_id,
        channel_id=interaction.channel_id,
        message_id=message_id,
        reachable=in_own_chat or not _only_the_person_has_it(interaction),
        private=private,
        max_bytes=interaction.filesize_limit,
        locale=interaction.locale.value,
        interaction_id=interaction.id,
    )


def _only_the_person_has_it(interaction: Interaction) -> bool:
    """Whether the app was installed by the person, and not by the server as well."""
    return interaction.is_user_integration() and not interaction.is_guild_integration()
