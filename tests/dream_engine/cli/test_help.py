import re

import pytest

from dream_engine import presets
from dream_engine.cli.help_format import in_words
from dream_engine.cli.main import main
from dream_engine.cli.options import LOOK, SIZE_AND_QUALITY, build_parser
from dream_engine.motion.settings import MotionSettings
from dream_engine.settings import DreamSettings

GROUPS = ["input and output", "look", "size and quality", "motion", "machine", "information"]
_NO_DEFAULT = {"help", "version", "inputs", "output", "force", "report", "quiet", "guide", "mask"}
"""Options without a value, and those that name files."""


def shown(capsys, monkeypatch, columns: int) -> str:
    monkeypatch.setenv("COLUMNS", str(columns))
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("columns", [40, 60, 80, 100, 300])
def test_no_line_is_longer_than_the_terminal_or_hard_to_read(capsys, monkeypatch, columns):
    text = shown(capsys, monkeypatch, columns)
    assert max(map(len, text.splitlines())) <= min(columns, 100)


def test_only_an_address_is_longer_than_a_very_narrow_terminal(capsys, monkeypatch):
    text = shown(capsys, monkeypatch, 28)
    assert [line.strip() for line in text.splitlines() if len(line) > 28] == ["https://example.com/cat.jpg"]


def test_the_options_are_in_groups(capsys, monkeypatch):
    text = shown(capsys, monkeypatch, 80)
    assert re.findall(r"^([a-z ]+):$", text, re.MULTILINE) == [*GROUPS, "examples"]


def test_every_setting_is_in_one_group():
    assert sorted((*LOOK, *SIZE_AND_QUALITY)) == sorted(DreamSettings.model_fields)


def test_every_option_is_described_by_sentences_in_one_style():
    for action in build_parser().actions:
        assert action.help is not None
        sentence = re.sub(r" \([^()]+\)$", "", action.help)
        assert sentence[0].isupper(), action.help
        assert sentence.endswith("."), action.help
        assert "[" not in action.help


def test_values_have_consistent_names():
    named = {action.metavar for action in build_parser().actions if action.metavar is not None}
    assert named == {
        *("INPUT", "OUTPUT", "FILE", "FORMAT", "NAME", "BACKBONE", "WORD", "SHELL", "ADDRESS"),
        *("N", "NUMBER", "N[,N...]", "NAME[=NUMBER]", "THING[=NUMBER]"),
    }


def test_every_option_with_a_default_shows_it():
    missing = [
        action.dest
        for action in build_parser().actions
        if "default: " not in (action.help or "") and action.dest not in _NO_DEFAULT
    ]
    assert all(name.startswith(("list_", "describe", "print_")) for name in missing), missing


@pytest.mark.parametrize("name", ["octaves", "octave_scale", "keep_colour", "size", "tile"])
def test_the_defaults_of_settings_are_those_of_the_default_preset(name):
    (action,) = [action for action in build_parser().actions if action.dest == name]
    value = getattr(presets.resolve(), name)
    expected = {True: "on", False: "off"}[value] if isinstance(value, bool) else in_words(value)
    assert f"default: {expected})" in action.help


def test_the_defaults_of_motions_are_shown():
    for name, field in MotionSettings.model_fields.items():
        (action,) = [action for action in build_parser().actions if action.dest == name]
        assert f"default: {in_words(field.default)})" in action.help


def test_the_default_preset_is_named(capsys, monkeypatch):
    assert "(default: intense, or thing with --of)" in " ".join(shown(capsys, monkeypatch, 80).split())


@pytest.mark.parametrize(
    ("value", "words"), [(None, "none"), ((), "none"), (0.6, "0.6"), (7, "7"), ((("a", 1.0),), "a=1")]
)
def test_defaults_are_shown_in_words(value, words):
    assert in_words(value) == words
