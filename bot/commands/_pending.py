"""Hands over kept dreams when their owners use the bot again."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from bot.commands._interaction import texts_of
from bot.delivery import cards
from bot.delivery.retry import RETRY_SECONDS, DeliveryError, retry_while_busy
from bot.delivery.routes import VISIT, Arrival
from bot.errors import NoLongerKeptRefusal
from bot.models import Job, Reply, State
from bot.storage.disk_errors import describe_storage_error, is_storage_error

if TYPE_CHECKING:
    from bot.commands._interaction import Interaction

_log = logging.getLogger(__name__)


async def hand_over_kept_dreams(
    interaction: Interaction, reply: Reply, after: asyncio.Event | None = None, *, offer: bool = False
) -> None:
    """Send the interaction's user the dreams that are kept for them.

    Args:
        interaction: The interaction.
        reply: The address of the answer.
        after: Set once the interaction is answered, because an earlier follow-up would become the answer.
        offer: Whether to offer also dreams that may have arrived already.
    """
    store = interaction.client.services.store
    if after is not None and await store.of_user(interaction.user.id, State.KEPT):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(RETRY_SECONDS):
                await after.wait()
    try:
        for job in await store.of_user(interaction.user.id, State.KEPT):
            if job.reply.attempt == VISIT:
                if offer:
                    await _offer(interaction, reply, job)
            else:
                await hand_over(interaction, reply, job)
    except Exception as error:
        if not is_storage_error(error):
            raise
        _log.error("Kept dreams are handed over later. %s", describe_storage_error(error))


async def hand_over(interaction: Interaction, reply: Reply, job: Job) -> bool:
    """Send the interaction's user one kept dream.

    The attempt is stored first, because after a kill nobody could see whether the dream was sent.

    Args:
        interaction: The interaction.
        reply: The address of the answer.
        job: The dream's job.

    Returns:
        Whether the dream was still kept, and no other interaction had taken it.
    """
    services = interaction.client.services
    job = job.but(reply=job.reply.attempting(VISIT))
    if not await services.store.claim(job):
        return False
    arrival = Arrival.NO
    try:
        image = await services.pictures.get(job.dream)
        if job.outcome is not None:
            arrival = await services.delivery.hand_over(job, job.outcome, image, reply)
    except NoLongerKeptRefusal:
        _log.warning("The kept dream of job %s is missing.", job.id)
        await services.completer.store_end(job, State.LOST)
        return False
    except asyncio.CancelledError:
        await services.completer.keep(job)
        raise
    except BaseException:
        await services.completer.keep(job.but(reply=job.reply.attempting(None)))
        raise
    if arrival is Arrival.YES:
        await services.completer.store_end(job, State.DELIVERED)
    elif arrival is Arrival.UNKNOWN:
        await services.completer.keep(job)
    else:
        await services.completer.keep(job.but(reply=job.reply.attempting(None)))
    return True


async def _offer(interaction: Interaction, reply: Reply, job: Job) -> None:
    """Offer the interaction's user a dream that may not have arrived."""
    transport, texts = interaction.client.services.transport, texts_of(interaction)
    with contextlib.suppress(DeliveryError):
        await retry_while_busy(
            lambda: transport.send_privately(reply, cards.offer(texts, job)), RETRY_SECONDS
        )
