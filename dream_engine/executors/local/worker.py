"""A worker process as its executor sees it."""

import asyncio
import contextlib
import logging
import os
import signal
import site
import sys
from pathlib import Path
from typing import Any, ClassVar

import dream_engine
from dream_engine.dreams import DreamRequest
from dream_engine.executors.base import ExecutorError, WorkerLostError
from dream_engine.executors.local.devices import environment_for
from dream_engine.executors.pool.mailbox import Mailbox
from dream_engine.executors.pool.messages import (
    Begin,
    Logged,
    Ready,
    Stop,
    as_exception,
)
from dream_engine.executors.pool.worker import Worker
from dream_engine.executors.process.pipes import pack, read_async

_log = logging.getLogger(__name__)

_PRINTED_BYTES = 1 << 16


class LocalWorker(Worker):
    """One process on this machine.

    Args:
        device: The device it computes on; empty where it computes nothing.
        plan: How it sets itself up.
    """

    module: ClassVar[str] = "dream_engine.executors.local.worker_process"
    early: ClassVar[tuple[type, ...]] = (Logged,)
    """What the process may say before it says whether it is warm."""

    def __init__(self, device: str, plan: Any) -> None:
        super().__init__()
        self._device = device
        self._plan = plan
        self._process: asyncio.subprocess.Process | None = None
        self._listening: asyncio.Task[None] | None = None
        self._overhearing: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The process's number, once it is started."""
        return self._process.pid if self._process else None

    @property
    def alive(self) -> bool:
        """Whether the process still answers."""
        return self._listening is not None and not self._listening.done()

    async def start(self, seconds: float) -> None:
        """Start the process and wait until it is warm.

        Raises:
            DreamError: Something that the operator can mend.
            ExecutorError: It did not get warm, or not in time.
        """
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # the folder that the caller stands in is no place to import from
            "-m",
            self.module,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=_environment(self._device),
        )
        self._overhearing = asyncio.create_task(self._overhear())
        try:
            async with asyncio.timeout(seconds):
                await self._send(pack(self._plan))
                while isinstance(answer := await read_async(self._stdout), self.early):
                    self._hear(answer)
        except TimeoutError:
            await self.kill()
            raise ExecutorError(f"The worker was not ready within {seconds:.0f} seconds.") from None
        except BaseException:
            await self.kill()
            raise
        if not isinstance(answer, Ready):
            await self.kill()
            raise as_exception(answer) if answer else WorkerLostError(self._how_it_ended())
        self._listening = asyncio.create_task(self._listen())

    async def begin(self, mailbox: Mailbox, request: DreamRequest) -> None:
        """Have the dream of a mailbox begun.

        Raises:
            ExecutorError: The request holds what cannot be sent to another process.
        """
        if not self.alive:
            mailbox.put_end(WorkerLostError(self._how_it_ended()))
            return
        try:
            message = pack(Begin(mailbox.number, request))
        except Exception as error:  # pickling calls whatever the request holds
            raise self._cannot_be_sent(mailbox, error) from error
        await self._send(message)

    async def stop(self, mailbox: Mailbox) -> None:
        """Have the dream of a mailbox let be, and wait until it is."""
        await self._send(pack(Stop(mailbox.number)))
        await mailbox.end()

    async def kill(self) -> None:
        """End the process at once and wait until it is gone."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        if tasks := [task for task in (self._listening, self._overhearing) if task is not None]:
            await asyncio.wait(tasks)  # which a cancelled caller must not cancel

    async def close(self, seconds: float) -> None:
        """Let the process end by itself, which it does when its pipe is closed, or kill it."""
        if self._process is None:
            return
        if self._process.stdin is not None:
            self._process.stdin.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._process.wait()
        await self.kill()

    async def _listen(self) -> None:
        try:
            await self._read_messages()
            await self._running.wait()
        finally:
            for mailbox in self._mailboxes.values():
                mailbox.put_end(WorkerLostError(self._how_it_ended()))

    async def _read_messages(self) -> None:
        while (message := await read_async(self._stdout)) is not None:
            self._hear(message)

    async def _overhear(self) -> None:
        """Write down what libraries print in the worker, past the log."""
        pipe = self._running.stderr
        while pipe is not None and (printed := await pipe.read(_PRINTED_BYTES)):
            for line in printed.decode(errors="replace").splitlines():
                if line.strip():
                    _log.warning("In the worker: %s", line)

    async def _send(self, message: bytes) -> None:
        pipe = self._running.stdin
        if pipe is not None:
            with contextlib.suppress(ConnectionError):  # the end of the process is told by _listen
                pipe.write(message)
                await pipe.drain()

    def _how_it_ended(self) -> str:
        code = self._running.returncode
        if code is None:
            return "The worker closed its pipe."
        return f"The worker {_signal_name(-code)}." if code < 0 else f"The worker ended with status {code}."

    @property
    def _running(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise RuntimeError("the worker was not started")
        return self._process

    @property
    def _stdout(self) -> asyncio.StreamReader:
        if self._running.stdout is None:
            raise RuntimeError("the worker has no pipe")
        return self._running.stdout


def _environment(device: str) -> dict[str, str]:
    """This process's environment; where the package was found by its path, so does the worker find it."""
    folder = str(Path(dream_engine.__file__).parent.parent)
    installed = folder in site.getsitepackages()
    search_path = [] if installed else [os.environ.get("PYTHONPATH"), folder]
    found = {"PYTHONPATH": os.pathsep.join(filter(None, search_path))} if search_path else {}
    return {**os.environ, **found, **(environment_for(device) if device else {})}


def _signal_name(number: int) -> str:
    try:
        return f"was ended by {signal.Signals(number).name}"
    except ValueError:
        return f"was ended by signal {number}"
