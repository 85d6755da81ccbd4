"""The bot as its operator runs it: a process of its own."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Self

import psutil

from fake_discord.discord_server import DiscordServer

ROOT = Path(__file__).parents[1]
MAX_LINE_BYTES = 1 << 20
OUTPUT_DRAIN_SECONDS = 5  # after all of the group is killed; only what has left the group could speak on
PROJECT_VARIABLE_PREFIXES = ("DISCORD_", "DREAM_")


async def wait_until_exited(processes: Iterable[psutil.Process], within: float = 30) -> None:
    """Return once these processes have ended, whoever their parent is by then."""
    loop = asyncio.get_running_loop()
    for process in processes:
        try:
            descriptor = os.pidfd_open(process.pid)
        except ProcessLookupError:
            continue
        ended = asyncio.Event()
        loop.add_reader(descriptor, ended.set)
        try:
            async with asyncio.timeout(within):
                await ended.wait()
        except TimeoutError:
            raise TimeoutError(f"{process} still ran after {within} s") from None
        finally:
            loop.remove_reader(descriptor)
            os.close(descriptor)


class BotProcess:
    """``python -m bot`` against a stand-in, in a process group that ends with the block.

    What it printed is printed again at the end, for pytest to show beside a failure.

    Args:
        data_dir: Where the bot keeps what it must remember.
        command: What to run instead of the bot.
        environment: Variables over those that point the bot to the stand-in.
    """

    def __init__(
        self,
        discord: DiscordServer,
        data_dir: Path,
        *,
        command: tuple[str, ...] = ("-m", "bot"),
        **environment: str,
    ) -> None:
        self.lines: list[str] = []
        self.data_dir = data_dir
        self._discord, self._command = discord, command
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(PROJECT_VARIABLE_PREFIXES)
        }
        pointing = discord.environment(data_dir) | {"PYTHONUNBUFFERED": "1"}
        self._environment = inherited | pointing | environment
        self._identified = 0
        self._output_changed = asyncio.Condition()
        self._output_ended = False

    async def __aenter__(self) -> Self:
        self._identified = self._discord.gateway.identified
        # A pipe of our own: the library's would keep ``wait`` until the bot's children have closed it too.
        reading, writing = os.pipe()
        try:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *self._command,
                cwd=ROOT,
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=writing,
                stderr=writing,
                start_new_session=True,
            )
        finally:
            os.close(writing)
        self._reader = asyncio.create_task(self._read_output(reading))
        return self

    async def __aexit__(self, *_: object) -> None:
        descendants = self.children()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        for process in descendants:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        await self._process.wait()
        async with asyncio.timeout(OUTPUT_DRAIN_SECONDS):
            await self._reader
        print(self.output)

    async def _read_output(self, descriptor: int) -> None:
        output = asyncio.StreamReader(limit=MAX_LINE_BYTES)
        pipe = os.fdopen(descriptor, "rb", buffering=0)
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(output), pipe)
        try:
            async for line in output:
                async with self._output_changed:
                    self.lines.append(line.decode(errors="replace").rstrip("\n"))
                    self._output_changed.notify_all()
        finally:
            transport.close()
        async with self._output_changed:
            self._output_ended = True
            self._output_changed.notify_all()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    async def ready(self, shards: int = 1, within: float = 60) -> None:
        """Return once this process, and not one before it, has its shards connected."""
        connected = asyncio.create_task(self._discord.identified(self._identified + shards, within))
        ended = asyncio.create_task(self._process.wait())
        try:
            await asyncio.wait((connected, ended), return_when=asyncio.FIRST_COMPLETED)
            assert connected.done(), f"the bot ended with {self._process.returncode}:\n{self.output}"
            connected.result()
        finally:
            connected.cancel()
            ended.cancel()

    async def until_logged(self, text: str, within: float = 30) -> str:
        """The first line with this text in it."""
        try:
            async with asyncio.timeout(within), self._output_changed:
                await self._output_changed.wait_for(lambda: self._output_ended or text in self.output)
        except TimeoutError:
            raise TimeoutError(f"{text!r} was not logged within {within} s:\n{self.output}") from None
        assert text in self.output, f"the bot ended without logging {text!r}:\n{self.output}"
        return next(line for line in self.lines if text in line)

    async def until(self, holds: Callable[[], bool], within: float = 30) -> None:
        """Return once something holds of what the bot has printed."""
        try:
            async with asyncio.timeout(within), self._output_changed:
                await self._output_changed.wait_for(holds)
        except TimeoutError:
            raise TimeoutError(f"not within {within} s:\n{self.output}") from None

    async def wait(self, within: float = 30) -> int:
        """The bot's exit status, once it has ended; negative for the signal that ended it."""
        try:
            async with asyncio.timeout(within):
                return await self._process.wait()
        except TimeoutError:
            raise TimeoutError(f"the bot still ran after {within} s:\n{self.output}") from None

    def terminate(self) -> None:
        """Ask the bot to end, as a service manager does."""
        os.kill(self.pid, signal.SIGTERM)

    def interrupt(self) -> None:
        """Press Ctrl-C: a terminal interrupts the whole process group."""
        os.killpg(self.pid, signal.SIGINT)

    def kill(self) -> None:
        """End the bot's own process at once, leaving its children to notice."""
        os.kill(self.pid, signal.SIGKILL)

    def children(self) -> list[psutil.Process]:
        """The processes that the bot has started, and theirs, while it lives."""
        try:
            return psutil.Process(self.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []
