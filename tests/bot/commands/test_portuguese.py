"""Names, plurals and a locale that only the Brazilian texts have."""

import discord
import pytest

from bot.texts import CommandTranslator, localized, packaged_catalogue

PORTUGUESE = packaged_catalogue().texts("pt-BR")


@pytest.fixture
def brazilian(server):
    """A server in which Alice and the manager have a Brazilian locale."""
    server.locales[server.alice.id] = server.locales[server.manager.id] = "pt-BR"
    return server


async def test_the_commands_have_portuguese_names():
    keys = ("command-dream", "option-of", "settings-limits", "menu-dream-this")
    names = [
        await CommandTranslator().translate(localized(key), discord.Locale.brazil_portuguese, None)
        for key in keys
    ]
    assert names == ["sonhar", "com", "limites", "Transformar em sonho"]


@pytest.mark.parametrize("typed", ["água-viva", "agua viva", "ÁGUA-VIVA", "jellyfish"])
async def test_a_thing_may_be_typed_with_or_without_accents(brazilian, typed):
    await brazilian.start_dream(of=typed)
    assert (await brazilian.only_job()).options.of == "jellyfish"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [("agua", "água-viva"), ("joan", "joaninha"), ("VULCAO", "vulcão"), ("corais", "recife de corais")],
)
async def test_names_of_things_are_completed_in_portuguese(brazilian, typed, shown):
    choices = await brazilian.alice.autocomplete(brazilian.general, "dream", "of", typed)
    assert shown in [choice["name"] for choice in choices]


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.4, "0,4 segundo"),
        (1, "1 segundo"),
        (1.5, "1,5 segundo"),
        (2, "2 segundos"),
        (1500, "1.500 segundos"),
    ],
)
def test_numbers_have_the_plural_and_the_separators_of_brazil(seconds, shown):
    assert PORTUGUESE("card-dreamed", preset="Suave", seconds=seconds).endswith(f"em {shown}")


@pytest.mark.parametrize("locale", ["pt", "pt-PT"])
def test_only_the_brazilian_locale_has_the_brazilian_texts(locale):
    assert packaged_catalogue().texts(locale)("button-cancel") == "Cancel"
