"""A user with a Brazilian locale reads only Portuguese texts, and other users none."""

import re
from importlib import resources

import discord
import pytest

from bot.commands import _motion
from bot.delivery.preset_categories import CATEGORIES
from bot.texts import CommandTranslator, localized, packaged_catalogue
from dream_engine.errors import DamagedPictureError, NotAPictureError
from dream_engine.executors.base import DreamCrashedError
from fake_discord.simcord_additions import labels_of, parts_of, text_of
from tests.bot.commands.test_adjust import shown_in, submitted
from tests.bot.simulated_server import all_answers
from tests.moving import moving

PORTUGUESE = packaged_catalogue().texts("pt-BR")
OURS = re.compile(r"`[^`]*`|https?://\S+|<[^>]+>|block\S+")
"""Texts in no language: commands, links, timestamps, layers."""


def words_of(text):
    return set(re.findall(r"[^\W\d_]+", text.casefold()))


def vocabulary(language):
    """Return the words that a catalogue's sentences contain."""
    lines = (resources.files("bot.texts") / f"{language}.ftl").read_text("utf-8").splitlines()
    sentences = [line for line in lines if not line.startswith("#") and not line.startswith("command-")]
    return words_of(re.sub(r"\{[^}]*\}|^[a-z0-9-]+ =", " ", "\n".join(sentences), flags=re.MULTILINE))


ENGLISH_WORDS = vocabulary("en") - vocabulary("pt-BR")
"""Words that only English texts contain."""


@pytest.fixture
def brazilian(server):
    """A server in which Alice and the manager have a Brazilian locale."""
    server.locales[server.alice.id] = server.locales[server.manager.id] = "pt-BR"
    return server


def assert_portuguese(text):
    assert words_of(OURS.sub("", text)) & ENGLISH_WORDS == set(), text
    assert "{" not in text, text


def descriptions_of(message):
    found = []
    for part in parts_of(message):
        found += [part.get("description"), part.get("placeholder")]
        found += [option.get(name) for option in part.get("options", ()) for name in ("label", "description")]
        found += [item.get("description") for item in part.get("items", ())]
    return [text for text in found if text]


def assert_all_portuguese(message):
    texts = [text for text in (text_of(message), *labels_of(message), *descriptions_of(message)) if text]
    assert texts
    for text in texts:
        assert_portuguese(text)


def test_english_texts_are_told_from_portuguese_ones():
    for sentence in ("You're next.", "That file is empty.", "Reroll", "Try another preset…"):
        assert words_of(sentence) & ENGLISH_WORDS
    assert len(ENGLISH_WORDS) > 400


async def test_the_commands_have_portuguese_names():
    keys = ("command-dream", "option-of", "settings-limits", "menu-dream-this")
    names = [
        await CommandTranslator().translate(localized(key), discord.Locale.brazil_portuguese, None)
        for key in keys
    ]
    assert names == ["sonhar", "com", "limites", "Transformar em sonho"]


async def test_the_cards_of_a_dream(brazilian):
    interaction, dream = await brazilian.start_dream()
    waiting = await brazilian.submit()
    await brazilian.until_shown(waiting, "O próximo sonho é o seu.")
    assert_all_portuguese(waiting.response)
    dream.tell(0.5, left=10.0, preview=b"a preview")
    await brazilian.until_shown(interaction, "50%")
    assert_all_portuguese(interaction.response)
    dream.finish()
    answer = await brazilian.answer(interaction)
    assert_all_portuguese(answer)
    assert {"Mais fundo", "Refazer", "Original", "Apagar"} <= set(labels_of(answer))


async def test_the_cards_of_a_dream_of_a_thing(brazilian):
    interaction, dream = await brazilian.start_dream(of="jellyfish")
    dream.tell(0.5, preview=b"a preview")
    assert "Sonhando com água-viva" in await brazilian.until_shown(interaction, "50%")
    assert_all_portuguese(interaction.response)
    dream.finish()
    assert_all_portuguese(await brazilian.answer(interaction))


@pytest.mark.settings(burst=20, waiting=20, default_size=64)
async def test_the_cards_of_a_motion(brazilian):
    interaction = await brazilian.submit(content=moving(), name="wander.gif")
    chunk = await brazilian.script.next_chunk()
    chunk.finish(4)
    shown = await brazilian.until_shown(interaction, "Quadro 4 de 8")
    assert "Gasta 2 sonhos da sua cota" in shown
    assert_all_portuguese(interaction.response)
    chunk.finish(2)
    (await brazilian.script.next_chunk()).finish()
    assert_all_portuguese(await brazilian.answer(interaction))


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


