import os
import re
import shutil

import pytest

from bot import settings_file
from bot.__main__ import main
from bot.errors import ConfigurationError
from bot.settings import BotSettings, variable
from bot.settings_file import where_to_write
from bot.startup import executor_of
from dream_engine.bounds import bounds


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def complaint_about(name, value, monkeypatch):
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as error:
        BotSettings.read()
    assert error.value.status == 78
    return str(error.value)


def test_every_setting_has_a_default():
    settings = BotSettings.read()
    assert settings.discord_token is None
    assert settings.cdn_hosts[:2] == ("cdn.discordapp.com", "media.discordapp.net")
    assert (settings.dreams, settings.minutes, settings.burst, settings.waiting) == (6, 10, 3, 3)


def test_every_setting_has_a_variable_of_its_own_and_a_description():
    names = [variable(name) for name in BotSettings.model_fields]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"(DREAM|DISCORD)_[A-Z_]+", name) for name in names)
    assert {"DISCORD_TOKEN", "DISCORD_API_BASE", "DISCORD_GATEWAY_URL", "DREAM_DATA_DIR"} <= set(names)
    assert {"DREAM_CDN_HOSTS", "DREAM_BACKBONE", "DREAM_WEIGHTS", "DREAM_DEVICES"} <= set(names)
    for field in BotSettings.model_fields.values():
        assert field.description.endswith(".")
        assert bounds(field)


def test_settings_are_read_from_the_environment(monkeypatch):
    monkeypatch.setenv("DISCORD_TOKEN", "a.b.c")
    monkeypatch.setenv("DREAM_CDN_HOSTS", "127.0.0.1:8080, cdn.example.com ,")
    monkeypatch.setenv("DREAM_DEVICES", "0,1")
    monkeypatch.setenv("DREAM_QUEUE", "7")
    settings = BotSettings.read()
    assert settings.discord_token.get_secret_value() == "a.b.c"
    assert settings.cdn_hosts == ("127.0.0.1:8080", "cdn.example.com")
    assert settings.devices == ("0", "1")
    assert settings.queue == 7


def test_the_environment_overrides_the_file(tmp_path, monkeypatch):
    (tmp_path / "mine").write_text("# mine\nDREAM_QUEUE=7\nDREAM_BURST=5\nUNKNOWN=1\n")
    monkeypatch.setenv("DREAM_ENV_FILE", str(tmp_path / "mine"))
    monkeypatch.setenv("DREAM_BURST", "4")
    settings = BotSettings.read()
    assert (settings.queue, settings.burst) == (7, 4)


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout that contains the running code. The working directory is another folder."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    (folder / "pyproject.toml").touch()
    monkeypatch.setattr(settings_file, "_CHECKOUT", folder)
    monkeypatch.delenv("DREAM_ENV_FILE")
    return folder


def test_the_file_in_a_checkout_is_read(checkout):
    (checkout / ".env").write_text("DREAM_QUEUE=7\n")
    assert BotSettings.read().queue == 7


def test_a_named_file_replaces_the_checkouts(checkout, tmp_path, monkeypatch):
    (checkout / ".env").write_text("DREAM_QUEUE=7\n")
    (tmp_path / "mine").write_text("DREAM_QUEUE=8\n")
    monkeypatch.setenv("DREAM_ENV_FILE", str(tmp_path / "mine"))
    assert BotSettings.read().queue == 8
    monkeypatch.setenv("DREAM_ENV_FILE", "")
    assert BotSettings.read().queue == 100


@pytest.mark.usefixtures("checkout")
def test_a_file_in_the_working_directory_is_not_read(tmp_path):
    (tmp_path / ".env").write_text("DREAM_QUEUE=7\n")
    assert BotSettings.read().queue == 100


def test_a_file_beside_installed_code_is_not_read(checkout):
    (checkout / "pyproject.toml").unlink()
    (checkout / ".env").write_text("DREAM_QUEUE=7\n")
    assert BotSettings.read().queue == 100


