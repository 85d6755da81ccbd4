"""Decides who may use the buttons of a dream: its owner, moderators, and people who join in."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import discord

from bot.commands._interaction import handle_interaction, hides_answer, may_moderate
from bot.delivery import cards
from bot.delivery.retry import DeliveryError, translate_discord_errors
from bot.errors import NoLongerKeptRefusal, NotYoursRefusal
from bot.models import Job, Reply

if TYPE_CHECKING:
    from bot.commands._interaction import Interaction

MARKED_JOB = r"(?P<job>[0-9a-f]{16})(?::(?P<owner>[0-9a-f]{16}))?"
"""The end of each button's custom id. Buttons of earlier versions do not name an owner."""
_MARKED = re.compile(rf"dream:[a-z]+:{MARKED_JOB}")


async def handle_owners_click(
    interaction: Interaction,
    job_id: str,
    run: Callable[[Reply], Awaitable[None]],
    *,
    for_moderators: bool = False,
    in_place: bool = False,
) -> None:
    """Handle a click on a button of a dream's owner; the answer is private.

    A click that the message shows to be a stranger's is refused at once. Otherwise, ``run`` checks the owner.

    Args:
        interaction: The click.
        job_id: The job's id.
        run: Runs the action, and answers to the given reply.
        for_moderators: Whether moderators may use the button too.
        in_place: Whether the answer replaces the message that was clicked.
    """
    may_use = for_moderators and may_moderate(interaction)
    if not may_use and owns_by_message(interaction, job_id) is False:
        await _refuse_stranger(interaction)
    else:
        await handle_interaction(interaction, run, in_place=in_place)


async def handle_joinable_click(
    interaction: Interaction,
    job_id: str,
    run: Callable[[Reply], Awaitable[None]],
    *,
    owner_only: bool = False,
) -> None:
    """Handle a click on a button that makes another dream, perhaps out of the dream of somebody else.

    Whether the channel sees that the bot is thinking is fixed by the acknowledgement, before the store can be
    asked. The message and what is in memory decide about it: a click that will surely be refused is answered
    privately, and so is one of which nothing shows the owner. ``run`` checks everything again.

    Args:
        interaction: The click.
        job_id: The job's id.
        run: Submits the dream, and answers to the given reply.
        owner_only: Whether nobody may join in on this button.
    """
    services = interaction.client.services
    private = interaction.message is not None and interaction.message.flags.ephemeral
    owns = owns_by_message(interaction, job_id)
    if owns or (not owner_only and services.servers.may_join_at(interaction.guild_id)):
        private = hides_answer(interaction, private=private)
    elif owns is None:
        private = True
    else:
        await _refuse_stranger(interaction)
        return
    await handle_interaction(interaction, run, private=private)


async def own_job(interaction: Interaction, job_id: str) -> Job:
    """Return a job of the interaction's user.

    Raises:
        NotYoursRefusal: The job belongs to another user.
        NoLongerKeptRefusal: The job is not stored any more.
    """
    job = await interaction.client.services.store.get(job_id)
    await check_owner(interaction, job)
    if job is None:
        raise NoLongerKeptRefusal
    return job


async def usable_job(interaction: Interaction, job_id: str) -> Job:
    """Return a job whose pictures the interaction's user may dream: their own, or one that they may join.

    Raises:
        NotYoursRefusal: The job belongs to another user, and may not be joined here.
        NoLongerKeptRefusal: The job is not stored any more.
    """
    services = interaction.client.services
    job = await services.store.get(job_id)
    is_owner = job is not None and job.user_id == interaction.user.id
    if not is_owner and not (await services.servers.rules(interaction.guild_id)).joining:
        await check_owner(interaction, job)
    if job is None:
        raise NoLongerKeptRefusal
    is_shown_here = job.reply.channel_id == interaction.channel_id and not job.reply.private
    if not is_owner and not is_shown_here:
        raise NotYoursRefusal
    return job


async def check_owner_or_moderator(interaction: Interaction, job: Job | None) -> None:
    """Allow the owner, and in the job's own channel also a moderator.

    Raises:
        NotYoursRefusal: The interaction's user is neither.
        NoLongerKeptRefusal: Nothing shows who the owner was.
    """
    in_same_channel = job is None or job.reply.channel_id == interaction.channel_id
    if not (in_same_channel and may_moderate(interaction)):
        await check_owner(interaction, job)


async def check_owner(interaction: Interaction, job: Job | None) -> None:
    """Allow only the owner. If the job is not stored any more, the message shows who the owner was.

    Raises:
        NotYoursRefusal: The interaction's user is not the owner.
        NoLongerKeptRefusal: Nothing shows who the owner was.
    """
    if job is not None:
        is_owner = job.user_id == interaction.user.id
    else:
        is_owner = await _owns_message(interaction)
    if not is_owner:
        raise NotYoursRefusal


def owns_by_message(interaction: Interaction, job_id: str) -> bool | None:
    """Return whether the clicked message belongs to the user, as far as the click itself shows it.

    Args:
        interaction: The click.
        job_id: The id of the job that the button names.

    Returns:
        Whether it does; ``None`` if the click does not show that.
    """
    user_id, message = interaction.user.id, interaction.message
    if message is None:
        return None
    for custom_id in _custom_ids(message.components):
        marked = _MARKED.fullmatch(custom_id)
        if marked and marked["job"] == job_id and marked["owner"]:
            return marked["owner"] == cards.owner_mark(job_id, user_id)
    if metadata := message.interaction_metadata:
        return metadata.user.id == user_id
    if interaction.context.dm_channel and interaction.guild_id is None:
        return True  # only the owner is in this chat
    if message.reference and isinstance(message.reference.resolved, discord.Message):
        metadata = message.reference.resolved.interaction_metadata
        return None if metadata is None else metadata.user.id == user_id
    return None


def _custom_ids(components: Iterable[Any]) -> Iterator[str]:
    """Return the custom ids of components, including nested ones."""
    for component in components:
        if custom_id := getattr(component, "custom_id", None):
            yield custom_id
        yield from _custom_ids(getattr(component, "children", ()))


async def _refuse_stranger(interaction: Interaction) -> None:
    async def run(_: Reply) -> None:
        raise NotYoursRefusal

    await handle_interaction(interaction, run)


async def _owns_message(interaction: Interaction) -> bool:
    """Return whether the user owns a message whose job is not stored any more.

    Raises:
        NoLongerKeptRefusal: Nothing shows who the owner was.
    """
    clicked = _MARKED.fullmatch(interaction.custom_id or "")
    if interaction.message is None or clicked is None:
        raise NoLongerKeptRefusal
    owns = owns_by_message(interaction, clicked["job"])
    if owns is not None:
        return owns
    if metadata := await _referenced_interaction(interaction, interaction.message):
        return metadata.user.id == interaction.user.id
    raise NoLongerKeptRefusal


async def _referenced_interaction(
    interaction: Interaction, message: discord.Message
) -> discord.MessageInteractionMetadata | None:
    """Return the interaction of the message that this one replies to, as a dream in the channel does."""
    reference = message.reference
    if reference is None or reference.message_id is None:
        return None
    with contextlib.suppress(DeliveryError), translate_discord_errors():
        channel = interaction.client.get_partial_messageable(reference.channel_id)
        return (await channel.fetch_message(reference.message_id)).interaction_metadata
    return None
