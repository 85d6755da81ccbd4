"""The buttons of cards and dreams. They work in every message that the bot ever sent."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Self, cast, get_args

import discord
from discord import ui

from bot.commands._interaction import send_private_card, texts_of
from bot.commands._ownership import (
    MARKED_JOB,
    check_owner_or_moderator,
    handle_joinable_click,
    handle_owners_click,
    own_job,
    usable_job,
)
from bot.commands._pending import hand_over
from bot.commands.adjust import open_form
from bot.commands.comparison import compare
from bot.commands.confirmation import ask_to_delete
from bot.commands.details import show_details
from bot.commands.dream import submit
from bot.delivery import cards
from bot.delivery.cards import Action, Card
from bot.delivery.preset_categories import MIX
from bot.delivery.select_options import COMPARE
from bot.errors import NoLongerKeptRefusal, NotYourPictureRefusal, OverAlreadyRefusal
from bot.models import Job, Reply, State
from bot.options import DreamOptions
from bot.submission.requests import ImageRef
from dream_engine.motion.preparation import DEFAULT_SIZE

if TYPE_CHECKING:
    from bot.commands._interaction import Interaction

_SELECTS = ("preset", "thing", "motion")
_SELECT_TEMPLATE = rf"dream:(?P<action>{'|'.join(_SELECTS)}):{MARKED_JOB}"
_BUTTONS = tuple(action for action in get_args(Action) if action not in _SELECTS)
_TEMPLATE = rf"dream:(?P<action>{'|'.join(_BUTTONS)}):{MARKED_JOB}"


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
        if chosen == COMPARE:
            await compare(interaction, partial(usable_job, interaction, self._job_id), MIX)
            return
        await _submit_again(interaction, self._job_id, partial(_CHOICES[self._action], chosen=chosen))


async def _cancel(interaction: Interaction, job_id: str) -> None:
    async def run(reply: Reply) -> None:
        services = interaction.client.services
        job = await services.store.get(job_id)
        await check_owner_or_moderator(interaction, job)
        if job is None or not await services.runner.cancel(job.id, reply):
            raise OverAlreadyRefusal

    await handle_owners_click(interaction, job_id, run, for_moderators=True, in_place=True)


async def _delete(interaction: Interaction, job_id: str) -> None:
    async def run(reply: Reply) -> None:
        job = await interaction.client.services.store.get(job_id)
        await check_owner_or_moderator(interaction, job)
        await ask_to_delete(interaction, reply, job_id)

    await handle_owners_click(interaction, job_id, run, for_moderators=True, in_place=True)


async def _fetch(interaction: Interaction, job_id: str) -> None:
    async def run(reply: Reply) -> None:
        job = await own_job(interaction, job_id)
        if job.state is not State.KEPT:
            raise OverAlreadyRefusal
        if not await hand_over(interaction, reply, job):
            raise NoLongerKeptRefusal

    await handle_owners_click(interaction, job_id, run)


async def _original(interaction: Interaction, job_id: str) -> None:
    async def run(reply: Reply) -> None:
        services, texts = interaction.client.services, texts_of(interaction)
        job = await own_job(interaction, job_id)
        if job.lenders:
            raise NotYourPictureRefusal
        await services.blocklist.check(interaction.user.id, interaction.guild_id)
        clean = await services.originals.get(job, reply.max_bytes)
        name = f"original-{job.id}.{clean.suffix}"

        def draw() -> Card:
            file = cards.picture_file(clean.image, name, texts("alt-original"), spoiler=job.options.spoiler)
            return cards.picture_card(texts("card-original"), file)

        await send_private_card(interaction, reply, draw)

    await handle_owners_click(interaction, job_id, run)


async def _deeper(interaction: Interaction, job_id: str) -> None:
    await _submit_again(interaction, job_id, _into_the_dream)


async def _again(interaction: Interaction, job_id: str) -> None:
    await _submit_again(interaction, job_id, _with_new_seed)


async def _retry(interaction: Interaction, job_id: str) -> None:
    await _submit_again(interaction, job_id, _unchanged, owner_only=True)


async def _submit_again(
    interaction: Interaction,
    job_id: str,
    change: Callable[[Job], tuple[DreamOptions, str | None]],
    *,
    owner_only: bool = False,
) -> None:
    """Submit another dream of a job's pictures, which belongs to the user who clicked.

    Args:
        interaction: The click.
        job_id: The job's id.
        change: Returns the new options, and the digest of the picture to dream.
        owner_only: Whether only the job's owner may do so.
    """

    async def run(reply: Reply) -> None:
        job = await (own_job if owner_only else usable_job)(interaction, job_id)
        options, digest = change(job)
        if digest is None or (job.outcome is None and job.state is not State.CANCELLED):
            raise NoLongerKeptRefusal
        shape = (job.outcome.dreamed_height, job.outcome.dreamed_width) if job.outcome else None
        guide, mask = (None if kept is None else ImageRef(digest=kept) for kept in (job.guide, job.mask))
        options = options.model_copy(update={"private": reply.private})
        source = ImageRef(digest=digest, shape=shape)
        await submit(interaction, options, source, guide, reply, mask, origin=job)

    await handle_joinable_click(interaction, job_id, run, owner_only=owner_only)


def _unchanged(job: Job) -> tuple[DreamOptions, str | None]:
    return job.options, job.source


def _into_the_dream(job: Job) -> tuple[DreamOptions, str | None]:
    return job.options.model_copy(update={"seed": None}), job.dream


def _with_new_seed(job: Job) -> tuple[DreamOptions, str | None]:
    return job.options.model_copy(update={"seed": None}), job.source


def _with_preset(job: Job, chosen: str) -> tuple[DreamOptions, str | None]:
    """Choose another preset, with a new seed."""
    return job.options.with_preset(chosen).model_copy(update={"seed": None}), job.source


def _with_thing(job: Job, chosen: str) -> tuple[DreamOptions, str | None]:
    """Choose another thing, in the same look."""
    return job.options.model_copy(update={"of": chosen, "seed": None}), job.source


def _with_motion(job: Job, chosen: str) -> tuple[DreamOptions, str | None]:
    """Let the same dream move, at a size that suits many frames."""
    size = min(job.options.size or DEFAULT_SIZE, DEFAULT_SIZE)
    return job.options.model_copy(update={"motion": chosen, "size": size}), job.source


_HANDLERS: Mapping[Action, Callable[[Any, str], Awaitable[None]]] = {
    "cancel": _cancel,
    "retry": _retry,
    "deeper": _deeper,
    "again": _again,
    "adjust": open_form,
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