@pytest.mark.parametrize("folder", ["data", "data/below"])
def test_a_file_in_the_data_directory_is_refused(tmp_path, monkeypatch, folder):
    (tmp_path / folder).mkdir(parents=True)
    (tmp_path / folder / "mine").write_text("DISCORD_API_BASE=https://example.com\n")
    monkeypatch.setenv("DREAM_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "link").symlink_to(tmp_path / folder / "mine")
    for file in (tmp_path / folder / "mine", tmp_path / "link"):
        line = complaint_about("DREAM_ENV_FILE", str(file), monkeypatch)
        assert line.startswith(f"{file} lies in DREAM_DATA_DIR")
        assert line.endswith("move it, and name it in DREAM_ENV_FILE.")


@pytest.mark.parametrize("content", [b"DREAM_QUEUE=\xff\n", "DREAM_QUEUE=7\n".encode("utf-16"), b"A=\0\n"])
def test_a_file_that_is_not_utf_8_gives_a_one_line_error(tmp_path, monkeypatch, content):
    (tmp_path / "mine").write_bytes(content)
    line = complaint_about("DREAM_ENV_FILE", str(tmp_path / "mine"), monkeypatch)
    assert line == f"{tmp_path / 'mine'} must be text in UTF-8; save it so."


def test_a_file_with_a_byte_order_mark_is_read(tmp_path, monkeypatch):
    (tmp_path / "mine").write_bytes(b"\xef\xbb\xbfDREAM_QUEUE=7\n")
    monkeypatch.setenv("DREAM_ENV_FILE", str(tmp_path / "mine"))
    assert BotSettings.read().queue == 7


def test_an_unreadable_file_gives_a_one_line_error(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe")  # a reader would block forever
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "missing", tmp_path / "loop", "x" * 300):
        line = complaint_about("DREAM_ENV_FILE", str(path), monkeypatch)
        assert line.startswith(str(path))
        assert "\n" not in line


@pytest.mark.usefixtures("_process_state_is_put_back")
def test_an_unread_file_in_the_working_directory_gives_a_warning(tmp_path, capsys, checkout, monkeypatch):
    (tmp_path / ".env").write_text("DREAM_QUEUE=7\n")
    monkeypatch.setenv("DISCORD_TOKEN", "MTA.b.c")
    assert main(["--backup", "copy"]) == 78
    assert f"{tmp_path / '.env'} is not read: name it in DREAM_ENV_FILE" in capsys.readouterr().err


@pytest.mark.usefixtures("_process_state_is_put_back")
def test_the_file_of_the_current_checkout_gives_no_warning(checkout, capsys, monkeypatch):
    shutil.copy(checkout / "pyproject.toml", checkout / ".env")
    monkeypatch.chdir(checkout)
    assert main([]) == 78
    assert "is not read" not in capsys.readouterr().err


@pytest.mark.usefixtures("_process_state_is_put_back")
@pytest.mark.parametrize(
    ("named", "after"),
    [
        ("", "localhost,127.0.0.1,::1"),
        ("example.com", "example.com,localhost,127.0.0.1,::1"),
        ("*", "*"),
    ],
)
def test_the_local_machine_is_excluded_from_proxies(monkeypatch, named, after):
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("NO_PROXY", named)
    main([])
    assert (os.environ["no_proxy"], os.environ["NO_PROXY"]) == (after, after)


@pytest.mark.parametrize("host", ["::1", "[::1]", " [::1] "])
def test_an_ipv6_address_may_have_brackets(monkeypatch, host):
    monkeypatch.setenv("DREAM_HTTP_HOST", host)
    assert BotSettings.read().http_host == "::1"


def test_a_token_is_stripped_and_a_blank_one_is_missing(monkeypatch):
    monkeypatch.setenv("DISCORD_TOKEN", " a.b.c\n")
    assert BotSettings.read().discord_token.get_secret_value() == "a.b.c"
    monkeypatch.setenv("DISCORD_TOKEN", "  ")
    assert BotSettings.read().discord_token is None


@pytest.mark.usefixtures("_process_state_is_put_back")
@pytest.mark.parametrize(
    ("error", "line"),
    [
        (OSError("out of\nluck"), "The bot cannot start: OSError: out of luck. "),
        (KeyError(), "The bot cannot start: KeyError. "),
    ],
)
@pytest.mark.parametrize("arguments", [[], ["--check"], ["--backup", "copy"]])
def test_an_unexpected_start_error_is_printed_in_one_line(monkeypatch, capsys, arguments, error, line):
    def fail(*_):
        raise error

    monkeypatch.setenv("DISCORD_TOKEN", "a.b.c")
    for part in ("executor_of", "back_up", "check"):
        monkeypatch.setattr(f"bot.__main__.{part}", fail)
    assert main(arguments) == 70
    printed = capsys.readouterr().err
    assert printed == f"{line}Set DREAM_LOG_LEVEL=DEBUG to log the traceback.\n"
    monkeypatch.setenv("DREAM_LOG_LEVEL", "DEBUG")
    monkeypatch.setenv("DISCORD_TOKEN", "a.b.c")
    assert main(arguments) == 70
    assert "Traceback" in capsys.readouterr().err


def test_an_empty_variable_counts_as_unset(monkeypatch):
    monkeypatch.setenv("DISCORD_TOKEN", "")
    monkeypatch.setenv("DREAM_QUEUE", "")
    assert BotSettings.read().queue == 100
    assert BotSettings.read().discord_token is None


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("DREAM_QUEUE", "many", "DREAM_QUEUE must be a whole number from 1 to 1000"),
        ("DREAM_QUEUE", "0", "DREAM_QUEUE must be a whole number from 1 to 1000"),
        ("DREAM_MINUTES", "-1", "DREAM_MINUTES must be a whole number from 1 to 10080"),
        ("DREAM_MINUTES", "nan", "DREAM_MINUTES must be a whole number from 1 to 10080"),
        ("DREAM_TIME_LIMIT", "inf", "DREAM_TIME_LIMIT must be a number from 10"),
        ("DREAM_LARGEST_SIZE", "9000", "DREAM_LARGEST_SIZE must be a whole number from 64 to 8192"),
        ("DREAM_LOG_LEVEL", "LOUD", "DREAM_LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERROR"),
        ("DREAM_BACKBONE", "alexnet", "DREAM_BACKBONE must be one of efficientnet_lite0"),
        ("DREAM_SUPPORT_URL", "http://help.example", "DREAM_SUPPORT_URL must be an https address"),
        ("DREAM_SUPPORT_URL", "discord.gg/help", "DREAM_SUPPORT_URL must be an https address"),
        ("DREAM_SUPPORT_URL", "https://a.example/)[x]", "DREAM_SUPPORT_URL must be an https address"),
        ("DREAM_PRIVACY_URL", "javascript:alert(1)", "DREAM_PRIVACY_URL must be an https"),
        (
            "DREAM_PRIVACY_URL",
            "https://a.example/" + "x" * 512,
            "DREAM_PRIVACY_URL must be an https address",
        ),
        ("DREAM_DEFAULT_PRESET", "zebra", "DREAM_DEFAULT_PRESET must be one of mild, "),
        (
            "DREAM_CLUSTER_MAX_WORKERS",
            "0",
            "DREAM_CLUSTER_MAX_WORKERS must be a whole number from 1 to 1000",
        ),
        (
            "DREAM_CLUSTER_GPUS",
            "1.5",
            "DREAM_CLUSTER_GPUS must be a number from 0 to 1, or a whole number up to 16",
        ),
        ("DREAM_EXECUTOR", "ray://head", "DREAM_EXECUTOR must be local, auto, host:port, or ray://host:port"),
        ("DREAM_OWNERS", "7,bob", "DREAM_OWNERS must be user ids"),
        ("DREAM_DEVICES", "cpu,tpu", "DREAM_DEVICES must be cpu, or the numbers of GPUs"),
        (
            "DREAM_CDN_HOSTS",
            "https://cdn.example.com",
            "DREAM_CDN_HOSTS must be hosts, each with an optional port",
        ),
        ("DREAM_CDN_HOSTS", "cdn.example.com:port", "DREAM_CDN_HOSTS must be hosts"),
        ("DREAM_CDN_HOSTS", "cdn.example.com/path", "DREAM_CDN_HOSTS must be hosts"),
        ("DREAM_CDN_HOSTS", " , ", "DREAM_CDN_HOSTS must be hosts"),
        *(
            ("DREAM_HTTP_HOST", host, "DREAM_HTTP_HOST must be a host")
            for host in ("a..b", " ", "x" * 64, "host name", "host:80", "é" * 70, "-a", "a.b." * 70)
        ),
        ("DREAM_HTTP_HOST", "a\udcffb", "DREAM_HTTP_HOST must be a host"),
        ("DREAM_DATA_DIR", "a\udcffb", "DREAM_DATA_DIR must be a directory"),
        ("DREAM_BACKBONE", "\udcff", "DREAM_BACKBONE must be one of"),
        ("DREAM_DEFAULT_PRESET", "\udcff", "DREAM_DEFAULT_PRESET must be one of mild, "),
        *(
            ("DISCORD_TOKEN", token, "DISCORD_TOKEN must be a bot's token")
            for token in ("a b", "tökén", "a\nb")
        ),
        *(
            ("DREAM_OWNERS", owner, "DREAM_OWNERS must be user ids")
            for owner in ("-5", "0", str(1 << 64), "9" * 5000)
        ),
        *(("DREAM_DEVICES", device, "DREAM_DEVICES must be cpu, or") for device in ("²", "٣")),
        *(
            ("DREAM_EXECUTOR", address, "DREAM_EXECUTOR must be local, auto")
            for address in ("a..b:1", "ray://a..b:1", " local ")
        ),
        ("DREAM_CDN_HOSTS", "a..b", "DREAM_CDN_HOSTS must be hosts"),
        ("DISCORD_API_BASE", "http://a..b", "DISCORD_API_BASE must be an http or https address"),
        ("DISCORD_API_BASE", "http://a b", "DISCORD_API_BASE must be an http or https address"),
        ("DISCORD_API_BASE", "http://127.0.0.1:0", "DISCORD_API_BASE must be an http or https address"),
        ("DISCORD_API_BASE", "http://127.0.0.1:99999", "DISCORD_API_BASE must be an http or https address"),
        ("DISCORD_GATEWAY_URL", "ws://a..b", "DISCORD_GATEWAY_URL must be a ws or wss address"),
        ("DISCORD_API_BASE", "discord.com", "DISCORD_API_BASE must be an http or https address"),
        ("DISCORD_API_BASE", "ftp://discord.com", "DISCORD_API_BASE must be an http or https address"),
        ("DISCORD_GATEWAY_URL", "https://discord.com", "DISCORD_GATEWAY_URL must be a ws or wss address"),
        ("DISCORD_GATEWAY_URL", "wss://[", "DISCORD_GATEWAY_URL must be a ws or wss address"),
    ],
)
def test_an_invalid_value_gives_one_line_with_the_variable_and_its_bounds(name, value, says, monkeypatch):
    line = complaint_about(name, value, monkeypatch)
    assert line.startswith(says)
    assert line.endswith(".")
    assert "\n" not in line


