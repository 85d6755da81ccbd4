"""Gets an answer to who asked: by the interaction, else by the channel, else by direct message."""

import contextlib
import itertools
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial

from bot.background import Background
from bot.clock import now
from bot.jobs.record import Job, Outcome, Reply, State
from bot.replies import cards
from bot.replies.cards import Card
from bot.replies.live import LiveCard
from bot.replies.post import (
    BusyError,
    ExpiredError,
    ForbiddenError,
    GoneError,
    Post,
    PostError,
    TooLargeError,
    patiently,
)
from bot.texts import Catalogue, Texts
from dream_engine.errors import DreamError
from dream_engine.images.apart import refit_apart

_log = logging.getLogger(__name__)

_PATIENCE = 300.0
"""For so many seconds a way is tried while Discord is busy."""

_SMALLER = 0.6
"""A file that is refused as too large is made so much smaller."""
_SMALLEST_BYTES = 20_000


@dataclass(frozen=True, slots=True)
class Way:
    """A way to reach who asked.

    Attributes:
        name: For the log.
        send: Sends a card that way.
        seconds: For how long it is tried while Discord is busy.
    """

    name: str
    send: Callable[[Card], Awaitable[object]]
    seconds: float

    async def try_to_send(self, draw: Callable[[], Card]) -> None:
        """Send what is drawn, anew for each try.

        Raises:
            PostError: It did not arrive.
        """
        await patiently(lambda: self.send(draw()), self.seconds)


