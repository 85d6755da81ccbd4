"""Users whose locale is not English read only texts of their language, and other users none of them."""

import re

import pytest

from bot.commands import _motion
from bot.delivery.preset_categories import CATEGORIES
from bot.texts import packaged_catalogue
from dream_engine.errors import DamagedPictureError, NotAPictureError
from dream_engine.executors.base import DreamCrashedError
from fake_discord.simcord_additions import labels_of, parts_of, text_of
from tests.bot.commands.languages import LANGUAGES, english_words, words_of
from tests.bot.commands.test_adjust import shown_in, submitted
from tests.bot.simulated_server import all_answers
from tests.moving import moving


@pytest.fixture(params=LANGUAGES, ids=lambda language: language.locale)
def language(request):
    return request.param


@pytest.fixture
def foreign(server, language):
    """A server in which Alice and the manager have the locale of the language."""
    server.locales[server.alice.id] = server.locales[server.manager.id] = language.locale
    return server


def test_every_language_of_the_bot_is_tested():
    assert {language.catalogue for language in LANGUAGES} == set(packaged_catalogue().languages) - {"en"}


def test_english_texts_are_told_from_others(language):
    for sentence in ("You're next.", "That file is empty.", "Reroll", "Try another preset…"):
        assert words_of(sentence) & english_words(language.catalogue)
        with pytest.raises(AssertionError):
            language.check(sentence)
    assert len(english_words(language.catalogue)) > 400


async def test_the_cards_of_a_dream(foreign, language):
    interaction, dream = await foreign.start_dream()
    waiting = await foreign.submit()
    await foreign.until_shown(waiting, language.says["next"])
    language.check_all(waiting.response)
    dream.tell(0.5, left=10.0, preview=b"a preview")
    await foreign.until_shown(interaction, "50%")
    language.check_all(interaction.response)
    dream.finish()
    answer = await foreign.answer(interaction)
    language.check_all(answer)
    names = ("deeper", "again", "adjust", "details", "original", "delete")
    assert labels_of(answer) == [language.texts(f"button-{name}") for name in names]


async def test_the_cards_of_a_dream_of_a_thing(foreign, language):
    interaction, dream = await foreign.start_dream(of=language.typed_thing)
    assert (await foreign.only_job()).options.of == "jellyfish"
    dream.tell(0.5, preview=b"a preview")
    assert language.thing in await foreign.until_shown(interaction, "50%")
    language.check_all(interaction.response)
    dream.finish()
    language.check_all(await foreign.answer(interaction))


@pytest.mark.settings(burst=20, waiting=20, default_size=64)
async def test_the_cards_of_a_motion(foreign, language):
    interaction = await foreign.submit(content=moving(), name="wander.gif")
    chunk = await foreign.script.next_chunk()
    chunk.finish(4)
    shown = await foreign.until_shown(interaction, language.texts("card-frame", frame=4, frames=8))
    assert language.texts("card-price-started", price=2, refund=1)[:10] in shown
    language.check_all(interaction.response)
    chunk.finish(2)
    (await foreign.script.next_chunk()).finish()
    language.check_all(await foreign.answer(interaction))


async def test_the_details_of_a_dream(foreign, language):
    answer = await foreign.complete_dream(of="jellyfish", strength=1.5)
    click = await foreign.alice.click(answer, label=language.texts("button-details"))
    (details,) = all_answers(click)
    assert language.thing in text_of(details)
    assert language.texts("details-strength", strength=1.5) in text_of(details).splitlines()
    assert language.says["strength"] in text_of(details)
    language.check_all(details)


@pytest.mark.parametrize("thing", ["rifle", "qwertyuiop", "xyzzy"])
async def test_a_thing_that_is_refused(foreign, language, thing):
    sentence = await foreign.private_text(await foreign.submit(of=thing))
    assert language.texts.thing(thing) in sentence
    language.check(sentence.replace(thing, ""))


async def test_a_misspelled_thing_is_refused_with_a_suggestion(foreign, language):
    sentence = await foreign.private_text(await foreign.submit(of=language.misspelled_thing))
    assert language.thing in sentence
    language.check(sentence.replace(language.misspelled_thing, ""))


