"""Convolutions with constant weights, and the gradients of their inputs.

Small kernels are constants of the graph. Large kernels stay outside the graph, because TensorFlow copies a
constant several times for each graph. All are packed once, by
:mod:`dream_engine.compute.packed_convolution`.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from dream_engine.compute import convolution_gradients as gradients
from dream_engine.compute import packed_convolution
from dream_engine.compute.packed_convolution import Rectifier
from dream_engine.runtime import tf

_MAX_CONSTANT_VALUES = 2**14
"""The most values of a kernel that becomes a constant of the graph.

A constant takes twenty to thirty bytes for each value and graph, and as much again temporarily while the
graph is traced. All depthwise kernels and those of the first blocks of EfficientNet-Lite0 are below this.
"""


class FoldedWeights:
    """The weights of one convolution, shared by all graphs of its network.

    Args:
        kernel: float32, in the layout of the convolution's layer.
        bias: float32 ``[channels]``; a scalar if there is no bias.
    """

    def __init__(self, kernel: np.ndarray, bias: np.ndarray | np.float32) -> None:
        self.kernel = np.asarray(kernel, np.float32)
        self.bias = np.asarray(bias, np.float32)
        self._shared: dict[tuple[Any, ...], Any] = {}

    def operand(self, dtype: str, form: Callable[..., np.ndarray] | None = None, *arguments: int) -> Any:
        """The kernel for a graph: a constant, or if it is large, a tensor shared by all graphs.

        Args:
            dtype: The number format of the convolution.
            form: A function of the kernel that returns the kernel to use; ``None`` for the kernel itself.
            *arguments: The function's other arguments.
        """
        if self.kernel.size <= _MAX_CONSTANT_VALUES:
            return tf.constant(self._values(dtype, form, *arguments))
        key = (dtype, form, arguments)
        if key not in self._shared:
            with tf.init_scope():
                self._shared[key] = tf.constant(self._values(dtype, form, *arguments))
        return self._shared[key]

    def _values(self, dtype: str, form: Callable[..., np.ndarray] | None, *arguments: int) -> np.ndarray:
        return cast(self.kernel if form is None else form(self.kernel, *arguments), dtype)


class Convolution:
    """A convolution, ordinary or depthwise, with constant weights.

    Args:
        weights: The kernel and the bias.
        dtype: The number format of the computation.
        strides: The strides along the rows and the columns.
        padding: ``SAME`` or ``VALID``.
        depthwise: Whether each channel is convolved by itself.
    """

    def __init__(
        self,
        weights: FoldedWeights,
        dtype: str,
        strides: tuple[int, int] = (1, 1),
        padding: str = "SAME",
        *,
        depthwise: bool = False,
    ) -> None:
        self.weights = weights
        self._dtype = dtype
        self._strides = [1, *strides, 1]
        self._padding = padding
        self._depthwise = depthwise
        self._convolve = partial(packed_convolution.convolve, depthwise=depthwise)

    @property
    def is_pointwise(self) -> bool:
        """Whether it only mixes the channels of each position."""
        return self.weights.kernel.shape[:2] == (1, 1) and max(self._strides) == 1 and not self._depthwise

    def __call__(self, x: Any, rectifier: Rectifier | None = None) -> Any:
        """Convolve, add the bias, if there is one, and rectify, if asked."""
        bias = None
        if self.weights.bias.ndim:
            bias = tf.constant(cast(self.weights.bias, self._dtype))
        elif rectifier is not None:
            bias = tf.zeros(self.weights.kernel.shape[2 if self._depthwise else 3], self._dtype)

        @tf.custom_gradient  # type: ignore[untyped-decorator]
        def convolve(x: Any) -> Any:
            kernel = self.weights.operand(self._dtype)
            result = self._convolve(x, kernel, self._strides, self._padding, bias=bias, rectifier=rectifier)

            def gradient(upstream: Any) -> Any:
                upstream = packed_convolution.rectifier_gradient(upstream, result, rectifier)
                return self._input_gradient(upstream, tf.shape(x))

            return result, gradient

        return convolve(x)

    def _input_gradient(self, upstream: Any, shape: Any) -> Any:
        """The gradient of the input, from that of the output.

        With stride 1, it is a convolution with the flipped kernel, which is packed once; TensorFlow's own
        gradient operation would pack the kernel at every step.
        """
        weights, stride = self.weights, self._strides[1]
        height, width = weights.kernel.shape[:2]
        if max(self._strides) == 1 and height % 2 == width % 2 == 1:
            form = gradients.flipped_depthwise if self._depthwise else gradients.flipped
            full_padding = [[0, 0], [height - 1] * 2, [width - 1] * 2, [0, 0]]
            padding = full_padding if self._padding == "VALID" and height * width > 1 else self._padding
            return self._convolve(upstream, weights.operand(self._dtype, form), [1] * 4, padding)
        if not self._depthwise:
            return gradients.spread_phases(weights, upstream, shape, stride, self._padding)
        if self._dtype == "bfloat16":  # oneDNN has no fast operation for it
            return gradients.spread_depthwise_phases(weights, upstream, shape, stride, self._padding)
        kernel = weights.operand("float32")
        return tf.nn.depthwise_conv2d_backprop_input(shape, kernel, upstream, self._strides, self._padding)


def cast(values: np.ndarray, dtype: str) -> np.ndarray:
    """Convert an array to a number format, which may be bfloat16."""
    converted: np.ndarray = values.astype(tf.as_dtype(dtype).as_numpy_dtype)
    return converted
