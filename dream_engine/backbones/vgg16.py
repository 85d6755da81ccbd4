"""VGG16, a slow network with painterly results.

Simonyan and Zisserman, *Very Deep Convolutional Networks for Large-Scale Image Recognition*, 2014
(arXiv:1409.1556).
"""

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from dream_engine.backbones.backbone import Layer
from dream_engine.backbones.keras_application import KerasApplication

# The mean blue, green and red of ImageNet, which the network's authors subtracted.
_BGR_MEAN = np.array([103.939, 116.779, 123.68], np.float32)


def _layers() -> Iterator[Layer]:
    for block, (convolutions, channels) in enumerate(((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)), 1):
        for convolution in range(1, convolutions + 1):
            yield Layer(f"block{block}/conv{convolution}", channels, f"block{block}_conv{convolution}")
        yield Layer(f"block{block}/pool", channels, f"block{block}_pool")


class VGG16(KerasApplication):
    """A network of thirteen plain convolutions."""

    name: ClassVar = "vgg16"
    description: ClassVar = "VGG16: painterly and slow; needs downloaded weights or a weights file"
    application: ClassVar = "VGG16"
    layers: ClassVar = tuple(_layers())
    default_layers: ClassVar = {"block4/conv3": 1.0, "block5/conv1": 1.0}
    input_range: ClassVar = "BGR 0 to 255 − its mean"
    step_bytes: ClassVar = 2500
    one_thread_pixels: ClassVar = 0

    def prepare(self, image: Any) -> Any:
        """Convert RGB in [-1, 1] to BGR in [0, 255] minus ImageNet's mean."""
        return image[..., ::-1] * 127.5 + (127.5 - _BGR_MEAN)


BACKBONE = VGG16()
