"""Times the engine beside the plain algorithm, in turn, and prints a table of medians and ratios.

Run as ``make bench``, or ``python -m benchmarks --rounds 5``. Each run is a process of its own, so what is
timed is what a person waits for: start, dream and file. The machine's speed drifts; the ratios hold.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).parent.parent
WIDTH, HEIGHT = 960, 640


@dataclass(frozen=True)
class Run:
    """One finished process: seconds of the whole, seconds of the steps, peak memory in MiB, the losses."""

    whole: float
    steps: float
    memory: float
    losses: list[list[float]]


def timed(command: list[str], report: Path) -> Run:
    """Run a command to its end and read what it reported."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
    _, status, usage = os.wait4(process.pid, 0)
    whole = time.perf_counter() - started
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    told = json.loads(report.read_text())
    if "octaves" in told:
        losses = [octave["losses"] for octave in told["octaves"]]
        steps = sum(octave["seconds"] for octave in told["octaves"])
    else:
        losses, steps = told["losses"], told["seconds"]
    return Run(whole, steps, usage.ru_maxrss / 1024, losses)


def make_weights(path: Path) -> None:
    """InceptionV3 with seeded random weights: as fast as the trained one, and no download."""
    program = (
        "import keras; keras.utils.set_random_seed(7);"
        f"keras.applications.InceptionV3(weights=None, include_top=False).save_weights({str(path)!r})"
    )
    environment = {**os.environ, "KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment, stderr=subprocess.DEVNULL)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often each is run (default: %(default)s)")
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        weights, source, report = place / "w.weights.h5", place / "source.png", place / "report.json"
        make_weights(weights)
        Image.open(ROOT / "examples" / "rocket.jpg").resize((WIDTH, HEIGHT)).save(source, icc_profile=None)
        shared = [str(source), "--weights", str(weights), "--report", str(report)]
        commands = {
            "the Keras example, plainly": ["benchmarks.plain_keras", *shared, str(place / "plain.png")],
            "dream --preset classic": [
                *("dream_engine", *shared, "-o", str(place / "ours.png"), "--quiet"),
                *("--preset", "classic", "--backbone", "inception_v3"),
            ],
        }
        runs: dict[str, list[Run]] = {name: [] for name in commands}
        for _ in range(rounds):
            for name, words in commands.items():
                runs[name].append(timed([sys.executable, "-m", *words], report))
    print_table(runs)


def print_table(runs: dict[str, list[Run]]) -> None:
    """Print medians, and each as a share of the first."""
    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores; {WIDTH} × {HEIGHT}, 3 octaves"
    )
    print(f"\n{'':28} {'whole, s':>9} {'steps, s':>9} {'peak, MiB':>10} {'ratio':>7}")
    first = None
    for name, finished in runs.items():
        whole = statistics.median(run.whole for run in finished)
        first = first or whole
        steps = statistics.median(run.steps for run in finished)
        memory = statistics.median(run.memory for run in finished)
        print(f"{name:28} {whole:9.1f} {steps:9.1f} {memory:10.0f} {whole / first:7.2f}")
    plain, ours = (np.concatenate(finished[0].losses) for finished in runs.values())
    print(f"\nlargest difference of a loss: {np.abs(ours / plain - 1).max():.2%}")


if __name__ == "__main__":
    main()
