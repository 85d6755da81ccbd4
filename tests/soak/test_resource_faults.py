"""Faults that take the disk, the database, processor time or the right time away from the bot."""

import os
import resource
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from soak.launcher import ShiftedClock
from soak.resource_faults import cpu_load, fill_disk, lock_database

CLOCK_PROGRAM = """
import sys, time
from pathlib import Path
from soak.launcher import ShiftedClock
true = time.time
ShiftedClock(Path(sys.argv[1])).install()
from bot.clock import now
for _ in sys.stdin:
    print(round((now() - true()) / 60), round((time.time() - true()) / 60), flush=True)
"""


async def test_writers_wait_while_another_process_holds_the_lock(tmp_path):
    path = tmp_path / "store.sqlite3"
    connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE things (name)")
    async with lock_database(path):
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            connection.execute("INSERT INTO things VALUES ('a')")
        assert not connection.execute("SELECT * FROM things").fetchall()
    connection.execute("INSERT INTO things VALUES ('a')")
    connection.close()


def test_a_disk_is_filled_to_its_last_byte_and_free_again(tmp_path):
    filler = tmp_path / "filler"
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3 * 2**20 + 17, limits[1]))
    try:
        with fill_disk(filler):
            assert filler.stat().st_size == 3 * 2**20 + 17
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert not filler.exists()


def test_cpu_load_ends_with_the_block():
    with cpu_load(2) as processes:
        pids = [process.pid for process in processes]
        assert all(process.poll() is None for process in processes)
    assert len(pids) == 2
    assert not any(map(psutil.pid_exists, pids))


def test_the_clock_of_another_process_jumps_while_it_runs(tmp_path):
    clock = ShiftedClock(tmp_path / "clock")
    process = subprocess.Popen(
        [sys.executable, "-c", CLOCK_PROGRAM, str(clock.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path.cwd())},
    )
    offsets = []
    with process:
        for minutes in (0, 16, -16, 0):
            clock.offset = minutes * 60.0
            assert clock.offset == minutes * 60.0
            process.stdin.write("?\n")
            process.stdin.flush()
            offsets.append(process.stdout.readline().split())
        process.stdin.close()
    assert offsets == [["0", "0"], ["16", "16"], ["-16", "-16"], ["0", "0"]]
