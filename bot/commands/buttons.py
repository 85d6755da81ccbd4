"""The buttons of cards and dreams. They work in every message that the bot ever sent."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Self, cast, get_args

import discord
from discord import ui

from bot.commands._interaction import handle_interaction, may_moderate, send_private_card, texts_of
from bot.commands._pending import hand_over
from bot.commands.details import show_details
from bot.commands.dream import submit
from bot.delivery import cards
from bot.delivery.cards import Action, Card
from bot.delivery.retry import (
    RETRY_SECONDS,
    DeliveryError,
    GoneError,
    retry_while_busy,
    translate_discord_errors,
)
from bot.errors import NoLongerKeptRefusal, NotYoursRefusal, OverAlreadyRefusal
from bot.models import Job, Reply, State
from bot.options import DreamOptions
from bot.submission.requests import ImageRef
from dream_engine.motion.preparation import DEFAULT_SIZE

if TYPE_CHECKING:
    from bot.commands._interaction import Interaction

_JOB = r"(?P<job>[0-9a-f]{16})"
_SELECTS = ("preset", "thing", "motion")
_SELECT_TEMPLATE = rf"dream:(?P<action>{'|'.join(_SELECTS)}):{_JOB}"
_BUTTONS = tuple(action for action in get_args(Action) if action not in _SELECTS)
_TEMPLATE = rf"dream:(?P<action>{'|'.join(_BUTTONS)}):{_JOB}(?::(?P<owner>[0-9a-f]{{16}}))?"


class JobButton(ui.DynamicItem[ui.Button[ui.LayoutView]], template=_TEMPLATE):
    """A button of one job.

    Args:
        item: The button.
        action: The action of the button.
        job_id: The id of its job.
    """

    def __init__(self, item: ui.Button[ui.LayoutView], action: Action, job_id: str) -> None:
        super().__init__(item)
        self._action = action
        self._job_id = job_id

    @classmethod
    async def from_custom_id(cls, _: Any, item: ui.Item[Any], match: re.Match[str]) -> Self:
        """Make the button from its custom id."""
        return cls(cast("ui.Button[ui.LayoutView]", item), cast("Action", match["action"]), match["job"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Answer a click."""
        await _HANDLERS[self._action](interaction, self._job_id)


