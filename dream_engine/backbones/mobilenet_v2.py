"""MobileNetV2, a light predecessor of the default backbone.

Sandler et al., *MobileNetV2: Inverted Residuals and Linear Bottlenecks*, 2018 (arXiv:1801.04381).
"""

from collections.abc import Iterator
from typing import ClassVar

from dream_engine.backbones.backbone import Layer
from dream_engine.backbones.keras_application import KerasApplication

# The input channels of each of the seventeen blocks. All but the first expand them by a factor of six.
_INPUTS = (32, 16, 24, 24, 32, 32, 32, 64, 64, 64, 64, 96, 96, 96, 160, 160, 160)
_OUTPUTS = (*_INPUTS[1:], 320)


def _layers() -> Iterator[Layer]:
    for block, (inputs, outputs) in enumerate(zip(_INPUTS, _OUTPUTS, strict=True)):
        keras_name = f"block_{block}" if block else "expanded_conv"
        expanded = inputs * 6 if block else inputs
        if block:
            yield Layer(f"block{block}/expand", expanded, f"{keras_name}_expand_relu")
        yield Layer(f"block{block}/depthwise", expanded, f"{keras_name}_depthwise_relu")
        yield Layer(f"block{block}/project", outputs, f"{keras_name}_project_BN")


class MobileNetV2(KerasApplication):
    """A network of seventeen inverted residual blocks."""

    name: ClassVar = "mobilenet_v2"
    description: ClassVar = "MobileNetV2: the lightest; needs downloaded weights or a weights file"
    application: ClassVar = "MobileNetV2"
    layers: ClassVar = tuple(_layers())
    default_layers: ClassVar = {"block11/expand": 1.0}
    step_bytes: ClassVar = 760
    one_thread_pixels: ClassVar = 120_000


BACKBONE = MobileNetV2()
