"""Shared by all commands: acknowledges interactions in time, and answers errors."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import discord

from bot.client import raw_channel
from bot.delivery import cards
from bot.delivery.cards import Card
from bot.delivery.retry import (
    RETRY_SECONDS,
    AcknowledgedError,
    DeliveryError,
    retry_while_busy,
    translate_discord_errors,
)
from bot.errors import (
    ChannelRefusal,
    DuplicateInteractionError,
    NoRoomRefusal,
    ShuttingDownRefusal,
    SwitchedOffRefusal,
)
from bot.models import Reply
from bot.storage.disk_errors import describe_storage_error, is_storage_error
from bot.submission.requests import Requester
from bot.texts import Texts
from dream_engine.errors import DreamError

if TYPE_CHECKING:
    from bot.client import DreamBot
    from bot.storage.servers import ServerRules

    Interaction: TypeAlias = discord.Interaction[DreamBot]

_log = logging.getLogger(__name__)

_IN_PLACE = "in place"
_ACKNOWLEDGE_SECONDS = 2.5
"""Discord accepts an acknowledgement for three seconds."""
_MIN_RETRY_SECONDS = 1.0


def texts_of(interaction: Interaction) -> Texts:
    """Return the texts in the language of the interaction's user."""
    return interaction.client.services.catalogue.texts(interaction.locale.value)


async def handle_interaction(
    interaction: Interaction,
    run: Callable[[Reply], Awaitable[None]],
    *,
    private: bool = True,
    in_place: bool = False,
) -> None:
    """Acknowledge an interaction, run the command, and answer errors privately.

    Args:
        interaction: The interaction.
        run: Runs the command, and answers to the given reply.
        private: Whether only the interaction's user sees the answer.
        in_place: Whether the answer replaces the message that was clicked.
    """
    recent = interaction.client.recent_interactions
    if not recent.claim(interaction.id):
        _log.info("An interaction arrived again; it is answered already.")
        return
    try:
        reply = await _acknowledge_in_time(interaction, private=private, in_place=in_place)
    except DuplicateInteractionError:
        _log.info("An interaction was acknowledged before; it is answered elsewhere.")
        return
    except DeliveryError as error:
        _log.info("An interaction could not be acknowledged: %r", error)
        recent.release(interaction.id)
        return
    await run_answering_errors(interaction, reply, run)


async def run_answering_errors(
    interaction: Interaction, reply: Reply, run: Callable[[Reply], Awaitable[None]]
) -> None:
    """Run a command, or the part of one that continues in the background, and answer errors privately.

    Args:
        interaction: The interaction, which is acknowledged.
        reply: The address of the answer.
        run: Runs the command.
    """
    _note_open_interaction(interaction.client.services.open_interactions)
    try:
        if not interaction.client.services.submissions.is_open:
            raise ShuttingDownRefusal
        await run(reply)
    except DuplicateInteractionError:
        _log.info("An interaction has made a job already; it is answered elsewhere.")
    except DreamError as error:
        await refuse(interaction, reply, error)
    except DeliveryError as error:
        _log.info("An answer did not arrive: %r", error)
    except Exception as error:  # noqa: BLE001 - the user is told of every failure
        if is_storage_error(error):
            _log.error("A command is refused. %s", describe_storage_error(error))
            await refuse(interaction, reply, NoRoomRefusal())
            return
        reference = secrets.token_hex(4)
        _log.exception("A command failed; its user has the reference %s.", reference)
        sentence = texts_of(interaction)("error-ours", reference=reference)
        await send_private_text(interaction, reply, sentence, cards.ERROR)


def _note_open_interaction(open_interactions: set[asyncio.Task[Any]]) -> None:
    """Make a stopping bot wait for the current task."""
    task = asyncio.current_task()
    if task is not None:
        open_interactions.add(task)
        task.add_done_callback(open_interactions.discard)


async def refuse(interaction: Interaction, reply: Reply, error: DreamError) -> None:
    """Tell the interaction's user privately why the command is refused."""
    _log.info("Refused: %s", type(error).__name__)
    interaction.client.metrics.refused(error)
    await send_private_text(interaction, reply, texts_of(interaction).error(error), cards.ERROR)


async def send_private_text(
    interaction: Interaction, reply: Reply, sentence: str, colour: discord.Colour = cards.NEUTRAL
) -> None:
    """Send a sentence that only the interaction's user sees.

    Args:
        interaction: The interaction.
        reply: The address of the answer.
        sentence: The sentence.
        colour: ``cards.NEUTRAL`` for information, ``cards.SUCCESS`` for a confirmation, ``cards.ERROR`` for
            an error or a refusal.
    """
    await send_private_card(interaction, reply, lambda: cards.said(sentence, colour))


async def send_private_card(interaction: Interaction, reply: Reply, draw: Callable[[], Card]) -> None:
    """Send a card that only the interaction's user sees.

    Args:
        interaction: The interaction.
        reply: The address of the answer.
        draw: Makes the card, anew for each attempt.
    """
    transport = interaction.client.services.transport
    try:
        if interaction.extras.get(_IN_PLACE):
            await retry_while_busy(
                lambda: transport.send_privately(reply, draw()), RETRY_SECONDS
            )  # keeps the message that was clicked
        else:
            await transport.answer_privately(reply, draw, RETRY_SECONDS)
    except DeliveryError as error:
        _log.info("A private answer did not arrive: %r", error)


