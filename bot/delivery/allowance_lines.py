"""Words for an allowance."""

from bot.rate_limit import Allowance
from bot.texts import Texts


def describe_allowance(texts: Texts, allowance: Allowance) -> str:
    """Describe an allowance in one line."""
    return texts(
        "rules-limits",
        dreams=allowance.dreams,
        minutes=allowance.minutes,
        burst=allowance.burst,
        waiting=allowance.waiting,
        running=allowance.running,
    )
