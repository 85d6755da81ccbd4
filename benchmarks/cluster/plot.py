"""The plot of the cluster: its efficiency, and the dreams an hour."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("agg")  # the figure is only saved

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, PercentFormatter

from benchmarks.cluster.efficiency import efficiency
from benchmarks.cluster.projection import AS_MEASURED, LONG
from benchmarks.plot import LIGHT, OTHERS, OURS, PALE, STYLE

_GOAL, _GOAL_AT = 0.9, 32
_SMALL: Mapping[str, Any] = {"textcoords": "offset points", "fontsize": 8}
_DOTS: Mapping[str, Any] = {"marker": "o", "markersize": 4}


def draw(results: Mapping[str, Any], path: Path) -> None:
    """Draw the results and save them as a PNG."""
    measured = results["measurements"]
    if "efficiency" not in measured:
        return
    projected = measured.get("foresight")
    with mpl.rc_context(STYLE):
        panels = 2 if projected else 1
        size = (4.6 * panels, 3.4)
        figure, axes = plt.subplots(1, panels, figsize=size, layout="constrained", squeeze=False)
        _draw_efficiency(axes[0][0], measured["efficiency"]["result"], results["machine"]["cores"])
        if projected:
            _draw_projection(axes[0][1], projected["result"])
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=160)
        plt.close(figure)


def _draw_efficiency(axis: Axes, result: Mapping[str, Any], cores: int) -> None:
    sizes, seconds = result["sizes"], result["seconds"]
    workers = [size["workers"] for size in sizes]
    axis.axhline(_GOAL, color=PALE, linewidth=1, linestyle="--", zorder=0)
    axis.annotate(f"goal at {_GOAL_AT} workers", (workers[0], _GOAL), (0, -12), **_SMALL, color=OTHERS)
    shares = [efficiency(seconds, size) for size in sizes]
    axis.plot(workers, shares, color=OURS, **_DOTS)
    for number, share in zip(workers, shares, strict=True):
        axis.annotate(f"{share:.0%}", (number, share), (0, 6), **_SMALL, ha="center")
    _over_workers(axis, workers)
    axis.set_ylim(0, 1.15)
    axis.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axis.set(title=f"Measured on {cores} cores: sleeping dreams of {seconds:g} s", ylabel="efficiency")


def _draw_projection(axis: Axes, result: Mapping[str, Any]) -> None:
    ways = {way["name"]: way["outcomes"] for way in result["ways"]}
    seconds = result["load"]["seconds"]
    for name, label, colour in (
        (AS_MEASURED, f"dreams of {seconds:.1f} s", OURS),
        (LONG, LONG, LIGHT),
    ):
        outcomes = ways[name]
        workers = [outcome["workers"] for outcome in outcomes]
        possible = [outcome["possible"] for outcome in outcomes]
        hourly = [outcome["hourly"] for outcome in outcomes]
        axis.plot(workers, possible, color=PALE, linestyle="--", zorder=0)
        axis.plot(workers, hourly, color=colour, **_DOTS, label=label)
        words = f"{hourly[-1]:,.0f}\n({outcomes[-1]['bottleneck']})".replace(",", " ")
        axis.annotate(words, (workers[-1], hourly[-1]), (6, 0), **_SMALL, va="center")
    axis.plot([], [], color=PALE, linestyle="--", label="what workers alone could")
    _over_workers(axis, workers)
    axis.set_yscale("log")
    axis.margins(x=0.25)
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}".replace(",", " ")))
    axis.legend(frameon=False, fontsize=8, loc="upper left")
    axis.set(title="Simulated (in brackets: what is scarcest)", ylabel="dreams an hour")


def _over_workers(axis: Axes, workers: list[int]) -> None:
    axis.set_xscale("log", base=10 if max(workers) > 100 else 2)
    axis.set_xticks(workers, [f"{number}" for number in workers])
    axis.minorticks_off()
    axis.set_xlabel("workers")
