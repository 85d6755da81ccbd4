"""The bot's CPU time for a dream, and for forecasts of a long queue."""

import asyncio
import contextlib
import io
import math
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from benchmarks.bot_share import NO_LIMITS
from benchmarks.cluster.scale import Scale
from bot.jobs.queue import FairQueue, Running
from fake_discord.bot_process import ROOT, BotProcess
from fake_discord.discord_server import DiscordServer
from fake_discord.inspection import has_dream
from scripts.write_tables import table

_PICTURE = ROOT / "examples" / "cat.jpg"
_TIMEOUT_SECONDS = 300.0
_KINDS: Sequence[tuple[str, Mapping[str, Any], float]] = (
    ("nothing", {}, 0),
    ("one step", {"iterations": 1, "octaves": 1, "size": 256}, 2.5),
    ("many small steps", {"iterations": 300, "octaves": 1, "size": 128}, 0.5),
    ("few large steps", {"iterations": 150, "octaves": 1, "size": 1024}, 0.25),
)
"""Kinds of dreams, their options, and how many of each there are for every real dream."""
_QUEUES = ((10, 10), (100, 100), (300, 1000), (1000, 1000))
"""The numbers of waiting and of running dreams."""


def measure(scale: Scale, _address: str) -> dict[str, Any]:
    """Run dreams that differ in their progress events and card edits. Needs no cluster."""
    with contextlib.redirect_stdout(io.StringIO()):  # the bot's log
        kinds = asyncio.run(_kinds(scale))
    return {"kinds": kinds, "queues": [[*queue, _round(*queue)] for queue in _QUEUES]}


def render(result: Mapping[str, Any]) -> str:
    """Build two tables."""
    dream, event, edit = costs(result)
    rows = (
        ("a dream, from the request to the answer", f"{dream * 1000:.1f}"),
        ("each progress event", f"{event * 1000:.2f}"),
        ("each card update with a preview", f"{edit * 1000:.1f}"),
    )
    rounds = [
        (f"{waiting}", f"{running}", f"{seconds * 1000:.1f}")
        for waiting, running, seconds in result["queues"]
    ]
    return (
        f"{table(('CPU time of the bot', 'ms'), rows)}\n"
        f"{table(('waiting jobs', 'running dreams', 'one forecast for all waiting jobs, ms'), rounds)}"
    )


def costs(result: Mapping[str, Any]) -> tuple[float, float, float]:
    """The CPU seconds of a dream, of each progress event, and of each card edit."""
    idle, *kinds = result["kinds"]
    rate = idle["cpu"] / idle["wall"]
    counts = [[kind["dreams"], kind["events"], kind["edits"]] for kind in kinds]
    seconds = [kind["cpu"] - rate * kind["wall"] for kind in kinds]
    found = np.linalg.solve(np.array(counts, float), np.array(seconds))
    dream, event, edit = (max(0.0, float(cost)) for cost in found)
    return dream, event, edit


def forecast_seconds(result: Mapping[str, Any]) -> float:
    """The cost of a forecast for each pair of a waiting and a running dream."""
    waiting, running, seconds = result["queues"][-1]
    return float(seconds / (waiting * running))


async def _kinds(scale: Scale) -> list[dict[str, Any]]:
    found = []
    quick: dict[str, Any] = {"DREAM_PREVIEW_SECONDS": "1"}  # more edits to measure
    with tempfile.TemporaryDirectory() as folder:
        async with DiscordServer() as discord, BotProcess(discord, Path(folder), **NO_LIMITS, **quick) as bot:
            await discord.connected(_TIMEOUT_SECONDS)
            await _dream(discord, {"iterations": 1, "octaves": 1})  # the first dream includes one-time work
            process = psutil.Process(bot.pid)
            for name, options, share in _KINDS:
                dreams = math.ceil(share * scale.dreams)
                before, began = _seconds(process), time.monotonic()
                if not dreams:
                    await asyncio.sleep(scale.idle_seconds)
                edits = sum([await _dream(discord, options) for _ in range(dreams)])
                events = dreams * options.get("iterations", 0)
                found.append(
                    {
                        "kind": name,
                        "dreams": dreams,
                        "events": events,
                        "edits": edits,
                        "cpu": _seconds(process) - before,
                        "wall": time.monotonic() - began,
                    }
                )
    return found


async def _dream(discord: DiscordServer, options: Mapping[str, Any]) -> int:
    """Run a dream. Returns how often its card was edited before the answer."""
    image = discord.attach(_PICTURE.read_bytes(), _PICTURE.name)
    asked = await discord.slash("dream", {"image": image, "preset": "mild", **options}, user=discord.user)
    await asked.until(has_dream, _TIMEOUT_SECONDS)
    return len(discord.calls("PATCH", asked.token)) - 1


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _round(waiting: int, running: int) -> float:
    """The seconds of one forecast for all waiting dreams."""
    queue = FairQueue()
    for number in range(waiting):
        queue.add(f"{number}", number, queue.turn_for(number), seconds=10.0)
    running_dreams = [Running(waiting + number, 10.0 * number / running) for number in range(running)]
    began = time.perf_counter()
    forecasts = queue.forecast(running_dreams, running)
    seconds = time.perf_counter() - began
    assert len(forecasts) == waiting
    return seconds
