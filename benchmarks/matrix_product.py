"""Compares steps with a lower bound: the time of their multiplications in a plain matrix product.

Run as ``python -m benchmarks.matrix_product REPORT``, it times the product. TensorFlow is loaded only there
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
"""The rows and columns of the multiplied matrices."""

_TIMES = 7

_CONVOLUTIONS = ("Conv2D", "DepthwiseConv2dNative")
"""How the types of TensorFlow's own convolutions end, and of oneDNN's."""


def step_flop(network: Any, height: int, width: int) -> int:
    """Count the floating-point operations of one step's convolutions, forward and back to the picture.

    A convolution takes 2 × kernel height × kernel width × channels in × channels out for every position of
    its output: one multiplication and one addition each. A depthwise convolution has no factor for the
    channels out. The gradient with respect to the input takes as many again. All else is negligible.

    Args:
        network: A Keras model from float32 ``[1, height, width, 3]`` to its activations.
        height: The picture's height, in pixels.
        width: The picture's width, in pixels.

    Returns:
        FLOP.
    """
    from dream_engine.runtime import tf  # noqa: PLC0415 - the measuring process stays small

    def forward(image: Any) -> Any:
        return network(image)

    traced = tf.function(forward, autograph=False)
    graph = traced.get_concrete_function(tf.TensorSpec([1, height, width, 3], tf.float32)).graph
    multiplications = sum(
        _convolution_flop(operation.inputs[1].shape, operation.outputs[0].shape)
        for operation in graph.get_operations()
        if operation.type.endswith(_CONVOLUTIONS)
    )
    return 2 * multiplications


def _convolution_flop(kernel: Sequence[int], output: Sequence[int]) -> int:
    """Count the FLOP of one convolution. Depthwise outputs do not sum over the channels in."""
    window, positions = kernel[0] * kernel[1], output[1] * output[2]
    # A kernel ends with channels in and out. A depthwise kernel ends with the channels and 1.
    return 2 * window * kernel[2] * kernel[3] * positions


def gflops(flop: Mapping[str, int], losses: Sequence[Sequence[float]], seconds: float) -> float:
    """Compute the speed of a dream's steps.

    Args:
        flop: The FLOP of one step by octave, the smallest octave first.
        losses: The losses by octave, one for each step.
        seconds: The time of all steps.

    Returns:
        10⁹ FLOP a second.
    """
    work = sum(each * len(octave) for each, octave in zip(flop.values(), losses, strict=True))
    return work / seconds / 1e9


def main() -> None:
    """Time the matrix product in both precisions, and report the medians in 10⁹ FLOP a second."""
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
