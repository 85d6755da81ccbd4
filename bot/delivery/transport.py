"""Carries cards to Discord."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

import discord
from discord.webhook.async_ import async_context
from yarl import URL

from bot.delivery.cards import Card
from bot.delivery.media import gallery_items
from bot.delivery.retry import ExpiredError, GoneError, retry_while_busy, translate_discord_errors
from bot.models import Reply

_ORIGINAL_MESSAGE: int = "@original"  # type: ignore[assignment]
"""Discord's name for an interaction's answer, where others have their number."""
_HISTORY_LIMIT = 2000
"""Among so many messages since the interaction's answer, one of before a restart is looked for …"""
_HISTORY_LIMIT_WITHOUT_ANSWER = 200
"""… and among so many where it is not known which message that answer is."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An interaction's answer as Discord has it.

    Attributes:
        message: The answer.
    """

    message: discord.Message

    def has_file(self, stem: str) -> bool:
        """Whether it carries a file of a name, whatever its ending."""
        return _has_file(self.message, stem)

    def has_text(self, sentence: str) -> bool:
        """Whether a sentence stands in it."""
        return _has_text(self.message, sentence)


class DiscordTransport:
    """Speaks to people through a client.

    Whether an interaction's token is alive is what Discord says when it is used: the clock of this machine
    may be wrong.

    Args:
        client: The bot, logged in.
    """

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def edit(self, reply: Reply, card: Card) -> None:
        """Put a card in place of the interaction's answer.

        Raises:
            DeliveryError: It did not arrive.
        """
        webhook = self._webhook(reply)
        try:
            with translate_discord_errors():
                # The message's own number would do as well, but Discord need not have told it.
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
        """Put a card in place of the interaction's answer when its token is used up, as the bot itself.

        Raises:
            DeliveryError: It did not arrive.
        """
        answer = self._answer_in_channel(reply)
        with translate_discord_errors():
            await answer.edit(view=card.view, attachments=card.files)

    async def send_privately(self, reply: Reply, card: Card) -> None:
        """Say something under the interaction that only its owner sees.

        Raises:
            DeliveryError: It did not arrive.
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
        self, reply: Reply, draw: Callable[[], Card], seconds: float, *, told_first: bool = False
    ) -> None:
        """Let a card be the interaction's whole answer, and let nobody else see it.

        An answer that was promised to everybody is taken back first, or what follows would be seen as well.

        Args:
            reply: Where to.
            draw: Makes the card, for each try anew.
            seconds: For how long it is tried while Discord is busy.
            told_first: Whether the answer is taken back only afterwards, as it can be once it shows a card:
                a bot that is killed in between has told what it wanted to tell.

        Raises:
            DeliveryError: It did not arrive.
        """
        if reply.private:
            await retry_while_busy(lambda: self.edit(reply, draw()), seconds)
            return
        if told_first:
            await retry_while_busy(lambda: self.send_privately(reply, draw()), seconds)
        with contextlib.suppress(GoneError):
            await retry_while_busy(lambda: self.delete(reply), seconds)
        if not told_first:
            await retry_while_busy(lambda: self.send_privately(reply, draw()), seconds)

    async def delete(self, reply: Reply) -> None:
        """Take the interaction's answer away.

        Raises:
            DeliveryError: It could not be.
        """
        webhook = self._webhook(reply)
        with translate_discord_errors():
            await webhook.delete_message(_ORIGINAL_MESSAGE)

    async def answer_has_file(self, reply: Reply, stem: str) -> bool:
        """Whether the interaction's answer carries a file of a name already, whatever its ending.

        Raises:
            DeliveryError: It could not be looked at.
        """
        return (await self.fetch_answer(reply)).has_file(stem)

    async def fetch_answer(self, reply: Reply) -> Answer:
        """Look at the interaction's answer.

        Where the token is used up, the bot itself looks into the channel.

        Raises:
            GoneError: It is not there any more.
            DeliveryError: It could not be looked at.
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
        """Whether a message in the channel since the interaction's answer carries a file of a name already.

        Raises:
            DeliveryError: It could not be looked at.
        """
        if reply.channel_id is None:
            raise GoneError
        channel = self._client.get_partial_messageable(reply.channel_id)
        return await self._any_message_since(channel, reply, lambda message: _has_file(message, stem))

    async def dm_has_file(self, reply: Reply, stem: str) -> bool:
        """The same of the direct messages."""
        return await self._any_dm(reply, lambda message: _has_file(message, stem))

    async def dm_has_text(self, reply: Reply, sentence: str) -> bool:
        """Whether a direct message since the interaction's answer says a sentence already.

        Raises:
            DeliveryError: It could not be looked at.
        """
        return await self._any_dm(reply, lambda message: _has_text(message, sentence))

    async def _any_dm(self, reply: Reply, matches: Callable[[discord.Message], bool]) -> bool:
        with translate_discord_errors():
            channel = await self._client.create_dm(discord.Object(reply.user_id))
        return await self._any_message_since(channel, reply, matches)

    async def _any_message_since(
        self, channel: discord.abc.Messageable, reply: Reply, matches: Callable[[discord.Message], bool]
    ) -> bool:
        """Whether a message fits, the newest first: what was sent before a kill is mostly among the last."""
        after, limit = None, _HISTORY_LIMIT_WITHOUT_ANSWER
        if reply.message_id is not None:
            after, limit = discord.Object(reply.message_id), _HISTORY_LIMIT
        with translate_discord_errors():
            async for message in channel.history(limit=limit, after=after, oldest_first=False):
                if matches(message):
                    return True
        return False

    def _answer_in_channel(self, reply: Reply) -> discord.PartialMessage:
        """The interaction's answer as the bot itself sees it, which it does where everybody does."""
        if reply.channel_id is None or reply.message_id is None or reply.private or not reply.reachable:
            raise ExpiredError
        return self._client.get_partial_messageable(reply.channel_id).get_partial_message(reply.message_id)

    async def send_to_channel(self, reply: Reply, card: Card, nonce: str) -> None:
        """Send a card to the channel, as an answer to the interaction's where that is known.

        Args:
            reply: Where to.
            card: The card.
            nonce: Two messages of one nonce are sent once.

        Raises:
            DeliveryError: It did not arrive.
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
        """The interaction's own webhook, which needs no more than its token."""
        if not reply.token:
            raise ExpiredError
        webhook = discord.Webhook.partial(reply.application_id, reply.token, client=self._client)
        webhook.type = discord.WebhookType.application
        return webhook


def _has_file(message: discord.Message, stem: str) -> bool:
    attached = (attachment.filename for attachment in message.attachments)
    fetch_answer = (URL(item.media.url).name for item in gallery_items(message))
    names = (name.removeprefix("SPOILER_") for name in (*attached, *fetch_answer))
    return any(name.rpartition(".")[0] == stem for name in names)


def _has_text(message: discord.Message, sentence: str) -> bool:
    return any(sentence in text for text in _texts_in(message.components))


def _texts_in(components: Any) -> Iterator[str]:
    for component in components:
        if isinstance(component, discord.TextDisplay):
            yield component.content
        else:
            yield from _texts_in(getattr(component, "children", ()))


def _drop_lock(reply: Reply) -> None:
    """Let the next edit of an answer begin although one was broken off.

    Edits of one answer take turns by a lock, and discord.py leaves it locked where one is broken off while it
    waits out a rate limit.
    """
    locks = getattr(async_context.get(), "_locks", {})
    locks.pop((reply.application_id, reply.token), None)
