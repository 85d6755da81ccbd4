"""The emoji on buttons and beside choices, each declared once.

All are of Emoji 12 or earlier, because Discord refuses a component with an emoji that it does not know yet.
"""

from collections.abc import Mapping

BUTTON_EMOJI: Mapping[str, str] = {
    "cancel": "🛑",
    "retry": "🔁",
    "deeper": "🕳️",
    "again": "🎲",
    "adjust": "🎛️",
    "details": "🔍",
    "original": "🖼️",
    "delete": "🗑️",
    "fetch": "📬",
}
"""The emoji of buttons, by their actions."""

PRESET_EMOJI: Mapping[str, str] = {
    "mild": "🍃",
    "intense": "🔥",
    "classic": "🐕",
    "animals": "🦊",
    "eyes": "👁️",
    "fur": "🐾",
    "camouflage": "🦎",
    "storybook": "📖",
    "jewels": "💎",
    "underwater": "🐠",
    "flowers": "🌸",
    "architecture": "🏛️",
    "ribbons": "🎀",
    "mosaic": "🧩",
    "geometric": "📐",
    "patchwork": "🧵",
    "engraving": "🖋️",
    "painterly": "🎨",
    "glass": "🌈",
    "webs": "🕸️",
}
"""The emoji of presets, by their names."""

GROUP_EMOJI: Mapping[str, str] = {
    "mix": "🔀",
    "dreamlike": "💭",
    "creatures": "🐉",
    "worlds": "🌊",
    "patterns": "🔷",
    "art": "🖌️",
}
"""The emoji of groups of presets, by their names."""

COMPARE_EMOJI = "✨"
"""The emoji of what compares presets."""

MOTION_EMOJI: Mapping[str, str] = {"zoom": "🔭", "grow": "🌱", "morph": "🦋"}
"""The emoji of the motions that a still picture offers, by their names."""
