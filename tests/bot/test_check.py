"""``--check`` tries every step, and only succeeds if the bot could start."""

import asyncio

import pytest

from bot.__main__ import main
from bot.errors import ConfigurationError, StartFailedError, UnavailableError
from bot.storage.data_dir import unusable
from dream_engine.errors import WeightsNotFoundError, WeightsUnavailableError
from tests.bot.scripted_executor import ScriptedExecutor

pytestmark = pytest.mark.usefixtures("_process_state_is_put_back")


class ExecutorWithoutWeights(ScriptedExecutor):
    """An executor whose workers cannot load their weights."""

    def __init__(self, error):
        super().__init__()
        self.error = error

    async def start(self):
        raise self.error


@pytest.fixture
def run_check(monkeypatch, tmp_path, capsys):
    """Runs ``--check`` with an executor and, in place of Discord, what happens at the login."""
    monkeypatch.chdir(tmp_path)

    def run(executor=None, *, login_error=None, hangs=False, **environment):
        async def log_in(client, token):
            if hangs:
                await asyncio.Event().wait()
            if login_error is not None:
                raise login_error

        monkeypatch.setattr("bot.check.executor_of", lambda settings: executor or ScriptedExecutor())
        monkeypatch.setattr("bot.check.log_in", log_in)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return main(["--check"]), *capsys.readouterr()

    return run


def test_a_check_with_a_token_succeeds_and_prints_the_invitation(run_check, tmp_path):
    status, out, err = run_check(DISCORD_TOKEN="MTIzNA.b.c")
    assert (status, err) == (0, "")
    assert f"data directory:  {tmp_path / 'data'}\n" in out
    assert "invitation:      https://discord.com/oauth2/authorize?client_id=1234&" in out


def test_a_check_without_a_token_tries_the_rest_and_fails(run_check):
    status, out, err = run_check()
    assert status == 78
    assert "workers:" in out
    assert err == (
        "DISCORD_TOKEN, the bot's token, is missing: set it in the environment, "
        "because DREAM_ENV_FILE is empty and no file is read.\n"
    )


def test_every_step_that_fails_is_reported(run_check, tmp_path):
    (tmp_path / "file").touch()
    error = WeightsUnavailableError(backbone="vgg16", variable="DREAM_WEIGHTS_VGG16")
    status, out, err = run_check(
        ExecutorWithoutWeights(error),
        login_error=UnavailableError("Discord cannot be reached."),
        DISCORD_TOKEN="MTIzNA.b.c",
        DREAM_DATA_DIR="file/below",
        DREAM_BACKBONE="vgg16",
        KERAS_HOME="/somewhere/keras",
    )
    assert status == 78
    assert "client_id=1234" in out, "the token alone tells the application"
    data_dir, weights, discord = err.splitlines()
    assert data_dir == (
        f"DREAM_DATA_DIR must be a directory that can be written, but {tmp_path / 'file'} is a file: "
        "move it, or name another directory."
    )
    assert weights.startswith("The weights of vgg16 are not on the machine that dreams")
    for way_out in (
        "KERAS_HOME (/somewhere/keras)",
        "DREAM_WEIGHTS ",
        "DREAM_BACKBONE=efficientnet_lite0",
        "WEIGHTS=vgg16",
    ):
        assert way_out in weights
    assert "--weights" not in weights
    assert discord == "Discord cannot be reached."


def test_discord_alone_gives_the_status_of_something_unavailable(run_check):
    unreachable = UnavailableError("Discord cannot be reached.")
    status, _, err = run_check(login_error=unreachable, DISCORD_TOKEN="MTIzNA.b.c")
    assert (status, err) == (69, "Discord cannot be reached.\n")


@pytest.mark.parametrize("variable", ["DREAM_WEIGHTS", "DREAM_WEIGHTS_EFFICIENTNET_LITE0"])
def test_a_missing_weights_file_is_reported_with_the_variable_that_names_it(run_check, variable, tmp_path):
    error = WeightsNotFoundError(path="missing.weights.h5")
    status, _, err = run_check(
        ExecutorWithoutWeights(error), DISCORD_TOKEN="MTIzNA.b.c", **{variable: "missing.weights.h5"}
    )
    assert status == 78
    assert err == (
        f"{variable} must be a file of efficientnet_lite0's weights, "
        f"but there is no {tmp_path / 'missing.weights.h5'}.\n"
    )


def test_a_check_that_is_interrupted_ends_without_a_traceback(run_check):
    status, _, err = run_check(ExecutorWithoutWeights(KeyboardInterrupt()), DISCORD_TOKEN="MTIzNA.b.c")
    assert (status, err) == (130, "")


def test_a_discord_that_never_answers_does_not_keep_a_check_waiting(run_check, monkeypatch):
    monkeypatch.setattr("bot.check._LOGIN_SECONDS", 0.0)
    status, _, err = run_check(hangs=True, DISCORD_TOKEN="MTIzNA.b.c")
    assert status == 69
    assert "it did not answer within 0 seconds" in err


def test_a_data_directory_that_cannot_be_written_is_reported(tmp_path):
    error = unusable(tmp_path, PermissionError(13, "Permission denied"))
    assert error.status == 78
    assert str(error).endswith(f"may not write in {tmp_path}: change its owner, or name another directory.")


def test_the_help_names_each_exit_status(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    printed = capsys.readouterr().out
    for error in (ConfigurationError(""), UnavailableError(""), StartFailedError(OSError())):
        assert f"\n  {error.status}   " in printed
    for option in ("--version", "--check", "--backup DIRECTORY"):
        assert option in printed