def test_no_error_message_repeats_a_secret(monkeypatch):
    monkeypatch.setenv("DISCORD_TOKEN", "very.secret.token")
    assert "very.secret" not in complaint_about("DREAM_QUEUE", "very.secret.token", monkeypatch)


def test_the_repr_of_the_settings_hides_the_token(monkeypatch):
    monkeypatch.setenv("DISCORD_TOKEN", "very.secret.token")
    assert "very.secret" not in repr(BotSettings.read())


def test_a_trailing_slash_is_stripped_from_an_address():
    assert (
        BotSettings(_env_file=None, api_base="http://127.0.0.1:1/api/").api_base == "http://127.0.0.1:1/api"
    )


@pytest.mark.usefixtures("_process_state_is_put_back")
def test_a_missing_token_is_reported_in_one_line(capsys):
    assert main([]) == 78
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("DISCORD_TOKEN, the bot's token, is missing: ")
    assert "DREAM_ENV_FILE" in line


def test_a_missing_token_belongs_in_the_file_that_is_read(checkout):
    (checkout / ".env").write_text("DREAM_QUEUE=7\n")
    assert where_to_write("DISCORD_TOKEN") == f"write it behind DISCORD_TOKEN= in {checkout / '.env'}"


@pytest.mark.usefixtures("checkout")
def test_a_missing_token_may_be_in_a_file_that_is_not_read(tmp_path):
    (tmp_path / ".env").write_text("DISCORD_TOKEN=MTA.b.c\n")
    file = tmp_path / ".env"
    assert where_to_write("DISCORD_TOKEN") == f"{file} is not read, unless DREAM_ENV_FILE={file} is set"