@pytest.mark.parametrize("thing", ["rifle", "xyzzy", "agua-vivo"])
async def test_a_thing_that_is_refused(brazilian, thing):
    sentence = await brazilian.private_text(await brazilian.submit(of=thing))
    assert_portuguese(sentence.replace(thing, ""))


async def test_a_misspelled_thing_is_refused_with_a_portuguese_suggestion(brazilian):
    assert "água-viva" in await brazilian.private_text(await brazilian.submit(of="agua-vivo"))


async def test_a_request_for_a_video_without_video_support(brazilian, monkeypatch):
    monkeypatch.setattr(_motion, "has_video_support", lambda: False)
    sentence = await brazilian.private_text(await brazilian.submit(name="clip.mp4"))
    assert sentence.startswith("Aqui não consigo abrir nem salvar vídeos.")


async def test_a_cancelled_dream(brazilian):
    interaction, dream = await brazilian.start_dream()
    dream.tell(0.5)
    await brazilian.until_shown(interaction, "50%")
    await brazilian.alice.click(interaction.response, label="Cancelar")
    await brazilian.until_shown(interaction, "Cancelado: Intenso", "Parei este sonho.")
    assert_all_portuguese(interaction.response)
    assert "Tentar de novo" in labels_of(interaction.response)


async def test_a_failed_dream(brazilian):
    interaction, dream = await brazilian.start_dream()
    dream.fail(DreamCrashedError("KeyError"))
    assert_portuguese(await brazilian.until_shown(interaction, "Algo deu errado"))


@pytest.mark.parametrize(
    "error", [DamagedPictureError(), NotAPictureError(looks_like="a text file", formats="PNG and GIF")]
)
async def test_a_picture_that_is_refused(brazilian, error):
    interaction, dream = await brazilian.start_dream()
    dream.fail(error)
    assert_portuguese(await brazilian.private_text(interaction))


async def test_refusals(brazilian):
    await brazilian.services.servers.change(brazilian.guild.id, lambda _: {"largest_size": 256})
    sentence = await brazilian.private_text(await brazilian.submit(size=512))
    assert sentence == "O maior tamanho aqui é de 256 pixels."
    for _ in range(3):
        await brazilian.complete_dream()
    sentence = await brazilian.private_text(await brazilian.submit())
    assert sentence.startswith("Você já usou todos os seus sonhos")
    assert_portuguese(sentence)


async def test_the_presets(brazilian):
    interaction = await brazilian.alice.slash(brazilian.general, "presets")
    for category in (*list(CATEGORIES)[1:], next(iter(CATEGORIES))):
        await brazilian.alice.select(interaction.response, [category], custom_id="presets:category")
        assert_all_portuguese(interaction.response)


async def test_a_comparison_of_presets(brazilian):
    gallery = (await brazilian.alice.slash(brazilian.general, "presets")).response
    button = PORTUGUESE("button-compare")
    without_picture = await brazilian.private_text(await brazilian.alice.click(gallery, label=button))
    assert_portuguese(without_picture)
    await brazilian.complete_dream()
    interaction = await brazilian.alice.click(gallery, label=button)
    assert_all_portuguese(interaction.response)
    for _ in range(4):
        (await brazilian.script.next_dream()).finish()
    await brazilian.until(lambda: interaction.response.attachments)
    assert_all_portuguese(interaction.response)
    again = await brazilian.alice.click(gallery, label=button)
    assert_portuguese(await brazilian.private_text(again))


async def test_the_queue(brazilian):
    assert_all_portuguese((await brazilian.alice.slash(brazilian.general, "queue")).response)
    await brazilian.start_dream()
    await brazilian.submit()
    queue = (await brazilian.alice.slash(brazilian.general, "queue")).response
    assert "1º da fila" in text_of(queue)
    assert_all_portuguese(queue)


@pytest.mark.settings(support_url="https://a.example/", privacy_url="https://b.example/")
@pytest.mark.parametrize("command", ["help", "privacy"])
async def test_the_pages_of_help_and_privacy(brazilian, command):
    assert_all_portuguese((await brazilian.manager.slash(brazilian.general, command)).response)


