"""Whether the bot can serve now, and what is in its way."""

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path

import discord

from bot.jobs.runner import Runner
from bot.operations.workers import Workers

_PROBE_BYTES = 64 * 1024


class Health:
    """Looks whether everything that a dream needs is there.

    Args:
        client: Its shards are connected, or not.
        executor: Its workers are warm, or not.
        runner: Its queue has room, or not.
        most_waiting: How many jobs may wait in all.
        data_dir: It can be written to, or not.
    """

    def __init__(
        self,
        client: discord.AutoShardedClient,
        executor: Workers,
        runner: Runner,
        most_waiting: int,
        data_dir: Path,
    ) -> None:
        self._data_dir = data_dir
        self._checks: dict[str, Callable[[], bool]] = {
            "gateway": lambda: client.is_ready() and not any(s.is_closed() for s in client.shards.values()),
            "worker": lambda: executor.ready > 0,
            "queue": lambda: runner.load[0] < most_waiting,
        }

    async def problems(self) -> list[str]:
        """What is in the way, each with a name of one word; nothing, if the bot can serve."""
        found = [name for name, is_well in self._checks.items() if not is_well()]
        if not await asyncio.to_thread(can_write, self._data_dir):
            found.append("store")
        return found


def can_write(folder: Path) -> bool:
    """Whether a small file can be written into a folder."""
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(bytes(_PROBE_BYTES))
    except OSError:
        return False
    return True
