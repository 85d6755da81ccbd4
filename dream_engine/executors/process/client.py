"""The parent's end of the two pipes: starts a child process and exchanges messages with it."""

import asyncio
import contextlib
import logging
import os
import signal
import site
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dream_engine
from dream_engine.executors.base import ExecutorError, WorkerLostError
from dream_engine.executors.pool.mailbox import Mailbox
from dream_engine.executors.pool.messages import Begin, Logged, Ready, Request, ShareCores, Stop, as_exception
from dream_engine.executors.pool.worker import Worker
from dream_engine.executors.process.pipes import pack, read_async
from dream_engine.numpy_threads import ONE_NUMPY_THREAD

_log = logging.getLogger(__name__)

_STDERR_BYTES = 1 << 16

_EXIT_SECONDS = 1.0
"""How long a process that has closed its pipe may take to end by itself."""


class ProcessClient(Worker):
    """Starts a child process and has it run dreams.

    Args:
        module: The module that the process runs, as ``python -m`` takes it.
        plan: The first message to the process: how to set itself up.
        environment: The variables that differ from this process's.
        early: The types of message that the process may send before it is ready, or has failed.
    """

    def __init__(
        self,
        module: str,
        plan: Any,
        *,
        environment: Mapping[str, str] | None = None,
        early: tuple[type, ...] = (Logged,),
    ) -> None:
        super().__init__()
        self._module = module
        self._plan = plan
        self._environment = dict(environment or {})
        self._early = early
        self._process: asyncio.subprocess.Process | None = None
        self._listening: asyncio.Task[None] | None = None
        self._reading_stderr: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The process's number, once it is started."""
        return self._process.pid if self._process else None

    @property
    def alive(self) -> bool:
        """Whether the process is ready and its pipe is open."""
        return self._listening is not None and not self._listening.done()

    async def start(self, seconds: float) -> None:
        """Start the process and wait until it is ready.

        Raises:
            DreamError: Something that the operator can fix, such as missing weights.
            ExecutorError: The process ended, or was not ready in time.
        """
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # import nothing from the caller's working directory
            "-m",
            self._module,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**ONE_NUMPY_THREAD, **os.environ, **_search_path(), **self._environment},
        )
        self._reading_stderr = asyncio.create_task(self._log_stderr())
        try:
            async with asyncio.timeout(seconds):
                await self._send(pack(self._plan))
                while isinstance(answer := await read_async(self._stdout), self._early):
                    self._receive(answer)
        except TimeoutError:
            await self.kill()
            raise ExecutorError(f"The worker was not ready within {seconds:.0f} seconds.") from None
        except BaseException:
            await self.kill()
            raise
        if not isinstance(answer, Ready):
            if answer is None:
                # A kill would collect the exit status in place of asyncio, which would then report 255.
                await self._wait_ended(_EXIT_SECONDS)
            await self.kill()
            raise as_exception(answer) if answer else WorkerLostError(self._how_it_ended())
        self._listening = asyncio.create_task(self._listen())

    async def begin(self, mailbox: Mailbox, request: Request) -> None:
        """Send a request to the process.

        Raises:
            ExecutorError: The request cannot be pickled.
        """
        if not self.alive:
            mailbox.put_end(WorkerLostError(self._how_it_ended()))
            return
        try:
            message = pack(Begin(mailbox.number, request))
        except Exception as error:  # pickling runs code of the request's objects
            raise self._reject_request(mailbox, error) from error
        await self._send(message)

    def share_cores(self, sharers: int) -> None:
        """Tell the process how many workers compute on the same cores, if it is ready."""
        pipe = self._running.stdin
        if self.alive and pipe is not None and not pipe.is_closing():
            pipe.write(pack(ShareCores(sharers)))

    async def stop(self, mailbox: Mailbox) -> None:
        """Have the process stop a dream, and wait until it has."""
        await self._send(pack(Stop(mailbox.number)))
        await mailbox.wait_ended()

    async def wait_gone(self) -> None:
        """Wait until the process has ended."""
        if self._listening is not None:
            await asyncio.wait([self._listening])

    async def kill(self) -> None:
        """Kill the process and wait until it is gone."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        if tasks := [task for task in (self._listening, self._reading_stderr) if task is not None]:
            await asyncio.wait(tasks)  # unlike gather, this does not cancel them when the caller is cancelled

    async def close(self, seconds: float) -> None:
        """Close the pipe, which makes the process end; kill the process if that takes too long."""
        if self._process is None:
            return
        if self._process.stdin is not None:
            self._process.stdin.close()
        await self._wait_ended(seconds)
        await self.kill()

    async def _wait_ended(self, seconds: float) -> None:
        """Wait until the process has ended by itself, or the time is over."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._running.wait()

    async def _listen(self) -> None:
        try:
            while (message := await read_async(self._stdout)) is not None:
                self._receive(message)
            await self._running.wait()
        finally:
            self.end_all(WorkerLostError(self._how_it_ended()))

    async def _log_stderr(self) -> None:
        """Log everything that libraries in the process print."""
        pipe = self._running.stderr
        while pipe is not None and (printed := await pipe.read(_STDERR_BYTES)):
            for line in printed.decode(errors="replace").splitlines():
                if line.strip():
                    _log.warning("In the worker: %s", line)

    async def _send(self, message: bytes) -> None:
        pipe = self._running.stdin
        if pipe is not None:
            with contextlib.suppress(ConnectionError):  # _listen reports the end of the process
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


def _search_path() -> dict[str, str]:
    """The ``PYTHONPATH`` with which the child finds this package, where it is not in ``site-packages``."""
    folder = str(Path(dream_engine.__file__).parent.parent)
    if folder in site.getsitepackages():
        return {}
    return {"PYTHONPATH": os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), folder]))}


def _signal_name(number: int) -> str:
    try:
        return f"was ended by {signal.Signals(number).name}"
    except ValueError:
        return f"was ended by signal {number}"
