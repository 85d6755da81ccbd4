"""The ways in which a dream can reach who asked for it."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial

from bot.jobs.record import Reply
from bot.replies.cards import Card
from bot.replies.patience import LONG_PATIENCE, PostError, patiently
from bot.replies.post import Post


@dataclass(frozen=True, slots=True)
class Way:
    """A way to reach who asked.

    Attributes:
        name: For the log.
        send: Sends a card that way.
        seconds: For how long it is tried while Discord is busy.
        look: Whether a file of a name has come there already.
    """

    name: str
    send: Callable[[Card], Awaitable[None]]
    seconds: float = LONG_PATIENCE
    look: Callable[[str], Awaitable[bool]] | None = None

    async def try_to_send(self, draw: Callable[[], Card]) -> None:
        """Send what is drawn, anew for each try.

        Raises:
            PostError: It did not arrive.
        """
        await patiently(lambda: self.send(draw()), self.seconds)

    async def has_brought(self, stem: str) -> bool:
        """Whether a file of a name has come there already; no, where that cannot be seen."""
        look = self.look
        if look is None:
            return False
        try:
            return await patiently(lambda: look(stem), self.seconds)
        except PostError:
            return False


def ways_to(post: Post, reply: Reply, nonce: str, now: float) -> Iterator[Way]:
    """The interaction, else the channel, else a direct message.

    Args:
        post: Carries cards.
        reply: Where the interaction was.
        nonce: Two messages of one nonce are sent once.
        now: The Unix time.
    """
    yield Way(
        "interaction",
        partial(post.edit, reply),
        max(0.0, reply.expires_at - now),
        partial(post.has_answered, reply),
    )
    if reply.reachable and not reply.private:
        yield Way(
            "channel",
            partial(post.to_channel, reply, nonce=nonce),
            look=partial(post.has_written_to_channel, reply),
        )
    yield Way(
        "direct message",
        partial(post.to_person, reply, nonce=nonce),
        look=partial(post.has_written_to_person, reply),
    )
