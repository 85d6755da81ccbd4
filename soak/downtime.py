"""When the bot could not hear everybody, and what that excuses."""

from collections.abc import Sequence
from dataclasses import dataclass

from fake_discord.discord_server import DiscordServer
from fake_discord.interactions import Interaction

_LATE = 404
"""Discord's answer to an acknowledgement that comes too late."""


@dataclass(frozen=True)
class Downtime:
    """A time in which the bot cannot hear everybody.

    Attributes:
        since: From when on, on the monotonic clock.
        until: Until when.
        process_ended: Whether its process was ended, and not only its connection.
        exited_at: When that process was gone, if it took its time; until then it could take something up.
    """

    since: float
    until: float
    process_ended: bool
    exited_at: float | None = None


class DowntimeLog:
    """Says whether somebody may have gone unheard.

    Args:
        discord: Where they were.
        downtimes: When the bot could not hear everybody.
    """

    def __init__(self, discord: DiscordServer, downtimes: Sequence[Downtime]) -> None:
        self._downtimes = downtimes
        self._refused = {
            call.path
            for call in discord.calls("POST", "/callback")
            if call.status is not None and call.status >= 400 and call.status != _LATE
        }

    def explains_silence(self, interaction: Interaction | None, at: float) -> bool:
        """Whether the bot was away when something was sent, or Discord would not take the acknowledgement."""
        if interaction is None or self.overlaps(at - 1.0, at + 3.0):
            return True
        return any(path.endswith(f"{interaction.token}/callback") for path in self._refused)

    def overlaps(self, since: float, until: float) -> bool:
        """Whether the bot could not hear everybody at a time."""
        return any(downtime.since <= until and since <= downtime.until for downtime in self._downtimes)

    def process_ended_between(self, since: float, until: float) -> bool:
        """Whether the bot's process was gone at a time that it had been there before."""
        ends = (
            downtime.exited_at or downtime.since for downtime in self._downtimes if downtime.process_ended
        )
        return any(since <= end <= until for end in ends)
