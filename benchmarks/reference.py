"""The job of the Keras example: the whole process, from its start to the saved file, beside its peers."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from benchmarks.jobs import JOBS, SEED
from benchmarks.matrix_product import gflops
from benchmarks.processes import (
    Bench,
    Run,
    check_same,
    differences,
    losses_of,
    median,
    ratio,
    seconds_of_steps,
)
from dream_engine.precision import quickest_precision
from scripts.write_tables import table

JOB = JOBS["classic"]
PLAIN, TORCH = "plain Keras", "plain PyTorch"
TORCH_BFLOAT16 = "plain PyTorch --precision bfloat16"
DREAM, DREAM_FLOAT32 = "dream", "dream --precision float32"
PRODUCT = "matrix product"


def measure(bench: Bench) -> dict[str, Any]:
    """Run all peers and the matrix product in turn."""
    prepared, source = bench.prepared, JOB.write_source(bench.folder / "classic.png")
    shared = (source, "--weights", prepared["inception_weights"], "--report", "REPORT")
    output = ("-o", bench.folder / "dream.png", "--quiet")
    engine_arguments = (*shared, *output, "--preset", JOB.preset, "--backbone", JOB.backbone)
    peers = {
        PLAIN: partial(bench.run, "benchmarks.plain_keras", *shared, bench.folder / "plain.png"),
        DREAM: partial(bench.run, "dream_engine", *engine_arguments),
        DREAM_FLOAT32: partial(bench.run, "dream_engine", *engine_arguments, "--precision", "float32"),
    }
    if bench.torch:
        peers |= torch_peers(partial(torch_peer, bench, "classic", source))
    runs = bench.interleaved({**peers, PRODUCT: partial(bench.run, "benchmarks.matrix_product", "REPORT")})
    products = [run.report for run in runs.pop(PRODUCT)]
    result = collect(runs, prepared["classic"]["flop"], products)
    losses = {name: peer["losses"] for name, peer in result["peers"].items()}
    for name in losses.keys() - {DREAM, TORCH_BFLOAT16}:
        check_same(name, losses[name], losses[PLAIN], steps=JOB.settings().iterations)
    return result


def torch_peers(torch: Callable[..., partial[Run]]) -> dict[str, partial[Run]]:
    """PyTorch in both precisions, or in float32 alone if the processor only imitates bfloat16, very slowly.

    Args:
        torch: Makes a peer with further arguments.
    """
    peers = {TORCH: torch()}
    if quickest_precision() == "bfloat16":
        peers[TORCH_BFLOAT16] = torch("--precision", "bfloat16")
    return peers


def torch_peer(bench: Bench, name: str, source: Any, *more: str) -> partial[Run]:
    """The PyTorch peer of a job.

    Args:
        bench: The environment.
        name: The job's name in :mod:`benchmarks.prepare`.
        source: The picture.
        *more: Other arguments of :mod:`benchmarks.plain_torch`.
    """
    weights = bench.prepared[name]["weights"]
    recipe = "intense" if name == "large" else name
    words = (recipe, source, bench.folder / "torch.png", "--weights", weights, "--report", "REPORT")
    seeded = (*words, "--seed", str(SEED), *more)
    return partial(bench.run, "benchmarks.plain_torch", *seeded, python=bench.torch or "")


def collect(
    runs: Mapping[str, list[Run]], flop: Mapping[str, int], products: list[Mapping[str, float]]
) -> dict[str, Any]:
    """Collect the stored result of a job's runs."""
    return {
        "flop": flop,
        "products": products,
        "peers": {
            name: {
                "whole": [run.wall_seconds for run in finished],
                "steps": [seconds_of_steps(run.report) for run in finished],
                "memory": [run.memory for run in finished],
                "precision": finished[0].report.get("precision", "float32"),
                "losses": losses_of(finished[0].report),
            }
            for name, finished in runs.items()
        },
    }


def speeds(result: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    """By peer, the speed of the steps in 10⁹ FLOP a second, and as a share of the float32 matrix product."""
    product = median(each["float32"] for each in result["products"])
    found = {}
    for name, peer in result["peers"].items():
        speed = gflops(result["flop"], peer["losses"], median(peer["steps"]))
        found[name] = (speed, speed / product)
    return found


def peer_label(name: str, peer: Mapping[str, Any]) -> str:
    """A peer's name and its precision, without repetition."""
    return f"{name.partition(' --precision')[0]}, {peer['precision']}"


def product_note(result: Mapping[str, Any]) -> str:
    """State the FLOP of a step and the speed of the matrix product."""
    size, flop = list(result["flop"].items())[-1]
    float32, bfloat16 = (
        median(each[kind] for each in result["products"]) for kind in ("float32", "bfloat16")
    )
    return (
        f"One step at {size} multiplies and adds {flop / 1e9:.1f} GFLOP in its convolutions, forward and "
        f"back to the picture. In the same rounds, TensorFlow's product of two 3000 × 3000 matrices ran at "
        f"{float32:.0f} GFLOP/s in float32 and {bfloat16:.0f} in bfloat16."
    )


def render(result: Mapping[str, Any]) -> str:
    """Build the table."""
    peers, speed = result["peers"], speeds(result)
    plain = peers[PLAIN]
    rows = [
        (
            peer_label(name, peer),
            f"{median(peer['whole']):.1f}",
            f"{median(peer['steps']):.1f}",
            f"{median(peer['memory']):.0f}",
            f"{ratio(peer['whole'], plain['whole']):.2f}",
            f"{speed[name][0]:.0f}",
            f"{speed[name][1]:.0%}",
            f"{max(differences(peer['losses'], plain['losses'])):.3%}",
        )
        for name, peer in peers.items()
    ]
    head = (
        *("", "total, s", "steps, s", "peak, MiB", "ratio of the total", "steps, GFLOP/s"),
        *("share of the float32 product", "largest difference of a loss"),
    )
    return f"{table(head, rows)}\n{product_note(result)}"
