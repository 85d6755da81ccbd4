"""Processes that are timed from outside. Each measurement runs in a process of its own, one at a time.

The measuring process stays small and never loads TensorFlow, because the peak memory that Linux reports for a
child includes the memory of its parent at the start.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"


class BenchmarkError(Exception):
    """A measurement failed, or its peers do not compute the same."""


@dataclass(frozen=True)
class Run:
    """One finished process.

    Attributes:
        wall_seconds: Seconds from its start to its end.
        memory: Its peak memory, in MiB.
        report: Its report.
    """

    wall_seconds: float
    memory: float
    report: Any


@dataclass
class Bench:
    """The environment of every measurement.

    Attributes:
        rounds: How often the present measurement runs.
        folder: A folder for temporary files.
        torch: The Python that has PyTorch, or ``None`` if there is none.
    """

    rounds: int
    folder: Path
    torch: Path | None

    def run(self, *arguments: str | Path, python: Path | str = sys.executable) -> Run:
        """Run a module to its end.

        Args:
            arguments: The module and its arguments. ``REPORT`` stands for the file of its report.
            python: The interpreter.

        Raises:
            BenchmarkError: The module failed.
        """
        report = self.folder / "report.json"
        report.unlink(missing_ok=True)
        command = [str(python), "-m", *(str(report) if word == "REPORT" else str(word) for word in arguments)]
        with tempfile.TemporaryFile(dir=self.folder) as stderr:
            started = time.perf_counter()
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=stderr, cwd=ROOT)
            _, status, usage = os.wait4(process.pid, 0)
            wall_seconds = time.perf_counter() - started
            process.returncode = os.waitstatus_to_exitcode(status)  # or subprocess would wait for it again
            stderr.seek(0)
            if status or not report.exists():
                error_text = stderr.read().decode(errors="replace").strip()[-2000:]
                raise BenchmarkError(f"{' '.join(command)}\nended with {process.returncode}: {error_text}")
        return Run(wall_seconds, usage.ru_maxrss / 1024, json.loads(report.read_text()))

    def interleaved(
        self, peers: Mapping[str, Callable[[], Run]], rounds: int | None = None
    ) -> dict[str, list[Run]]:
        """Run all peers in turn in each round, so that a drifting machine affects all of them alike."""
        runs: dict[str, list[Run]] = {name: [] for name in peers}
        for number in range(1, (rounds or self.rounds) + 1):
            for name, peer in peers.items():
                runs[name].append(peer())
                log_progress(f"round {number}: {name}: {runs[name][-1].wall_seconds:.1f} s")
        return runs

    @cached_property
    def prepared(self) -> Any:
        """The networks' files and FLOPs, as :mod:`benchmarks.prepare` reports them at the first use."""
        log_progress("preparing the networks")
        return self.run("benchmarks.prepare", self.folder, "REPORT").report


def log_progress(line: str) -> None:
    """Print progress."""
    print(f"  {line}", file=sys.stderr, flush=True)


def median(values: Iterable[float]) -> float:
    """Compute the median."""
    return float(statistics.median(values))


def ratio(values: Sequence[float], first: Sequence[float]) -> float:
    """The median of the ratios in each round, which the machine's drift affects least."""
    return median(value / other for value, other in zip(values, first, strict=True))


def seconds_of_steps(report: Any) -> float:
    """The time of a reported dream's steps, including resizing between octaves."""
    if "octaves" in report:
        return float(sum(octave["seconds"] for octave in report["octaves"]))
    return float(report["seconds"])


def losses_of(report: Any) -> list[list[float]]:
    """The losses of a reported dream, by octave."""
    return [octave["losses"] for octave in report["octaves"]] if "octaves" in report else report["losses"]


def differences(losses: list[list[float]], others: list[list[float]]) -> list[float]:
    """By octave, the largest relative difference between the losses of two dreams.

    Raises:
        BenchmarkError: They did not take the same steps.
    """
    if [len(octave) for octave in losses] != [len(octave) for octave in others]:
        raise BenchmarkError("two peers took different numbers of steps")
    return [
        max(abs(loss / other - 1) for loss, other in zip(mine, theirs, strict=True))
        for mine, theirs in zip(losses, others, strict=True)
    ]


def check_same(name: str, losses: list[list[float]], others: list[list[float]], steps: int) -> None:
    """Check that two peers of the same precision compute the same.

    Jitter and clipping make a dream chaotic. After a few steps, a difference in the last digit has grown to
    some hundredths, even between two runs of the same peer. The steps before that are compared strictly.

    Args:
        name: The name of the checked peer, for the error.
        losses: Its losses, by octave.
        others: The losses of the other peer, by octave.
        steps: How many losses of the first octave may not differ by more than a hundredth.

    Raises:
        BenchmarkError: They do, or the mean of an octave's losses differs by more than a twentieth.
    """
    worst = differences([losses[0][:steps]], [others[0][:steps]])[0]
    means = [[statistics.fmean(octave) for octave in each] for each in (losses, others)]
    differences(losses, others)  # raises if the numbers of steps differ
    drift = differences([means[0]], [means[1]])[0]
    if worst > 0.01 or drift > 0.05:
        found = f"{worst:.1%} in the first steps, {drift:.1%} over an octave"
        raise BenchmarkError(f"{name} computes something else: its losses differ by {found}")
