"""How many dreams a machine serves in an hour, by its cores, with one worker on each.

The benchmark measures every number of cores up to the machine's own: it binds the processes to as many cores.
It computes the figures of larger numbers.

Run as a module, it is the process that owns the workers: ``python -m benchmarks.hourly CORES REPORT``.
"""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.processes import Bench, log_progress, median
from benchmarks.varied_dreams import memory_of
from benchmarks.workers import dream_all, request_for, warm_up
from dream_engine.cores import available_cores
from scripts.write_tables import table

PRESETS = ("mild", "intense", "animals")
DREAMS_PER_WORKER = {512: 2, 1024: 1}
"""How many dreams each worker has, by the longest side of the picture in pixels."""
CORES = (1, 2, 4, 8, 16)


def measure(bench: Bench) -> dict[str, Any]:
    """Dream on every number of cores up to the machine's own, in turn."""
    numbers = sorted({*(number for number in CORES if number <= available_cores()), available_cores()})
    peers = {
        str(number): partial(bench.run, "benchmarks.hourly", str(number), "REPORT") for number in numbers
    }
    return {number: [run.report for run in runs] for number, runs in bench.interleaved(peers).items()}


def rates(result: Mapping[str, Any], preset: str, side: int) -> dict[int, float]:
    """Dreams in an hour by the number of cores: the measured ones."""
    return {
        int(cores): median(
            3600 * report["dreams"][str(side)] / report["seconds"][preset][str(side)] for report in reports
        )
        for cores, reports in result.items()
    }


def efficiency(result: Mapping[str, Any], preset: str, side: int) -> float:
    """What a core serves while all cores dream, as a share of what it serves while it alone does."""
    alone, together = result["1"], result[str(max(int(cores) for cores in result))]
    return median(
        (other["dreams"][str(side)] / other["seconds"][preset][str(side)] / other["workers"])
        / (one["dreams"][str(side)] / one["seconds"][preset][str(side)])
        for one, other in zip(alone, together, strict=True)
    )


def render(result: Mapping[str, Any]) -> str:
    """Build the table, and state the memory."""
    measured = sorted(int(cores) for cores in result)
    computed = [cores for cores in CORES if cores > measured[-1]]
    rows = []
    for preset in PRESETS:
        for side in DREAMS_PER_WORKER:
            found, share = rates(result, preset, side), efficiency(result, preset, side)
            own = (f"{found[cores]:.0f}" for cores in measured)
            others = (f"*{_rounded(found[1] * cores * share)}*" for cores in computed)
            rows.append((f"`{preset}`, {side} pixels", *own, *others, f"{share:.0%}"))
    head = (
        "dreams in an hour",
        *(f"{_cores(cores)}, measured" for cores in measured),
        *(f"*{_cores(cores)}, computed*" for cores in computed),
        f"a core's share of its speed alone, with {_cores(measured[-1])}",
    )
    return f"{table(head, rows)}\n{_memory(result)}"


def _memory(result: Mapping[str, Any]) -> str:
    reports = [report for reports in result.values() for report in reports]
    peak = max(peak for report in reports for peak in report["peaks"])
    reserved = max(report["worker_bytes"] for report in reports)
    needed = (f"{cores * reserved / 1e9:.0f} GB for {_cores(cores)}" for cores in CORES)
    return (
        f"A worker's memory reached {peak:.0f} MiB in these dreams. By default, a worker is started only if "
        f"{reserved / 1e9:.1f} GB of memory are free for it: {', '.join(needed)}. With less memory, fewer "
        "workers dream, each on more threads."
    )


def _cores(number: int) -> str:
    return "1 core" if number == 1 else f"{number} cores"


def _rounded(number: float) -> str:
    """A computed number, in two digits."""
    return f"{float(f'{number:.1e}'):.0f}"


def main() -> None:
    """Dream on some of the cores. Reports the seconds by preset and size, and the workers' peaks in MiB."""
    cores, report = int(sys.argv[1]), Path(sys.argv[2])
    if sys.platform == "linux":
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    os.environ["TF_NUM_INTRAOP_THREADS"] = str(cores)  # the workers inherit both
    report.write_text(json.dumps(asyncio.run(_measured(cores))))


async def _measured(workers: int) -> dict[str, Any]:
    from dream_engine.executors.local.executor import LocalExecutor  # noqa: PLC0415
    from dream_engine.executors.local.worker_count import bytes_for  # noqa: PLC0415

    dreams = {side: workers * each for side, each in DREAMS_PER_WORKER.items()}
    seconds: dict[str, dict[int, float]] = {preset: {} for preset in PRESETS}
    first = request_for(PRESETS[0], min(DREAMS_PER_WORKER))
    async with LocalExecutor(("cpu",), workers=workers, warm=(first.settings,)) as executor:
        for preset in PRESETS:
            for side, count in dreams.items():
                request = request_for(preset, side)
                await warm_up(executor, workers, request)
                seconds[preset][side] = await dream_all(executor, [request] * count)
                log_progress(f"{workers} workers, {preset}, {side} pixels: {seconds[preset][side]:.1f} s")
        peaks = [memory_of(pid, "VmHWM") for pid in executor.worker_pids]
    return {
        "workers": workers,
        "dreams": dreams,
        "seconds": seconds,
        "peaks": peaks,
        "worker_bytes": bytes_for(first.settings),
    }


if __name__ == "__main__":
    main()
