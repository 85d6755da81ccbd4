"""The real process, life after life, watched."""

import asyncio
import contextlib
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psutil

from fake_discord.bot_process import BotProcess, wait_until_exited
from fake_discord.discord_server import DiscordServer
from fake_discord.inspection import FAST_SETTINGS, check_no_leaks
from soak.downtime import Downtime
from soak.launcher import CLOCK, ShiftedClock

BURST = 1000
"""Everybody has so many dreams, none of which comes back in time: what is paid can be counted."""
KEEP_MEGABYTES = 8
WORKER_MEGABYTES = 1200
_ENVIRONMENT = {
    **FAST_SETTINGS,
    "DREAM_SHUTDOWN_SECONDS": "3",
    "DREAM_SOURCE_MEGABYTES": "1",
    "DREAM_DREAMS": "1",
    "DREAM_MINUTES": "10080",
    "DREAM_BURST": str(BURST),
    "DREAM_QUEUE": "60",
    "DREAM_RUNNING": "2",
    "DREAM_KEEP_MEGABYTES": str(KEEP_MEGABYTES),
    "DREAM_MEMORY_MEGABYTES": str(WORKER_MEGABYTES),
}
_LAUNCHER = ("-m", "soak.launcher")
_WARMUP_SECONDS = 30.0
"""A process that begins grows, for so many seconds."""


@dataclass(frozen=True)
class Sample:
    """What a process holds at one moment.

    Attributes:
        at: When that is, in seconds from its start.
        memory: In 10⁶ bytes.
        descriptors: How many files are open, connections apart.
    """

    at: float
    memory: float
    descriptors: int


@dataclass
class ProcessRecord:
    """One process, from its start to its end."""

    samples: list[Sample] = field(default_factory=list)
    workers: list[float] = field(default_factory=list)

    def quarters(self) -> tuple[list[Sample], list[Sample]]:
        """The first and the last quarter of a life that has settled."""
        settled = [sample for sample in self.samples if sample.at > _WARMUP_SECONDS]
        quarter = max(1, len(settled) // 4)
        return settled[:quarter], settled[-quarter:]

    def memory(self) -> tuple[float, float]:
        """The medians of both quarters, in 10⁶ bytes."""
        first, last = self.quarters()
        return statistics.median(s.memory for s in first), statistics.median(s.memory for s in last)

    def descriptors(self) -> tuple[int, int]:
        """The least of both quarters: what is always open."""
        first, last = self.quarters()
        return min(s.descriptors for s in first), min(s.descriptors for s in last)


def open_files(process: psutil.Process) -> int:
    """How many files and pipes a process has open, connections over the network apart, which follow the load.

    They are counted one by one: in a difference of two counts there would also be all that was opened, or
    closed, between the two.
    """
    folder = Path(f"/proc/{process.pid}/fd")
    links = []
    for descriptor in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):  # it was closed between the two
            links.append(str(descriptor.readlink()))
    files = [link for link in links if not link.startswith("socket:")]
    return len(files) + len(process.net_connections("unix"))


class SupervisedBot:
    """The bot, which may be killed and started again.

    Args:
        discord: Where it serves.
        data_dir: Where it keeps what it must remember.
        log: Where all that it says is written to.
        temporary: The folder for what it needs for a moment only; ``None`` for the machine's bot.
    """

    def __init__(
        self, discord: DiscordServer, data_dir: Path, log: IO[str], temporary: Path | None = None
    ) -> None:
        self.data_dir = data_dir
        self.temporary = temporary
        self.clock = ShiftedClock(data_dir.with_name("clock"))
        self.lines: list[str] = []
        self.processes: list[ProcessRecord] = []
        self.downtimes: list[Downtime] = []
        self._discord = discord
        self._log = log
        self._process: BotProcess | None = None
        self._sampling: asyncio.Task[None] | None = None
        self._exited_at: float | None = None

    @property
    def process(self) -> BotProcess:
        """The one that lives now."""
        assert self._process is not None
        return self._process

    def workers(self) -> list[psutil.Process]:
        """Its workers."""
        found = []
        for child in self.process.children():
            with contextlib.suppress(psutil.Error):
                if any("worker_process" in word for word in child.cmdline()):
                    found.append(child)
        return found

    async def start(self) -> None:
        """Start it, and wait until it serves."""
        environment = _ENVIRONMENT | {CLOCK: str(self.clock.path)}
        if self.temporary is not None:
            environment["TMPDIR"] = str(self.temporary)
        process = self._process = BotProcess(self._discord, self.data_dir, command=_LAUNCHER, **environment)
        await process.__aenter__()
        self.processes.append(ProcessRecord())
        self._sampling = asyncio.create_task(self._sample(process, self.processes[-1]))
        await process.ready()

    async def stop(self, *, graceful: bool) -> None:
        """End it, by SIGTERM or by SIGKILL, and look through what it said."""
        process = self.process
        workers = process.children()
        if graceful:
            process.terminate()
        else:
            process.kill()
        await process.wait(within=60)
        self._exited_at = time.monotonic()
        await wait_until_exited(workers)
        assert self._sampling is not None
        self._sampling.cancel()
        check_no_leaks(self._discord, process)
        self.lines += process.lines
        with contextlib.redirect_stdout(self._log):
            await process.__aexit__(None, None, None)

    async def restart(self, *, graceful: bool) -> None:
        """End it, and start it again."""
        with self.downtime(process_ended=True):
            await self.stop(graceful=graceful)
            await self.start()

    @contextlib.contextmanager
    def downtime(self, *, process_ended: bool) -> Iterator[None]:
        """While the block lasts, it cannot hear everybody."""
        since = time.monotonic()
        yield
        self.downtimes.append(
            Downtime(since, time.monotonic(), process_ended, self._exited_at if process_ended else None)
        )

    async def _sample(self, process: BotProcess, record: ProcessRecord) -> None:
        started_at = time.monotonic()
        bot = psutil.Process(process.pid)
        while True:
            with contextlib.suppress(psutil.Error, OSError):  # it has ended by now
                memory = bot.memory_info().rss / 1e6
                record.samples.append(Sample(time.monotonic() - started_at, memory, open_files(bot)))
                record.workers.extend(worker.memory_info().rss / 1e6 for worker in self.workers())
            await asyncio.sleep(1.0)
