"""May this person dream now? Rates as token buckets; pure, with the clock passed in."""

from dataclasses import dataclass

from bot.errors import RateRefusal

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much one person may ask for.

    Attributes:
        dreams: How many dreams come back …
        minutes: … in how many minutes, evenly.
        burst: How many may be had at once.
        waiting: How many jobs may wait.
        running: How many jobs may be dreamed at once.
    """

    dreams: int
    minutes: int
    burst: int
    waiting: int
    running: int = 1

    @property
    def seconds_each(self) -> float:
        """After how many seconds one dream is back."""
        return self.minutes * 60 / self.dreams


UNLIMITED = None
"""The allowance of who is exempt; the queue as a whole, and turns, still hold."""


MISTAKES = Allowance(dreams=6, minutes=60, burst=5, waiting=0)
"""So many pictures of one person may be refused in a row, and one more every so often.

It holds for everybody, those with an exempt role as well: each such picture is fetched and decoded in vain.
A picture that is dreamed forgives all before it."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many dreams one person has left.

    Attributes:
        tokens: That many, when it was looked at last.
        looked_at: When that was, in Unix seconds.
    """

    tokens: float
    looked_at: float

    def refilled(self, allowance: Allowance, now: float) -> "Bucket":
        """The bucket as it is now; a clock that was set back takes nothing away."""
        since = max(0.0, now - self.looked_at)
        return Bucket(min(allowance.burst, self.tokens + since / allowance.seconds_each), now)

    @property
    def has_one(self) -> bool:
        """Whether there is anything to take out."""
        return self.tokens >= 1 - _ROUNDING

    def full_at(self, allowance: Allowance) -> float:
        """When nothing will be missing any more, in Unix seconds."""
        return self.looked_at + (allowance.burst - self.tokens) * allowance.seconds_each

    def spend(self, allowance: Allowance, now: float) -> "Bucket":
        """Take a dream out.

        Raises:
            RateRefusal: There is none; it says when there will be.
        """
        here = self.refilled(allowance, now)
        if not here.has_one:
            raise RateRefusal(when=now + (1 - here.tokens) * allowance.seconds_each)
        return Bucket(here.tokens - 1, now)
