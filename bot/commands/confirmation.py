"""Asks before something is deleted, and deletes it after a click."""

from __future__ import annotations

import contextlib
import logging
import re
from typing import TYPE_CHECKING, Any, Self, cast

import discord
from discord import ui

from bot.commands._interaction import handle_interaction, may_moderate, send_private_card, texts_of
from bot.delivery import confirmation_cards
from bot.delivery.cards import Card, owner_mark
from bot.delivery.retry import RETRY_SECONDS, DeliveryError, ExpiredError, GoneError, retry_while_busy
from bot.errors import NotYoursRefusal
from bot.models import Reply, State
from bot.storage.disk_errors import describe_storage_error, is_storage_error

if TYPE_CHECKING:
    from bot.commands._interaction import Interaction

_log = logging.getLogger(__name__)

_DREAM = r"(?P<job>[0-9a-f]{16}):(?P<asked>[0-9a-f]{16}):(?P<place>channel|private)-(?P<message>\d{1,20})"


class ConfirmButton(
    ui.DynamicItem[ui.Button[ui.LayoutView]], template=rf"confirm:(?P<action>keep|forget|delete:{_DREAM})"
):
    """The answer to a question: deletes something, or keeps it.

    Args:
        item: The button.
        match: The parts of its custom id.
    """

    def __init__(self, item: ui.Button[ui.LayoutView], match: re.Match[str]) -> None:
        super().__init__(item)
        self._match = match

    @classmethod
    async def from_custom_id(cls, _: Any, item: ui.Item[Any], match: re.Match[str]) -> Self:
        """Make the button from its custom id."""
        return cls(cast("ui.Button[ui.LayoutView]", item), match)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Answer a click, in place of the question."""
        match self._match["action"]:
            case "keep":
                await _keep(interaction)
            case "forget":
                await _forget(interaction)
            case _:
                await _delete(interaction, self._match)


async def ask_to_delete(interaction: Interaction, reply: Reply, job_id: str) -> None:
    """Ask a user who may delete a dream, and has clicked below it, whether to delete it.

    Args:
        interaction: The click, acknowledged in place.
        reply: Its reply, whose token can delete the clicked message.
        job_id: The id of the dream's job.
    """
    texts, message = texts_of(interaction), interaction.message
    if message is None:
        raise GoneError
    interaction.client.services.clicked_messages.remember(message.id, reply)
    place = "private" if message.flags.ephemeral else "channel"
    if message.flags.ephemeral or not reply.reachable:  # after a restart, only this token could delete it
        await _keep_click(interaction, job_id, reply)
    in_own_chat = interaction.context.dm_channel and not interaction.context.private_channel
    asked = owner_mark(job_id, interaction.user.id)
    custom_id = f"confirm:delete:{job_id}:{asked}:{place}-{message.id}"

    def draw() -> Card:
        title = texts("delete-title", place="private" if in_own_chat else place)
        details, label = texts("delete-question"), texts("button-delete")
        return confirmation_cards.question(texts, title, details, label=label, custom_id=custom_id)

    await send_private_card(interaction, reply, draw)


async def _keep_click(interaction: Interaction, job_id: str, click: Reply) -> None:
    try:
        await interaction.client.services.store.keep_click(job_id, click)
    except Exception as error:
        if not is_storage_error(error):
            raise
        _log.warning("A click is not kept over a restart. %s", describe_storage_error(error))


async def ask_to_forget(interaction: Interaction, reply: Reply) -> None:
    """Ask a user whether to delete everything that is stored about them."""
    texts = texts_of(interaction)
    dreams = len(await interaction.client.services.store.of_user(interaction.user.id, *State))

    def draw() -> Card:
        title, details = texts("forget-title"), texts("forget-question", dreams=dreams)
        label = texts("button-forget")
        return confirmation_cards.question(texts, title, details, label=label, custom_id="confirm:forget")

    await send_private_card(interaction, reply, draw)


async def _keep(interaction: Interaction) -> None:
    async def run(reply: Reply) -> None:
        await _replace(interaction, reply, confirmation_cards.unchanged(texts_of(interaction)("kept-all")))

    await handle_interaction(interaction, run, in_place=True)


async def _forget(interaction: Interaction) -> None:
    """Delete what is stored about the user who clicked; nobody else sees the question."""

    async def run(reply: Reply) -> None:
        services, texts = interaction.client.services, texts_of(interaction)
        await services.removal.forget(interaction.user.id)
        sentences = [texts("forget-done")]
        if await services.blocklist.has("user", interaction.user.id):
            sentences.append(texts("forget-but-blocked"))
        await _replace(interaction, reply, confirmation_cards.done(" ".join(sentences)))

    await handle_interaction(interaction, run, in_place=True)


async def _delete(interaction: Interaction, match: re.Match[str]) -> None:
    """Delete a dream, its job and its message. A second click finds nothing left, and says the same."""

    async def run(reply: Reply) -> None:
        services, texts = interaction.client.services, texts_of(interaction)
        user_id, job_id = interaction.user.id, match["job"]
        if match["asked"] != owner_mark(job_id, user_id):
            raise NotYoursRefusal
        job = await services.store.get(job_id)
        if job is not None:
            is_moderator = may_moderate(interaction) and job.reply.channel_id == interaction.channel_id
            if job.user_id != user_id and not is_moderator:
                raise NotYoursRefusal
        await services.removal.delete(job_id)  # also of an expired job, of which others may have made dreams
        dream = reply.model_copy(
            update={"message_id": int(match["message"]), "private": match["place"] == "private"}
        )
        click = services.clicked_messages.reply(int(match["message"]), user_id)
        if click is None and job is not None and job.user_id == user_id and job.reply.token:
            click = job.reply  # of an earlier process
        is_removed = await _remove_message(interaction, dream, click)
        sentence = texts("delete-done" if is_removed else "delete-message-left")
        await _replace(interaction, reply, confirmation_cards.done(sentence))

    await handle_interaction(interaction, run, in_place=True)


async def _remove_message(interaction: Interaction, dream: Reply, click: Reply | None) -> bool:
    """Delete the message of a dream; returns whether it is gone.

    Args:
        interaction: The confirmation.
        dream: The address of the message, without a token of its own.
        click: The click on the message, whose token can delete it, if that is known.
    """
    services = interaction.client.services
    try:
        if click is not None:
            with contextlib.suppress(ExpiredError):
                await retry_while_busy(lambda: services.transport.delete(click), RETRY_SECONDS)
                return True
        await retry_while_busy(lambda: services.transport.delete_in_channel(dream), RETRY_SECONDS)
    except GoneError:
        return True
    except DeliveryError:
        return False
    return True


async def _replace(interaction: Interaction, reply: Reply, card: Card) -> None:
    """Replace the question with a card that has no file, and so can be sent again."""
    transport = interaction.client.services.transport
    await retry_while_busy(lambda: transport.edit(reply, card), RETRY_SECONDS)
