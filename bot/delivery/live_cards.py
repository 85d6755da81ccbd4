"""The live cards of all jobs that are not answered yet."""

import contextlib
from collections.abc import AsyncIterator

from bot.background import Background
from bot.delivery.live_card import LiveCard
from bot.delivery.transport import DiscordTransport
from bot.models import Job
from bot.telemetry.log import job_context


class LiveCards:
    """Makes one live card for each job, and closes it before the job's answer replaces it.

    Args:
        transport: Edits the cards.
        background: Runs the edits.
        interval: The seconds between two edits of one card.
    """

    def __init__(self, *, transport: DiscordTransport, background: Background, interval: float) -> None:
        self._transport = transport
        self._background = background
        self._interval = interval
        self._cards: dict[str, LiveCard] = {}

    def of(self, job: Job) -> LiveCard:
        """Return a job's live card, and make it if there is none yet."""
        if job.id not in self._cards:
            with job_context(job.id):
                self._cards[job.id] = LiveCard(job.reply, self._transport, self._background, self._interval)
        return self._cards[job.id]

    def is_answered(self, job: Job) -> bool:
        """Whether a job has a live card and its interaction already shows something."""
        card = self._cards.get(job.id)
        return card is not None and card.answered.is_set()

    @contextlib.asynccontextmanager
    async def replacing(self, job: Job) -> AsyncIterator[bool]:
        """Close a job's live card, and mark the job as answered when the block ends.

        Yields:
            Whether closing interrupted an edit. Discord may apply that edit later.
        """
        card = self._cards.pop(job.id, None)
        interrupted = card is not None and await card.close()
        try:
            yield interrupted
        finally:
            if card is not None:
                card.answered.set()
