"""What takes a bot's disk, its store or its processor away for a while."""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

_CHUNK = bytes(2**20)
_LOCK_PROGRAM = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
connection.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.read()
"""
_CPU_LOAD_PROGRAM = """
import os
parent = os.getppid()
while os.getppid() == parent:
    sum(range(10**6))
"""


@contextlib.contextmanager
def fill_disk(filler: Path) -> Iterator[None]:
    """Leave no byte free on a disk."""
    try:
        with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(_CHUNK)
        with filler.open("ab", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(b"\0")
        yield
    finally:
        filler.unlink(missing_ok=True)


@contextlib.asynccontextmanager
async def lock_database(store: Path) -> AsyncIterator[None]:
    """Let another process hold the store's lock; whoever writes has to wait."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        _LOCK_PROGRAM,
        str(store),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        await process.stdout.readline()
        yield
    finally:
        process.stdin.close()
        await process.wait()


@contextlib.contextmanager
def cpu_load(count: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Let so many processes compute for nothing beside the block, and end with it, however it ends."""
    processes = [subprocess.Popen([sys.executable, "-c", _CPU_LOAD_PROGRAM]) for _ in range(count)]
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()
