"""ResNet50V2, with pre-activation residual blocks.

He et al., *Identity Mappings in Deep Residual Networks*, 2016 (arXiv:1603.05027).
"""

from collections.abc import Iterator
from typing import ClassVar

from dream_engine.backbones.backbone import Layer
from dream_engine.backbones.keras_application import KerasApplication


def _layers() -> Iterator[Layer]:
    for stage, (blocks, channels) in enumerate(((3, 256), (4, 512), (6, 1024), (3, 2048)), 2):
        for block in range(1, blocks + 1):
            yield Layer(f"conv{stage}/block{block}", channels, f"conv{stage}_block{block}_out")


class ResNet50V2(KerasApplication):
    """A network of sixteen residual blocks."""

    name: ClassVar = "resnet50_v2"
    description: ClassVar = "ResNet50V2: residual textures; needs downloaded weights or a weights file"
    application: ClassVar = "ResNet50V2"
    layers: ClassVar = tuple(_layers())
    default_layers: ClassVar = {"conv4/block4": 1.0}
    step_bytes: ClassVar = 1400
    one_thread_pixels: ClassVar = 15_000


BACKBONE = ResNet50V2()