def requester_of(interaction: Interaction) -> Requester:
    """Return the interaction's user and place."""
    channel = interaction.channel
    places = {interaction.channel_id, getattr(channel, "parent_id", None)} - {None}
    roles = getattr(interaction.user, "roles", ())
    return Requester(
        user_id=interaction.user.id,
        role_ids=frozenset(role.id for role in roles),
        server_id=None if _is_user_install(interaction) else interaction.guild_id,
        channel_ids=frozenset(place for place in places if place is not None),
    )


async def is_age_restricted(interaction: Interaction) -> bool:
    """Return whether the channel is age-restricted. An unknown channel counts as age-restricted."""
    return await age_restriction(interaction) is not False


async def age_restriction(interaction: Interaction) -> bool | None:
    """Return whether the channel is age-restricted; ``None`` if that is unknown.

    The parent decides for a thread, and the bot may be unable to see the parent.
    """
    if interaction.guild_id is None:
        return False
    channel, client = interaction.channel, interaction.client
    raw = raw_channel.get()
    channel_nsfw, parent_nsfw = raw.get("nsfw"), (raw.get("parent") or {}).get("nsfw")
    if channel_nsfw or parent_nsfw:
        return True
    parent_id = channel.parent_id if isinstance(channel, discord.Thread) else None
    deciding_id, deciding_nsfw = (
        (parent_id, parent_nsfw) if parent_id else (interaction.channel_id, channel_nsfw)
    )
    if client.get_channel(deciding_id or 0) is None and deciding_nsfw is not None:
        return False
    restricted = await client.services.channels.age_restriction(interaction.guild_id, deciding_id)
    return False if restricted is None and channel_nsfw is not None else restricted


def hides_answer(interaction: Interaction, *, private: bool) -> bool:
    """Return whether only the interaction's user sees the answer to a request for a dream.

    Args:
        interaction: The interaction.
        private: Whether only its user may see the dream. A refusal that is already certain is private too, so
            that nobody else sees that the bot is thinking.
    """
    return private or _will_refuse(interaction)


def _will_refuse(interaction: Interaction) -> bool:
    """Return whether a request for a dream will be refused, as far as that is in memory."""
    services, requester = interaction.client.services, requester_of(interaction)
    if not services.submissions.is_open or services.submissions.is_draining:
        return True
    if services.blocklist.surely_blocks(requester.user_id, interaction.guild_id):
        return True
    try:
        check_place(interaction, services.servers.known_rules(requester.server_id))
    except (ChannelRefusal, SwitchedOffRefusal):
        return True
    return False


def check_place(interaction: Interaction, rules: ServerRules) -> None:
    """Check that a server's rules surely forbid no dreams in the interaction's channel.

    Args:
        interaction: The interaction.
        rules: The rules. They may still name channels that were deleted, so a refusal is certain only if one
            of the allowed channels exists.

    Raises:
        SwitchedOffRefusal: Dreams are switched off in the whole server.
        ChannelRefusal: Dreams are allowed in other channels only.
    """
    try:
        rules.check_channel(requester_of(interaction).channel_ids)
    except ChannelRefusal:
        if any(interaction.client.get_channel(channel) for channel in rules.channels):
            raise


def may_moderate(interaction: Interaction) -> bool:
    """Return whether the interaction's user may cancel and delete the dreams of others."""
    return interaction.guild_id is not None and interaction.permissions.manage_messages


async def _acknowledge_in_time(interaction: Interaction, *, private: bool, in_place: bool) -> Reply:
    """Acknowledge an interaction, and retry while Discord is busy.

    Raises:
        DuplicateInteractionError: Another process has acknowledged it.
        DeliveryError: Discord did not accept the acknowledgement.
    """
    clock = asyncio.get_running_loop().time
    started, attempts = clock(), 0

    async def acknowledge() -> Reply:
        nonlocal attempts
        attempts += 1
        try:
            return await _acknowledge(interaction, private, in_place)
        except AcknowledgedError:
            # discord.py itself sleeps at least a second between two attempts.
            if attempts == 1 and clock() - started < _MIN_RETRY_SECONDS:
                raise DuplicateInteractionError from None
            return _reply(interaction, private, None)  # an earlier attempt succeeded

    return await retry_while_busy(acknowledge, _ACKNOWLEDGE_SECONDS)


async def _acknowledge(interaction: Interaction, private: bool, in_place: bool) -> Reply:
    interaction.extras[_IN_PLACE] = in_place
    response = None
    # TypeError and KeyError: a proxy acknowledged without naming the message.
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
        reachable=in_own_chat or not _is_user_install(interaction),
        private=private,
        max_bytes=interaction.filesize_limit,
        locale=interaction.locale.value,
        interaction_id=interaction.id,
    )


def _is_user_install(interaction: Interaction) -> bool:
    """Return whether only the user has installed the app, and not the server."""
    return interaction.is_user_integration() and not interaction.is_guild_integration()
