"""Tells users how many dreams they have left."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.clock import now
from bot.errors import BadPicturesRefusal
from bot.rate_limit import Allowance, Bucket
from bot.settings import BotSettings
from bot.storage import rate_buckets
from bot.storage.database import Database
from bot.storage.servers import ServerStore
from bot.submission.requests import Requester


@dataclass(frozen=True, slots=True)
class Balance:
    """What a user may still dream in one place.

    Attributes:
        allowance: The user's allowance there; ``None`` means unlimited.
        bucket: The bucket that pays there; ``None`` means unlimited.
        pictures_at: The Unix time from which the user may send new pictures again; ``None`` means now.
    """

    allowance: Allowance | None
    bucket: Bucket | None
    pictures_at: float | None


class Balances:
    """Reads users' balances, by the same rules by which requests are admitted.

    Args:
        settings: The operator's settings.
        servers: The rules that servers' managers have set.
        database: Holds the rate buckets.
        clock: Returns the time in Unix seconds.
    """

    def __init__(
        self,
        *,
        settings: BotSettings,
        servers: ServerStore,
        database: Database,
        clock: Callable[[], float] = now,
    ) -> None:
        self._settings = settings
        self._servers = servers
        self._database = database
        self._clock = clock

    async def of(self, requester: Requester) -> Balance:
        """Return what a user may still dream in the place of a request."""
        rules = await self._servers.rules(requester.server_id)
        allowance = rules.allowance_of(requester.role_ids, self._settings.allowance)
        bucket, pictures_at, now = None, None, self._clock()
        async with self._database.exclusive() as connection:
            if allowance is not None:
                number = rules.bucket_of(requester.server_id)
                bucket = await rate_buckets.current(connection, requester.user_id, number, allowance, now)
            try:
                await rate_buckets.check_bad_pictures(connection, requester.user_id, now)
            except BadPicturesRefusal as refusal:
                pictures_at = float(refusal.details["when"])
        return Balance(allowance, bucket, pictures_at)

    async def check(self, requester: Requester) -> None:
        """Check that a user has a dream left in the place of a request.

        Raises:
            RateRefusal: They have none. The error has the time of the next one.
        """
        balance = await self.of(requester)
        if balance.allowance is not None and balance.bucket is not None:
            balance.bucket.spend(balance.allowance, balance.bucket.looked_at)
