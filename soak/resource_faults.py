"""Faults that take the disk, the database or processor time away from the bot."""

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
    """Fill a disk to its last byte."""
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
    """Hold an exclusive lock on the database in another process, so that writers wait."""
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
    """Run processes that compute while the block lasts."""
    processes = [subprocess.Popen([sys.executable, "-c", _CPU_LOAD_PROGRAM]) for _ in range(count)]
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()
