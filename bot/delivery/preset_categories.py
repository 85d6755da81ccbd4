"""The categories in which the presets are shown."""

from collections.abc import Mapping
from typing import Final

CATEGORIES: Final[Mapping[str, tuple[str, ...]]] = {
    "dreamlike": ("mild", "intense", "classic", "camouflage"),
    "creatures": ("animals", "eyes", "fur", "storybook"),
    "worlds": ("underwater", "flowers", "architecture", "webs"),
    "patterns": ("ribbons", "mosaic", "geometric", "patchwork"),
    "art": ("painterly", "jewels", "engraving", "glass"),
}
"""Every preset once. Discord shows the four of a category in two rows of two."""

MIX: Final = "mix"
"""The group of presets that differ most, one of each of the last four categories."""

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    MIX: ("animals", "flowers", "mosaic", "painterly"),
    **CATEGORIES,
}
"""The groups of presets that a comparison shows."""