def test_without_a_file_the_place_that_was_looked_in_is_named(checkout, tmp_path):
    assert where_to_write("DISCORD_TOKEN").startswith(f"there is no {checkout / '.env'}; copy .env.example")
    (checkout / "pyproject.toml").unlink()
    said = where_to_write("DISCORD_TOKEN")
    assert said.startswith("set it in the environment, or in a file that DREAM_ENV_FILE names")
    assert said.endswith(f"there is no .env in {tmp_path} either")


def test_a_named_file_that_is_missing_says_where_it_was_looked_for(tmp_path, monkeypatch):
    line = complaint_about("DREAM_ENV_FILE", "missing", monkeypatch)
    assert line == (
        f"missing is not a file that settings can be read from; DREAM_ENV_FILE names it from {tmp_path}."
    )


@pytest.mark.usefixtures("_process_state_is_put_back")
def test_an_invalid_setting_ends_the_bot_with_one_line(capsys, monkeypatch):
    monkeypatch.setenv("DREAM_QUEUE", "many")
    assert main([]) == 78
    printed = capsys.readouterr()
    assert printed.err == "DREAM_QUEUE must be a whole number from 1 to 1000, not 'many'.\n"
    assert printed.out == ""


@pytest.mark.parametrize("precision", [None, "float32", "bfloat16"])
def test_the_precision_is_passed_to_the_workers(precision, monkeypatch):
    if precision is not None:
        monkeypatch.setenv("DREAM_PRECISION", precision)
    executor = executor_of(BotSettings(_env_file=None, devices=("cpu",)))
    assert executor._scaler._make_worker(0)._plan.precision == precision


