"""Sentences name commands, which can be clicked once their ids are known."""

import re
from importlib import resources

import pytest

from bot.app import new_client
from bot.texts import Catalogue, packaged_catalogue

CATALOGUE = packaged_catalogue()
IDS = {"dream": 123, "dream-admin": 456}


def message(language, text, ids=()):
    return Catalogue({"en": text, "ko": text}).mentioning(dict(ids)).texts(language)("a")


@pytest.mark.parametrize("locale", ["en-GB", "ko"])
def test_a_command_with_a_known_id_is_mentioned(locale):
    texts = CATALOGUE.mentioning(IDS).texts(locale)
    assert "</dream:123>" in texts("queue-none")
    assert "</dream-admin resume:456>" in texts("admin-draining")


@pytest.mark.parametrize(
    ("locale", "command", "subcommand"),
    [("en-US", "`/dream`", "`/dream-admin resume`"), ("ko", "`/꿈`", "`/봇관리 재개`")],
)
def test_a_command_without_a_known_id_is_named_as_people_type_it(locale, command, subcommand):
    texts = CATALOGUE.texts(locale)
    assert command in texts("queue-none")
    assert subcommand in texts("admin-draining")
    assert command in CATALOGUE.mentioning({"queue": 1}).texts(locale)("queue-none")


def test_ids_that_become_known_later_are_used():
    ids = {}
    texts = CATALOGUE.mentioning(ids).texts("en")
    ids["dream"] = 9
    assert "</dream:9>" in texts("queue-none")
    assert "`/dream`" in CATALOGUE.texts("en")("queue-none")


def test_an_unknown_command_keeps_its_name():
    assert message("en", 'a = Try { COMMAND("nap well") }.') == "Try `/nap well`."
    assert message("en", 'a = Try { COMMAND("nap") }.', {"nap": 7}) == "Try </nap:7>."


@pytest.mark.parametrize("language", CATALOGUE.languages)
def test_every_command_that_a_text_names_exists(language):
    text = (resources.files("bot.texts") / f"{language}.ftl").read_text("utf-8")
    named = set(re.findall(r'COMMAND\("([^"]*)"\)', text))
    commands = {command.qualified_name for command in new_client(shard_count=1).tree.walk_commands()}
    assert {"dream", "queue", "dream-admin resume"} <= named <= commands
    for name in named:
        assert CATALOGUE.has(f"command-{name.split()[0]}", language)


@pytest.mark.parametrize("language", CATALOGUE.languages)
def test_no_sentence_writes_a_command_out(language):
    texts = CATALOGUE.texts(language)
    text = (resources.files("bot.texts") / f"{language}.ftl").read_text("utf-8")
    names = [
        texts(key) for key in set(re.findall(r"^(command-[a-z-]+) =", text, re.M)) if "description" not in key
    ]
    for key, line in re.findall(r"^([a-z-]+) = (.*)$", text, re.M):
        if not key.startswith(("option-", "command-", "settings-", "admin-")) or "description" not in key:
            assert not any(f"/{name}" in line for name in names), key
