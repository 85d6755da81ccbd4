"""The plot at the top of the page: times and memory."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("agg")  # the figure is only saved

from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from benchmarks import default_network, memory, reference
from benchmarks.processes import median

OURS, LIGHT, OTHERS, PALE = "#5b3f8c", "#b9a7dc", "#6b7280", "#c9cdd3"
STYLE: Any = {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "axes.titlesize": 10}
_INCHES = 3.6


def draw(results: Mapping[str, Any], path: Path) -> None:
    """Draw the results and save them as a PNG."""
    panels: Mapping[str, Callable[[Axes, Any], None]] = {
        "reference": _draw_reference,
        "default_network": _draw_default_network,
        "memory": _draw_memory,
    }
    measured = results["measurements"]
    there = [name for name in panels if name in measured]
    if not there:
        return
    with mpl.rc_context(STYLE):
        size = (_INCHES * len(there), 3.2)
        figure, axes = plt.subplots(1, len(there), figsize=size, layout="constrained", squeeze=False)
        for axis, name in zip(axes[0], there, strict=True):
            panels[name](axis, measured[name]["result"])
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=160)
        plt.close(figure)


def _draw_reference(axis: Axes, result: Mapping[str, Any]) -> None:
    peers = result["peers"]
    wholes = [median(peer["whole"]) for peer in peers.values()]
    steps = [median(peer["steps"]) for peer in peers.values()]
    labels = [_label(name, peer) for name, peer in peers.items()]
    axis.barh(labels, wholes, color=[_shade(name, LIGHT, PALE) for name in peers], height=0.6)
    axis.barh(labels, steps, color=[_shade(name, OURS, OTHERS) for name in peers], height=0.6)
    _finish(axis, wholes, "{:.1f}")
    axis.set(title="InceptionV3, the Keras example's job", xlabel="seconds (dark: its 60 steps)")


def _draw_default_network(axis: Axes, result: Mapping[str, Any]) -> None:
    peers = result["peers"]
    seconds = [median(peer["steps"]) for peer in peers.values()]
    labels = [_label(name, peer) for name, peer in peers.items()]
    axis.barh(labels, seconds, color=[_shade(name, OURS, OTHERS) for name in peers], height=0.6)
    _finish(axis, seconds, "{:.2f}")
    width, height = default_network.JOB.shape[::-1]
    title = f"EfficientNet-Lite0, intense, {width} × {height}"
    axis.set(title=title, xlabel="seconds of the steps, warm")


def _draw_memory(axis: Axes, result: Mapping[str, Any]) -> None:
    for number, (backbone, colour) in enumerate(zip(result, (OURS, LIGHT), strict=True)):
        peaks = list(memory.peaks(result, backbone).values())[: len(memory.SIZES)]
        places = [index + (number - 0.5) * 0.36 for index in range(len(peaks))]
        bars = axis.bar(places, [peak / 1024 for peak in peaks], 0.32, color=colour, label=backbone)
        axis.bar_label(bars, fmt="%.2f", padding=2)
    axis.set_xticks(range(len(memory.SIZES)), list(memory.SIZES))
    axis.margins(y=0.3)
    axis.legend(frameon=False, loc="upper left", fontsize=8)
    axis.set(title="Peak memory at full size", ylabel="GiB")


def _finish(axis: Axes, values: Sequence[float], form: str) -> None:
    """Write the values beside the bars, with the first peer on top."""
    for index, value in enumerate(values):
        axis.text(value, index, f" {form.format(value)}", va="center")
    axis.invert_yaxis()
    axis.margins(x=0.2)


def _label(name: str, peer: Mapping[str, Any]) -> str:
    short = name.partition(" --precision")[0]
    return f"{short}\n{peer['precision']}"


def _shade(name: str, ours: str, others: str) -> str:
    return ours if name in {reference.DREAM, reference.DREAM_FLOAT32} else others
