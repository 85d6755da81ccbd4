"""Writes docs/settings.md from the declarations of settings, presets and backbones.

Run as ``python -m scripts.write_tables``, or ``make docs``; a test holds the file against the code.
"""

from collections.abc import Iterable
from pathlib import Path

from pydantic.fields import FieldInfo

from dream_engine import backbones
from dream_engine.presets import PRESETS
from dream_engine.settings import DreamSettings, bounds

PAGE = Path(__file__).parent.parent / "docs" / "settings.md"

HEAD = """\
# Settings, presets and backbones

This page is written from the code by `make docs`.
"""


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(list(head)), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def default_of(field: FieldInfo) -> str:
    """A default as a person writes it."""
    if isinstance(field.default, bool):
        return "yes" if field.default else "no"
    return "none" if field.default in (None, ()) else str(field.default)


def page() -> str:
    """The whole page."""
    settings = (
        (f"`{name}`", field.description or "", bounds(field), f"`{default_of(field)}`")
        for name, field in DreamSettings.model_fields.items()
    )
    presets = ((f"`{preset.name}`", preset.description) for preset in PRESETS.values())
    known = backbones.all_backbones().values()
    names = (
        (
            f"`{backbone.name}`",
            backbone.description,
            backbone.input_range,
            f"{backbone.minimum_side}",
            f"`{backbone.weights_variable}`",
        )
        for backbone in known
    )
    layers = (
        (f"`{backbone.name}`", ", ".join(f"`{layer.name}` {layer.channels}" for layer in backbone.layers))
        for backbone in known
    )
    return "\n".join(
        (
            HEAD,
            "## Settings\n",
            "On the command line, `octave_scale` is `--octave-scale`; `layers` is `--layer NAME=WEIGHT`.\n",
            table(("setting", "what it does", "values", "default"), settings),
            "## Presets\n",
            table(("preset", "what it does to a picture"), presets),
            "## Backbones\n",
            table(("backbone", "what it is", "trained on", "least side", "weights file named by"), names),
            "## Layers and their channels\n",
            table(("backbone", "layers, shallowest first"), layers),
        )
    )


if __name__ == "__main__":
    PAGE.write_text(page())
