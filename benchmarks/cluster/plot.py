"""The plot of the cluster: how efficient it is, and how many dreams an hour that makes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("agg")  # it is only ever saved

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, PercentFormatter

from benchmarks.cluster.efficiency import efficiency
from benchmarks.plot import LIGHT, OTHERS, OURS, PALE, STYLE

_GOAL, _GOAL_AT = 0.9, 32
_SMALL = {"textcoords": "offset points", "fontsize": 8}


def draw(results: Mapping[str, Any], path: Path) -> None:
    """Draw what was measured and save it as a PNG."""
    measured = results["measurements"]
    if "efficiency" not in measured:
        return
    foreseen = measured.get("foresight")
    with mpl.rc_context(STYLE):
        panels = 2 if foreseen else 1
        size = (4.6 * panels, 3.4)
        figure, axes = plt.subplots(1, panels, figsize=size, layout="constrained", squeeze=False)
        _draw_efficiency(axes[0][0], measured["efficiency"]["result"])
        if foreseen:
            _draw_foresight(axes[0][1], foreseen["result"])
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=160)
        plt.close(figure)


def _draw_efficiency(axis: Axes, result: Mapping[str, Any]) -> None:
    sizes = result["sizes"]
    workers = [size["workers"] for size in sizes]
    shares = [efficiency(result["seconds"], size) for size in sizes]
    axis.axhline(_GOAL, color=PALE, linewidth=1, linestyle="--", zorder=0)
    axis.annotate(f"goal at {_GOAL_AT}", (1, _GOAL), (0, -10), **_SMALL, color=OTHERS)
    axis.plot(workers, shares, color=OURS, marker="o", markersize=4)
    for number, share in zip(workers, shares, strict=True):
        axis.annotate(f"{share:.0%}", (number, share), (0, 6), **_SMALL, ha="center")
    _over_workers(axis, workers)
    axis.set_ylim(0, 1.1)
    axis.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axis.set(title=f"Measured: sleeping dreams of {result['seconds']:g} s", ylabel="efficiency")


def _draw_foresight(axis: Axes, result: Mapping[str, Any]) -> None:
    ways = result["ways"][:2]
    workers = [outcome["workers"] for outcome in ways[0]["outcomes"]]
    possible = [outcome["possible"] for outcome in ways[0]["outcomes"]]
    axis.plot(workers, possible, color=PALE, linestyle="--", label="what workers alone could", zorder=0)
    for way, colour in zip(ways, (OURS, LIGHT), strict=False):
        hourly = [outcome["hourly"] for outcome in way["outcomes"]]
        axis.plot(workers, hourly, color=colour, marker="o", markersize=4, label=way["name"])
        last = way["outcomes"][-1]
        words = f"{last['hourly']:,.0f}\n({last['bottleneck']})".replace(",", " ")
        axis.annotate(
            words,
            (workers[-1], hourly[-1]),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
        )
    _over_workers(axis, workers)
    axis.set_yscale("log")
    axis.margins(x=0.25)
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}".replace(",", " ")))
    axis.legend(frameon=False, fontsize=8, loc="upper left")
    load = result["load"]
    axis.set(title=f"Simulated: dreams of {load['seconds']:.1f} s", ylabel="dreams an hour")


def _over_workers(axis: Axes, workers: list[int]) -> None:
    axis.set_xscale("log", base=2 if len(workers) > 3 else 10)
    axis.set_xticks(workers, [f"{number}" for number in workers])
    axis.minorticks_off()
    axis.set_xlabel("workers")
