"""Speaks to the owners of jobs, and gets their dreams to them."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from typing import Protocol

from bot.background import Background
from bot.delivery import cards
from bot.delivery.cards import Card
from bot.delivery.live_card import LiveCard
from bot.delivery.retry import (
    FOREVER,
    LONG_RETRY_SECONDS,
    RETRY_SECONDS,
    BusyError,
    DeliveryError,
    ExpiredError,
    ForbiddenError,
    GoneError,
    TooLargeError,
    retry_while_busy,
)
from bot.delivery.routes import INTERACTION, VISIT, Arrival, Route, first_that_delivered, routes_to
from bot.delivery.transport import DiscordTransport
from bot.models import Job, Outcome, Reply, State
from bot.telemetry.log import job_context
from bot.texts import Catalogue, Texts
from dream_engine.errors import PictureError
from dream_engine.images.refitting import Refitter, RefittingError

_log = logging.getLogger(__name__)

_SMALLER = 0.6
"""A file that is refused as too large is made so much smaller."""
_SMALLEST_BYTES = 20_000
_AFTERWARDS = 5.0
"""So many seconds after an edit was broken off, it is seen whether it came last after all."""


class DeliveryRecord(Protocol):
    """Writes down how far a delivery is, before anything is done that depends on it."""

    async def attempt(self, route: str) -> None:
        """The dream is about to be sent by a way other than the interaction's answer."""

    async def end(self, state: State, outcome: Outcome, still_to_say: str | None = None) -> None:
        """The delivery is over.

        Args:
            state: The state that the job is in now.
            outcome: What was told about the dream.
            still_to_say: What the job's card is still to say; it is about to be put there.
        """


