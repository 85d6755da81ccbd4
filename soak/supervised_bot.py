"""The bot's process, with its resource use sampled and its downtimes recorded."""

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
"""Each user may request this many dreams. None is refilled during a run, so charges can be counted."""
KEEP_MEGABYTES = 8
MOTION_MEGABYTES = 24
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
    "DREAM_MOTION_MEGABYTES": str(MOTION_MEGABYTES),
    "DREAM_MEMORY_MEGABYTES": str(WORKER_MEGABYTES),
}
_LAUNCHER = ("-m", "soak.launcher")
_START_TIMEOUT = 180.0
"""How many seconds the bot may take to start on a busy machine."""
_WARMUP_SECONDS = 30.0
"""A new process grows for this many seconds."""


@dataclass(frozen=True)
class Sample:
    """The resource use of a process at one time.

    Attributes:
        at: Seconds since the process started.
        memory: Resident memory in 10⁶ bytes.
        descriptors: The number of open files, without network connections.
    """

    at: float
    memory: float
    descriptors: int


@dataclass
class ProcessRecord:
    """The samples of one process, from its start to its end."""

    samples: list[Sample] = field(default_factory=list)
    workers: list[float] = field(default_factory=list)

    def quarters(self) -> tuple[list[Sample], list[Sample]]:
        """The first and the last quarter of the samples after the warm-up."""
        settled = [sample for sample in self.samples if sample.at > _WARMUP_SECONDS]
        quarter = max(1, len(settled) // 4)
        return settled[:quarter], settled[-quarter:]

    def memory(self) -> tuple[float, float]:
        """The median memory of both quarters, in 10⁶ bytes."""
        first, last = self.quarters()
        return statistics.median(s.memory for s in first), statistics.median(s.memory for s in last)

    def descriptors(self) -> tuple[int, int]:
        """The minimum of both quarters, which counts the files that are always open."""
        first, last = self.quarters()
        return min(s.descriptors for s in first), min(s.descriptors for s in last)


def open_files(process: psutil.Process) -> int:
    """Count a process's open files and pipes. Network connections are left out, as they follow the load.

    The files are counted one by one. The difference of two counts would also contain everything that was
    opened or closed between the two.
    """
    folder = Path(f"/proc/{process.pid}/fd")
    links = []
    for descriptor in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            links.append(str(descriptor.readlink()))
    files = [link for link in links if not link.startswith("socket:")]
    return len(files) + len(process.net_connections("unix"))


class SupervisedBot:
    """Starts, stops and restarts the bot's process.

    Args:
        discord: The server that the bot connects to.
        data_dir: The bot's data directory.
        log: Receives the bot's output.
        temporary: The bot's directory for temporary files, or ``None`` for the machine's default.
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
        """The current process."""
        assert self._process is not None
        return self._process

    def workers(self) -> list[psutil.Process]:
        """The bot's worker processes."""
        found = []
        for child in self.process.children():
            with contextlib.suppress(psutil.Error):
                if any("worker_process" in word for word in child.cmdline()):
                    found.append(child)
        return found

    async def start(self) -> None:
        """Start the bot, and wait until it is connected."""
        environment = _ENVIRONMENT | {CLOCK: str(self.clock.path)}
        if self.temporary is not None:
            environment["TMPDIR"] = str(self.temporary)
        process = self._process = BotProcess(self._discord, self.data_dir, command=_LAUNCHER, **environment)
        await process.__aenter__()
        self.processes.append(ProcessRecord())
        self._sampling = asyncio.create_task(self._sample(process, self.processes[-1]))
        await process.ready(within=_START_TIMEOUT)

    async def stop(self, *, graceful: bool) -> None:
        """Stop the bot by SIGTERM or SIGKILL, and check its output."""
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
        """Stop the bot, and start it again."""
        with self.downtime(process_ended=True):
            await self.stop(graceful=graceful)
            await self.start()

    @contextlib.contextmanager
    def downtime(self, *, process_ended: bool) -> Iterator[None]:
        """Record that the bot may miss interactions while the block lasts."""
        since = time.monotonic()
        yield
        self.downtimes.append(
            Downtime(since, time.monotonic(), process_ended, self._exited_at if process_ended else None)
        )

    async def _sample(self, process: BotProcess, record: ProcessRecord) -> None:
        started_at = time.monotonic()
        bot = psutil.Process(process.pid)
        while True:
            with contextlib.suppress(psutil.Error, OSError):  # the process has exited
                memory = bot.memory_info().rss / 1e6
                record.samples.append(Sample(time.monotonic() - started_at, memory, open_files(bot)))
                record.workers.extend(worker.memory_info().rss / 1e6 for worker in self.workers())
            await asyncio.sleep(1.0)
