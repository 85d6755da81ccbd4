"""Options that become settings, without dreaming."""

from dream_engine import presets
from dream_engine.cli.arguments import parse, read_settings


def test_things_are_read_with_their_weights_and_use_the_preset_for_things():
    arguments = parse(["cat.png", "--of", "tabby=1", "--of", "daisy=0.5", "--of", "jellyfish"])
    assert arguments.preset == presets.THING
    settings = read_settings(arguments)
    assert settings.classes == (("tabby cat", 1.0), ("daisy", 0.5), ("jellyfish", 1.0))
    assert settings == presets.resolve(classes=settings.classes)


def test_a_thing_beside_a_preset_keeps_the_presets_numbers_and_layers():
    arguments = parse(["cat.png", "--of", "daisy", "--preset", "intense", "--iterations", "7"])
    assert arguments.preset == "intense"
    assert read_settings(arguments) == presets.resolve("intense", iterations=7, classes={"daisy": 1})


def test_without_a_thing_the_preset_is_the_default_one():
    arguments = parse(["cat.png"])
    assert arguments.preset == presets.DEFAULT
    assert read_settings(arguments) == presets.resolve(presets.DEFAULT)
