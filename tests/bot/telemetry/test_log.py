import json
import logging
import sys

import pytest

from bot.telemetry.log import RedactingFormatter, job_context, set_up_logging

TOKEN = "MTIzNDU2Nzg5.GaBcDe.f-_123456789"


def written(message, *args, error=None, secrets=(TOKEN,)):
    record = logging.LogRecord("bot.test", logging.INFO, __file__, 1, message, args, error)
    return RedactingFormatter(*secrets).format(record)


def test_a_line_has_its_level_and_logger():
    line = written("A job was accepted.")
    assert line.endswith("INFO    bot.test: A job was accepted.")


def test_the_token_is_hidden():
    assert written("login with %s failed", TOKEN).endswith("login with [hidden] failed")


def test_the_token_is_hidden_in_a_traceback():
    try:
        raise ValueError(f"Bot {TOKEN}")
    except ValueError:
        text = written("It failed.", error=sys.exc_info())
    assert "Traceback" in text
    assert TOKEN not in text


@pytest.mark.parametrize(
    "address",
    [
        "https://discord.com/api/v10/webhooks/123/aW50ZXJhY3Rpb246-_x.y/messages/@original",
        "POST /interactions/123/aW50ZXJhY3Rpb246-_x.y/callback",
        "webhooks/1/aW50ZXJhY3Rpb246-_x.y?wait=true and webhooks/2/aW50ZXJhY3Rpb246-_x.y",
    ],
)
def test_interaction_tokens_are_hidden(address):
    text = written("%s answered 404", address)
    assert "aW50" not in text
    assert "[hidden]" in text


def test_without_a_secret_nothing_is_hidden():
    assert written("nothing here", secrets=("",)).endswith("nothing here")


@pytest.mark.usefixtures("_process_state_is_put_back")
def test_the_log_is_written_to_stderr_without_secrets(capsys):
    set_up_logging("INFO", TOKEN)
    logging.getLogger("bot").info("here is %s", TOKEN)
    logging.getLogger("bot").debug("too much")
    logging.getLogger("discord.http").info("too much")
    logging.getLogger("discord.http").warning("from %s", TOKEN)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("[hidden]") == 2
    assert "too much" not in printed.err
    assert TOKEN not in printed.err


@pytest.mark.parametrize(("logger", "whole"), [("discord.shard", False), ("bot.jobs.completion", True)])
def test_only_network_errors_of_discord_py_lose_their_traceback(logger, whole):
    try:
        raise ConnectionResetError("gone")
    except ConnectionResetError:
        record = logging.LogRecord(logger, logging.ERROR, "", 1, "failed", (), sys.exc_info())
    written = RedactingFormatter().format(record)
    assert "ConnectionResetError: gone" in written
    assert ("Traceback" in written) == whole


@pytest.mark.parametrize("layout", ["text", "json"])
def test_a_line_in_the_context_of_a_job_has_its_id_once(layout):
    formatter = RedactingFormatter(layout=layout)
    with job_context("5eed"):
        line = formatter.format(logging.LogRecord("bot.test", logging.INFO, "", 1, "It grows.", (), None))
    after = formatter.format(logging.LogRecord("bot.test", logging.INFO, "", 1, "Nothing.", (), None))
    assert line.count("5eed") == 1
    assert "5eed" not in after


def test_a_json_record_is_one_line_with_its_traceback_and_without_secrets():
    try:
        raise ValueError(f"Bot {TOKEN}")
    except ValueError:
        record = logging.LogRecord("bot.test", logging.ERROR, "", 1, "It\nfailed.", (), sys.exc_info())
    line = RedactingFormatter(TOKEN, layout="json").format(record)
    assert "\n" not in line
    event = json.loads(line)
    assert (event["level"], event["logger"], event["message"]) == ("ERROR", "bot.test", "It\nfailed.")
    assert event["traceback"].endswith("ValueError: Bot [hidden]")
    assert "time" in event
