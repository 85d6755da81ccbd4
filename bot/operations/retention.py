"""How long the bot keeps what it stores about its users."""

from dataclasses import dataclass

from bot.operations.housekeeping import INTERVAL_SECONDS
from bot.rate_limit import Allowance
from bot.settings import BotSettings
from bot.storage.rate_buckets import MAX_BAD_PICTURES_SECONDS


@dataclass(frozen=True, slots=True)
class Retention:
    """The time limits of stored data, all in seconds.

    Attributes:
        pictures: From the last use of a picture until it is deleted.
        jobs: From the end of a job until its record is deleted, unless its picture is still stored.
        allowance: The longest time until a spent allowance has refilled, when its record is deleted.
        bad_pictures: The longest time for which the number of unreadable pictures is stored.
        delay: The longest time from then until the deletion itself.
        megabytes: The limit on the size of all pictures, above which they are deleted sooner, in 10⁶ bytes.
        logs_everything: Whether the log also holds what Discord sends.
    """

    pictures: float
    jobs: float
    allowance: float
    bad_pictures: float
    delay: float
    megabytes: float
    logs_everything: bool

    @classmethod
    def of(cls, settings: BotSettings, allowance: Allowance | None) -> "Retention":
        """Return the time limits.

        Args:
            settings: The operator's settings.
            allowance: The allowance of the user who reads them; ``None`` for an exempt user, whose spent
                allowance of other places may still be stored.
        """
        return cls(
            pictures=settings.keep_hours * 3600,
            jobs=settings.keep_hours * 3600,
            allowance=(allowance or settings.allowance).max_refill_seconds,
            bad_pictures=MAX_BAD_PICTURES_SECONDS,
            delay=INTERVAL_SECONDS,
            megabytes=settings.keep_megabytes,
            logs_everything=settings.log_level == "DEBUG",
        )