class Delivery:
    """Speaks to the owners of jobs.

    Args:
        post: Carries cards.
        catalogue: What is said.
        background: Where cards are kept up to date.
        interval: The seconds between two edits of one card.
        clock: Tells the Unix seconds.
    """

    def __init__(
        self,
        post: Post,
        catalogue: Catalogue,
        background: Background,
        interval: float,
        clock: Callable[[], float] = now,
    ) -> None:
        self._post = post
        self._catalogue = catalogue
        self._background = background
        self._interval = interval
        self._clock = clock
        self._cards: dict[str, LiveCard] = {}

    def card(self, job: Job) -> LiveCard:
        """The card of a job on its way; its answer closes it."""
        if job.id not in self._cards:
            self._cards[job.id] = LiveCard(job.reply, self._post, self._background, self._interval)
        return self._cards[job.id]

    async def close_card(self, job: Job) -> None:
        """Bring a job's card up to date no more."""
        async with self._in_place_of_card(job):
            pass

    @contextlib.asynccontextmanager
    async def _in_place_of_card(self, job: Job) -> AsyncIterator[None]:
        """Close a job's card before something else takes its place."""
        card = self._cards.pop(job.id, None)
        if card is not None:
            await card.close()
        try:
            yield
        finally:
            if card is not None:
                card.answered.set()

    def texts(self, job: Job) -> Texts:
        """The language of a job's owner."""
        return self._catalogue.texts(job.reply.locale)

    async def deliver(
        self, job: Job, outcome: Outcome, image: bytes, *, again: bool = False
    ) -> tuple[State, Outcome]:
        """Give a dream to who asked for it.

        Args:
            job: The job.
            outcome: What is told about the dream.
            image: The dream's file.
            again: It may have been delivered before the bot was stopped: look first.

        Returns:
            The state that the job is in now, and what was told.
        """
        async with self._in_place_of_card(job):
            if again and await self._is_there(job, outcome):
                return State.DELIVERED, outcome
            return await self._go_all_ways(job, outcome, image)

    async def _go_all_ways(self, job: Job, outcome: Outcome, image: bytes) -> tuple[State, Outcome]:
        for way in self._ways(job):
            try:
                outcome = await self._try(way, job, outcome, image)
            except (GoneError, ForbiddenError) as error:
                if way.name == "interaction":
                    _log.info("Job %s ends: its answer cannot be written any more (%r).", job.id, error)
                    return State.LOST, outcome
            except TooLargeError:
                _log.warning("Job %s: no file is small enough for the %s.", job.id, way.name)
            except PostError as error:
                _log.info("Job %s cannot be answered by the %s: %r", job.id, way.name, error)
            else:
                if way.name != "interaction":
                    await self._point_from_card(job)
                _log.info("Job %s was answered by the %s.", job.id, way.name)
                return State.DELIVERED, outcome
        _log.info("Job %s is kept until its owner comes again.", job.id)
        return State.KEPT, outcome

    async def _point_from_card(self, job: Job) -> None:
        """The dream came another way: the card, which no token reaches any more, must not wait for ever."""
        texts = self.texts(job)
        with contextlib.suppress(PostError):
            await self._post.edit_in_channel(job.reply, cards.ended(texts("card-elsewhere"), texts, job))

    async def tell_cancelled(self, job: Job) -> None:
        """The job was cancelled."""
        await self._tell(job, "card-cancelled", ways=1)

    async def tell_paused(self, job: Job) -> None:
        """The bot stops, and goes on with the job later."""
        texts = self.texts(job)
        async with self._in_place_of_card(job):
            try:
                await self._post.edit(job.reply, cards.ended(texts("card-paused"), texts, job))
            except PostError as error:
                _log.info("Job %s could not be told of the pause: %r", job.id, error)

    async def tell_failed(self, job: Job, reference: str) -> None:
        """The job failed through our fault."""
        await self._tell(job, "card-failed", reference=reference)

    async def tell_refused(self, job: Job, error: DreamError) -> None:
        """There is something that its owner can put right; nobody else need read it."""
        sentence = self.texts(job).error(error)
        async with self._in_place_of_card(job):
            try:
                await self._post.answer_privately(job.reply, lambda: cards.ended(sentence), _PATIENCE)
            except PostError as trouble:
                _log.info("Job %s could not be told why it was refused: %r", job.id, trouble)

    async def hand_over(self, job: Job, outcome: Outcome, image: bytes, reply: Reply) -> bool:
        """Give a dream that was kept to its owner, who has come again.

        Returns:
            Whether it arrived.
        """
        visit = Way("visit", lambda card: self._post.send_privately(reply, card), _PATIENCE)
        try:
            await self._try(visit, job.but(reply=reply), outcome, image)
        except PostError as error:
            _log.info("Job %s could not be handed over: %r", job.id, error)
            return False
        return True

    async def _tell(self, job: Job, key: str, ways: int | None = None, **values: object) -> None:
        texts = self.texts(job)
        async with self._in_place_of_card(job):
            for way in itertools.islice(self._ways(job), ways):
                try:
                    await way.try_to_send(lambda: cards.ended(texts(key, **values), texts, job))
                except ExpiredError:
                    continue
                except PostError as error:
                    _log.info("Job %s could not be told %s: %r", job.id, key, error)
                return

    async def _try(self, way: Way, job: Job, outcome: Outcome, image: bytes) -> Outcome:
        """Send a dream one way, ever smaller while it is too large; returns what was told."""
        texts = self.texts(job)
        while True:
            try:
                await way.try_to_send(partial(cards.result, texts, job, outcome, image))
            except TooLargeError:
                if len(image) < _SMALLEST_BYTES:
                    raise
                rendition = await refit_apart(image, int(len(image) * _SMALLER))
                if len(rendition.image) >= len(image):
                    raise
                image = rendition.image
                shape = {"height": rendition.height, "width": rendition.width}
                outcome = outcome.model_copy(update={**shape, "file_format": rendition.file_format})
            else:
                return outcome

    def _ways(self, job: Job) -> Iterator[Way]:
        reply, nonce = job.reply, job.id
        token_seconds = max(0.0, reply.expires_at - self._clock())
        yield Way("interaction", lambda card: self._post.edit(reply, card), token_seconds)
        if reply.reachable and not reply.private:
            yield Way("channel", lambda card: self._post.to_channel(reply, card, nonce), _PATIENCE)
        yield Way("direct message", lambda card: self._post.to_person(reply, card, nonce), _PATIENCE)

    async def _is_there(self, job: Job, outcome: Outcome) -> bool:
        try:
            return await patiently(
                lambda: self._post.has_answered(job.reply, cards.dream_file_name(job, outcome.file_format)),
                _PATIENCE,
            )
        except (ExpiredError, BusyError, ForbiddenError, GoneError, TooLargeError):
            return False
