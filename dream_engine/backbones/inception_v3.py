"""InceptionV3, the network of the classic DeepDream example in Keras.

Szegedy et al., *Rethinking the Inception Architecture for Computer Vision*, 2015 (arXiv:1512.00567).
"""

from typing import ClassVar

from dream_engine.backbones.backbone import Layer
from dream_engine.backbones.keras_application import KerasApplication

_CHANNELS = (256, 288, 288, 768, 768, 768, 768, 768, 1280, 2048, 2048)


class InceptionV3(KerasApplication):
    """The network behind the first DeepDream pictures."""

    name: ClassVar = "inception_v3"
    description: ClassVar = "InceptionV3: the classic, slower; needs downloaded weights or a weights file"
    application: ClassVar = "InceptionV3"
    layers: ClassVar = tuple(Layer(f"mixed{i}", n, f"mixed{i}") for i, n in enumerate(_CHANNELS))
    default_layers: ClassVar = {"mixed4": 1.0, "mixed5": 1.5, "mixed6": 2.0, "mixed7": 2.5}
    minimum_side: ClassVar = 75
    step_bytes: ClassVar = 1650
    one_thread_pixels: ClassVar = 70_000


BACKBONE = InceptionV3()
