"""Delivers dreams over the first route that works."""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from functools import partial
from typing import Protocol

from bot.background import Background
from bot.delivery import cards
from bot.delivery.live_cards import LiveCards
from bot.delivery.notifier import Notifier
from bot.delivery.retry import (
    FOREVER,
    LONG_RETRY_SECONDS,
    RETRY_SECONDS,
    BusyError,
    DeliveryError,
    ForbiddenError,
    GoneError,
    retry_while_busy,
)
from bot.delivery.routes import (
    INTERACTION,
    LATER_INTERACTION,
    Arrival,
    Route,
    find_delivered_route,
    routes_to,
)
from bot.delivery.sending import DreamSender
from bot.delivery.transport import DiscordTransport
from bot.models import Job, Outcome, Reply, State
from bot.texts import Catalogue

_log = logging.getLogger(__name__)

_VERIFY_SECONDS = 5.0
"""The delay after an interrupted edit, before the bot looks whether that edit replaced the answer."""


class DeliveryRecord(Protocol):
    """Stores how far a delivery is, before anything happens that depends on it."""

    async def attempt(self, route: str) -> None:
        """Store that the dream is about to be sent over a route other than the interaction's answer."""

    async def end(self, state: State, outcome: Outcome, pending_message: str | None = None) -> None:
        """Store that the delivery is over.

        Args:
            state: The state of the job now.
            outcome: The facts on the dream's card.
            pending_message: The sentence that the job's card is about to show.
        """


