"""Presets: named settings.

Each has settings of its own for ``efficientnet_lite0``, tuned on photographs, and for ``inception_v3``.
Other backbones use the numbers of the latter with their own default layers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dream_engine import backbones
from dream_engine.errors import SettingsError
from dream_engine.settings import DreamSettings

DEFAULT = "mild"

THING = "thing"
"""The preset for dreams of a thing."""


@dataclass(frozen=True, slots=True)
class Preset:
    """Settings with a name.

    Attributes:
        name: The name that users type.
        description: Its effect on a picture, in one line.
        settings: Settings by backbone name.
    """

    name: str
    description: str
    settings: Mapping[str, DreamSettings]

    def settings_for(self, backbone: str) -> DreamSettings:
        """Return this preset's settings for a backbone.

        Raises:
            SettingsError: There is no such backbone.
        """
        if backbone in self.settings:
            return self.settings[backbone]
        return self.settings["inception_v3"].replace(backbone=backbones.get(backbone).name, layers=())


def get(name: str) -> Preset:
    """Look a preset up.

    Raises:
        SettingsError: There is no preset of that name.
    """
    try:
        return PRESETS[name]
    except KeyError:
        bound = f"one of {', '.join(PRESETS)}"
        raise SettingsError(field="preset", bound=bound, value=repr(name)) from None


def default_name(classes: Any = ()) -> str:
    """Return the name of the preset that applies where none is named.

    Args:
        classes: The value of the setting.
    """
    return THING if classes else DEFAULT


def resolve(name: str | None = None, *, strength: float = 1.0, **changes: Any) -> DreamSettings:
    """Return a preset's settings with some of them replaced.

    Args:
        name: The preset; ``None`` for :func:`default_name`.
        strength: The factor of the number of iterations.
        **changes: Settings that override the preset's, by name. ``backbone`` also selects the preset's
            settings for that backbone.

    Raises:
        SettingsError: There is no such preset, or a setting is out of bounds.
    """
    preset = get(default_name(changes.get("classes")) if name is None else name)
    settings = preset.settings_for(changes.get("backbone", backbones.DEFAULT))
    return settings.replace(**changes).strengthened(strength)


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
        {"mixed4": 1.0, "mixed5": 1.0},
        octaves=3,
        iterations=12,
        step_size=0.006,
    ),
    _preset(
        "intense",
        "Everything turns into something: creatures, beads and scales in every corner",
        {"block11/expand": 1.0, "block8/expand": 1.0, "block6/depthwise": 1.0},
        {"mixed3": 1.0, "mixed4": 1.0, "mixed5": 1.5},
        octaves=5,
        iterations=30,
        step_size=0.02,
    ),
    _preset(
        "classic",
        "DeepDream with the octaves, steps and step size of the Keras example",
        {"block8/expand": 1.0, "block9/expand": 1.5, "block10/expand": 2.0, "block11/expand": 2.5},
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
    _preset(
        "animals",
        "Dogs, birds and beasts that never were",
        {"block11/expand": 1.0},
        {"mixed4": 1.0, "mixed6": 1.0},
        octaves=5,
        octave_scale=1.6,
        iterations=24,
        step_size=0.014,
    ),
    _preset(
        "eyes",
        "Fur swirls, and out of every whirl an eye looks back",
        {"block9/expand": 1.0},
        {"mixed3": 1.0},
        iterations=24,
        step_size=0.014,
    ),
    _preset(
        "fur",
        "Hair, feathers and scales grow over all edges",
        {"block11/depthwise": 1.0},
        {"mixed5": 1.0},
        iterations=20,
        step_size=0.014,
    ),
    _preset(
        "camouflage",
        "Creatures hide in the picture's own colours",
        {"block11/expand": 1.0, "block9/expand": 1.0},
        {"mixed4": 1.0, "mixed5": 1.0},
        octaves=5,
        iterations=24,
        step_size=0.014,
        keep_colour=True,
    ),
    _preset(
        "ribbons",
        "Thick coiled ribbons follow every line",
        {"block3/expand": 1.0},
        {"mixed0": 1.0},
    ),
    _preset(
        "geometric",
        "Straight strokes and crossing planes",
        {"block6/expand": 1.0},
        {"mixed1": 1.0},
    ),
    _preset(
        "patchwork",
        "Windows, buttons and woven patches",
        {"block8/expand": 1.0},
        {"mixed2": 1.0},
    ),
    _preset(
        "engraving",
        "A fine graver's lines in the picture's own colours",
        {"block5/expand": 1.0},
        {"mixed0": 1.0, "mixed1": 1.0},
        octaves=3,
        step_size=0.014,
        keep_colour=True,
    ),
    _preset(
        "painterly",
        "Soft brushwork: warm coats, bright eyes and hardly a hard line",
        {"block9/expand": 1.0, "block11/expand": 1.0},
        {"mixed3": 1.0, "mixed5": 1.0},
        octaves=5,
        smoothing=1.2,
    ),
    _preset(
        "glass",
        "Panes of stained glass with light behind them",
        {"block4/expand": 1.0, "block8/expand": 1.0},
        {"mixed1": 1.0, "mixed3": 1.0},
        octaves=5,
        iterations=16,
        step_size=0.014,
        smoothing=2.0,
    ),
    _preset(
        "webs",
        "Threads, nets and crowns spun over everything",
        {"block14/expand": 1.0},
        {"mixed7": 1.0},
        octaves=5,
        iterations=24,
        step_size=0.014,
    ),
)

PRESETS: Mapping[str, Preset] = {preset.name: preset for preset in _ALL}
"""Every preset by name."""
