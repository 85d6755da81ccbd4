"""Speaks to the owners of jobs, and gets their dreams to them."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from functools import partial

from bot.background import Background
from bot.clock import now
from bot.jobs.record import Job, Outcome, Reply, State
from bot.operations.logs import about
from bot.replies import cards
from bot.replies.cards import Card
from bot.replies.live import LiveCard
from bot.replies.patience import (
    LONG_PATIENCE,
    ExpiredError,
    ForbiddenError,
    GoneError,
    PostError,
    TooLargeError,
    patiently,
)
from bot.replies.post import Post
from bot.replies.ways import Way, ways_to
from bot.texts import Catalogue, Texts
from dream_engine.errors import PictureError
from dream_engine.images.apart import ApartError, Refitter

_log = logging.getLogger(__name__)

_SMALLER = 0.6
"""A file that is refused as too large is made so much smaller."""
_SMALLEST_BYTES = 20_000
_LOOK_SECONDS = 5.0
_AFTERWARDS = 5.0
"""So many seconds after an edit was broken off, it is seen whether it came last after all."""


class Delivery:
    """Speaks to the owners of jobs.

    Args:
        post: Carries cards.
        catalogue: What is said.
        refitter: Makes files smaller.
        background: Where cards are kept up to date.
        interval: The seconds between two edits of one card.
        clock: Tells the Unix seconds.
    """

    def __init__(
        self,
        post: Post,
        catalogue: Catalogue,
        refitter: Refitter,
        background: Background,
        interval: float,
        clock: Callable[[], float] = now,
    ) -> None:
        self._post = post
        self._catalogue = catalogue
        self._refitter = refitter
        self._background = background
        self._interval = interval
        self._clock = clock
        self._cards: dict[str, LiveCard] = {}

    def texts(self, job: Job) -> Texts:
        """The language of a job's owner."""
        return self._catalogue.texts(job.reply.locale)

    def live_card(self, job: Job) -> LiveCard:
        """The card of a job on its way; its answer closes it."""
        if job.id not in self._cards:
            with about(job.id):
                self._cards[job.id] = LiveCard(job.reply, self._post, self._background, self._interval)
        return self._cards[job.id]

    async def close_card(self, job: Job) -> None:
        """Bring a job's card up to date no more."""
        async with self._in_place_of_card(job):
            pass

    async def deliver(
        self, job: Job, outcome: Outcome, image: bytes, *, again: bool = False
    ) -> tuple[State, Outcome]:
        """Give a dream to who asked for it: by the interaction, else by the channel, else by direct message.

        Args:
            job: The job.
            outcome: What is told about the dream.
            image: The dream's file.
            again: It may have been delivered before the bot was stopped: look first.

        Returns:
            The state that the job is in now, and what was told.
        """
        async with self._in_place_of_card(job) as broken_off:
            for way in ways_to(self._post, job.reply, job.id, self._clock()):
                if again and await way.has_brought(cards.dream_file_stem(job)):
                    return State.DELIVERED, outcome
                try:
                    outcome = await self._send(way, job, outcome, image)
                except (GoneError, ForbiddenError) as error:
                    if way.name == "interaction":
                        _log.info("Job %s ends: its answer cannot be written any more (%r).", job.id, error)
                        return State.LOST, outcome
                    _log.info("Job %s cannot be answered by the %s: %r", job.id, way.name, error)
                except PostError as error:
                    _log.info("Job %s cannot be answered by the %s: %r", job.id, way.name, error)
                else:
                    _log.info("Job %s was answered by the %s.", job.id, way.name)
                    if way.name != "interaction":
                        await self._point_from_card(job)
                    elif broken_off:
                        look = self._look_again(way, job, outcome, image)
                        self._background.start(look, f"looking after job {job.id}")
                    return State.DELIVERED, outcome
            with contextlib.suppress(PostError):
                await self._put_in_place(job, self.texts(job)("card-stays"))
        _log.info("Job %s is kept until its owner comes again.", job.id)
        return State.KEPT, outcome

    async def has_answered(self, job: Job) -> bool:
        """Whether a job's message shows its dream already, as far as that can be seen now."""
        stem = cards.dream_file_stem(job)
        try:
            return await patiently(lambda: self._post.has_answered(job.reply, stem), _LOOK_SECONDS)
        except PostError:
            return False

    async def hand_over(self, job: Job, outcome: Outcome, image: bytes, reply: Reply) -> bool:
        """Give a dream that was kept to its owner, who has come again.

        Returns:
            Whether it arrived.
        """
        visit = Way("visit", partial(self._post.send_privately, reply))
        note = self._catalogue.texts(reply.locale)("card-kept")
        try:
            await self._send(visit, job.but(reply=reply), outcome, image, note)
        except PostError as error:
            _log.info("Job %s could not be handed over: %r", job.id, error)
            return False
        return True

    async def tell(self, job: Job, sentence: str) -> None:
        """Tell how a job has ended that came to no dream.

        Args:
            job: The job; one that was refused is nobody else's concern.
            sentence: What its owner reads.
        """
        async with self._in_place_of_card(job):
            try:
                if job.state is State.REFUSED:
                    await self._tell_alone(job, sentence)
                else:
                    await self._tell_in_place(job, sentence)
            except PostError as error:
                _log.info("Job %s could not be told how it ended: %r", job.id, error)

    async def tell_paused(self, job: Job) -> None:
        """The bot stops, and goes on with the job later."""
        async with self._in_place_of_card(job):
            with contextlib.suppress(PostError):
                await self._put_in_place(job, self.texts(job)("card-paused"), seconds=0.0)

    async def _tell_in_place(self, job: Job, sentence: str) -> None:
        try:
            await self._put_in_place(job, sentence)
        except ExpiredError:
            if job.state is not State.FAILED:  # who has cancelled it knows
                raise
            draw = partial(cards.ended, sentence, self.texts(job), job)
            await patiently(lambda: self._post.to_person(job.reply, draw(), nonce=job.id), LONG_PATIENCE)

    async def _tell_alone(self, job: Job, sentence: str) -> None:
        draw = partial(cards.ended, sentence)
        try:
            await self._post.answer_privately(job.reply, draw, LONG_PATIENCE)
        except ExpiredError:
            with contextlib.suppress(PostError):
                await self._put_in_place(job, self.texts(job)("card-refused"))
            await patiently(lambda: self._post.to_person(job.reply, draw(), nonce=job.id), LONG_PATIENCE)

    async def _put_in_place(self, job: Job, sentence: str, seconds: float = LONG_PATIENCE) -> None:
        """Put a sentence in place of a job's card, by its token or else as the bot itself."""
        draw = partial(cards.ended, sentence, self.texts(job), job)
        try:
            await patiently(lambda: self._post.edit(job.reply, draw()), seconds)
        except ExpiredError:
            await patiently(lambda: self._post.edit_in_channel(job.reply, draw()), seconds)

    async def _point_from_card(self, job: Job) -> None:
        """The dream came another way: the card, which no token reaches any more, must not wait for ever."""
        with contextlib.suppress(PostError):
            draw = partial(cards.ended, self.texts(job)("card-elsewhere"), self.texts(job), job)
            await self._post.edit_in_channel(job.reply, draw())

    async def _look_again(self, way: Way, job: Job, outcome: Outcome, image: bytes) -> None:
        """Send a dream once more if a preview that was broken off has taken its place."""
        await asyncio.sleep(_AFTERWARDS)
        if not await way.has_brought(cards.dream_file_stem(job)):
            with contextlib.suppress(PostError):
                await self._send(way, job, outcome, image)

    async def _send(
        self, way: Way, job: Job, outcome: Outcome, image: bytes, note: str | None = None
    ) -> Outcome:
        """Send a dream one way, ever smaller while it is too large; returns what was told."""
        while True:
            draw: Callable[[], Card] = partial(cards.result, self.texts(job), job, outcome, image, note)
            try:
                await way.try_to_send(draw)
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
        except (ApartError, PictureError) as error:
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