async def test_forgetting(brazilian):
    for answer in ("Manter", "Apagar tudo"):
        asked = await brazilian.alice.slash(brazilian.general, "forget-me")
        assert_all_portuguese(asked.response)
        assert_all_portuguese((await brazilian.alice.click(asked.response, label=answer)).response)


async def test_deleting(brazilian):
    dream = await brazilian.complete_dream()
    for answer in ("Manter", "Apagar"):
        (question,) = (await brazilian.alice.click(dream, label="Apagar")).followups
        assert_all_portuguese(question)
        assert_all_portuguese((await brazilian.alice.click(question, label=answer)).response)


async def test_the_form_that_adjusts_a_dream(brazilian):
    answer = await brazilian.complete_dream(of="jellyfish", size=128, seed=5)
    form = await brazilian.alice.click(answer, label="Ajustar…")
    assert form.modal["title"] == "Ajustar este sonho"
    for label in form.modal["components"]:
        field = label["component"]
        options = field.get("options", ())
        shown = [label["label"], label.get("description"), field.get("placeholder"), field.get("value")]
        shown += [option.get(name) for option in options for name in ("label", "description")]
        for text in filter(None, shown):
            assert_portuguese(text)
    assert shown_in(form)["numbers"] == "Tamanho: 128\nSemente: 5"
    await submitted(brazilian, form, of="agua viva", numbers="Tamanho: 256\nSemente: 7")
    settings = (await brazilian.script.next_dream()).request.settings
    assert (settings.size, settings.seed, settings.classes) == (256, 7, (("jellyfish", 1.0),))


async def test_a_value_of_the_form_that_is_refused(brazilian):
    answer = await brazilian.complete_dream()
    for numbers, beginning in (("Tamanho: 5", "“5” não serve para"), ("Cor: 3", "Não entendi “Cor: 3”.")):
        form = await brazilian.alice.click(answer, label="Ajustar…")
        submission = await submitted(brazilian, form, numbers=numbers)
        (refusal,) = all_answers(submission)
        assert text_of(refusal).startswith(beginning)
        assert_portuguese(text_of(refusal))


async def test_the_settings(brazilian):
    for name, options in (
        ("show", {}),
        ("switch", {"on": False}),
        ("channel", {"channel": brazilian.general}),
        ("sharing", {"on": False}),
        ("preset", {"preset": "webs"}),
        ("size", {"size": 512}),
        ("limits", {"dreams": 1, "role": brazilian.guild.create_role("R")}),
        ("exempt", {"role": brazilian.guild.create_role("S")}),
    ):
        interaction = await brazilian.manager.slash(brazilian.general, f"dream-settings {name}", **options)
        assert_all_portuguese(interaction.response)


async def test_the_menus(brazilian):
    message = await brazilian.bob.send(brazilian.general, "no picture")
    interaction = await brazilian.alice.context_menu(brazilian.general, "Dream this", message)
    assert await brazilian.private_text(interaction) == PORTUGUESE("error-no-picture")


async def test_the_original(brazilian):
    answer = await brazilian.complete_dream()
    interaction = await brazilian.alice.click(answer, label="Original")
    assert_all_portuguese(interaction.response)


async def test_the_details(brazilian):
    answer = await brazilian.complete_dream(of="jellyfish", strength=1.5)
    (details,) = all_answers(await brazilian.alice.click(answer, label="Detalhes"))
    assert {"**Sonho com:** água-viva", "**Intensidade:** 1,5"} <= set(text_of(details).splitlines())
    assert_all_portuguese(details)


async def test_a_click_is_answered_in_the_language_of_its_user(brazilian):
    answer = await brazilian.complete_dream(brazilian.bob)
    click = await brazilian.alice.click(answer, label="Original")
    assert text_of(all_answers(click)[-1]).startswith("Esse sonho é de outra pessoa.")
    click = await brazilian.moderator.click(answer, label="Original")
    assert "That dream belongs to someone else." in text_of(all_answers(click)[-1])


async def test_an_answer_after_a_restart_keeps_the_language_of_the_command(brazilian):
    interaction, _ = await brazilian.start_dream()
    brazilian.locales.clear()
    await brazilian.restart(killed=True)
    (await brazilian.script.next_dream()).finish()
    assert_all_portuguese(await brazilian.answer(interaction))


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