class Delivery:
    """Speaks to the owners of jobs.

    Args:
        transport: Carries cards.
        catalogue: What is said.
        refitter: Makes files smaller.
        background: Where cards are kept up to date.
        interval: The seconds between two edits of one card.
    """

    def __init__(
        self,
        transport: DiscordTransport,
        catalogue: Catalogue,
        refitter: Refitter,
        background: Background,
        interval: float,
    ) -> None:
        self._transport = transport
        self._catalogue = catalogue
        self._refitter = refitter
        self._background = background
        self._interval = interval
        self._cards: dict[str, LiveCard] = {}

    def texts(self, job: Job) -> Texts:
        """The language of a job's owner."""
        return self._catalogue.texts(job.reply.locale)

    def live_card(self, job: Job) -> LiveCard:
        """The card of a job on its way; its answer closes it."""
        if job.id not in self._cards:
            with job_context(job.id):
                self._cards[job.id] = LiveCard(job.reply, self._transport, self._background, self._interval)
        return self._cards[job.id]

    async def close_card(self, job: Job) -> None:
        """Bring a job's card up to date no more."""
        async with self._in_place_of_card(job):
            pass

    async def deliver(
        self, job: Job, outcome: Outcome, image: bytes, record: DeliveryRecord, *, again: bool = False
    ) -> None:
        """Give a dream to who asked for it: by the interaction, else by the channel, else by direct message.

        Args:
            job: The job.
            outcome: What is told about the dream.
            image: The dream's file.
            record: Where it is written down what became of it.
            again: It may have been delivered before the bot was stopped: look everywhere first.
        """
        routes = routes_to(self._transport, job.reply, job.id)
        async with self._in_place_of_card(job) as broken_off:
            brought = await first_that_delivered(routes, cards.dream_file_stem(job)) if again else None
            if brought is not None:
                _log.info("Job %s was answered by the %s before the bot was stopped.", job.id, brought.name)
                await self._end_delivered(brought, job, outcome, record)
                return
            brought, outcome = await self._send_by_any(routes, job, outcome, image, record)
            if brought is not None and brought.name == INTERACTION and broken_off:
                look = self._look_again(brought, job, outcome, image)
                self._background.start(look, f"looking after job {job.id}")

    async def _send_by_any(
        self, routes: Sequence[Route], job: Job, outcome: Outcome, image: bytes, record: DeliveryRecord
    ) -> tuple[Route | None, Outcome]:
        """Try one way after the other; returns the one that brought the dream, and what was told of it."""
        for route in routes:
            if route.name != INTERACTION:
                await record.attempt(route.name)
            try:
                outcome = await self._send(route, job, outcome, image)
            except DeliveryError as error:
                if route.name == INTERACTION and isinstance(error, (GoneError, ForbiddenError)):
                    _log.info("Job %s ends: its answer cannot be written any more (%r).", job.id, error)
                    await record.end(State.LOST, outcome)
                    return None, outcome
                if not (isinstance(error, BusyError) and await self._came_all_the_same(route, job)):
                    _log.info("Job %s cannot be answered by the %s: %r", job.id, route.name, error)
                    continue
            _log.info("Job %s was answered by the %s.", job.id, route.name)
            await self._end_delivered(route, job, outcome, record)
            return route, outcome
        await self._end_kept(job, outcome, record)
        return None, outcome

    async def _came_all_the_same(self, route: Route, job: Job) -> bool:
        """Whether Discord took a dream in although it was too busy to say so."""
        return await route.has_delivered(cards.dream_file_stem(job), RETRY_SECONDS) is Arrival.YES

    async def _end_delivered(self, route: Route, job: Job, outcome: Outcome, record: DeliveryRecord) -> None:
        """Write down that a dream has arrived; then its card, if it is not in that, says where to look."""
        if route.name == INTERACTION:
            await record.end(State.DELIVERED, outcome)
            return
        sentence = self.texts(job)("card-elsewhere")
        await record.end(State.DELIVERED, outcome, sentence)
        with contextlib.suppress(DeliveryError):
            await self._put_in_place(job, sentence, LONG_RETRY_SECONDS)

    async def _end_kept(self, job: Job, outcome: Outcome, record: DeliveryRecord) -> None:
        """Write down that a dream waits for its owner; then its card says so."""
        _log.info("Job %s is kept until its owner comes again.", job.id)
        sentence = self.texts(job)("card-stays")
        await record.end(State.KEPT, outcome, sentence)
        with contextlib.suppress(DeliveryError):
            await self._put_in_place(job, sentence, LONG_RETRY_SECONDS)

    async def end_shown(self, job: Job) -> State | None:
        """How a job has ended by what Discord shows: on a full disk, that may not have been written down.

        Returns:
            ``DELIVERED`` where its message carries the dream, ``CANCELLED`` or ``FAILED`` where it says so;
            ``REFUSED`` where it is gone and was no more than promised, as after its owner was told of a
            refusal, and ``LOST`` where it is gone and had shown a card; ``None`` where nothing tells of an
            end, or Discord does not let the bot look.
        """
        try:
            shown = await retry_while_busy(lambda: self._transport.shown(job.reply), FOREVER)
        except GoneError:
            return State.REFUSED if job.state is State.RECEIVED else State.LOST
        except DeliveryError:
            return None
        if shown.carries(cards.dream_file_stem(job)):
            return State.DELIVERED
        texts = self.texts(job)
        before_reference, _, _ = texts("card-failed", reference="\0").partition("\0")
        told = {State.CANCELLED: texts("card-cancelled"), State.FAILED: before_reference}
        return next((state for state, sentence in told.items() if shown.says(sentence)), None)

    async def hand_over(self, job: Job, outcome: Outcome, image: bytes, reply: Reply) -> Arrival:
        """Give a dream that was kept to its owner, who has come again.

        Returns:
            Whether it arrived.
        """
        visit = Route(VISIT, partial(self._transport.send_privately, reply), None, LONG_RETRY_SECONDS)
        note = self._catalogue.texts(reply.locale)("card-kept")
        try:
            await self._send(visit, job.but(reply=reply), outcome, image, note)
        except DeliveryError as error:
            _log.info("Job %s could not be handed over: %r", job.id, error)
            return Arrival.UNKNOWN if isinstance(error, BusyError) else Arrival.NO
        return Arrival.YES

    async def tell(self, job: Job, sentence: str, *, again: bool = False) -> None:
        """Tell how a job has ended that came to no dream, or what is left to say of one that did.

        Args:
            job: The job; one that was refused is nobody else's concern.
            sentence: What its owner reads.
            again: It may have been told before the bot was stopped.
        """
        card = self._cards.get(job.id)
        # Without its end in the store, a killed bot would find no more than that the message is gone.
        told_first = job.ended_at is None and card is not None and card.answered.is_set()
        async with self._in_place_of_card(job):
            try:
                if job.state is State.REFUSED:
                    await self._tell_alone(job, sentence, again=again, told_first=told_first)
                else:
                    await self._tell_in_place(job, sentence, again=again)
            except DeliveryError as error:
                _log.info("Job %s could not be told how it ended: %r", job.id, error)

    async def tell_paused(self, job: Job) -> None:
        """The bot stops, and goes on with the job later."""
        async with self._in_place_of_card(job):
            with contextlib.suppress(DeliveryError):
                await self._put_in_place(job, self.texts(job)("card-paused"), 0.0)

    async def _tell_in_place(self, job: Job, sentence: str, *, again: bool) -> None:
        try:
            await self._put_in_place(job, sentence, LONG_RETRY_SECONDS)
        except ExpiredError:
            if job.state is not State.FAILED:  # who has cancelled it knows
                raise
            draw = partial(cards.ended, sentence, self.texts(job), job)
            await self._tell_person(job, sentence, draw, again=again)

    async def _tell_alone(self, job: Job, sentence: str, *, again: bool, told_first: bool) -> None:
        draw = partial(cards.ended, sentence)
        try:
            await self._transport.answer_privately(job.reply, draw, LONG_RETRY_SECONDS, told_first=told_first)
        except ExpiredError:
            with contextlib.suppress(DeliveryError):
                await self._put_in_place(job, self.texts(job)("card-refused"), LONG_RETRY_SECONDS)
            await self._tell_person(job, sentence, draw, again=again)

    async def _tell_person(self, job: Job, sentence: str, draw: Callable[[], Card], *, again: bool) -> None:
        """Tell something by direct message, if that was not done before the bot was stopped."""
        if again and await self._was_told(job, sentence):
            return
        await retry_while_busy(
            lambda: self._transport.to_person(job.reply, draw(), nonce=job.id), LONG_RETRY_SECONDS
        )

    async def _was_told(self, job: Job, sentence: str) -> bool:
        try:
            return await retry_while_busy(
                lambda: self._transport.has_told_person(job.reply, sentence), FOREVER
            )
        except DeliveryError:
            return False

    async def _put_in_place(self, job: Job, sentence: str, seconds: float) -> None:
        """Put a sentence in place of a job's card, by its token or else as the bot itself."""
        draw = partial(cards.ended, sentence, self.texts(job), job)
        try:
            await retry_while_busy(lambda: self._transport.edit(job.reply, draw()), seconds)
        except ExpiredError:
            await retry_while_busy(lambda: self._transport.edit_in_channel(job.reply, draw()), seconds)

    async def _look_again(self, route: Route, job: Job, outcome: Outcome, image: bytes) -> None:
        """Send a dream once more if a preview that was broken off has taken its place."""
        await asyncio.sleep(_AFTERWARDS)
        if await route.has_delivered(cards.dream_file_stem(job)) is Arrival.NO:
            with contextlib.suppress(DeliveryError):
                await self._send(route, job, outcome, image)

    async def _send(
        self, route: Route, job: Job, outcome: Outcome, image: bytes, note: str | None = None
    ) -> Outcome:
        """Send a dream one way, ever smaller while it is too large; returns what was told."""
        while True:
            draw: Callable[[], Card] = partial(cards.result, self.texts(job), job, outcome, image, note)
            try:
                await route.try_to_send(draw)
            except TooLargeError:
                if len(image) < _SMALLEST_BYTES:
                    raise
                smaller, outcome = await self._made_smaller(image, outcome)
                if len(smaller) >= len(image):
                    raise
                image = smaller
            else:
                return outcome

    async def _made_smaller(self, image: bytes, outcome: Outcome) -> tuple[bytes, Outcome]:
        try:
            rendition = await self._refitter.refit(image, int(len(image) * _SMALLER))
        except (RefittingError, PictureError) as error:
            _log.warning("A dream could not be made smaller: %s", error)
            raise TooLargeError from error
        told = {
            "height": rendition.height,
            "width": rendition.width,
            "file_format": rendition.file_format,
        }
        return rendition.image, outcome.model_copy(update=told)

    @contextlib.asynccontextmanager
    async def _in_place_of_card(self, job: Job) -> AsyncIterator[bool]:
        """Close a job's card before something else takes its place; tells whether an edit was broken off."""
        card = self._cards.pop(job.id, None)
        broken_off = card is not None and await card.close()
        try:
            yield broken_off
        finally:
            if card is not None:
                card.answered.set()
