"""Tells the owners of jobs how they ended."""

import contextlib
import logging
from collections.abc import Callable
from functools import partial

from bot.delivery import cards
from bot.delivery.cards import Card
from bot.delivery.live_card import LiveCard
from bot.delivery.live_cards import LiveCards
from bot.delivery.retry import FOREVER, LONG_RETRY_SECONDS, DeliveryError, ExpiredError, retry_while_busy
from bot.delivery.transport import DiscordTransport
from bot.models import Job, State
from bot.texts import Catalogue, Texts

_log = logging.getLogger(__name__)


class Notifier:
    """Shows the owners of jobs their progress, and tells them how they ended.

    Args:
        transport: Sends cards.
        catalogue: The texts of the cards.
        live_cards: The cards that show progress.
    """

    def __init__(self, *, transport: DiscordTransport, catalogue: Catalogue, live_cards: LiveCards) -> None:
        self._transport = transport
        self._catalogue = catalogue
        self._live_cards = live_cards

    def texts(self, job: Job) -> Texts:
        """Return the texts in the language of a job's owner."""
        return self._catalogue.texts(job.reply.locale)

    def live_card(self, job: Job) -> LiveCard:
        """Return the card that shows a job's progress until its answer replaces it."""
        return self._live_cards.of(job)

    async def close_card(self, job: Job) -> None:
        """Stop editing a job's card."""
        async with self._live_cards.replacing(job):
            pass

    async def tell(self, job: Job, sentence: str, *, again: bool = False) -> None:
        """Tell a job's owner how it ended.

        Args:
            job: The job. A refusal is told privately.
            sentence: The sentence for the owner.
            again: Whether an earlier run of the bot may have told it.
        """
        # If the end is not stored, a bot that is killed between deleting and telling could not tell it again.
        send_first = job.ended_at is None and self._live_cards.is_answered(job)
        async with self._live_cards.replacing(job):
            try:
                if job.state is State.REFUSED:
                    await self._tell_privately(job, sentence, again=again, send_first=send_first)
                else:
                    await self._tell_on_card(job, sentence, again=again)
            except DeliveryError as error:
                _log.info("The owner of job %s could not be told how it ended: %r", job.id, error)

    async def tell_paused(self, job: Job) -> None:
        """Show on a job's card that the bot stops and continues the job later."""
        async with self._live_cards.replacing(job):
            with contextlib.suppress(DeliveryError):
                await self.replace_card(job, self.texts(job)("card-paused"), 0.0)

    async def _tell_on_card(self, job: Job, sentence: str, *, again: bool) -> None:
        try:
            await self.replace_card(job, sentence, LONG_RETRY_SECONDS)
        except ExpiredError:
            if job.state is not State.FAILED:  # the user who cancelled the job knows it
                raise
            draw = partial(cards.ended, sentence, self.texts(job), job)
            await self._tell_by_dm(job, sentence, draw, again=again)

    async def _tell_privately(self, job: Job, sentence: str, *, again: bool, send_first: bool) -> None:
        draw = partial(cards.ended, sentence)
        try:
            await self._transport.answer_privately(job.reply, draw, LONG_RETRY_SECONDS, send_first=send_first)
        except ExpiredError:
            with contextlib.suppress(DeliveryError):
                await self.replace_card(job, self.texts(job)("card-refused"), LONG_RETRY_SECONDS)
            await self._tell_by_dm(job, sentence, draw, again=again)

    async def _tell_by_dm(self, job: Job, sentence: str, draw: Callable[[], Card], *, again: bool) -> None:
        """Send a direct message, unless an earlier run of the bot has sent it."""
        if again and await self._dm_was_sent(job, sentence):
            return
        await retry_while_busy(
            lambda: self._transport.send_dm(job.reply, draw(), nonce=job.id), LONG_RETRY_SECONDS
        )

    async def _dm_was_sent(self, job: Job, sentence: str) -> bool:
        try:
            return await retry_while_busy(lambda: self._transport.dm_has_text(job.reply, sentence), FOREVER)
        except DeliveryError:
            return False

    async def replace_card(self, job: Job, sentence: str, seconds: float) -> None:
        """Replace a job's card with a sentence, by the interaction's token or else as the bot user."""
        draw = partial(cards.ended, sentence, self.texts(job), job)
        try:
            await retry_while_busy(lambda: self._transport.edit(job.reply, draw()), seconds)
        except ExpiredError:
            await retry_while_busy(lambda: self._transport.edit_in_channel(job.reply, draw()), seconds)