class JobSelect(ui.DynamicItem[ui.Select[ui.LayoutView]], template=_SELECT_TEMPLATE):
    """Dreams a job's source with another preset, of another thing, or in motion.

    Args:
        item: The select.
        action: What is chosen: ``preset``, ``thing`` or ``motion``.
        job_id: The id of the job.
    """

    def __init__(self, item: ui.Select[ui.LayoutView], action: Action, job_id: str) -> None:
        super().__init__(item)
        self._action = action
        self._job_id = job_id

    @classmethod
    async def from_custom_id(cls, _: Any, item: ui.Item[Any], match: re.Match[str]) -> Self:
        """Make the select from its custom id."""
        return cls(cast("ui.Select[ui.LayoutView]", item), cast("Action", match["action"]), match["job"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Answer a choice."""
        chosen = self.item.values[0] if self.item.values else ""
        await _submit_again(interaction, self._job_id, partial(_CHOICES[self._action], chosen=chosen))


async def _cancel(interaction: Interaction, job_id: str) -> None:
    async def run(reply: Reply) -> None:
        services = interaction.client.services
        job = await services.store.get(job_id)
        await _check_owner_or_moderator(interaction, job)
        if job is None or not await services.runner.cancel(job.id, reply):
            raise OverAlreadyRefusal

    await handle_interaction(interaction, run, in_place=True)


async def _delete(interaction: Interaction, job_id: str) -> None:
    async def run(reply: Reply) -> None:
        services = interaction.client.services
        job = await services.store.get(job_id)
        await _check_owner_or_moderator(interaction, job)
        if job is not None:
            await services.removal.delete(job)
        with contextlib.suppress(GoneError):
            await retry_while_busy(lambda: services.transport.delete(reply), RETRY_SECONDS)

    await handle_interaction(interaction, run, in_place=True)


async def _fetch(interaction: Interaction, job_id: str) -> None:
    async def run(reply: Reply) -> None:
        job = await _own_job(interaction, job_id)
        if job.state is not State.KEPT:
            raise OverAlreadyRefusal
        if not await hand_over(interaction, reply, job):
            raise NoLongerKeptRefusal

    await handle_interaction(interaction, run)


async def _original(interaction: Interaction, job_id: str) -> None:
    async def run(reply: Reply) -> None:
        services, texts = interaction.client.services, texts_of(interaction)
        job = await _own_job(interaction, job_id)
        await services.blocklist.check(interaction.user.id, interaction.guild_id)
        clean = await services.originals.get(job, reply.max_bytes)
        name = f"original-{job.id}.{clean.suffix}"

        def draw() -> Card:
            file = cards.picture_file(clean.image, name, texts("alt-original"), spoiler=job.options.spoiler)
            return cards.picture_card(texts("card-original"), file)

        await send_private_card(interaction, reply, draw)

    await handle_interaction(interaction, run)


async def _deeper(interaction: Interaction, job_id: str) -> None:
    await _submit_again(interaction, job_id, _into_the_dream)


async def _again(interaction: Interaction, job_id: str) -> None:
    await _submit_again(interaction, job_id, _with_new_seed)


async def _retry(interaction: Interaction, job_id: str) -> None:
    await _submit_again(interaction, job_id, _unchanged)


async def _submit_again(
    interaction: Interaction, job_id: str, change: Callable[[Job], tuple[DreamOptions, str | None]]
) -> None:
    """Submit another dream of a job's pictures.

    Args:
        interaction: The click.
        job_id: The job's id.
        change: Returns the new options, and the digest of the picture to dream.
    """
    private = interaction.message is not None and interaction.message.flags.ephemeral

    async def run(reply: Reply) -> None:
        job = await _own_job(interaction, job_id)
        options, digest = change(job)
        if digest is None or (job.outcome is None and job.state is not State.CANCELLED):
            raise NoLongerKeptRefusal
        shape = (job.outcome.dreamed_height, job.outcome.dreamed_width) if job.outcome else None
        guide, mask = (None if kept is None else ImageRef(digest=kept) for kept in (job.guide, job.mask))
        options = options.model_copy(update={"private": private})
        await submit(interaction, options, ImageRef(digest=digest, shape=shape), guide, reply, mask)

    await handle_interaction(interaction, run, private=private)


def _unchanged(job: Job) -> tuple[DreamOptions, str | None]:
    return job.options, job.source


def _into_the_dream(job: Job) -> tuple[DreamOptions, str | None]:
    return job.options.model_copy(update={"seed": None}), job.dream


def _with_new_seed(job: Job) -> tuple[DreamOptions, str | None]:
    return job.options.model_copy(update={"seed": None}), job.source


def _with_preset(job: Job, chosen: str) -> tuple[DreamOptions, str | None]:
    """Choose another preset, and drop the options that replaced the old preset's values."""
    reset = {
        "preset": chosen,
        "seed": None,
        "layer": None,
        "iterations": None,
        "octaves": None,
        "keep_colour": None,
    }
    return job.options.model_copy(update=reset), job.source


def _with_thing(job: Job, chosen: str) -> tuple[DreamOptions, str | None]:
    """Choose another thing, in the same look."""
    return job.options.model_copy(update={"of": chosen, "seed": None}), job.source


def _with_motion(job: Job, chosen: str) -> tuple[DreamOptions, str | None]:
    """Let the same dream move, at a size that suits many frames."""
    size = min(job.options.size or DEFAULT_SIZE, DEFAULT_SIZE)
    return job.options.model_copy(update={"motion": chosen, "size": size}), job.source


async def _own_job(interaction: Interaction, job_id: str) -> Job:
    job = await interaction.client.services.store.get(job_id)
    await _check_owner(interaction, job)
    if job is None:
        raise NoLongerKeptRefusal
    return job


async def _check_owner_or_moderator(interaction: Interaction, job: Job | None) -> None:
    """Allow the owner, and in the job's own channel also a moderator."""
    in_same_channel = job is None or job.reply.channel_id == interaction.channel_id
    if not (in_same_channel and may_moderate(interaction)):
        await _check_owner(interaction, job)


async def _check_owner(interaction: Interaction, job: Job | None) -> None:
    """Allow only the owner. If the job is not stored any more, the message shows who the owner was."""
    if job is not None:
        is_owner = job.user_id == interaction.user.id
    else:
        is_owner = await _owns_message(interaction)
    if not is_owner:
        raise NotYoursRefusal


async def _owns_message(interaction: Interaction) -> bool:
    """Return whether the user owns a message whose job is not stored any more.

    Raises:
        NoLongerKeptRefusal: Nothing shows who the owner was.
    """
    user_id, message = interaction.user.id, interaction.message
    if message is None:
        raise NoLongerKeptRefusal
    if metadata := message.interaction_metadata:
        return metadata.user.id == user_id
    if interaction.context.dm_channel and interaction.guild_id is None:
        return True  # only the owner is in this chat
    if (match := re.fullmatch(_TEMPLATE, interaction.custom_id or "")) and match["owner"]:
        return match["owner"] == cards.owner_mark(match["job"], user_id)
    if metadata := await _referenced_interaction(interaction, message):
        return metadata.user.id == user_id
    raise NoLongerKeptRefusal


async def _referenced_interaction(
    interaction: Interaction, message: discord.Message
) -> discord.MessageInteractionMetadata | None:
    """Return the interaction of the message that this one replies to, as a dream in the channel does."""
    reference = message.reference
    if reference is None or reference.message_id is None:
        return None
    if isinstance(reference.resolved, discord.Message):
        return reference.resolved.interaction_metadata
    with contextlib.suppress(DeliveryError), translate_discord_errors():
        channel = interaction.client.get_partial_messageable(reference.channel_id)
        return (await channel.fetch_message(reference.message_id)).interaction_metadata
    return None


_HANDLERS: Mapping[Action, Callable[[Any, str], Awaitable[None]]] = {
    "cancel": _cancel,
    "retry": _retry,
    "deeper": _deeper,
    "again": _again,
    "details": show_details,
    "original": _original,
    "delete": _delete,
    "fetch": _fetch,
}

_CHOICES: Mapping[Action, Callable[..., tuple[DreamOptions, str | None]]] = {
    "preset": _with_preset,
    "thing": _with_thing,
    "motion": _with_motion,
}
