"""Sends cards to Discord and looks up what arrived there."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

import discord
from discord.webhook.async_ import async_context
from yarl import URL

from bot.delivery.cards import Card
from bot.delivery.line_breaks import with_plain_spaces
from bot.delivery.media import gallery_items
from bot.delivery.retry import ExpiredError, GoneError, retry_while_busy, translate_discord_errors
from bot.models import Reply

_ORIGINAL_MESSAGE: int = "@original"  # type: ignore[assignment]
"""Discord's name for an interaction's answer, in place of a message id."""
_HISTORY_LIMIT = 2000
"""The limit on the messages since the interaction's answer that a search after a restart reads."""
_HISTORY_LIMIT_WITHOUT_ANSWER = 200
"""The same number if the id of the interaction's answer is unknown."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An interaction's answer as Discord has it.

    Attributes:
        message: The answer.
    """

    message: discord.Message

    def has_file(self, stem: str) -> bool:
        """Whether the answer carries a file with this stem."""
        return _has_file(self.message, stem)

    def has_text(self, sentence: str) -> bool:
        """Whether the answer contains a sentence."""
        return _has_text(self.message, sentence)


class DiscordTransport:
    """Sends cards through a Discord client.

    Only Discord's response decides whether an interaction's token is still valid, because the clock of this
    machine may be wrong.

    Args:
        client: The bot's client, logged in.
    """

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def edit(self, reply: Reply, card: Card) -> None:
        """Replace the interaction's answer with a card.

        Raises:
            DeliveryError: The card did not arrive.
        """
        webhook = self._webhook(reply)
        try:
            with translate_discord_errors():
                # The message's id would work too, but Discord may not have returned it.
                await webhook.edit_message(
                    _ORIGINAL_MESSAGE,
                    view=card.view,
                    attachments=card.files,
                    allowed_mentions=discord.AllowedMentions.none(),
                )
        except asyncio.CancelledError:
            _drop_lock(reply)
            raise

    async def edit_in_channel(self, reply: Reply, card: Card) -> None:
        """Replace the interaction's answer with a card as the bot user, which needs no token.

        Raises:
            DeliveryError: The card did not arrive.
        """
        answer = self._answer_in_channel(reply)
        with translate_discord_errors():
            await answer.edit(view=card.view, attachments=card.files)

    async def send_privately(self, reply: Reply, card: Card) -> None:
        """Send a card that only the interaction's user sees.

        Raises:
            DeliveryError: The card did not arrive.
        """
        webhook = self._webhook(reply)
        with translate_discord_errors():
            await webhook.send(
                view=card.view,
                files=card.files,
                ephemeral=True,
                allowed_mentions=discord.AllowedMentions.none(),
            )

    async def answer_privately(
        self, reply: Reply, draw: Callable[[], Card], seconds: float, *, send_first: bool = False
    ) -> None:
        """Make a card the interaction's only answer, visible to its user alone.

        A public answer is deleted first, because a follow-up to a public "thinking" message would be public.

        Args:
            reply: The address of the answer.
            draw: Makes the card, anew for each attempt.
            seconds: How long to retry while Discord is busy.
            send_first: Whether to send the card before the deletion, so that a bot that is killed in between
                has told its message. This works once the answer shows a card.

        Raises:
            DeliveryError: The card did not arrive.
        """
        if reply.private:
            await retry_while_busy(lambda: self.edit(reply, draw()), seconds)
            return
        if send_first:
            await retry_while_busy(lambda: self.send_privately(reply, draw()), seconds)
        with contextlib.suppress(GoneError):
            await retry_while_busy(lambda: self.delete(reply), seconds)
        if not send_first:
            await retry_while_busy(lambda: self.send_privately(reply, draw()), seconds)

    async def delete(self, reply: Reply) -> None:
        """Delete the interaction's answer.

        Raises:
            DeliveryError: Discord did not delete it.
        """
        webhook = self._webhook(reply)
        with translate_discord_errors():
            await webhook.delete_message(_ORIGINAL_MESSAGE)

    async def delete_in_channel(self, reply: Reply) -> None:
        """Delete the interaction's answer as the bot user, which needs no token.

        Raises:
            DeliveryError: Discord did not delete it.
        """
        answer = self._answer_in_channel(reply)
        with translate_discord_errors():
            await answer.delete()

    async def answer_has_file(self, reply: Reply, stem: str) -> bool:
        """Whether the interaction's answer carries a file with this stem.

        Raises:
            DeliveryError: The bot cannot read it.
        """
        return (await self.fetch_answer(reply)).has_file(stem)

    async def fetch_answer(self, reply: Reply) -> Answer:
        """Fetch the interaction's answer, by its token or else as the bot user.

        Raises:
            GoneError: The answer was deleted.
            DeliveryError: The bot cannot read it.
        """
        try:
            webhook = self._webhook(reply)
            with translate_discord_errors():
                return Answer(await webhook.fetch_message(_ORIGINAL_MESSAGE))
        except ExpiredError:
            answer = self._answer_in_channel(reply)
            with translate_discord_errors():
                return Answer(await answer.fetch())

    async def channel_has_file(self, reply: Reply, stem: str) -> bool:
        """Whether a message in the channel since the interaction's answer carries a file with this stem.

        Raises:
            DeliveryError: The bot cannot read the channel.
        """
        if reply.channel_id is None:
            raise GoneError
        channel = self._client.get_partial_messageable(reply.channel_id)
        return await self._any_message_since(channel, reply, lambda message: _has_file(message, stem))

    async def dm_has_file(self, reply: Reply, stem: str) -> bool:
        """Whether a direct message since the interaction's answer carries a file with this stem."""
        return await self._any_dm(reply, lambda message: _has_file(message, stem))

    async def dm_has_text(self, reply: Reply, sentence: str) -> bool:
        """Whether a direct message since the interaction's answer contains a sentence.

        Raises:
            DeliveryError: The bot cannot read the direct messages.
        """
        return await self._any_dm(reply, lambda message: _has_text(message, sentence))

    async def _any_dm(self, reply: Reply, matches: Callable[[discord.Message], bool]) -> bool:
        with translate_discord_errors():
            channel = await self._client.create_dm(discord.Object(reply.user_id))
        return await self._any_message_since(channel, reply, matches)

    async def _any_message_since(
        self, channel: discord.abc.Messageable, reply: Reply, matches: Callable[[discord.Message], bool]
    ) -> bool:
        """Search messages, newest first, because a message from before a kill is usually among the last."""
        after, limit = None, _HISTORY_LIMIT_WITHOUT_ANSWER
        if reply.message_id is not None:
            after, limit = discord.Object(reply.message_id), _HISTORY_LIMIT
        with translate_discord_errors():
            async for message in channel.history(limit=limit, after=after, oldest_first=False):
                if matches(message):
                    return True
        return False

    def _answer_in_channel(self, reply: Reply) -> discord.PartialMessage:
        """The interaction's answer as the bot user sees it, which it can only if everybody can."""
        if reply.channel_id is None or reply.message_id is None or reply.private or not reply.reachable:
            raise ExpiredError
        return self._client.get_partial_messageable(reply.channel_id).get_partial_message(reply.message_id)

    async def send_to_channel(self, reply: Reply, card: Card, nonce: str) -> None:
        """Send a card to the channel, as a reply to the interaction's answer if its id is known.

        Args:
            reply: The address of the answer.
            card: The card.
            nonce: Discord drops a second message with the same nonce for some minutes.

        Raises:
            DeliveryError: The card did not arrive.
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

    async def send_dm(self, reply: Reply, card: Card, nonce: str) -> None:
        """Send a card as a direct message; see :meth:`send_to_channel`."""
        with translate_discord_errors():
            channel = await self._client.create_dm(discord.Object(reply.user_id))
        await self._send(channel, card, nonce, None)

    async def _send(
        self,
        channel: discord.abc.Messageable,
        card: Card,
        nonce: str,
        reference: discord.MessageReference | None,
    ) -> None:
        with translate_discord_errors():
            await channel.send(
                view=card.view,
                files=card.files,
                nonce=nonce,
                mention_author=False,
                allowed_mentions=discord.AllowedMentions.none(),
                reference=cast("discord.MessageReference", reference),  # its default is None
            )

    def _webhook(self, reply: Reply) -> discord.Webhook:
        """The interaction's webhook, which needs only its token."""
        if not reply.token:
            raise ExpiredError
        webhook = discord.Webhook.partial(reply.application_id, reply.token, client=self._client)
        webhook.type = discord.WebhookType.application
        return webhook


def _has_file(message: discord.Message, stem: str) -> bool:
    attached = (attachment.filename for attachment in message.attachments)
    shown = (URL(item.media.url).name for item in gallery_items(message))
    names = (name.removeprefix("SPOILER_") for name in (*attached, *shown))
    return any(name.rpartition(".")[0] == stem for name in names)


def _has_text(message: discord.Message, sentence: str) -> bool:
    sentence = with_plain_spaces(sentence)
    return any(sentence in with_plain_spaces(text) for text in _texts_in(message.components))


def _texts_in(components: Any) -> Iterator[str]:
    for component in components:
        if isinstance(component, discord.TextDisplay):
            yield component.content
        else:
            yield from _texts_in(getattr(component, "children", ()))


def _drop_lock(reply: Reply) -> None:
    """Drop discord.py's lock on an answer after an edit was cancelled.

    discord.py serialises the edits of one answer with a lock, and leaves it locked if an edit is cancelled
    while it waits for a rate limit.
    """
    locks = getattr(async_context.get(), "_locks", {})
    locks.pop((reply.application_id, reply.token), None)
