"""A card that shows the newest state, with rate-limited edits in the background."""

import asyncio
import contextlib
import logging
from collections.abc import Callable

from bot.background import Background
from bot.delivery.cards import Card
from bot.delivery.retry import BusyError, DeliveryError, ExpiredError, ForbiddenError, GoneError
from bot.delivery.transport import DiscordTransport
from bot.models import Reply

_log = logging.getLogger(__name__)

_CLOSE_SECONDS = 1.0
"""The time that a running edit has left when the answer is ready."""


class LiveCard:
    """Shows the newest of the given contents, with one edit at a time and a pause between edits.

    Args:
        reply: The address of the card.
        transport: Edits the card.
        background: Runs the edits.
        interval: The seconds between two edits.
    """

    def __init__(
        self, reply: Reply, transport: DiscordTransport, background: Background, interval: float
    ) -> None:
        self._reply = reply
        self._transport = transport
        self._interval = interval
        self._newest: Callable[[], Card] | None = None
        self._key: object = None
        self._is_expired = False
        self._changed = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self.answered = asyncio.Event()
        """Set when the interaction shows the card or the answer that replaced it."""
        self.gone = asyncio.Event()
        """Set when the message was deleted."""
        self._task = background.start(self._run(), "a card")

    def show(self, draw: Callable[[], Card], key: object = None) -> None:
        """Show a content as soon as possible, unless a newer one arrives first.

        Args:
            draw: Makes the card.
            key: Identifies the content; an equal key in a row causes no edit.
        """
        if key is not None and key == self._key:
            return
        self._key = key
        self._newest = draw
        self._changed.set()

    async def wait_until_answered(self, seconds: float) -> None:
        """Wait until Discord has accepted a content, or until that cannot happen any more.

        Args:
            seconds: How long to wait at most, because Discord may be busy.
        """
        answered = asyncio.ensure_future(self.answered.wait())
        try:
            await asyncio.wait([answered, self._task], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            answered.cancel()

    async def close(self) -> bool:
        """Stop editing the card.

        Returns:
            Whether an edit was interrupted; Discord may have accepted it and apply it later.
        """
        if not self._task.done():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await self._idle.wait()
        interrupted = not self._idle.is_set()
        self._task.cancel()
        await asyncio.wait([self._task])
        return interrupted

    async def _run(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            self._idle.clear()
            pause = self._interval
            try:
                await self._show_newest()
            except GoneError:
                self.gone.set()
                return
            except BusyError as busy:
                self._changed.set()
                pause = busy.retry_after or self._interval
            except DeliveryError as error:
                _log.info("A card could not be updated: %r", error)
                return
            finally:
                self._idle.set()
            await asyncio.sleep(pause)

    async def _show_newest(self) -> None:
        if self._newest is None:
            return
        if not self._is_expired:
            try:
                await self._transport.edit(self._reply, self._newest())
            except ExpiredError:  # Discord blocks clients that send invalid tokens too often
                self._is_expired = True
        if self._is_expired:
            try:
                await self._transport.edit_in_channel(self._reply, self._newest())
            except GoneError as error:  # there may be no such way; only the interaction knows its own answer
                raise ForbiddenError from error
        self.answered.set()
