"""The ways in which a dream can reach who asked for it."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from functools import partial

from bot.delivery.cards import Card
from bot.delivery.retry import FOREVER, LONG_RETRY_SECONDS, DeliveryError, retry_while_busy
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
        find_file: Whether a file of a name has come there already.
        seconds: For how long it is tried while Discord is busy.
    """

    name: str
    send: Callable[[Card], Awaitable[None]]
    find_file: Callable[[str], Awaitable[bool]] | None
    seconds: float

    async def try_to_send(self, draw: Callable[[], Card]) -> None:
        """Send what is drawn, anew for each try.

        Raises:
            DeliveryError: It did not arrive.
        """
        await retry_while_busy(lambda: self.send(draw()), self.seconds)

    async def has_delivered(self, stem: str, seconds: float = FOREVER) -> Arrival:
        """Whether a file of a name has come there already.

        Args:
            stem: The file's name but for its ending.
            seconds: For how long the look is tried while Discord is busy.
        """
        find_file = self.find_file
        if find_file is None:
            return Arrival.UNKNOWN
        try:
            return Arrival.YES if await retry_while_busy(lambda: find_file(stem), seconds) else Arrival.NO
        except DeliveryError:
            return Arrival.UNKNOWN


async def first_that_delivered(routes: Iterable[Route], stem: str, seconds: float = FOREVER) -> Route | None:
    """The first of the ways by which a file of a name has come, as far as Discord lets that be seen.

    A way that Discord does not let the bot look at counts as one that has brought nothing.

    Args:
        routes: Where to look.
        stem: The file's name but for its ending.
        seconds: For how long each look is tried while Discord is busy; no second message can be taken back.
    """
    for route in routes:
        if await route.has_delivered(stem, seconds) is Arrival.YES:
            return route
    return None


def routes_to(transport: DiscordTransport, reply: Reply, nonce: str) -> tuple[Route, ...]:
    """The interaction, else the channel, else a direct message.

    A way that was attempted before the bot was killed comes first. What has arrived by it, and cannot be
    seen, does not come twice: for some minutes Discord drops the second message of one nonce.

    Args:
        transport: Carries cards.
        reply: Where the interaction was.
        nonce: Two messages of one nonce are sent once.
    """
    routes = [
        Route(
            INTERACTION,
            partial(transport.edit, reply),
            partial(transport.answer_has_file, reply),
            LONG_RETRY_SECONDS,
        )
    ]
    if reply.reachable and not reply.private:
        send_to_channel = partial(transport.send_to_channel, reply, nonce=nonce)
        routes.append(
            Route(CHANNEL, send_to_channel, partial(transport.channel_has_file, reply), LONG_RETRY_SECONDS)
        )
    send_dm = partial(transport.send_dm, reply, nonce=nonce)
    routes.append(Route(DIRECT_MESSAGE, send_dm, partial(transport.dm_has_file, reply), LONG_RETRY_SECONDS))
    return tuple(sorted(routes, key=lambda route: route.name != reply.attempt))
