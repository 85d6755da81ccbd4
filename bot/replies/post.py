"""Carries cards to Discord, and tells in plain words why one did not arrive."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import TypeVar, cast

import aiohttp
import discord
from discord.webhook.async_ import async_context
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_before_delay

from bot.clock import now
from bot.jobs.record import Reply
from bot.replies.cards import Card

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")

_ORIGINAL: int = "@original"  # type: ignore[assignment]
"""Discord's name for an interaction's answer, where others have their number."""
_TOKEN_MARGIN = 5.0
"""A token that has less than so many seconds left is not counted on."""
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_ONE_TRY = 120.0
"""So many seconds one try may take, its upload included."""
_LOOK_BACK = 30
"""Among so many messages one that was sent before a restart is looked for."""

PATIENCE = 60.0
"""For so many seconds something is tried for a person who waits for it right now."""


class PostError(Exception):
    """A card did not arrive."""


class ExpiredError(PostError):
    """The interaction's token can be used no longer."""


class GoneError(PostError):
    """The message, or its channel, is not there any more."""


class ForbiddenError(PostError):
    """The bot may not write there."""


class TooLargeError(PostError):
    """The file is too large for the place."""


class AcknowledgedError(PostError):
    """The interaction was acknowledged before; perhaps by a try whose answer was lost."""


class BusyError(PostError):
    """Discord is too busy, or cannot be reached.

    Args:
        retry_after: After how many seconds it wants to be asked again, if it says.
    """

    def __init__(self, retry_after: float | None = None) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after


_BY_CODE: Mapping[int, type[PostError]] = {
    10015: ExpiredError,  # unknown webhook
    10062: ExpiredError,  # unknown interaction
    40005: TooLargeError,
    40060: AcknowledgedError,
    50027: ExpiredError,  # invalid webhook token
}
_BY_STATUS: Mapping[int, type[PostError]] = {
    401: ExpiredError,
    403: ForbiddenError,
    404: GoneError,
    413: TooLargeError,
}
"""What Discord's codes mean, and where it gives none of these, its status."""


class Post:
    """Speaks to people through a client.

    Args:
        client: The bot, logged in.
        clock: Tells the Unix seconds.
    """

    def __init__(self, client: discord.Client, clock: Callable[[], float] = now) -> None:
        self._client = client
        self._clock = clock

    async def edit(self, reply: Reply, card: Card) -> None:
        """Put a card in place of the interaction's answer.

        Raises:
            PostError: It did not arrive.
        """
        webhook = self._webhook(reply)
        try:
            with told_plainly():
                # The message's own number would do as well, but Discord need not have told it.
                await webhook.edit_message(
                    _ORIGINAL,
                    view=card.view,
                    attachments=card.files,
                    allowed_mentions=discord.AllowedMentions.none(),
                )
        except asyncio.CancelledError:
            _forget_lock(reply)
            raise

    async def edit_in_channel(self, reply: Reply, card: Card) -> None:
        """Put a card in place of the interaction's answer when its token is used up, as the bot itself.

        Raises:
            PostError: It did not arrive.
        """
        if reply.channel_id is None or reply.message_id is None or reply.private or not reply.reachable:
            raise ExpiredError
        channel = self._client.get_partial_messageable(reply.channel_id)
        with told_plainly():
            await channel.get_partial_message(reply.message_id).edit(view=card.view, attachments=card.files)

    async def send_privately(self, reply: Reply, card: Card) -> None:
        """Say something under the interaction that only its owner sees.

        Raises:
            PostError: It did not arrive.
        """
        webhook = self._webhook(reply)
        with told_plainly():
            await webhook.send(
                view=card.view,
                files=card.files,
                ephemeral=True,
                allowed_mentions=discord.AllowedMentions.none(),
            )

    async def answer_privately(self, reply: Reply, draw: Callable[[], Card], seconds: float) -> None:
        """Let a card be the interaction's whole answer, and let nobody else see it.

        An answer that was promised to everybody is taken back first, or what follows would be seen as well.

        Args:
            reply: Where to.
            draw: Makes the card, for each try anew.
            seconds: For how long it is tried while Discord is busy.

        Raises:
            PostError: It did not arrive.
        """
        if reply.private:
            await patiently(lambda: self.edit(reply, draw()), seconds)
            return
        with contextlib.suppress(GoneError):
            await patiently(lambda: self.delete(reply), seconds)
        await patiently(lambda: self.send_privately(reply, draw()), seconds)

    async def delete(self, reply: Reply) -> None:
        """Take the interaction's answer away.

        Raises:
            PostError: It could not be.
        """
        webhook = self._webhook(reply)
        with told_plainly():
            await webhook.delete_message(_ORIGINAL)

    async def has_answered(self, reply: Reply, stem: str) -> bool:
        """Whether the interaction's answer carries a file of a name already, whatever its ending.

        Raises:
            PostError: It could not be looked at.
        """
        webhook = self._webhook(reply)
        with told_plainly():
            return _carries(await webhook.fetch_message(_ORIGINAL), stem)

    async def has_written_to_channel(self, reply: Reply, stem: str) -> bool:
        """Whether the bot's last messages in the channel carry a file of a name already.

        Raises:
            PostError: It could not be looked at.
        """
        if reply.channel_id is None:
            raise GoneError
        return await self._has_written(self._client.get_partial_messageable(reply.channel_id), stem)

    async def has_written_to_person(self, reply: Reply, stem: str) -> bool:
        """The same of the direct messages."""
        with told_plainly():
            channel = await self._client.create_dm(discord.Object(reply.user_id))
        return await self._has_written(channel, stem)

    async def _has_written(self, channel: discord.abc.Messageable, stem: str) -> bool:
        with told_plainly():
            return any([_carries(message, stem) async for message in channel.history(limit=_LOOK_BACK)])

    async def to_channel(self, reply: Reply, card: Card, nonce: str) -> None:
        """Send a card to the channel, as an answer to the interaction's where that is known.

        Args:
            reply: Where to.
            card: The card.
            nonce: Two messages of one nonce are sent once.

        Raises:
            PostError: It did not arrive.
        """
        if reply.channel_id is None:
            raise GoneError
        channel = self._client.get_partial_messageable(reply.channel_id)
        answered = None
        if reply.message_id is not None:
            answered = discord.MessageReference(
                message_id=reply.message_id, channel_id=reply.channel_id, fail_if_not_exists=False
            )
        await self._send(channel, card, nonce, answered)

    async def to_person(self, reply: Reply, card: Card, nonce: str) -> None:
        """Send a card as a direct message; see :meth:`to_channel`."""
        with told_plainly():
            channel = await self._client.create_dm(discord.Object(reply.user_id))
        await self._send(channel, card, nonce, None)

    async def _send(
        self,
        channel: discord.abc.Messageable,
        card: Card,
        nonce: str,
        reference: discord.MessageReference | None,
    ) -> None:
        with told_plainly():
            await channel.send(
                view=card.view,
                files=card.files,
                nonce=nonce,
                mention_author=False,
                allowed_mentions=discord.AllowedMentions.none(),
                reference=cast("discord.MessageReference", reference),  # its default is None
            )

    def _webhook(self, reply: Reply) -> discord.Webhook:
        """The interaction's own webhook, which needs no more than its token."""
        if not reply.token or self._clock() > reply.expires_at - _TOKEN_MARGIN:
            raise ExpiredError
        webhook = discord.Webhook.partial(reply.application_id, reply.token, client=self._client)
        webhook.type = discord.WebhookType.application
        return webhook