class Delivery:
    """Delivers dreams to the owners of jobs.

    Args:
        transport: Sends cards.
        catalogue: The texts of the cards.
        live_cards: The cards that show progress, which a dream replaces.
        sender: Sends a dream over one route.
        notifier: Shows on a job's card where its dream is.
        background: Verifies answers after interrupted edits.
    """

    def __init__(
        self,
        *,
        transport: DiscordTransport,
        catalogue: Catalogue,
        live_cards: LiveCards,
        sender: DreamSender,
        notifier: Notifier,
        background: Background,
    ) -> None:
        self._transport = transport
        self._catalogue = catalogue
        self._live_cards = live_cards
        self._sender = sender
        self._notifier = notifier
        self._background = background

    async def deliver(
        self, job: Job, outcome: Outcome, image: bytes, record: DeliveryRecord, *, again: bool = False
    ) -> None:
        """Send a dream as the interaction's answer, else to the channel, else as a direct message.

        Args:
            job: The job.
            outcome: The facts on the dream's card.
            image: The dream's file.
            record: Stores how far the delivery is.
            again: Whether an earlier run of the bot may have delivered it. Then the bot looks for it first.
        """
        routes = routes_to(self._transport, job.reply, job.id)
        async with self._live_cards.replacing(job) as interrupted:
            used = await find_delivered_route(routes, cards.dream_file_stem(job)) if again else None
            if used is not None:
                _log.info("Job %s was answered by the %s before the bot was stopped.", job.id, used.name)
                await self._end_delivered(used, job, outcome, record)
                return
            used, outcome = await self._send_over_routes(routes, job, outcome, image, record)
            if used is not None and used.name == INTERACTION and interrupted:
                verify = self._verify_after_interrupted_edit(used, job, outcome, image)
                self._background.start(verify, f"verifying the answer of job {job.id}")

    async def _send_over_routes(
        self, routes: Sequence[Route], job: Job, outcome: Outcome, image: bytes, record: DeliveryRecord
    ) -> tuple[Route | None, Outcome]:
        """Try one route after the other; returns the one that worked, and the facts that the card shows."""
        for route in routes:
            if route.name != INTERACTION:
                await record.attempt(route.name)
            try:
                outcome = await self._sender.send(route, job, outcome, image)
            except DeliveryError as error:
                if route.name == INTERACTION and isinstance(error, (GoneError, ForbiddenError)):
                    _log.info("Job %s ends: its answer cannot be written any more (%r).", job.id, error)
                    await record.end(State.LOST, outcome)
                    return None, outcome
                if not (isinstance(error, BusyError) and await self._arrived_anyway(route, job)):
                    _log.info("Job %s cannot be answered by the %s: %r", job.id, route.name, error)
                    continue
            _log.info("Job %s was answered by the %s.", job.id, route.name)
            await self._end_delivered(route, job, outcome, record)
            return route, outcome
        await self._end_kept(job, outcome, record)
        return None, outcome

    async def _arrived_anyway(self, route: Route, job: Job) -> bool:
        """Whether Discord accepted a dream although it was too busy to confirm it."""
        return await route.has_delivered(cards.dream_file_stem(job), RETRY_SECONDS) is Arrival.YES

    async def _end_delivered(self, route: Route, job: Job, outcome: Outcome, record: DeliveryRecord) -> None:
        """Store that a dream has arrived. If it is in another message, the job's card then says so."""
        if route.name == INTERACTION:
            await record.end(State.DELIVERED, outcome)
            return
        sentence = self._notifier.texts(job)("card-elsewhere")
        await record.end(State.DELIVERED, outcome, sentence)
        with contextlib.suppress(DeliveryError):
            delivered = job.but(state=State.DELIVERED)
            await self._notifier.replace_card(delivered, sentence, LONG_RETRY_SECONDS)

    async def _end_kept(self, job: Job, outcome: Outcome, record: DeliveryRecord) -> None:
        """Store that a dream is kept for its owner; then the job's card says so."""
        _log.info("Job %s is kept until its owner uses the bot again.", job.id)
        sentence = self._notifier.texts(job)("card-stays")
        await record.end(State.KEPT, outcome, sentence)
        with contextlib.suppress(DeliveryError):
            await self._notifier.replace_card(job.but(state=State.KEPT), sentence, LONG_RETRY_SECONDS)

    async def end_shown(self, job: Job) -> State | None:
        """Look up how a job ended by what Discord shows, because a full disk may have kept it unstored.

        Returns:
            ``DELIVERED`` if the message carries the dream. ``CANCELLED`` or ``FAILED`` if it says so.
            ``REFUSED`` if the message is gone and never showed a card, as after a private refusal. ``LOST``
            if it is gone and had shown a card. ``None`` if nothing shows an end, or the bot may not look.
        """
        try:
            answer = await retry_while_busy(lambda: self._transport.fetch_answer(job.reply), FOREVER)
        except GoneError:
            return State.REFUSED if job.state is State.RECEIVED else State.LOST
        except DeliveryError:
            return None
        if answer.has_file(cards.dream_file_stem(job)):
            return State.DELIVERED
        texts = self._notifier.texts(job)
        before_reference, _, _ = texts("card-failed", reference="\0").partition("\0")
        sentences = {State.CANCELLED: texts("card-cancelled"), State.FAILED: before_reference}
        return next((state for state, sentence in sentences.items() if answer.has_text(sentence)), None)

    async def hand_over(self, job: Job, outcome: Outcome, image: bytes, reply: Reply) -> Arrival:
        """Send a kept dream to its owner, who has used the bot again.

        Args:
            job: The job.
            outcome: The facts on the dream's card.
            image: The dream's file.
            reply: The address of the owner's new interaction.

        Returns:
            Whether it arrived.
        """
        route = Route(
            LATER_INTERACTION, partial(self._transport.send_privately, reply), None, LONG_RETRY_SECONDS
        )
        note = self._catalogue.texts(reply.locale)("card-kept")
        try:
            await self._sender.send(route, job.but(reply=reply), outcome, image, note)
        except DeliveryError as error:
            _log.info("Job %s could not be handed over: %r", job.id, error)
            return Arrival.UNKNOWN if isinstance(error, BusyError) else Arrival.NO
        return Arrival.YES

    async def _verify_after_interrupted_edit(
        self, route: Route, job: Job, outcome: Outcome, image: bytes
    ) -> None:
        """Send a dream once more if an interrupted preview has replaced it."""
        await asyncio.sleep(_VERIFY_SECONDS)
        if await route.has_delivered(cards.dream_file_stem(job)) is Arrival.NO:
            with contextlib.suppress(DeliveryError):
                await self._sender.send(route, job, outcome, image)
