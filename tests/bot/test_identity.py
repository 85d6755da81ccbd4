"""The bot's version and home page come from the metadata of the distribution."""

import re
from importlib import metadata

import pytest

import dream_engine
from bot.__main__ import main
from bot.identity import HOME_PAGE, USER_AGENT, VERSION


def test_engine_and_bot_have_the_version_of_the_distribution():
    assert VERSION == dream_engine.__version__ == metadata.version("dream-bot")


@pytest.mark.parametrize("program", ["python -m bot", "dream-bot"])
def test_the_bot_prints_its_version_and_the_name_that_it_was_started_by(program, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"], program=program)
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"dream-bot {VERSION}\n"
    with pytest.raises(SystemExit):
        main(["--help"], program=program)
    assert capsys.readouterr().out.startswith(f"usage: {program} ")


def test_the_bot_names_itself_its_version_and_its_page_to_hosts():
    assert re.fullmatch(r"dream-bot/\S+( \(\+https://\S+\))?", USER_AGENT)
    assert f"dream-bot/{VERSION}" in USER_AGENT
    assert HOME_PAGE is None or HOME_PAGE in USER_AGENT
