"""Gradients of a convolution's input, computed by other convolutions with constant kernels.

The kernel of a convolution is packed once. TensorFlow's own gradient operations pack it at every step, and
keep working memory for each of the last 1024 picture sizes.

At stride s, the positions of the input that have the same remainder when divided by s form a phase. The
gradient of each phase is a convolution of the output's gradient with every s-th tap of the kernel.
"""

import itertools
from typing import Any

import numpy as np

from dream_engine.compute import packed_convolution
from dream_engine.runtime import tf

Shape = Any
"""The shape of the input, an int32 tensor ``[4]``."""


def flipped(kernel: np.ndarray) -> np.ndarray:
    """Flip an ordinary kernel, and swap its inputs and outputs: the kernel of the gradient for stride 1."""
    return kernel[::-1, ::-1].transpose(0, 1, 3, 2)


def flipped_depthwise(kernel: np.ndarray) -> np.ndarray:
    """Flip a depthwise kernel: the kernel of the gradient for stride 1."""
    return kernel[::-1, ::-1]


def phase_taps(kernel: np.ndarray, stride: int, row: int, column: int) -> np.ndarray:
    """The taps of an ordinary kernel that act on one phase, flipped, with inputs and outputs swapped."""
    return flipped(kernel[row::stride, column::stride])


def all_phases(kernel: np.ndarray, stride: int) -> np.ndarray:
    """The taps of all phases as channels of one kernel, in the order of ``depth_to_space``.

    Returns:
        ``[taps, taps, outputs, stride × stride × inputs]``. Phases with fewer taps have zeros.
    """
    height, width, inputs, outputs = kernel.shape
    down, across = -(-height // stride), -(-width // stride)
    padded = np.pad(kernel, ((0, down * stride - height), (0, across * stride - width), (0, 0), (0, 0)))
    split = padded.reshape(down, stride, across, stride, inputs, outputs)[::-1, :, ::-1]
    return split.transpose(0, 2, 5, 1, 3, 4).reshape(down, across, outputs, stride**2 * inputs)


def depthwise_phases(kernel: np.ndarray, stride: int) -> np.ndarray:
    """The kernels of a depthwise convolution's gradient for any padding.

    Returns:
        ``[stride, stride, stride, taps, taps, stride × channels, 1]``. The first two axes are the remainders
        of the padding above and to the left, the third is the phase of the row. The phases of the column
        are side by side in the channels.
    """
    height, width, channels, _ = kernel.shape
    down, across = _window(height, stride), _window(width, stride)
    result = np.zeros((stride, stride, stride, down, across, stride, channels), kernel.dtype)
    phases = range(stride)
    for above, left, row, column in itertools.product(phases, repeat=4):
        for i, j in itertools.product(range(down), range(across)):
            y = row + above - stride * (i + _first(height, stride, above))
            x = column + left - stride * (j + _first(width, stride, left))
            if 0 <= y < height and 0 <= x < width:
                result[above, left, row, i, j, column] = kernel[y, x, :, 0]
    return result.reshape(*result.shape[:5], stride * channels, 1)


def _first(side: int, stride: int, remainder: int) -> int:
    """The first output, relative to the group of ``stride`` inputs, that reads any of the group."""
    return -((side - 1 - remainder) // stride)


def _window(side: int, stride: int) -> int:
    """How many outputs read any input of a group, at most, over all remainders of the padding."""
    return max((stride - 1 + b) // stride - _first(side, stride, b) + 1 for b in range(stride))


def _padding_before(length: Any, steps: Any, sides: tuple[int, int], stride: int, padding: str) -> Any:
    """How much TensorFlow pads both axes before their first position, int32 ``[2]``."""
    if padding == "VALID":
        return tf.constant([0, 0])
    return tf.maximum((steps - 1) * stride + sides - length, 0) // 2


def _pad(values: Any, before: Any, after: Any) -> Any:
    """Pad the rows and columns of ``[1, height, width, channels]`` by int32 ``[2]`` before and after."""
    return tf.pad(values, tf.pad(tf.stack([before, after], 1), [[1, 1], [0, 0]]))


_FEW_CHANNELS = 16
"""A convolution with fewer inputs gets one kernel for all phases, which is faster although it has zeros."""


def spread_phases(weights: Any, upstream: Any, shape: Shape, stride: int, padding: str) -> Any:
    """The gradient of an ordinary convolution's input, for any stride.

    Args:
        weights: The :class:`~dream_engine.compute.convolution.FoldedWeights`.
        upstream: The gradient of the output.
        shape: The input's shape.
        stride: The stride along both axes.
        padding: ``SAME`` or ``VALID``.
    """
    sides = weights.kernel.shape[:2]
    down, across = taps = [-(-side // stride) for side in sides]
    dtype = upstream.dtype.name
    if weights.kernel.shape[2] < _FEW_CHANNELS or min(sides) < stride:
        full_padding = [[0, 0], [down - 1] * 2, [across - 1] * 2, [0, 0]]
        kernel = weights.operand(dtype, all_phases, stride)
        spread = packed_convolution.convolve(upstream, kernel, [1] * 4, full_padding)
    else:
        phases = []
        for row, column in itertools.product(range(stride), repeat=2):
            kernel = weights.operand(dtype, phase_taps, stride, row, column)
            rows, columns = kernel.shape[:2]
            full_padding = [[0, 0], [rows - 1, down - 1], [columns - 1, across - 1], [0, 0]]
            phases.append(packed_convolution.convolve(upstream, kernel, [1] * 4, full_padding))
        spread = tf.concat(phases, -1)
    if stride > 1:
        spread = tf.nn.depth_to_space(spread, stride)
    length, steps = shape[1:3], tf.shape(upstream)[1:3]
    before = _padding_before(length, steps, sides, stride, padding)
    missing = tf.maximum(before + length - (steps + taps - 1) * stride, 0)
    return tf.slice(_pad(spread, [0, 0], missing), tf.pad(before, [[1, 1]]), shape)


def spread_depthwise_phases(weights: Any, upstream: Any, shape: Shape, stride: int, padding: str) -> Any:
    """The gradient of a depthwise convolution's input, for any stride.

    One convolution for each phase of the rows computes all phases of the columns as channels, which lie in
    memory in the order of the columns.

    Args:
        weights: The :class:`~dream_engine.compute.convolution.FoldedWeights`.
        upstream: The gradient of the output.
        shape: The input's shape.
        stride: The stride along both axes.
        padding: ``SAME`` or ``VALID``.
    """
    sides = weights.kernel.shape[:2]
    length, steps = shape[1:3], tf.shape(upstream)[1:3]
    before = _padding_before(length, steps, sides, stride, padding)
    remainder = before % stride
    first = before // stride - (tf.constant(sides) - 1 - remainder) // stride
    groups = (length + (stride - 1)) // stride
    last = first + groups + [_window(side, stride) - 1 for side in sides]
    kernels = tf.gather_nd(weights.operand(upstream.dtype.name, depthwise_phases, stride), remainder)
    repeated = tf.concat([_pad(upstream, -first, last - steps)] * stride, -1)
    rows = [tf.nn.depthwise_conv2d(repeated, kernels[row], [1] * 4, "VALID") for row in range(stride)]
    spread = tf.reshape(tf.stack(rows, 2), tf.concat([[1], groups * stride, [upstream.shape[-1]]], 0))
    return tf.slice(spread, [0] * 4, shape)
