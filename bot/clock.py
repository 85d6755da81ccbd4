"""The clock that all timestamps are taken from."""

import discord


def now() -> float:
    """Return the Unix time in seconds, from the clock that discord.py compares Discord's timestamps with."""
    return discord.utils.utcnow().timestamp()
