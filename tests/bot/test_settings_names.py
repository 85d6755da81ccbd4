"""Misspelt variables are named together with the settings that were meant."""

import pytest

from bot.__main__ import main
from bot.errors import ConfigurationError
from bot.settings import BotSettings, variable
from bot.settings_names import unknown_names


def complaints():
    with pytest.raises(ConfigurationError) as error:
        BotSettings.read()
    assert error.value.status == 78
    return str(error.value).splitlines()


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("DREAM_BRUST", "DREAM_BURST"),
        ("DREAM_QUEU", "DREAM_QUEUE"),
        ("dream_brust", "DREAM_BURST"),
        ("DREAM_LARGEST", "DREAM_LARGEST_SIZE"),
        ("DREAM_DATADIR", "DREAM_DATA_DIR"),
        ("DREAM_TOKEN", "DISCORD_TOKEN"),
        ("DREAM_DISCORD_TOKEN", "DISCORD_TOKEN"),
        ("DISCORD_BOT_TOKEN", "DISCORD_TOKEN"),
        ("DISCORD_TOKN", "DISCORD_TOKEN"),
        ("DREAM_WEIGHTS_VGG_16", "DREAM_WEIGHTS_VGG16"),
        ("DREAM_ENVFILE", "DREAM_ENV_FILE"),
    ],
)
def test_a_misspelt_variable_is_refused_with_the_setting_that_was_meant(monkeypatch, name, meant):
    monkeypatch.setenv(name, "MTA.b.c")
    assert complaints() == [f"{name} in the environment is not a setting: did you mean {meant}?"]


def test_a_misspelt_line_of_the_file_is_refused(tmp_path, monkeypatch):
    (tmp_path / "mine").write_text("DREAM_BRUST=5\nexport DREAM_QEUE=7\nDREAM_WAITNG=\n")
    monkeypatch.setenv("DREAM_ENV_FILE", str(tmp_path / "mine"))
    assert complaints() == [
        f"DREAM_BRUST in {tmp_path / 'mine'} is not a setting: did you mean DREAM_BURST?",
        f"DREAM_QEUE in {tmp_path / 'mine'} is not a setting: did you mean DREAM_QUEUE?",
    ]


def test_everything_that_is_wrong_is_listed_at_once(tmp_path, monkeypatch):
    (tmp_path / "mine").write_text("DREAM_QUEUE: 5\nDREAM_MINUTES=soon\n")
    monkeypatch.setenv("DREAM_ENV_FILE", str(tmp_path / "mine"))
    monkeypatch.setenv("DREAM_BRUST", "5")
    monkeypatch.setenv("DREAM_LARGEST_SIZE", "huge")
    assert complaints() == [
        "DREAM_BRUST in the environment is not a setting: did you mean DREAM_BURST?",
        "DREAM_LARGEST_SIZE must be a whole number from 64 to 8192, not 'huge'.",
        "DREAM_MINUTES must be a whole number from 1 to 10080, not 'soon'.",
        f"Line 1 of {tmp_path / 'mine'} is not NAME=value.",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DREAM_IMAGE", "dream-bot:mine"),
        ("DREAM_DEBUG", "1"),
        ("DREAM_WEIGHTS_VGG16", "vgg16.weights.h5"),
        ("DREAM_BOT_PORT", "tcp://10.0.0.7:9780"),
        ("DREAM_BOT_PORT_9780_TCP_ADDR", "10.0.0.7"),
        ("DREAM_BOT_SERVICE_HOST", "10.0.0.7"),
        ("DREAM_BOT_SERVICE_PORT_HTTP", "9780"),
        ("DREAM_BRUST", ""),
        ("DAYDREAM_BRUST", "5"),
    ],
)
def test_variables_of_compose_the_command_and_kubernetes_are_no_mistakes(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    assert BotSettings.read().burst == 3
    known = [variable(field) for field in BotSettings.model_fields]
    assert unknown_names({name: value}, known) == []


def test_the_variables_of_another_discord_program_are_ignored(monkeypatch):
    monkeypatch.setenv("DISCORD_TOKEN", "MTA.b.c")
    monkeypatch.setenv("DISCORD_BOT_TOKEN", "MTA.e.f")
    monkeypatch.setenv("DISCORD_LOG_LEVEL", "5")
    monkeypatch.setenv("DISCORD_OWNER_ID", "5")
    monkeypatch.setenv("DISCORD_WEBHOOK_URL", "https://discord.com/api/webhooks/1/x")
    BotSettings.read()


@pytest.mark.usefixtures("_process_state_is_put_back")
def test_a_variable_that_resembles_no_setting_gives_a_warning(monkeypatch, capsys):
    monkeypatch.setenv("DREAM_JOURNAL_ENTRIES", "5")
    monkeypatch.setenv("DISCORD_WEBHOOK", "x")
    main([])
    printed = capsys.readouterr().err
    assert "DREAM_JOURNAL_ENTRIES is not a setting, and is ignored." in printed
    assert "WEBHOOK" not in printed
