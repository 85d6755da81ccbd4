"""Compares the speed of the working tree with that of a commit, in less than five minutes.

Run as ``make bench-quick``, or ``python -m benchmarks.quick HEAD~3``. Both engines dream the same pictures in
turn, so that the ratios hold although the machine's speed drifts.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import EXAMPLES, ROOT, BenchmarkError, log_progress, median
from scripts.write_tables import table

_SECONDS = 240.0
"""No round begins that would probably end later than this."""
_MAX_ROUNDS = 7
_WHOLE = "all single pictures, from the start of the process"


@dataclass(frozen=True, slots=True)
class Measured:
    """The time of one row in one round.

    Attributes:
        seconds: How long it took.
        processor_seconds: How much processor time it took, on all cores.
    """

    seconds: float
    processor_seconds: float


Round = dict[str, Measured]
"""The measurements of one tree in one round, by row."""


def main() -> int:
    """Compare, and print the table."""
    parser = argparse.ArgumentParser(prog="benchmarks.quick", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "commit", nargs="?", default="HEAD", help="the commit to compare with (default: HEAD)"
    )
    commit = parser.parse_args().commit
    try:
        with tempfile.TemporaryDirectory() as folder, checked_out(commit, Path(folder) / "tree") as tree:
            report = Path(folder) / "report.json"
            rounds = list(
                compared(lambda: _dreams(ROOT, report), lambda: _dreams(tree, report), clock=time.monotonic)
            )
    except BenchmarkError as error:
        print(f"benchmark: {error}", file=sys.stderr)
        return 1
    print(f"The working tree ÷ {commit}, medians of {len(rounds)} rounds:\n\n{render(rounds)}")
    return 0


@contextmanager
def checked_out(commit: str, folder: Path) -> Iterator[Path]:
    """Check a commit out into a folder, which is removed in the end.

    Raises:
        BenchmarkError: There is no such commit.
    """
    git = ("git", "-C", str(ROOT), "worktree")
    adding = subprocess.run(
        [*git, "add", "--quiet", "--detach", str(folder), commit], capture_output=True, text=True, check=False
    )
    if adding.returncode:
        raise BenchmarkError(adding.stderr.strip())
    try:
        yield folder
    finally:
        subprocess.run([*git, "remove", "--force", str(folder)], check=True)


def compared(
    new: Callable[[], Round], old: Callable[[], Round], clock: Callable[[], float]
) -> Iterator[tuple[Round, Round]]:
    """Measure both trees in turn, at least once, while time is left.

    Args:
        new: Measures the working tree.
        old: Measures the commit.
        clock: Returns the time in seconds.

    Yields:
        The measurements of the working tree and of the commit in each round.
    """
    began = clock()
    for number in range(1, _MAX_ROUNDS + 1):
        yield new(), old()
        passed = clock() - began
        log_progress(f"round {number}: {passed:.0f} s have passed")
        if passed * (number + 1) / number > _SECONDS:
            return


def render(rounds: Sequence[tuple[Round, Round]]) -> str:
    """Build the table. A row that only one of the engines can run is left out, with a sentence."""
    new_names, old_names = rounds[0]
    both = [name for name in new_names if name in old_names]
    lacking = {name: "working tree" for name in old_names if name not in new_names}
    lacking |= {name: "commit" for name in new_names if name not in old_names}
    rows = []
    for name in both:
        news, olds = [new[name] for new, _ in rounds], [old[name] for _, old in rounds]
        ratios = [new.seconds / old.seconds for new, old in zip(news, olds, strict=True)]
        used = median(
            new.processor_seconds / old.processor_seconds for new, old in zip(news, olds, strict=True)
        )
        rows.append(
            (
                name,
                f"{median(new.seconds for new in news):.2f} s",
                f"{median(ratios):.2f}",
                f"{min(ratios):.2f} to {max(ratios):.2f}",
                f"{used:.2f}",
            )
        )
    head = ("dream", "now", "time, now ÷ then", "in single rounds", "processor time, now ÷ then")
    lines = [f"The engine of the {which} cannot run: {name}.\n" for name, which in lacking.items()]
    return table(head, rows) + "".join(lines)


def _dreams(tree: Path, report: Path) -> Round:
    """Run the dreams with the engine of a tree.

    Raises:
        BenchmarkError: They failed.
    """
    before, started = os.times(), time.perf_counter()
    pictures = _run("pictures", tree, report)
    seconds, after = time.perf_counter() - started, os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return pictures | {_WHOLE: Measured(seconds, used)} | _run("queue", tree, report)


def _run(kind: str, tree: Path, report: Path) -> Round:
    script = str(ROOT / "benchmarks" / "quick_dreams.py")
    command = [sys.executable, "-P", script, kind, str(EXAMPLES / "rocket.jpg"), str(report)]
    ended = subprocess.run(
        command,
        cwd=tree,
        env=os.environ | {"PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        raise BenchmarkError(f"the dreams with the engine in {tree} failed: {ended.stderr.strip()[-2000:]}")
    return {name: Measured(*values) for name, values in json.loads(report.read_text()).items()}


if __name__ == "__main__":
    sys.exit(main())
