"""Periods in which the bot may miss interactions, and what they excuse."""

from collections.abc import Sequence
from dataclasses import dataclass

from fake_discord.discord_server import DiscordServer
from fake_discord.interactions import Interaction

_LATE = 404
"""Discord's status for an acknowledgement that comes too late."""


@dataclass(frozen=True)
class Downtime:
    """A period in which the bot may miss interactions.

    Attributes:
        since: The start, on the monotonic clock.
        until: The end, on the monotonic clock.
        process_ended: Whether the bot's process ended, rather than only its connection.
        exited_at: When the process exited, if it did not exit at once. It could accept requests until then.
    """

    since: float
    until: float
    process_ended: bool
    exited_at: float | None = None


class DowntimeLog:
    """Tells whether the bot may have missed an interaction.

    Args:
        discord: The server that the interactions were sent on.
        downtimes: The periods in which the bot may have missed interactions.
    """

    def __init__(self, discord: DiscordServer, downtimes: Sequence[Downtime]) -> None:
        self._downtimes = downtimes
        self._refused = {
            call.path
            for call in discord.calls("POST", "/callback")
            if call.status is not None and call.status >= 400 and call.status != _LATE
        }

    def explains_silence(self, interaction: Interaction | None, at: float) -> bool:
        """Whether the bot was down when an interaction was sent, or Discord rejected its acknowledgement."""
        if interaction is None or self.overlaps(at - 1.0, at + 3.0):
            return True
        return any(path.endswith(f"{interaction.token}/callback") for path in self._refused)

    def overlaps(self, since: float, until: float) -> bool:
        """Whether a downtime overlaps a period."""
        return any(downtime.since <= until and since <= downtime.until for downtime in self._downtimes)

    def process_ended_between(self, since: float, until: float) -> bool:
        """Whether the bot's process exited within a period."""
        ends = (
            downtime.exited_at or downtime.since for downtime in self._downtimes if downtime.process_ended
        )
        return any(since <= end <= until for end in ends)
