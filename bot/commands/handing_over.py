"""Gives people, when they come again, the dreams that could not reach them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from bot.errors import NoLongerKeptRefusal
from bot.jobs.record import Reply, State
from bot.replies.live import LiveCard

if TYPE_CHECKING:
    from bot.commands.answering import Interaction

_log = logging.getLogger(__name__)

_SECONDS = 30.0


async def hand_over_what_is_kept(
    interaction: Interaction, reply: Reply, after: LiveCard | None = None
) -> None:
    """Give who asks the dreams that are kept for them.

    Args:
        interaction: What was asked.
        reply: Where the answer goes.
        after: The card that has to be shown first: what is sent before it would take its place.
    """
    parts = interaction.client.parts
    kept = await parts.store.of_user(interaction.user.id, State.KEPT)
    if kept and after is not None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_SECONDS):
                await after.shown.wait()
    for job in kept:
        try:
            image = await parts.pictures.get(job.dream)
        except NoLongerKeptRefusal:
            _log.warning("The dream of job %s was kept, and is not there any more.", job.id)
            await parts.store.end(job, State.LOST)
            continue
        if job.outcome and await parts.delivery.hand_over(job, job.outcome, image, reply):
            await parts.store.end(job, State.DELIVERED)
