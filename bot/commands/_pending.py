"""Gives people, when they come again, the dreams that could not reach them."""

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


async def hand_over_what_is_kept(
    interaction: Interaction, reply: Reply, after: asyncio.Event | None = None, *, offer: bool = False
) -> None:
    """Give who asks the dreams that are kept for them.

    Args:
        interaction: What was asked.
        reply: Where the answer goes.
        after: Set once the interaction has its answer: what is sent before that would take its place.
        offer: Whether they may also fetch what has perhaps reached them already.
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
        _log.error("What is kept is handed over another time. %s", describe_storage_error(error))


async def hand_over(interaction: Interaction, reply: Reply, job: Job) -> bool:
    """Give who asks one dream that is kept for them.

    That it is being sent is written down first: nobody could see afterwards what a killed bot has sent.

    Args:
        interaction: What was asked.
        reply: Where the answer goes.
        job: The dream's job.

    Returns:
        Whether it was there to be given, and not given at another of their visits.
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
        _log.warning("The dream of job %s was kept, and is not there any more.", job.id)
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
    """Let who asks say that a dream has not reached them."""
    transport, texts = interaction.client.services.transport, texts_of(interaction)
    with contextlib.suppress(DeliveryError):
        await retry_while_busy(
            lambda: transport.send_privately(reply, cards.offer(texts, job)), RETRY_SECONDS
        )