async def test_a_request_for_a_video_without_video_support(foreign, language, monkeypatch):
    monkeypatch.setattr(_motion, "has_video_support", lambda: False)
    sentence = await foreign.private_text(await foreign.submit(name="clip.mp4"))
    assert sentence.startswith(language.says["video"])


async def test_a_cancelled_dream(foreign, language):
    interaction, dream = await foreign.start_dream()
    dream.tell(0.5)
    await foreign.until_shown(interaction, "50%")
    await foreign.alice.click(interaction.response, label=language.texts("button-cancel"))
    await foreign.until_shown(interaction, language.says["cancelled"], language.says["stopped"])
    language.check_all(interaction.response)
    await foreign.alice.click(interaction.response, label=language.texts("button-retry"))
    await foreign.script.next_dream()


async def test_a_failed_dream(foreign, language):
    interaction, dream = await foreign.start_dream()
    dream.fail(DreamCrashedError("KeyError"))
    text = await foreign.until_shown(interaction, language.says["failed"])
    language.check(text)
    assert re.search("`[0-9a-f]+`", text)


@pytest.mark.parametrize(
    ("error", "about"),
    [
        (DamagedPictureError(), "damaged"),
        (NotAPictureError(looks_like="a text file", formats="PNG and GIF"), "not a picture"),
    ],
    ids=["damaged", "text"],
)
async def test_a_picture_that_is_refused(foreign, language, error, about):
    interaction, dream = await foreign.start_dream()
    dream.fail(error)
    text = await foreign.private_text(interaction)
    language.check(text)
    assert language.says[about] in text


async def test_refusals(foreign, language):
    await foreign.services.servers.change(foreign.guild.id, lambda _: {"largest_size": 256})
    sentence = await foreign.private_text(await foreign.submit(size=512))
    assert sentence == language.says["size"]
    for _ in range(3):
        await foreign.complete_dream()
    sentence = await foreign.private_text(await foreign.submit())
    assert sentence.startswith(language.says["rate"])
    language.check(sentence)


async def test_the_presets(foreign, language):
    interaction = await foreign.alice.slash(foreign.general, "presets")
    assert language.says["gallery"] in text_of(interaction.response)
    language.check_all(interaction.response)
    (select,) = [
        part for part in parts_of(interaction.response) if part.get("custom_id") == "presets:category"
    ]
    for category in (*list(CATEGORIES)[1:], next(iter(CATEGORIES))):
        await foreign.alice.select(interaction.response, [category], custom_id=select["custom_id"])
        language.check_all(interaction.response)


async def test_a_comparison_of_presets(foreign, language):
    gallery = (await foreign.alice.slash(foreign.general, "presets")).response
    button = language.texts("button-compare")
    refusal = await foreign.private_text(await foreign.alice.click(gallery, label=button))
    assert refusal.startswith(language.says["no last picture"])
    language.check(refusal)
    await foreign.complete_dream()
    interaction = await foreign.alice.click(gallery, label=button)
    language.check_all(interaction.response)
    for _ in range(4):
        (await foreign.script.next_dream()).finish()
    await foreign.until(lambda: interaction.response.attachments)
    language.check_all(interaction.response)
    again = await foreign.private_text(await foreign.alice.click(gallery, label=button))
    assert again.startswith(language.says["comparison rate"])
    language.check(again)


async def test_the_queue(foreign, language):
    answer = (await foreign.alice.slash(foreign.general, "queue")).response
    language.check_all(answer)
    await foreign.start_dream()
    await foreign.submit()
    answer = (await foreign.alice.slash(foreign.general, "queue")).response
    language.check_all(answer)
    assert language.says["place"] in text_of(answer)
    assert language.texts("queue-load", waiting=1, dreaming=1) in text_of(answer)


@pytest.mark.settings(support_url="https://a.example/", privacy_url="https://b.example/")
@pytest.mark.parametrize("command", ["help", "privacy"])
async def test_the_pages_of_help_and_privacy(foreign, language, command):
    page = (await foreign.manager.slash(foreign.general, command)).response
    assert language.says[command] in text_of(page)
    language.check_all(page)


