"""oneDNN's convolutions with a kernel that is packed once, the bias and the rectifier included.

TensorFlow uses these operations itself if a kernel is a constant of the graph. It cannot know that a kernel
that graphs share never changes, and then lets oneDNN take the kernel as it lies in memory. On a processor
with AVX2, such convolutions take longer; see docs/performance.md. TensorFlow has no public function for these
operations. So they are only used where a test run gives the right values.
"""

import functools
from typing import Any, Literal, NamedTuple

import numpy as np

from dream_engine.runtime import tf

Rectifier = Literal["Relu", "Relu6"]
"""An activation that sets negative values to zero; ``Relu6`` also bounds them at 6."""

Padding = str | list[list[int]]
"""``SAME``, ``VALID``, or how much to pad before and after each axis."""


def convolve(
    x: Any,
    kernel: Any,
    strides: list[int],
    padding: Padding,
    *,
    depthwise: bool = False,
    bias: Any = None,
    rectifier: Rectifier | None = None,
) -> Any:
    """Convolve with a kernel that never changes, add the bias, and rectify.

    Args:
        x: The input, ``[1, height, width, inputs]``.
        kernel: ``[rows, columns, inputs, outputs]``; depthwise ``[rows, columns, inputs, 1]``.
        strides: The strides along the four axes.
        padding: The padding.
        depthwise: Whether each channel is convolved by itself; then the padding must have a name.
        bias: ``[outputs]``; ``None`` for none.
        rectifier: The activation of the sum; ``None`` for none. Without a bias, there must be none.

    Returns:
        The output, ``[1, rows, columns, outputs]``.
    """
    if tf.executing_eagerly() or not available(x.dtype.name):
        operation = tf.nn.depthwise_conv2d if depthwise else tf.nn.conv2d
        x = operation(x, kernel, strides, padding)
        if bias is not None:
            x = tf.nn.bias_add(x, bias)
        return {None: tf.identity, "Relu": tf.nn.relu, "Relu6": tf.nn.relu6}[rectifier](x)
    return _packed(x, kernel, strides, padding, depthwise=depthwise, bias=bias, rectifier=rectifier)


def rectifier_gradient(upstream: Any, rectified: Any, rectifier: Rectifier | None) -> Any:
    """The gradient of a rectifier's input, from that of its output.

    Args:
        upstream: The gradient of the output.
        rectified: The output.
        rectifier: The rectifier; ``None`` for none.
    """
    if rectifier is None:
        return upstream
    operation = {"Relu": tf.raw_ops.ReluGrad, "Relu6": tf.raw_ops.Relu6Grad}[rectifier]
    return operation(gradients=upstream, features=rectified)


@functools.cache
def available(dtype: str) -> bool:
    """Whether this TensorFlow and this processor have these operations in a number format."""
    if tf.config.list_physical_devices("GPU"):
        return False
    with tf.init_scope():  # a step may be traced at the moment
        return _gives_right_values(dtype)


class _Kind(NamedTuple):
    """A kind of convolution: the kernel's shape, the stride, the padding, and what the operation adds."""

    kernel: tuple[int, int, int, int]
    stride: int
    padding: Padding
    depthwise: bool = False
    biased: bool = False
    rectifier: Rectifier | None = None


_KINDS = (
    _Kind((3, 3, 3, 16), 2, "VALID", biased=True, rectifier="Relu6"),
    _Kind((1, 1, 16, 24), 1, "SAME", biased=True, rectifier="Relu6"),
    _Kind((1, 1, 16, 12), 1, "SAME"),
    _Kind((1, 7, 16, 16), 1, "SAME", biased=True, rectifier="Relu"),
    _Kind((3, 3, 16, 16), 2, "SAME", biased=True, rectifier="Relu"),
    _Kind((2, 2, 16, 12), 1, [[0, 0], [0, 1], [1, 1], [0, 0]]),
    _Kind((5, 5, 16, 1), 1, "SAME", depthwise=True),
    _Kind((3, 3, 16, 1), 2, "SAME", depthwise=True, biased=True, rectifier="Relu6"),
    _Kind((3, 3, 16, 1), 2, "VALID", depthwise=True, biased=True, rectifier="Relu6"),
)
"""The kinds that differ most among the convolutions of the networks and of their gradients."""


def _gives_right_values(dtype: str) -> bool:
    random = np.random.default_rng(0)

    def values(*shape: int) -> Any:
        return tf.cast(random.uniform(-1, 1, shape), dtype)

    operands = [
        (values(1, 9, 9, kind.kernel[2]), values(*kind.kernel), values(max(kind.kernel[2:])))
        for kind in _KINDS
    ]

    def run(operation: Any, number_format: str) -> list[Any]:
        results = []
        for kind, given in zip(_KINDS, operands, strict=True):
            x, kernel, bias = (tf.cast(operand, number_format) for operand in given)
            strides = [1, kind.stride, kind.stride, 1]
            added = {"bias": bias if kind.biased else None, "rectifier": kind.rectifier}
            results.append(operation(x, kernel, strides, kind.padding, depthwise=kind.depthwise, **added))
        return results

    try:
        results = tf.function(lambda: run(_packed, dtype), autograph=False)()
    except (tf.errors.OpError, ValueError, RuntimeError):  # unknown here, or not for this number format
        return False
    return all(
        np.allclose(tf.cast(found, tf.float32), exact, rtol=0.02, atol=0.05)
        for found, exact in zip(results, run(convolve, "float32"), strict=True)
    )


def _packed(
    x: Any,
    kernel: Any,
    strides: list[int],
    padding: Padding,
    *,
    depthwise: bool = False,
    bias: Any = None,
    rectifier: Rectifier | None = None,
) -> Any:
    kind = "DepthwiseConv2dNative" if depthwise else "Conv2D"
    number_format = x.dtype.as_datatype_enum
    attributes = {
        "_kernel": _value(s=b"MklNameChangeOp"),  # how TensorFlow finds oneDNN's operations
        "T": _value(type=number_format),
        "strides": _list(i=strides),
        "padding": _value(s=padding.encode() if isinstance(padding, str) else b"EXPLICIT"),
        "is_filter_const": _value(b=True),
    }
    if not isinstance(padding, str):
        attributes["explicit_paddings"] = _list(i=[amount for axis in padding for amount in axis])
    inputs = [x, kernel]
    if bias is not None:
        kind = f"Fused{kind}"
        inputs.append(bias)
        fused = [b"BiasAdd"] if rectifier is None else [b"BiasAdd", rectifier.encode()]
        attributes |= {"num_args": _value(i=1), "fused_ops": _list(s=fused)}
        if not depthwise:
            attributes |= {"TArgs": _list(type=[number_format]), "num_host_args": _value(i=0)}
    graph = tf.compat.v1.get_default_graph()
    operation = graph.create_op(f"_MklNative{kind}", inputs, [x.dtype], name="convolution", attrs=attributes)
    (result,) = operation.outputs
    result.set_shape([x.shape[0], None, None, kernel.shape[2 if depthwise else 3]])
    return result


def _value(**content: Any) -> Any:
    return tf.compat.v1.AttrValue(**content)


def _list(**content: Any) -> Any:
    return tf.compat.v1.AttrValue(list=tf.compat.v1.AttrValue.ListValue(**content))
