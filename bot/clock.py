"""The one clock by which moments are noted down and told."""

import discord


def now() -> float:
    """The Unix time in seconds, as discord.py sees it, so that it compares with what Discord dates."""
    return discord.utils.utcnow().timestamp()
