"""The definitions of all presets.

Each has settings of its own for ``efficientnet_lite0``, tuned on photographs, and for ``inception_v3``.
Other backbones use the numbers of the latter with their own default layers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dream_engine import backbones
from dream_engine.settings import DreamSettings

THING = "thing"
"""The name of the preset for dreams of a thing."""


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


_CONDITIONED = {"colour_decorrelation": 0.7, "frequency_emphasis": 0.5, "soft_range": 0.5}
"""The conditioning of most presets."""

_OF_THINGS: dict[str, Any] = {
    "octaves": 5,
    "octave_scale": 1.5,
    "iterations": 25,
    "step_size": 0.016,
    "smoothing": 0.7,
    "colour_decorrelation": 0.7,
    "frequency_emphasis": 1.0,
    "soft_range": 0.5,
    "scale_jitter": 0.4,
}
"""The numbers of presets that dream of things. Deep layers need low frequencies and several scales."""


def _preset(
    name: str,
    description: str,
    lite0: Mapping[str, float],
    inception: Mapping[str, float],
    things: Mapping[str, float] | None = None,
    **numbers: Any,
) -> Preset:
    """Create a preset.

    Args:
        name: Its name.
        description: Its effect.
        lite0: The layers of ``efficientnet_lite0``.
        inception: The layers of ``inception_v3``.
        things: The classes that ``efficientnet_lite0`` dreams of; ``inception_v3`` has no classifier.
        **numbers: The other settings; those of :data:`_CONDITIONED` unless they say otherwise.
    """
    numbers = {**_CONDITIONED, **numbers}
    return Preset(
        name,
        description,
        {
            "efficientnet_lite0": DreamSettings(
                backbone="efficientnet_lite0", layers=lite0, classes=things or {}, **numbers
            ),
            "inception_v3": DreamSettings(backbone="inception_v3", layers=inception, **numbers),
        },
    )


_ALL = (
    _preset(
        "mild",
        "A light touch: the picture stays recognisable, with hints of something alive",
        {"block11/expand": 1.0},
        {"mixed4": 1.0, "mixed5": 1.0},
        octaves=3,
        iterations=10,
        step_size=0.01,
        jitter=32,
        colour_decorrelation=0.9,
        frequency_emphasis=0.6,
    ),
    _preset(
        "intense",
        "The full DeepDream: creatures, beads and scales in every corner",
        {"block11/expand": 1.0, "block8/expand": 1.0, "block6/depthwise": 1.0},
        {"mixed3": 1.0, "mixed4": 1.0, "mixed5": 1.5},
        octave_scale=1.7,
        iterations=23,
        step_size=0.026,
        jitter=32,
        colour_decorrelation=0.6,
        soft_range=0.4,
    ),
    _preset(
        "classic",
        "The original DeepDream recipe from the Keras example",
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
        colour_decorrelation=0.0,
        frequency_emphasis=0.0,
        soft_range=0.0,
    ),
    _preset(
        "animals",
        "Dogs, birds and beasts that never existed",
        {"block11/expand": 1.0},
        {"mixed4": 1.0, "mixed6": 1.0},
        octaves=5,
        octave_scale=1.6,
        iterations=14,
        step_size=0.017,
        jitter=32,
    ),
    _preset(
        "eyes",
        "Swirls of fur with an eye in every whirl",
        {"block9/expand": 1.0},
        {"mixed3": 1.0},
        iterations=18,
        step_size=0.021,
        jitter=32,
    ),
    _preset(
        "fur",
        "Fine hair grows along every edge",
        {"block9/depthwise": 1.0},
        {"mixed5": 1.0},
        octave_scale=1.3,
        iterations=14,
        step_size=0.018,
        colour_decorrelation=0.8,
        frequency_emphasis=0.25,
    ),
    _preset(
        "camouflage",
        "Creatures hide in the picture's own colours",
        {"block11/expand": 1.0, "block9/expand": 1.0},
        {"mixed4": 1.0, "mixed5": 1.0},
        octaves=5,
        iterations=16,
        step_size=0.0165,
        keep_colour=True,
    ),
    _preset(
        "storybook",
        "Big round faces with shining eyes, in soft bright colours",
        {"block9/depthwise": 1.0, "block10/depthwise": 1.0},
        {"mixed4": 1.0, "mixed5": 1.0},
        octaves=5,
        iterations=14,
        step_size=0.018,
        smoothing=0.8,
        colour_decorrelation=0.4,
        frequency_emphasis=1.0,
    ),
    _preset(
        "painterly",
        "Soft brushwork, warm fur and bright eyes",
        {"block9/expand": 1.0, "block11/expand": 1.0},
        {"mixed3": 1.0, "mixed5": 1.0},
        octaves=5,
        iterations=14,
        step_size=0.017,
        smoothing=0.8,
        frequency_emphasis=0.7,
    ),
    _preset(
        "jewels",
        "Beads, petals and scales in bold colours cover everything",
        {"block11/project": 1.0},
        {"mixed6": 1.0},
        octaves=5,
        octave_scale=1.5,
        iterations=14,
        step_size=0.018,
        colour_decorrelation=0.4,
        frequency_emphasis=0.8,
    ),
    _preset(
        "underwater",
        "Jellyfish, coral and anemones drift through the picture",
        {},
        {"mixed6": 1.0, "mixed7": 1.0},
        things={"jellyfish": 1.0, "coral reef": 1.0, "sea anemone": 0.5},
        **_OF_THINGS,
    ),
    _preset(
        "flowers",
        "Petals and blossoms open everywhere",
        {},
        {"mixed5": 1.0, "mixed7": 1.0},
        things={"daisy": 1.0, "yellow lady's slipper": 0.7, "rapeseed": 0.3},
        **_OF_THINGS,
    ),
    _preset(
        "architecture",
        "Everything turns into walls, towers and vaults",
        {},
        {"mixed4": 1.0, "mixed7": 1.0},
        things={"castle": 0.7, "palace": 0.7, "vaulted ceiling": 0.7},
        **_OF_THINGS,
    ),
    _preset(
        "ribbons",
        "Thick coiled ribbons follow every line",
        {"block3/expand": 1.0},
        {"mixed0": 1.0},
        iterations=16,
        step_size=0.02,
        jitter=32,
        colour_decorrelation=0.75,
    ),
    _preset(
        "mosaic",
        "Cells of carved stone, each with its own grooves",
        {"block4/depthwise": 1.0, "block5/depthwise": 1.0},
        {"mixed0": 1.0, "mixed2": 1.0},
        iterations=12,
        step_size=0.018,
        colour_decorrelation=0.5,
    ),
    _preset(
        "geometric",
        "Straight strokes and crossing planes",
        {"block6/expand": 1.0},
        {"mixed1": 1.0},
        iterations=15,
        step_size=0.018,
        colour_decorrelation=0.6,
    ),
    _preset(
        "patchwork",
        "Windows, buttons and woven patches",
        {"block8/expand": 1.0},
        {"mixed2": 1.0},
        iterations=15,
        step_size=0.0175,
        colour_decorrelation=0.6,
    ),
    _preset(
        "engraving",
        "Fine engraved lines in the picture's own colours",
        {"block5/expand": 1.0},
        {"mixed0": 1.0, "mixed1": 1.0},
        octaves=3,
        iterations=17,
        step_size=0.018,
        jitter=32,
        colour_decorrelation=0.0,
        frequency_emphasis=0.25,
        soft_range=0.2,
        keep_colour=True,
    ),
    _preset(
        "glass",
        "Stained glass with light shining through",
        {"block4/expand": 1.0, "block8/expand": 1.0},
        {"mixed1": 1.0, "mixed3": 1.0},
        octaves=5,
        iterations=13,
        step_size=0.021,
        jitter=32,
        smoothing=1.5,
        soft_range=0.4,
    ),
    _preset(
        "webs",
        "Threads, nets and webs spun over everything",
        {"block14/expand": 1.0},
        {"mixed7": 1.0},
        octaves=5,
        iterations=18,
        step_size=0.018,
        jitter=32,
    ),
)

PRESETS: Mapping[str, Preset] = {preset.name: preset for preset in _ALL}
"""Every preset by name, except that for dreams of a thing, which says nothing about a picture."""

THING_PRESET = _preset(THING, "A thing of your choice grows out of the picture", {}, {}, **_OF_THINGS)
"""The preset for dreams of a thing. It needs a thing, so that it is not listed."""
