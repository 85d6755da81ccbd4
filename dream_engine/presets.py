"""The named settings that people choose from.

Each has settings of its own for ``efficientnet_lite0``, looked at on photographs, and for ``inception_v3``;
other backbones take the numbers of the latter and their own favourite layers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dream_engine import backbones
from dream_engine.errors import SettingsError
from dream_engine.settings import DreamSettings

DEFAULT = "mild"


@dataclass(frozen=True, slots=True)
class Preset:
    """Settings with a name.

    Attributes:
        name: What people type.
        description: What it does to a picture, in one line.
        settings: By backbone name.
    """

    name: str
    description: str
    settings: Mapping[str, DreamSettings]

    def settings_for(self, backbone: str) -> DreamSettings:
        """This preset for a backbone.

        Raises:
            SettingsError: There is no such backbone.
        """
        if backbone in self.settings:
            return self.settings[backbone]
        return self.settings["inception_v3"].replace(backbone=backbones.get(backbone).name, layers=())


def get(name: str) -> Preset:
    """Look a preset up.

    Raises:
        SettingsError: There is none of that name.
    """
    try:
        return PRESETS[name]
    except KeyError:
        bound = f"one of {', '.join(PRESETS)}"
        raise SettingsError(field="preset", bound=bound, value=repr(name)) from None


def _preset(
    name: str, description: str, lite0: Mapping[str, float], inception: Mapping[str, float], **numbers: Any
) -> Preset:
    layers = {"efficientnet_lite0": lite0, "inception_v3": inception}
    settings = {
        backbone: DreamSettings(backbone=backbone, layers=weights, **numbers)
        for backbone, weights in layers.items()
    }
    return Preset(name, description, settings)


_ALL = (
    _preset(
        "mild",
        "A light touch: the picture stays itself, and something stirs in it",
        {"block11/expand": 1.0},
        {"mixed3": 1.0, "mixed5": 1.0},
        octaves=3,
        iterations=12,
        step_size=0.006,
        jitter=64,
    ),
    _preset(
        "intense",
        "Everything turns into something: creatures, beads and scales in every corner",
        {"block11/expand": 1.0, "block8/expand": 1.0, "block6/depthwise": 1.0},
        {"mixed3": 1.0, "mixed4": 1.0, "mixed5": 1.5},
        octaves=5,
        iterations=30,
        step_size=0.02,
        jitter=64,
    ),
    _preset(
        "classic",
        "DeepDream as the Keras example has it, number for number",
        {"block8/expand": 1.0, "block10/expand": 1.5, "block11/expand": 2.0},
        {"mixed4": 1.0, "mixed5": 1.5, "mixed6": 2.0, "mixed7": 2.5},
        octaves=3,
        octave_scale=1.4,
        iterations=20,
        step_size=0.01,
        max_loss=15.0,
        jitter=0,
        clip=False,
        detail="reference",
    ),
)

PRESETS: Mapping[str, Preset] = {preset.name: preset for preset in _ALL}
"""Every preset by its name."""
