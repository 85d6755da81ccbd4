"""Compares presets on one's own picture, small and side by side."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Self, cast

import discord
from discord import ui

from bot.commands._interaction import (
    handle_interaction,
    hides_answer,
    is_age_restricted,
    requester_of,
    run_answering_errors,
    texts_of,
)
from bot.commands._last_picture import dream_with_preset, is_private_here
from bot.commands._ownership import usable_job
from bot.delivery.cards import Card
from bot.delivery.numbering import numbered
from bot.delivery.preset_cards import PresetPicture, comparing, comparison
from bot.delivery.preset_categories import GROUPS, MIX
from bot.delivery.retry import RETRY_SECONDS, retry_while_busy
from bot.errors import ChannelRefusal, NoLongerKeptRefusal
from bot.models import Job, Reply

if TYPE_CHECKING:
    from bot.commands._interaction import Interaction

_JOB = r"(?P<job>[0-9a-f]{16})"


class CompareButton(
    ui.DynamicItem[ui.Button[ui.LayoutView]],
    template=rf"compare:(?P<action>again|dream):(?P<name>[a-z]{{1,20}}):{_JOB}(?::(?P<who>open|private))?",
):
    """Repeats a comparison, or dreams its picture with one of its presets.

    Args:
        item: The button.
        action: The action of the button: ``again`` or ``dream``.
        name: The group of presets, or the preset.
        job_id: The id of the job whose picture is compared.
        private: Whether only the button's user sees the dream.
    """

    def __init__(
        self, item: ui.Button[ui.LayoutView], action: str, name: str, job_id: str, *, private: bool
    ) -> None:
        super().__init__(item)
        self._action = action
        self._name = name
        self._job_id = job_id
        self._private = private

    @classmethod
    async def from_custom_id(cls, _: Any, item: ui.Item[Any], match: re.Match[str]) -> Self:
        """Make the button from its custom id."""
        button, private = cast("ui.Button[ui.LayoutView]", item), match["who"] != "open"
        return cls(button, match["action"], match["name"], match["job"], private=private)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Answer a click."""
        find = partial(_job_with_source, interaction, self._job_id)
        if self._action == "again":
            await compare(interaction, find, self._name)
            return

        async def run(reply: Reply) -> None:
            await dream_with_preset(interaction, reply, await find(), self._name, private=reply.private)

        private = hides_answer(interaction, private=self._private)
        await handle_interaction(interaction, run, private=private)


class CompareSelect(ui.DynamicItem[ui.Select[ui.LayoutView]], template=rf"compare:group:{_JOB}"):
    """Compares other presets on the same picture.

    Args:
        item: The select.
        job_id: The id of the job whose picture is compared.
    """

    def __init__(self, item: ui.Select[ui.LayoutView], job_id: str) -> None:
        super().__init__(item)
        self._job_id = job_id

    @classmethod
    async def from_custom_id(cls, _: Any, item: ui.Item[Any], match: re.Match[str]) -> Self:
        """Make the select from its custom id."""
        return cls(cast("ui.Select[ui.LayoutView]", item), match["job"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Answer a choice."""
        chosen = self.item.values[0] if self.item.values else ""
        await compare(interaction, partial(_job_with_source, interaction, self._job_id), chosen)


async def compare(interaction: Interaction, find: Callable[[], Awaitable[Job]], group: str) -> None:
    """Compare presets on the picture of a job, in an answer that only the interaction's user sees.

    The answer shows at once that the comparison is being dreamed, and has a button that repeats it. So a bot
    that is killed meanwhile leaves a message that works.

    Args:
        interaction: The interaction.
        find: Returns the job.
        group: The group of presets.
    """
    group = group if group in GROUPS else MIX

    async def run(reply: Reply) -> None:
        services, texts = interaction.client.services, texts_of(interaction)
        job = await find()
        await _check(interaction, reply)
        spoiler = job.options.spoiler or await is_age_restricted(interaction)
        private = is_private_here(interaction, job)

        async def show(draw: Callable[[], Card]) -> None:
            await retry_while_busy(lambda: services.transport.edit(reply, draw()), RETRY_SECONDS)

        async def dream(_: Reply) -> None:
            with services.comparisons.counted(reply.user_id):
                await show(partial(comparing, texts, group, job.id))
                begun.set()
                dreams = await services.comparisons.dream(job, GROUPS[group])
            pictures = await asyncio.to_thread(_numbered, GROUPS[group], dreams)
            drawn = partial(comparison, texts, group, job.id, pictures, spoiler=spoiler, private=private)
            await show(drawn)

        begun = asyncio.Event()
        task = services.background.start(
            run_answering_errors(interaction, reply, dream), f"a comparison for job {job.id}"
        )
        task.add_done_callback(lambda _: begun.set())
        await begun.wait()

    await handle_interaction(interaction, run)


async def _check(interaction: Interaction, reply: Reply) -> None:
    """Check that the interaction's user may compare presets in its channel.

    Raises:
        Refusal: A rule forbids it.
    """
    services, requester = interaction.client.services, requester_of(interaction)
    try:
        await services.submissions.check(requester, reply.server_id)
    except ChannelRefusal:
        # The refusal names the allowed channels, so deleted channels must leave the rules first.
        await services.reconciler.reconcile_with_timeout(cast("int", requester.server_id))
        await services.submissions.check(requester, reply.server_id)


def _numbered(presets: Sequence[str], dreams: Sequence[bytes]) -> list[PresetPicture]:
    """Draw into each dream the number by which the card names its preset."""
    return [
        PresetPicture(preset, numbered(dream, number))
        for number, (preset, dream) in enumerate(zip(presets, dreams, strict=True), start=1)
    ]


async def _job_with_source(interaction: Interaction, job_id: str) -> Job:
    job = await usable_job(interaction, job_id)
    if job.source is None:
        raise NoLongerKeptRefusal
    return job
