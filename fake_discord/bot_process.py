"""The bot in a process of its own, as an operator runs it."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Self

import psutil

from fake_discord.change_notifier import PATIENCE_SECONDS
from fake_discord.discord_server import DiscordServer

ROOT = Path(__file__).parents[1]
MAX_LINE_BYTES = 1 << 20
OUTPUT_DRAIN_SECONDS = 5  # the time limit for the rest of the output once the process group is killed
OWN_VARIABLE_PREFIXES = ("DISCORD_", "DREAM_", "TF_CPP_")
"""The variables that a bot does not inherit, because they are about this process."""


async def wait_until_exited(processes: Iterable[psutil.Process], within: float = PATIENCE_SECONDS) -> None:
    """Wait until processes have exited, whatever their parent is by then."""
    for process in processes:
        if sys.platform == "linux":
            try:
                descriptor = os.pidfd_open(process.pid)
            except ProcessLookupError:
                continue
            await _wait_readable(descriptor, process, within)
        else:
            try:
                await asyncio.to_thread(process.wait, within)
            except psutil.TimeoutExpired:
                raise TimeoutError(f"{process} still ran after {within} s") from None


async def _wait_readable(descriptor: int, process: psutil.Process, within: float) -> None:
    """Wait until a process's descriptor says that the process has exited."""
    loop = asyncio.get_running_loop()
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
    """``python -m bot`` against a fake server, in a process group that ends with the block.

    The output is printed again at the end, so that pytest shows it beside a failure.

    Args:
        data_dir: The bot's data directory.
        command: The command to run instead of the bot.
        environment: Variables that override those of the fake server.
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
            name: value for name, value in os.environ.items() if not name.startswith(OWN_VARIABLE_PREFIXES)
        }
        pointing = discord.environment(data_dir) | {"PYTHONUNBUFFERED": "1"}
        self._environment = inherited | pointing | environment
        self._identified = 0
        self._output_changed = asyncio.Condition()
        self._output_ended = False

    async def __aenter__(self) -> Self:
        self._identified = self._discord.gateway.identified
        # asyncio's own pipe would make ``wait`` last until the bot's children have closed it too.
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

    async def ready(self, shards: int = 1, within: float = PATIENCE_SECONDS) -> None:
        """Wait until the shards of this process, and not of an earlier one, are connected."""
        connected = asyncio.create_task(self._discord.identified(self._identified + shards, within))
        ended = asyncio.create_task(self._process.wait())
        try:
            await asyncio.wait((connected, ended), return_when=asyncio.FIRST_COMPLETED)
            assert connected.done(), f"the bot ended with {self._process.returncode}:\n{self.output}"
            connected.result()
        finally:
            connected.cancel()
            ended.cancel()

    async def until_logged(self, text: str, within: float = PATIENCE_SECONDS) -> str:
        """Wait for a line that contains a text, and return it."""
        try:
            async with asyncio.timeout(within), self._output_changed:
                await self._output_changed.wait_for(lambda: self._output_ended or text in self.output)
        except TimeoutError:
            raise TimeoutError(f"{text!r} was not logged within {within} s:\n{self.output}") from None
        assert text in self.output, f"the bot ended without logging {text!r}:\n{self.output}"
        return next(line for line in self.lines if text in line)

    async def until(self, holds: Callable[[], bool], within: float = PATIENCE_SECONDS) -> None:
        """Wait until a condition on the output holds."""
        try:
            async with asyncio.timeout(within), self._output_changed:
                await self._output_changed.wait_for(holds)
        except TimeoutError:
            raise TimeoutError(f"not within {within} s:\n{self.output}") from None

    async def wait(self, within: float = PATIENCE_SECONDS) -> int:
        """Wait for the bot to exit. Returns its exit status, which is negative for a signal."""
        try:
            async with asyncio.timeout(within):
                return await self._process.wait()
        except TimeoutError:
            raise TimeoutError(f"the bot still ran after {within} s:\n{self.output}") from None

    def terminate(self) -> None:
        """Ask the bot to stop, as a service manager does."""
        os.kill(self.pid, signal.SIGTERM)

    def interrupt(self) -> None:
        """Press Ctrl-C: a terminal interrupts the whole process group."""
        os.killpg(self.pid, signal.SIGINT)

    def kill(self) -> None:
        """Kill the bot's own process. Its children have to notice by themselves."""
        os.kill(self.pid, signal.SIGKILL)

    def children(self) -> list[psutil.Process]:
        """The processes that the bot has started, and their children, while the bot lives."""
        try:
            return psutil.Process(self.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []
