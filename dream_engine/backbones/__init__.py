"""The registry of backbones. It contains every module of this package that defines ``BACKBONE``.

To add a backbone, add a file here. Looking up a backbone or listing its layers does not import TensorFlow.
"""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from dream_engine.backbones.backbone import Backbone, Layer
from dream_engine.errors import SettingsError
from dream_engine.suggestions import either, unknown_name

DEFAULT = "efficientnet_lite0"

__all__ = ["DEFAULT", "Backbone", "Layer", "all_backbones", "get", "layer_of"]


@cache
def all_backbones() -> dict[str, Backbone]:
    """Return every backbone by name, the default first."""
    modules = (import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__))
    found = {module.BACKBONE.name: module.BACKBONE for module in modules if hasattr(module, "BACKBONE")}
    return {DEFAULT: found.pop(DEFAULT), **found}


def get(name: str) -> Backbone:
    """Look a backbone up.

    Raises:
        SettingsError: No backbone has that name.
    """
    try:
        return all_backbones()[name]
    except KeyError:
        raise unknown_name("backbone", name, all_backbones()) from None


def layer_of(backbone: Backbone, name: str) -> Layer:
    """Look a layer of a backbone up.

    Raises:
        SettingsError: The backbone has no layer of that name. The error names the backbones that have one.
    """
    try:
        return backbone.layer(name)
    except SettingsError:
        owners = [
            known.name
            for known in all_backbones().values()
            if any(layer.name == name for layer in known.layers)
        ]
        if not owners:
            raise
        bound = f"layers of {backbone.name} ({name} is one of {either(owners)})"
        raise SettingsError(field="layers", bound=bound, value=repr(name)) from None
