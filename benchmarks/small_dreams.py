"""Whether a worker leaks memory: its memory after a hundred and after a thousand dreams.

Run as a module, it is the process that owns the worker: ``python -m benchmarks.small_dreams REPORT``.
"""

import asyncio
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.processes import Bench
from scripts.write_tables import table

COUNTS = (100, 1000)
_SIDE = 64


def measure(bench: Bench) -> dict[str, Any]:
    """Run a thousand dreams once. A leak would exceed the noise."""
    report: dict[str, Any] = bench.run("benchmarks.small_dreams", "REPORT").report
    return report


def render(result: Mapping[str, Any]) -> str:
    """Build the table."""
    rows = [(f"{count} dreams", f"{result['resident'][str(count)]:.0f}") for count in COUNTS]
    return table(("after", "resident memory of the worker, MiB"), rows)


def main() -> None:
    """Dream in one worker. Reports its resident memory in MiB by the number of dreams."""
    Path(sys.argv[1]).write_text(json.dumps({"resident": asyncio.run(_resident())}))


async def _resident() -> dict[str, float]:
    from benchmarks.jobs import enlarged  # noqa: PLC0415 - the measuring process stays small
    from dream_engine import presets  # noqa: PLC0415
    from dream_engine.dreams import DreamRequest  # noqa: PLC0415
    from dream_engine.executors.local.executor import LocalExecutor  # noqa: PLC0415

    settings = presets.get("mild").settings_for("efficientnet_lite0").replace(octaves=1, iterations=2)
    source = enlarged("cat.jpg", (_SIDE, _SIDE), Path(sys.argv[1]).with_suffix(".png"))
    request = DreamRequest(source.read_bytes(), settings, preview_seconds=4.0)
    found = {}
    async with LocalExecutor(("cpu",), workers=1, warm=(settings,)) as executor:
        for number in range(1, max(COUNTS) + 1):
            async for _event in executor.dream(request):
                pass
            if number in COUNTS:
                found[str(number)] = _resident_memory(*executor.worker_pids)
    return found


def _resident_memory(process: int) -> float:
    kibibytes = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    return int(kibibytes[1]) / 1024 if kibibytes else float("nan")


if __name__ == "__main__":
    main()