async def test_forgetting(foreign, language):
    for answer in ("keep", "forget"):
        asked = await foreign.alice.slash(foreign.general, "forget-me")
        language.check_all(asked.response)
        click = await foreign.alice.click(asked.response, label=language.texts(f"button-{answer}"))
        language.check_all(click.response)


async def test_deleting(foreign, language):
    dream = await foreign.complete_dream()
    delete = language.texts("button-delete")
    for answer in (language.texts("button-keep"), delete):
        (question,) = (await foreign.alice.click(dream, label=delete)).followups
        assert language.says["delete"] in text_of(question)
        language.check_all(question)
        language.check_all((await foreign.alice.click(question, label=answer)).response)


async def test_the_form_that_adjusts_a_dream(foreign, language):
    answer = await foreign.complete_dream(of="jellyfish", size=128, seed=5)
    form = await foreign.alice.click(answer, label=language.texts("button-adjust"))
    assert form.modal["title"] == language.says["form"]
    for label in form.modal["components"]:
        field = label["component"]
        options = field.get("options", ())
        shown = [label["label"], label.get("description"), field.get("placeholder")]
        shown += [option.get(name) for option in options for name in ("label", "description")]
        for text in filter(None, shown):
            if re.search(r"[^\W\d_]", text):
                language.check(text)
    assert shown_in(form)["numbers"] == language.numbers
    numbers = language.numbers.replace("128", "64").replace(": 5", ": 7")
    await submitted(foreign, form, of=language.typed_thing, numbers=numbers)
    settings = (await foreign.script.next_dream()).request.settings
    assert (settings.size, settings.seed, settings.classes) == (64, 7, (("jellyfish", 1.0),))


async def test_values_of_the_form_that_are_refused(foreign, language):
    answer = await foreign.complete_dream()
    too_small = language.numbers.splitlines()[0].replace("128", "5")
    for numbers, about in ((too_small, "bad number"), (language.unknown_line, "bad line")):
        form = await foreign.alice.click(answer, label=language.texts("button-adjust"))
        (refusal,) = all_answers(await submitted(foreign, form, numbers=numbers))
        assert refusal.ephemeral
        assert language.says[about] in text_of(refusal)
        language.check(text_of(refusal))


async def test_the_settings(foreign, language):
    for name, options in (
        ("show", {}),
        ("switch", {"on": False}),
        ("sharing", {"on": False}),
        ("channel", {"channel": foreign.general}),
        ("preset", {"preset": "webs"}),
        ("size", {"size": 512}),
        ("limits", {"dreams": 1, "role": foreign.guild.create_role("R")}),
        ("exempt", {"role": foreign.guild.create_role("S")}),
    ):
        interaction = await foreign.manager.slash(foreign.general, f"dream-settings {name}", **options)
        language.check_all(interaction.response)


async def test_the_menus(foreign, language):
    message = await foreign.bob.send(foreign.general, "no picture")
    answer = await foreign.alice.context_menu(foreign.general, "Dream this", message)
    sentence = await foreign.private_text(answer)
    assert sentence == language.texts("error-no-picture")
    assert sentence.startswith(language.says["no picture"])
    language.check(sentence)


async def test_the_original(foreign, language):
    answer = await foreign.complete_dream()
    interaction = await foreign.alice.click(answer, label=language.texts("button-original"))
    language.check_all(interaction.response)


async def test_a_click_is_answered_in_the_language_of_its_user(foreign, language):
    answer = await foreign.complete_dream(foreign.bob)
    click = await foreign.alice.click(answer, label="Original")
    assert text_of(all_answers(click)[-1]).startswith(language.says["not yours"])
    language.check(text_of(all_answers(click)[-1]))
    click = await foreign.moderator.click(answer, label="Original")
    assert "That dream belongs to someone else." in text_of(all_answers(click)[-1])


async def test_an_answer_after_a_restart_keeps_the_language_of_the_command(foreign, language):
    interaction, _ = await foreign.start_dream()
    foreign.locales.clear()
    await foreign.restart(killed=True)
    (await foreign.script.next_dream()).finish()
    language.check_all(await foreign.answer(interaction))
