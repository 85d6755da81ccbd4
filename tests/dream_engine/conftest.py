from dataclasses import replace

import pytest

from dream_engine import presets


@pytest.fixture
def thing(monkeypatch) -> presets.Preset:
    """The preset for dreams of a thing; without one, ``mild`` takes its name."""
    if presets.THING not in presets.PRESETS:
        stand_in = replace(presets.get("mild"), name=presets.THING)
        monkeypatch.setitem(presets.PRESETS, presets.THING, stand_in)
    return presets.get(presets.THING)
