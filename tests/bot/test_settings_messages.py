"""Each wrong setting gives a sentence, which repeats its value but no secret."""

import pytest

from bot.errors import ConfigurationError
from bot.settings import BotSettings


def complaint_about(name, value, monkeypatch):
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as error:
        BotSettings.read()
    (line,) = str(error.value).splitlines()
    return line


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("DREAM_QUEUE", "many", "DREAM_QUEUE must be a whole number from 1 to 1000, not 'many'."),
        ("DREAM_OWNERS", "7,bob", "DREAM_OWNERS must be user ids, separated by commas, not 'bob'."),
        (
            "DREAM_LOG_LEVEL",
            "warn",
            "DREAM_LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERROR (did you mean WARNING?), not 'warn'.",
        ),
        (
            "DREAM_DEFAULT_PRESET",
            "intnse",
            "DREAM_DEFAULT_PRESET must be a preset's name (did you mean intense?), not 'intnse'.",
        ),
    ],
)
def test_a_wrong_value_is_repeated_with_what_may_have_been_meant(name, value, line, monkeypatch):
    assert complaint_about(name, value, monkeypatch) == line


def test_a_misspelt_backbone_suggests_one(monkeypatch):
    assert "(did you mean vgg16?), not 'vgg61'." in complaint_about("DREAM_BACKBONE", "vgg61", monkeypatch)


def test_without_a_resemblance_all_presets_are_named(monkeypatch):
    line = complaint_about("DREAM_DEFAULT_PRESET", "zebra", monkeypatch)
    assert line.startswith("DREAM_DEFAULT_PRESET must be one of mild, intense, ")
    assert line.endswith(", not 'zebra'.")


def test_a_long_value_is_abbreviated(monkeypatch):
    assert len(complaint_about("DREAM_OWNERS", "x" * 9000, monkeypatch)) < 200


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("DISCORD_TOKEN", "no-token", "no-token"),
        ("DREAM_QUEUE", "very.secret.token", "very"),
        ("DREAM_OWNERS", f"bob {'MTA' * 8}.abcdef.{'x' * 30}", "MTA"),
        ("DISCORD_API_BASE", "ftp://name:password@proxy.example", "password"),  # pragma: allowlist secret
    ],
)
def test_no_sentence_repeats_a_token_or_a_password(name, value, secret, monkeypatch):
    assert secret not in complaint_about(name, value, monkeypatch)


@pytest.mark.parametrize(
    ("name", "value", "field", "read"),
    [
        ("DREAM_LOG_LEVEL", "debug", "log_level", "DEBUG"),
        ("DREAM_LOG_LEVEL", " Warning ", "log_level", "WARNING"),
        ("DREAM_LOG_FORMAT", "JSON", "log_format", "json"),
        ("DREAM_PRECISION", "BFloat16", "precision", "bfloat16"),
        ("DREAM_BACKBONE", "VGG16", "backbone", "vgg16"),
        ("DREAM_DEFAULT_PRESET", "Intense", "default_preset", "intense"),
    ],
)
def test_names_are_read_in_any_case(name, value, field, read, monkeypatch):
    monkeypatch.setenv(name, value)
    assert getattr(BotSettings.read(), field) == read
