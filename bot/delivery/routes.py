"""The routes over which a dream can reach its owner."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from functools import partial

from bot.delivery.cards import Card
from bot.delivery.retry import FOREVER, LONG_RETRY_SECONDS, DeliveryError, retry_while_busy
from bot.delivery.transport import DiscordTransport
from bot.models import Reply

INTERACTION, CHANNEL, DIRECT_MESSAGE, VISIT = "interaction", "channel", "direct message", "visit"
"""The names of the routes. A visit is a later interaction of the same person."""


class Arrival(Enum):
    """Whether a dream has reached Discord."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    """The bot cannot see it."""


@dataclass(frozen=True, slots=True)
class Route:
    """A way to send a card to a job's owner.

    Attributes:
        name: The name in the log and in the stored attempt.
        send: Sends a card.
        find_file: Returns whether a file with a stem has arrived; ``None`` if nobody can look.
        seconds: How long to retry while Discord is busy.
    """

    name: str
    send: Callable[[Card], Awaitable[None]]
    find_file: Callable[[str], Awaitable[bool]] | None
    seconds: float

    async def try_to_send(self, draw: Callable[[], Card]) -> None:
        """Send a card, drawn anew for each attempt.

        Args:
            draw: Makes the card.

        Raises:
            DeliveryError: The card did not arrive.
        """
        await retry_while_busy(lambda: self.send(draw()), self.seconds)

    async def has_delivered(self, stem: str, seconds: float = FOREVER) -> Arrival:
        """Return whether a file has arrived over this route.

        Args:
            stem: The file's name without its suffix.
            seconds: How long to retry while Discord is busy.
        """
        find_file = self.find_file
        if find_file is None:
            return Arrival.UNKNOWN
        try:
            return Arrival.YES if await retry_while_busy(lambda: find_file(stem), seconds) else Arrival.NO
        except DeliveryError:
            return Arrival.UNKNOWN


async def first_that_delivered(routes: Iterable[Route], stem: str, seconds: float = FOREVER) -> Route | None:
    """Return the first route over which a file has arrived, as far as the bot can see.

    A route that the bot cannot look at counts as one over which nothing has arrived.

    Args:
        routes: The routes to look at.
        stem: The file's name without its suffix.
        seconds: How long to retry each lookup while Discord is busy. The default is without a limit, because
            a second message could not be taken back.
    """
    for route in routes:
        if await route.has_delivered(stem, seconds) is Arrival.YES:
            return route
    return None


def routes_to(transport: DiscordTransport, reply: Reply, nonce: str) -> tuple[Route, ...]:
    """Return the routes in the order of attempts: the interaction, the channel, a direct message.

    A route that was attempted before the bot was killed comes first. If the message has arrived there unseen,
    it does not arrive twice: Discord drops a second message with the same nonce for some minutes.

    Args:
        transport: Sends cards.
        reply: The address of the answer.
        nonce: The nonce of the messages.
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
