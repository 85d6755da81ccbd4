"""Carries cards to Discord."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import cast

import discord
from discord.webhook.async_ import async_context
from yarl import URL

from bot.clock import now
from bot.jobs.record import Reply
from bot.replies.cards import Card
from bot.replies.media import gallery_items
from bot.replies.patience import ExpiredError, GoneError, patiently, told_plainly

_ORIGINAL: int = "@original"  # type: ignore[assignment]
"""Discord's name for an interaction's answer, where others have their number."""
_TOKEN_MARGIN = 5.0
"""A token that has less than so many seconds left is not counted on."""
_LOOK_BACK = 30
"""Among so many messages one that was sent before a restart is looked for."""


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


def _carries(message: discord.Message, stem: str) -> bool:
    attached = (attachment.filename for attachment in message.attachments)
    shown = (URL(item.media.url).name for item in gallery_items(message))
    names = (name.removeprefix("SPOILER_") for name in (*attached, *shown))
    return any(name.rpartition(".")[0] == stem for name in names)


def _forget_lock(reply: Reply) -> None:
    """Let the next edit of an answer begin although one was broken off.

    Edits of one answer take turns by a lock, and discord.py leaves it locked where one is broken off while it
    waits out a rate limit.
    """
    locks = getattr(async_context.get(), "_locks", {})
    locks.pop((reply.application_id, reply.token), None)
