"""The ways in which a dream can reach who asked for it."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from functools import partial

from bot.delivery.cards import Card
from bot.delivery.retry import FOREVER, LONG_PATIENCE, DeliveryError, patiently
from bot.delivery.transport import DiscordTransport
from bot.models import Reply

INTERACTION, CHANNEL, DIRECT_MESSAGE, VISIT = "interaction", "channel", "direct message", "visit"
"""The names of the ways; the last is a later interaction of the same person."""


class Arrival(Enum):
    """Whether something has reached Discord."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    """It may have, and that cannot be seen."""


@dataclass(frozen=True, slots=True)
class Route:
    """A way to reach who asked.

    Attributes:
        name: For the log, and for the record of what was attempted.
        send: Sends a card that way.
        look: Whether a file of a name has come there already.
        seconds: For how long it is tried while Discord is busy.
    """

    name: str
    send: Callable[[Card], Awaitable[None]]
    look: Callable[[str], Awaitable[bool]] | None
    seconds: float

    async def try_to_send(self, draw: Callable[[], Card]) -> None:
        """Send what is drawn, anew for each try.

        Raises:
            DeliveryError: It did not arrive.
        """
        await patiently(lambda: self.send(draw()), self.seconds)

    async def has_brought(self, stem: str, seconds: float = FOREVER) -> Arrival:
        """Whether a file of a name has come there already.

        Args:
            stem: The file's name but for its ending.
            seconds: For how long the look is tried while Discord is busy.
        """
        look = self.look
        if look is None:
            return Arrival.UNKNOWN
        try:
            return Arrival.YES if await patiently(lambda: look(stem), seconds) else Arrival.NO
        except DeliveryError:
            return Arrival.UNKNOWN


async def first_that_brought(ways: Iterable[Route], stem: str, seconds: float = FOREVER) -> Route | None:
    """The first of the ways by which a file of a name has come, as far as Discord lets that be seen.

    A way that Discord does not let the bot look at counts as one that has brought nothing.

    Args:
        ways: Where to look.
        stem: The file's name but for its ending.
        seconds: For how long each look is tried while Discord is busy; no second message can be taken back.
    """
    for way in ways:
        if await way.has_brought(stem, seconds) is Arrival.YES:
            return way
    return None


def ways_to(post: DiscordTransport, reply: Reply, nonce: str) -> tuple[Route, ...]:
    """The interaction, else the channel, else a direct message.

    A way that was attempted before the bot was killed comes first. What has arrived by it, and cannot be
    seen, does not come twice: for some minutes Discord drops the second message of one nonce.

    Args:
        post: Carries cards.
        reply: Where the interaction was.
        nonce: Two messages of one nonce are sent once.
    """
    ways = [Route(INTERACTION, partial(post.edit, reply), partial(post.has_answered, reply), LONG_PATIENCE)]
    if reply.reachable and not reply.private:
        to_channel = partial(post.to_channel, reply, nonce=nonce)
        ways.append(Route(CHANNEL, to_channel, partial(post.has_written_to_channel, reply), LONG_PATIENCE))
    to_person = partial(post.to_person, reply, nonce=nonce)
    ways.append(Route(DIRECT_MESSAGE, to_person, partial(post.has_written_to_person, reply), LONG_PATIENCE))
    return tuple(sorted(ways, key=lambda way: way.name != reply.attempt))