def test_the_number_of_workers_is_passed_to_the_executor(monkeypatch):
    monkeypatch.setenv("DREAM_WORKERS", "3")
    assert executor_of(BotSettings(_env_file=None, devices=("cpu",))).capacity == 3


def test_the_clusters_settings_are_passed_to_the_executor(monkeypatch):
    values = {"min_workers": 2, "max_workers": 9, "idle_seconds": 60.0, "cpus": 1.5, "gpus": 0.25}
    for name, value in values.items():
        monkeypatch.setenv(f"DREAM_CLUSTER_{name.upper()}", str(value))
    plan = executor_of(BotSettings(_env_file=None, executor="ray://head:10001"))._plan
    assert plan.address == "ray://head:10001"
    assert {name: getattr(plan, name) for name in values} == values


def test_the_minimum_of_workers_may_not_exceed_the_maximum(monkeypatch):
    monkeypatch.setenv("DREAM_CLUSTER_MIN_WORKERS", "3")
    complaint = complaint_about("DREAM_CLUSTER_MAX_WORKERS", "2", monkeypatch)
    assert "no less than DREAM_CLUSTER_MIN_WORKERS" in complaint


def test_the_whole_cluster_is_used_by_default():
    plan = executor_of(BotSettings(_env_file=None, executor="auto"))._plan
    assert (plan.min_workers, plan.max_workers, plan.gpus) == (1, None, None)


def test_an_unknown_precision_is_refused(monkeypatch):
    assert "DREAM_PRECISION must be one of float32, bfloat16" in complaint_about(
        "DREAM_PRECISION", "float8", monkeypatch
    )