async def patiently(call: Callable[[], Awaitable[_Result]], seconds: float) -> _Result:
    """Try again while Discord is busy, when it says or ever more seldom.

    Args:
        call: What to try.
        seconds: For how long.

    Raises:
        PostError: It did not succeed; :class:`BusyError` when the time was over.
    """
    patience = AsyncRetrying(
        retry=retry_if_exception_type(BusyError), wait=_pause, stop=stop_before_delay(seconds), reraise=True
    )
    async for attempt in patience:
        with attempt:
            try:
                async with asyncio.timeout(_ONE_TRY):
                    return await call()
            except TimeoutError:
                raise BusyError from None
    raise BusyError


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, BusyError) and error.retry_after is not None:
        return max(error.retry_after, _SHORTEST_PAUSE)
    return float(min(_SHORTEST_PAUSE * 2 ** (state.attempt_number - 1), _LONGEST_PAUSE))


def _carries(message: discord.Message, stem: str) -> bool:
    names = (attachment.filename.removeprefix("SPOILER_") for attachment in message.attachments)
    return any(name.rpartition(".")[0] == stem for name in names)


def _forget_lock(reply: Reply) -> None:
    """Let the next edit of an answer begin although one was broken off.

    Edits of one answer take turns by a lock, and discord.py leaves it locked where one is broken off while it
    waits out a rate limit.
    """
    locks = getattr(async_context.get(), "_locks", {})
    locks.pop((reply.application_id, reply.token), None)


@contextlib.contextmanager
def told_plainly() -> Iterator[None]:
    """Turn what discord.py raises into a :class:`PostError`."""
    try:
        yield
    except discord.HTTPException as error:
        raise _meaning(error) from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise BusyError from error


def _meaning(error: discord.HTTPException) -> PostError:
    kind = _BY_CODE.get(error.code) or _BY_STATUS.get(error.status)
    if kind is not None:
        return kind()
    if error.status == 429 or error.status >= 500:
        return BusyError(_retry_after(error))
    _log.error("Discord refused a card: %s", error)
    return PostError()


def _retry_after(error: discord.HTTPException) -> float | None:
    headers = getattr(error.response, "headers", {})
    try:
        return float(headers.get("Retry-After", ""))
    except ValueError:
        return None
