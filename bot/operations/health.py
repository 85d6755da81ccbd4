"""Readiness checks."""

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path

import discord

from bot.jobs.runner import Runner
from bot.operations.worker_counts import WorkerCounts

_PROBE_BYTES = 64 * 1024


class Health:
    """Checks whether the bot can accept dreams.

    Args:
        client: The client, whose shards have to be connected.
        executor: The executor, which needs a ready worker.
        runner: The runner, whose queue must not be full.
        max_waiting: The capacity of the queue, in jobs.
        data_dir: The data directory, which has to be writable.
    """

    def __init__(
        self,
        *,
        client: discord.AutoShardedClient,
        executor: WorkerCounts,
        runner: Runner,
        max_waiting: int,
        data_dir: Path,
    ) -> None:
        self._data_dir = data_dir
        self._checks: dict[str, Callable[[], bool]] = {
            "gateway": lambda: client.is_ready() and not any(s.is_closed() for s in client.shards.values()),
            "worker": lambda: executor.ready > 0,
            "queue": lambda: runner.load[0] < max_waiting,
        }

    async def problems(self) -> list[str]:
        """Return the names of the checks that fail; an empty list means that the bot is ready."""
        failed = [name for name, passes in self._checks.items() if not passes()]
        if not await asyncio.to_thread(can_write, self._data_dir):
            failed.append("store")
        return failed


def can_write(folder: Path) -> bool:
    """Whether a small file can be written to a folder."""
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(bytes(_PROBE_BYTES))
    except OSError:
        return False
    return True
