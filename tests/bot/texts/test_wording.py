"""The page about the wording shows the texts that the catalogue has now."""

import re
from importlib import resources
from pathlib import Path

import pytest
from fluent.syntax import FluentParser, FluentSerializer, ast

PAGE = (Path(__file__).parents[3] / "docs" / "wording.md").read_text()
ROW = re.compile(r"^\| `(?P<key>[a-z0-9-]+)` \| (?P<before>.+?) \| (?P<after>.+?) \|$", re.MULTILINE)
LANGUAGES = {"English": "en", "Korean": "ko", "Spanish": "es", "Brazilian Portuguese": "pt-BR"}


def source(language):
    return (resources.files("bot.texts") / f"{language}.ftl").read_text("utf-8")


def catalogue(language):
    """Return the messages of a language by their keys, as its file has them."""
    found = [entry for entry in FluentParser().parse(source(language)).body if isinstance(entry, ast.Message)]
    serialized = {entry.id.name: FluentSerializer().serialize_entry(entry) for entry in found}
    return {key: text.split(" =", maxsplit=1)[1].strip() for key, text in serialized.items()}


def rows(language):
    """Return the rows of the tables of a language: key, before and after."""
    section = PAGE.split(f"## Before and after: {language}\n")[1].split("\n## ")[0]
    found = [match.groups() for match in ROW.finditer(section)]
    assert len(found) == len([line for line in section.splitlines() if line.startswith("| `")])
    return found


@pytest.mark.parametrize(("language", "least"), [("English", 150), ("Korean", 40)])
def test_every_text_after_a_change_is_the_catalogues(language, least):
    current = catalogue(LANGUAGES[language])
    found = rows(language)
    assert len(found) >= least
    differing = {key: (after, current.get(key)) for key, _, after in found if after != current.get(key)}
    assert not differing


@pytest.mark.parametrize("language", ["English", "Korean"])
def test_every_text_is_listed_once_and_has_changed(language):
    found = rows(language)
    keys = [key for key, _, _ in found]
    assert len(keys) == len(set(keys))
    assert not [key for key, before, after in found if before == after]


def test_the_words_of_every_language_are_in_its_catalogue():
    table = PAGE.split("## Words\n")[1].split("\n## ")[0]
    lines = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| ")]
    heading, _, *things = lines
    assert heading[1:] == list(LANGUAGES)
    assert len(things) >= 10
    for column, language in enumerate(LANGUAGES.values(), start=1):
        text = source(language).casefold()
        absent = [word for thing in things for word in thing[column].split(", ") if word not in text]
        assert not absent, language


def test_every_text_that_the_page_quotes_is_in_the_catalogue():
    guide = " ".join(PAGE.split("## Before and after")[0].split())
    placed = re.sub(r"\{ \$\w+ \}", "VALUE", " ".join(catalogue("en").values()))
    for quoted in re.findall(r"“([A-Z][^”]+\.)”", guide):
        sentence = re.sub(r"in \d+ minutes", "VALUE", quoted)
        assert sentence in placed, quoted
