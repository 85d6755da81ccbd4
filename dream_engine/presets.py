"""Presets: named settings, and how they are looked up and changed."""

from typing import Any

from dream_engine import backbones
from dream_engine.preset_definitions import PRESETS, THING, THING_PRESET, Preset
from dream_engine.settings import DreamSettings
from dream_engine.suggestions import unknown_name

__all__ = ["DEFAULT", "PRESETS", "THING", "Preset", "default_name", "get", "resolve"]

DEFAULT = "intense"
"""The preset that applies where none is named, in the command, in programs and in the bot."""

_OTHER_OBJECTIVES = ("layers", "channels", "strongest", "guide")
"""The settings that replace the things of a preset."""


def get(name: str) -> Preset:
    """Look a preset up.

    Raises:
        SettingsError: There is no preset of that name.
    """
    if name == THING:
        return THING_PRESET
    try:
        return PRESETS[name]
    except KeyError:
        raise unknown_name("preset", name, PRESETS, "the name of a preset") from None


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
    if settings.classes and any(changes.get(field) for field in _OTHER_OBJECTIVES):
        changes.setdefault("classes", ())
    return settings.replace(**changes).strengthened(strength)
