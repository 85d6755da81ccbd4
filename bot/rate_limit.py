"""Token-bucket rate limits. Pure functions of the time that is passed in."""

import math
from dataclasses import dataclass

from bot.errors import PriceRefusal, RateRefusal

_TOLERANCE = 1e-9
"""Absorbs rounding errors, so that a token is available at the time that a refusal has named."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """The rate limit of one user.

    Attributes:
        dreams: The number of dreams that are refilled per ``minutes``.
        minutes: The period of the refill, in minutes. Dreams are refilled evenly.
        burst: The capacity of the bucket: the maximum number of dreams in a row.
        waiting: The maximum number of waiting jobs.
        running: The maximum number of running jobs.
    """

    dreams: int
    minutes: int
    burst: int
    waiting: int
    running: int = 1

    @property
    def seconds_per_dream(self) -> float:
        """How long it takes to refill one dream, in seconds."""
        return self.minutes * 60 / self.dreams

    @property
    def max_refill_seconds(self) -> float:
        """How long it takes to refill an empty bucket, in seconds."""
        return self.burst * self.seconds_per_dream

    def affordable(self, price: int) -> int:
        """Bound a price, so that a full bucket can pay it."""
        return min(price, self.burst)


def price_used(price: int, fraction: float) -> int:
    """Return the part of a motion's price that is not refunded when the motion is cancelled.

    Args:
        price: The price of the whole motion.
        fraction: The share of its frames that is dreamed, from 0 to 1.

    Returns:
        The price of the dreamed share, rounded up; at least 1, because the motion has started.
    """
    return max(1, math.ceil(price * fraction - _TOLERANCE))


UNLIMITED = None
"""The allowance of exempt users. The queue's total length and its fair turns still apply to them."""


BAD_PICTURES = Allowance(dreams=6, minutes=60, burst=5, waiting=0)
"""How many of a user's pictures in a row may be refused, and how fast that number is refilled.

It also applies to exempt users, because each such picture is downloaded and decoded for nothing. A picture
that is dreamed resets the bucket."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """A user's token bucket. One token pays for one still; a motion costs more.

    Attributes:
        tokens: The number of tokens at ``looked_at``.
        looked_at: The time of the last refill, in Unix seconds.
    """

    tokens: float
    looked_at: float

    def refilled(self, allowance: Allowance, now: float) -> "Bucket":
        """Return the bucket at a later time. A clock that was set back removes no tokens."""
        elapsed = max(0.0, now - self.looked_at)
        return Bucket(min(allowance.burst, self.tokens + elapsed / allowance.seconds_per_dream), now)

    @property
    def has_token(self) -> bool:
        """Whether a token is available."""
        return self.has_tokens(1)

    def has_tokens(self, price: int) -> bool:
        """Whether a number of tokens is available."""
        return self.tokens >= price - _TOLERANCE

    @property
    def whole_tokens(self) -> int:
        """The number of whole tokens."""
        return math.floor(self.tokens + _TOLERANCE)

    def next_token_at(self, allowance: Allowance) -> float | None:
        """Return the time at which there is one more whole token, in Unix seconds; ``None`` if it is full."""
        if self.whole_tokens >= allowance.burst:
            return None
        return self.looked_at + (self.whole_tokens + 1 - self.tokens) * allowance.seconds_per_dream

    def full_at(self, allowance: Allowance) -> float:
        """Return the time at which the bucket is full again, in Unix seconds."""
        return self.looked_at + (allowance.burst - self.tokens) * allowance.seconds_per_dream

    def spend(self, allowance: Allowance, now: float, price: int = 1, *, paid: int = 0) -> "Bucket":
        """Refill the bucket, and take tokens.

        Args:
            allowance: The owner's allowance.
            now: The current time in Unix seconds.
            price: The number of tokens.
            paid: How many tokens were taken for the same dream before.

        Raises:
            RateRefusal: There are not enough tokens. The error has the time at which there will be.
            PriceRefusal: There are some, but the dream costs more.
        """
        refilled = self.refilled(allowance, now)
        if not refilled.has_tokens(price):
            when = now + (price - refilled.tokens) * allowance.seconds_per_dream
            if left := refilled.whole_tokens + paid:
                raise PriceRefusal(price=price + paid, left=left, when=when)
            raise RateRefusal(when=when)
        return Bucket(refilled.tokens - price, now)
