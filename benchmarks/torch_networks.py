"""The two networks in PyTorch, as far as the dreams need them, with batch normalisation folded.

It needs only PyTorch and NumPy, because TensorFlow and the engine are not installed in its environment.
"""

import itertools
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

Activations = dict[str, Tensor]
"""By layer name, ``[1, channels, height, width]``."""

Network = Callable[[Tensor], Activations]

# Repeats, stride and outputs of EfficientNet-Lite0's groups of blocks. The weights define the rest.
_GROUPS = ((1, 1, 16), (2, 2, 24), (2, 2, 40), (3, 2, 80), (3, 1, 112), (4, 2, 192))

_DEPTHWISE = "_depthwise_conv"


class Weights:
    """Folded kernels and biases by layer name.

    Args:
        path: An ``.npz`` with ``NAME/kernel`` in TensorFlow's order: height, width, channels in, channels out
            (depthwise: height, width, channels, 1), and ``NAME/bias``.
    """

    def __init__(self, path: Path) -> None:
        with np.load(path) as arrays:
            tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
        self._tensors = {name: _ordered(name, tensor) for name, tensor in tensors.items()}

    def convolve(self, x: Tensor, name: str, stride: int = 1, valid: bool = False) -> Tensor:
        """Apply a layer's convolution and bias, with TensorFlow's padding ``same`` or ``valid``."""
        kernel = self._tensors[f"{name}/kernel"]
        groups = len(kernel) if name.endswith(_DEPTHWISE) else 1
        sides = kernel.shape[2:]
        padding: tuple[int, ...] = (0, 0)
        if not valid and stride == 1:
            padding = tuple(side // 2 for side in sides)
        elif not valid:
            x = _padded(x, sides, stride)
        return functional.conv2d(x, kernel, self._tensors[f"{name}/bias"], stride, padding, 1, groups)


def _ordered(name: str, tensor: Tensor) -> Tensor:
    """Convert a kernel from TensorFlow's to PyTorch's order, with channels last in memory."""
    if name.endswith("/bias"):
        return tensor
    is_depthwise = name.endswith(f"{_DEPTHWISE}/kernel")
    turned = tensor.permute((2, 3, 0, 1) if is_depthwise else (3, 2, 0, 1))
    return turned.contiguous(memory_format=torch.channels_last)


def _padded(x: Tensor, sides: torch.Size, stride: int) -> Tensor:
    """Pad as TensorFlow does, for ⌈length ÷ stride⌉ output positions, with any odd pixel at the end."""
    outward: list[int] = []
    for length, side in zip(reversed(x.shape[2:]), reversed(sides), strict=True):
        missing = max(0, (-(-length // stride) - 1) * stride + side - length)
        outward += [missing // 2, missing - missing // 2]
    return functional.pad(x, outward)


class InceptionV3:
    """InceptionV3 (Szegedy et al., 2015, arXiv:1512.00567) up to mixed7.

    Keras numbers the convolutions in the order in which they occur here.
    """

    def __init__(self, weights: Weights) -> None:
        self._weights = weights

    def __call__(self, x: Tensor) -> Activations:
        """Map an image in [-1, 1], ``[1, 3, height, width]``, to the activations of mixed0 to mixed7."""
        numbers = itertools.count()

        def convolve(x: Tensor, stride: int = 1, valid: bool = False) -> Tensor:
            number = next(numbers)
            name = f"conv2d_{number}" if number else "conv2d"
            return functional.relu(self._weights.convolve(x, name, stride, valid), inplace=True)

        def chain(x: Tensor, length: int) -> Tensor:
            for _ in range(length):
                x = convolve(x)
            return x

        def mixed(x: Tensor, *lengths: int) -> Tensor:
            """Concatenate chains of convolutions, and one convolution of the average."""
            branches = [chain(x, length) for length in lengths]
            average = functional.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
            return torch.cat([*branches, chain(average, 1)], 1)

        x = chain(convolve(convolve(x, 2, valid=True), valid=True), 1)
        x = functional.max_pool2d(x, 3, 2)
        x = convolve(convolve(x, valid=True), valid=True)
        x = functional.max_pool2d(x, 3, 2)
        found = {}
        for number in range(3):
            found[f"mixed{number}"] = x = mixed(x, 1, 2, 3)
        straight = convolve(x, 2, valid=True)
        deep = convolve(chain(x, 2), 2, valid=True)
        found["mixed3"] = x = torch.cat([straight, deep, functional.max_pool2d(x, 3, 2)], 1)
        for number in range(4, 8):
            found[f"mixed{number}"] = x = mixed(x, 1, 3, 5)
        return found


class EfficientNetLite0:
    """EfficientNet-Lite0 (Tan and Le, 2019, arXiv:1905.11946) up to block11/expand."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights

    def __call__(self, x: Tensor) -> Activations:
        """Map an image in [-1, 1], ``[1, 3, height, width]``, to the activations inside the blocks."""

        def convolve(x: Tensor, name: str, stride: int = 1) -> Tensor:
            return functional.relu6(self._weights.convolve(x, f"{name}_conv", stride), inplace=True)

        x = convolve(x * (127.5 / 128.0) + 0.5 / 128.0, "stem", 2)
        found: Activations = {}
        for index, (stride, outputs) in enumerate(_blocks()):
            name, entered = f"block{index}", x
            if index > 0:
                found[f"{name}/expand"] = x = convolve(x, f"{name}_expand")
            if index == 11:
                break
            found[f"{name}/depthwise"] = x = convolve(x, f"{name}_depthwise", stride)
            x = self._weights.convolve(x, f"{name}_project_conv")
            if stride == 1 and entered.shape[1] == outputs:
                x = x + entered
        return found


def _blocks() -> list[tuple[int, int]]:
    """Each block's stride and channels out."""
    return [
        (stride if repeat == 0 else 1, outputs)
        for repeats, stride, outputs in _GROUPS
        for repeat in range(repeats)
    ]


NETWORKS: Mapping[str, Callable[[Weights], Network]] = {
    "inception_v3": InceptionV3,
    "efficientnet_lite0": EfficientNetLite0,
}
