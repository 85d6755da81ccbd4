"""Gives people, when they come again, the dreams that could not reach them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from bot.errors import NoLongerKeptRefusal
from bot.jobs.record import Job, Reply, State
from bot.replies.live import LiveCard
from bot.replies.patience import PATIENCE
from bot.storage import is_storage_trouble, what_is_wrong

if TYPE_CHECKING:
    from bot.commands.answering import Interaction

_log = logging.getLogger(__name__)


async def hand_over_what_is_kept(
    interaction: Interaction, reply: Reply, after: LiveCard | None = None
) -> None:
    """Give who asks the dreams that are kept for them.

    Args:
        interaction: What was asked.
        reply: Where the answer goes.
        after: The card that has to be there first: what is sent before it would take its place.
    """
    store = interaction.client.parts.store
    if after is not None and await store.of_user(interaction.user.id, State.KEPT):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await after.answered.wait()
    try:
        for job in await store.of_user(interaction.user.id, State.KEPT):
            if await store.claim(job):  # or another of their visits has
                await _hand_over(interaction, reply, job)
    except Exception as error:
        if not is_storage_trouble(error):
            raise
        _log.error("What is kept is handed over another time. %s", what_is_wrong(error))


async def _hand_over(interaction: Interaction, reply: Reply, job: Job) -> None:
    parts = interaction.client.parts
    arrived = False
    try:
        image = await parts.pictures.get(job.dream)
        if job.outcome is not None:
            arrived = await parts.delivery.hand_over(job, job.outcome, image, reply)
    except NoLongerKeptRefusal:
        _log.warning("The dream of job %s was kept, and is not there any more.", job.id)
        await parts.endings.write_down(job, State.LOST)
    except BaseException:
        await parts.endings.keep(job)
        raise
    else:
        if arrived:
            await parts.endings.write_down(job, State.DELIVERED)
        else:
            await parts.endings.keep(job)
