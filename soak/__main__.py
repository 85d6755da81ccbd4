"""Runs the soak test (``make soak``): the real bot process under load and under injected faults."""

import argparse
import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from soak import seeds
from soak.fault_injection import ALL_FAULTS
from soak.report import find_failures, outcome_table, page, resource_summary
from soak.resource_faults import cpu_load
from soak.run import Result, SoakRun

PAGE = Path(__file__).parents[1] / "docs" / "reliability.md"
_DISK_MEGABYTES = 256
_TEMPORARY_MEGABYTES = 16
_PER_MINUTE = 100
_MOUNT_NAMESPACE = "DREAM_SOAK_APART"
"""Set in the environment once the process runs in a mount namespace of its own."""


def main() -> int:
    """Run the soak test. Returns 0 if every request is accounted for and no resource grew."""
    chosen = _options()
    if _MOUNT_NAMESPACE not in os.environ:
        return _restart_in_mount_namespace()
    seed = seeds.new_seed() if chosen.seed is None else chosen.seed
    seeds.record_seed(seed)
    print(f"The seed is {seed}. SEED={seed} repeats this run.", flush=True)
    with _log_file() as log, cpu_load(chosen.busy_neighbours):
        result = _run(chosen, seed, log)
    print(outcome_table(result))
    print(resource_summary(result))
    failures = find_failures(result)
    for line in failures:
        print(f"Failure: {line}")
    print(f"The seed was {seed}. The bot's log and the outcome of each request are in {log.name}.")
    if chosen.write_docs and not failures:
        PAGE.write_text(page(result, _DISK_MEGABYTES), "utf-8")
    return 1 if failures else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m soak", description=__doc__)
    parser.add_argument(
        "--seed",
        type=int,
        help="seed of the requests and faults (default: a new one)",
    )
    parser.add_argument("--minutes", type=float, default=5.0, help="how long to send requests")
    parser.add_argument(
        "--requests", type=int, help=f"how many requests to send (default: {_PER_MINUTE} a minute)"
    )
    parser.add_argument(
        "--troubles",
        type=_fault_names,
        default=ALL_FAULTS,
        help=f"the faults to inject, of {', '.join(ALL_FAULTS)} (default: all)",
    )
    parser.add_argument(
        "--busy-neighbours", type=int, default=0, help="how many processes load the CPU meanwhile"
    )
    parser.add_argument(
        "--write-docs", action="store_true", help="write docs/reliability.md if the run succeeds"
    )
    return parser.parse_args()


def _fault_names(names: str) -> tuple[str, ...]:
    chosen = tuple(filter(None, names.split(",")))
    if unknown := set(chosen) - set(ALL_FAULTS):
        raise argparse.ArgumentTypeError(
            f"unknown: {', '.join(sorted(unknown))}; choose from {', '.join(ALL_FAULTS)}"
        )
    return chosen


def _run(chosen: argparse.Namespace, seed: int, log: IO[str]) -> Result:
    count = round(chosen.minutes * _PER_MINUTE) if chosen.requests is None else chosen.requests
    with _mounted_disk(_DISK_MEGABYTES) as disk, _mounted_disk(_TEMPORARY_MEGABYTES) as temporary:
        data_dir = disk / "data"
        run = SoakRun(seed, count, 60 * chosen.minutes, data_dir, log, temporary, chosen.troubles)
        return asyncio.run(run.run())


def _restart_in_mount_namespace() -> int:
    """Run this command again in a mount namespace of its own, where it can mount small disks."""
    unshare = shutil.which("unshare")
    if unshare is None:
        print("The soak test mounts small disks, which needs unshare from util-linux.", file=sys.stderr)
        return 69
    as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    command = [unshare, *as_root, "--mount", sys.executable, "-m", "soak", *sys.argv[1:]]
    return subprocess.run(command, env={**os.environ, _MOUNT_NAMESPACE: "yes"}, check=False).returncode


def _log_file() -> IO[str]:
    return tempfile.NamedTemporaryFile("w", prefix="soak-", suffix=".log", delete=False)


@contextlib.contextmanager
def _mounted_disk(megabytes: int) -> Iterator[Path]:
    """Mount a file system in memory. It disappears with this process."""
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        options = f"size={megabytes}m"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", folder], check=True)


if __name__ == "__main__":
    sys.exit(main())
