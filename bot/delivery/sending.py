"""Sends a finished dream over one route, and makes it smaller while it is too large."""

import logging
from collections.abc import Callable, Sequence
from functools import partial

from bot.delivery.animation_refitting import AnimationRefitter
from bot.delivery.cards import Card
from bot.delivery.result_card import result
from bot.delivery.retry import TooLargeError
from bot.delivery.routes import Route
from bot.models import Job, Outcome
from bot.texts import Catalogue
from dream_engine.errors import PictureError
from dream_engine.images.refitting import Refitter, RefittingError

_log = logging.getLogger(__name__)

_SHRINK_FACTOR = 0.6
"""The share of its bytes that a file keeps when Discord refuses it as too large."""
_MIN_BYTES = 20_000


class DreamSender:
    """Sends finished dreams.

    Args:
        catalogue: The texts of the cards.
        refitter: Makes the files of stills smaller.
        animations: Makes the files of animations smaller.
        things: The names of the things that cards offer to dream of.
    """

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        refitter: Refitter,
        animations: AnimationRefitter,
        things: Sequence[str] = (),
    ) -> None:
        self._catalogue = catalogue
        self._refitter = refitter
        self._animations = animations
        self._things = things

    async def send(
        self, route: Route, job: Job, outcome: Outcome, image: bytes, note: str | None = None
    ) -> Outcome:
        """Send a dream, and make it smaller each time that it is too large for the place.

        Args:
            route: The route to send it over.
            job: The job; its reply decides the language.
            outcome: The facts on the card.
            image: The dream's file.
            note: A sentence above the facts.

        Returns:
            The facts that the card shows, which differ from ``outcome`` if the dream was made smaller.

        Raises:
            DeliveryError: The dream did not arrive.
        """
        texts = self._catalogue.texts(job.reply.locale)
        while True:
            draw: Callable[[], Card] = partial(result, texts, job, outcome, image, note, self._things)
            try:
                await route.try_to_send(draw)
            except TooLargeError:
                if len(image) < _MIN_BYTES:
                    raise
                smaller, outcome = await self._shrink(job, image, outcome)
                if len(smaller) >= len(image):
                    raise
                image = smaller
            else:
                return outcome

    async def _shrink(self, job: Job, image: bytes, outcome: Outcome) -> tuple[bytes, Outcome]:
        max_bytes = int(len(image) * _SHRINK_FACTOR)
        try:
            if outcome.motion is not None:
                smaller, animation = await self._animations.refit(image, max_bytes, job.id)
                return smaller, outcome.refitted(animation)
            rendition = await self._refitter.refit(image, max_bytes)
        except (RefittingError, PictureError) as error:
            _log.warning("A dream could not be made smaller: %s", error)
            raise TooLargeError from error
        changes = {
            "height": rendition.height,
            "width": rendition.width,
            "file_format": rendition.file_format,
        }
        return rendition.image, outcome.model_copy(update=changes)
