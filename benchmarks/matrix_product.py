"""The floor under every step: its multiplications, at the speed of this machine's matrix product.

Run as ``python -m benchmarks.matrix_product REPORT`` it times the product; TensorFlow is only loaded there
and where FLOPs are counted.
"""

import json
import math
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

SIDE = 3000
"""The rows and columns of the matrices that are multiplied."""

_TIMES = 7


def step_flop(network: Any, height: int, width: int) -> int:
    """Count the floating-point operations of one step's convolutions, forward and back to the picture.

    A convolution takes 2 × kernel height × kernel width × channels in × channels out for every position of
    its output (one multiplication and one addition each), one by depth lacks the channels out; its gradient
    with respect to its input takes as many again. All else in a step is negligible beside them.

    Args:
        network: A Keras model from float32 ``[1, height, width, 3]`` to its activations.
        height: The picture's, in pixels.
        width: The picture's, in pixels.

    Returns:
        FLOP.
    """
    from dream_engine.runtime import tf  # noqa: PLC0415 - the process that measures stays small

    def forward(image: Any) -> Any:
        return network(image)

    traced = tf.function(forward, autograph=False)
    graph = traced.get_concrete_function(tf.TensorSpec([1, height, width, 3], tf.float32)).graph
    multiplications = sum(
        _convolution_flop(operation.inputs[1].shape, operation.outputs[0].shape)
        for operation in graph.get_operations()
        if operation.type in {"Conv2D", "DepthwiseConv2dNative"}
    )
    return 2 * multiplications


def _convolution_flop(kernel: Sequence[int], output: Sequence[int]) -> int:
    """Every output value sums over the kernel's window and, unless by depth, over the channels in."""
    window, positions = kernel[0] * kernel[1], output[1] * output[2]
    # The kernel's last two sides are channels in and out; by depth, the channels and 1.
    return 2 * window * kernel[2] * kernel[3] * positions


def gflops(flop: Mapping[str, int], losses: Sequence[Sequence[float]], seconds: float) -> float:
    """How fast a dream's steps went.

    Args:
        flop: The FLOP of one step by octave, the smallest octave first.
        losses: The losses by octave; there is one for each step.
        seconds: What all steps took.

    Returns:
        10⁹ FLOP a second.
    """
    work = sum(each * len(octave) for each, octave in zip(flop.values(), losses, strict=True))
    return work / seconds / 1e9


def main() -> None:
    """Time the matrix product in both precisions and report the medians in 10⁹ FLOP a second."""
    from dream_engine.runtime import tf  # noqa: PLC0415

    tf.random.set_seed(1)
    matrix = tf.random.normal([SIDE, SIDE])
    report = {kind: _product(tf, tf.cast(matrix, kind)) for kind in ("float32", "bfloat16")}
    Path(sys.argv[1]).write_text(json.dumps(report))


def _product(tf: Any, matrix: Any) -> float:
    multiply = tf.function(tf.linalg.matmul, autograph=False)
    seconds = []
    for _ in range(_TIMES + 1):
        started = time.perf_counter()
        multiply(matrix, matrix).numpy()
        seconds.append(time.perf_counter() - started)
    return 2 * math.prod([SIDE] * 3) / statistics.median(seconds[1:]) / 1e9


if __name__ == "__main__":
    main()
