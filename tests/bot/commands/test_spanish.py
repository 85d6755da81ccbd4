"""Users with the locales of Spain and Latin America read only Spanish texts."""

import re

import pytest

from bot.commands import _motion
from bot.delivery.preset_categories import CATEGORIES
from dream_engine.errors import DamagedPictureError, NotAPictureError
from dream_engine.executors.base import DreamCrashedError
from fake_discord.simcord_additions import labels_of, parts_of, text_of
from tests.bot.commands.test_adjust import refusal_of, shown_in, submitted
from tests.bot.simulated_server import all_answers

ENGLISH = re.compile(
    r"\b(the|you|your|this|that|with|from|can't|I'm|of|and|it|dreams?|preset|cancel|seconds?|step|in)\b", re.I
)

COMPARE = "Probar estos cuatro en mi imagen"


@pytest.fixture(params=["es-ES", "es-419"])
def spanish(server, request):
    """A server in which Alice and the manager have a Spanish locale."""
    server.locales[server.alice.id] = server.locales[server.manager.id] = request.param
    return server


def assert_spanish(text):
    assert text
    assert not ENGLISH.search(re.sub(r"`[^`]*`|<[^>]*>|block\S+|https://\S+", "", text)), text


def descriptions_of(message):
    found = []
    for part in parts_of(message):
        found += [part.get("description"), part.get("placeholder")]
        found += [option.get(name) for option in part.get("options", ()) for name in ("label", "description")]
        found += [item.get("description") for item in part.get("items", ())]
    return [text for text in found if text]


def assert_all_spanish(message):
    for text in (text_of(message), *labels_of(message), *descriptions_of(message)):
        assert_spanish(text)


async def test_the_cards_of_a_dream(spanish):
    interaction, dream = await spanish.start_dream()
    waiting = await spanish.submit()
    await spanish.until_shown(waiting, "Tu sueño es el siguiente.")
    assert_all_spanish(waiting.response)
    dream.tell(0.5, left=10.0, preview=b"a preview")
    await spanish.until_shown(interaction, "50%")
    assert_all_spanish(interaction.response)
    dream.finish()
    answer = await spanish.answer(interaction)
    assert_all_spanish(answer)
    assert labels_of(answer) == ["Más profundo", "Repetir", "Ajustar…", "Detalles", "Original", "Eliminar"]


async def test_the_details_of_a_dream(spanish):
    click = await spanish.alice.click(await spanish.complete_dream(of="medusa"), label="Detalles")
    assert_spanish(text_of(all_answers(click)[-1]))
    assert "Detalles: medusa" in text_of(all_answers(click)[-1])


async def test_the_cards_of_a_dream_of_a_thing(spanish):
    interaction, dream = await spanish.start_dream(of="medusa")
    dream.tell(0.5, preview=b"a preview")
    assert "Soñando con: medusa" in await spanish.until_shown(interaction, "50%")
    assert_all_spanish(interaction.response)
    dream.finish()
    assert_all_spanish(await spanish.answer(interaction))


@pytest.mark.parametrize(
    ("thing", "sentence"),
    [
        ("rifle", "Solo sueño con “rifle” en canales con restricción de edad."),
        ("qwertyuiop", "No sé bien a qué te refieres con “qwertyuiop”. Elige algo de la lista"),
        ("medussa", "¿Será algo de esto: medusa"),
    ],
)
async def test_a_thing_that_is_refused(spanish, thing, sentence):
    text = await spanish.private_text(await spanish.submit(of=thing))
    assert_spanish(text)
    assert sentence in text


async def test_a_request_for_a_video_without_video_support(spanish, monkeypatch):
    monkeypatch.setattr(_motion, "has_video_support", lambda: False)
    sentence = await spanish.private_text(await spanish.submit(name="clip.mp4"))
    assert sentence.startswith("Aquí no puedo abrir ni guardar videos.")


async def test_a_cancelled_dream(spanish):
    interaction, dream = await spanish.start_dream()
    dream.tell(0.5)
    await spanish.until_shown(interaction, "50%")
    await spanish.alice.click(interaction.response, label="Cancelar")
    await spanish.until_shown(interaction, "Cancelado: Intenso", "Detuve este sueño.")
    assert_all_spanish(interaction.response)
    await spanish.alice.click(interaction.response, label="Reintentar")
    await spanish.script.next_dream()


async def test_a_failed_dream(spanish):
    interaction, dream = await spanish.start_dream()
    dream.fail(DreamCrashedError("KeyError"))
    text = await spanish.until_shown(interaction, "Algo salió mal de mi lado")
    assert_spanish(text)
    assert re.search("`[0-9a-f]+`", text)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (DamagedPictureError(), "Esa imagen está dañada, incompleta o en un formato poco común"),
        (NotAPictureError(looks_like="a text file", formats="PNG"), "Eso no es una imagen que pueda leer."),
    ],
)
async def test_a_picture_that_is_refused(spanish, error, sentence):
    interaction, dream = await spanish.start_dream()
    dream.fail(error)
    text = await spanish.private_text(interaction)
    assert_spanish(text)
    assert sentence in text


async def test_refusals(spanish):
    await spanish.services.servers.change(spanish.guild.id, lambda _: {"largest_size": 1024})
    text = await spanish.private_text(await spanish.submit(size=1500))
    assert text == "El tamaño máximo aquí es de 1024 píxeles."
    for _ in range(3):
        await spanish.complete_dream()
    text = await spanish.private_text(await spanish.submit())
    assert_spanish(text)
    assert text.startswith("Por ahora no te quedan sueños.")


async def test_the_presets(spanish):
    interaction = await spanish.alice.slash(spanish.general, "presets")
    assert "Estilos: DeepDream clásico" in text_of(interaction.response)
    (select,) = [
        part for part in parts_of(interaction.response) if part.get("custom_id") == "presets:category"
    ]
    for category in (*list(CATEGORIES)[1:], next(iter(CATEGORIES))):
        await spanish.alice.select(interaction.response, [category], custom_id=select["custom_id"])
        assert_all_spanish(interaction.response)


async def test_a_comparison_of_presets(spanish):
    gallery = (await spanish.alice.slash(spanish.general, "presets")).response
    refusal = await spanish.private_text(await spanish.alice.click(gallery, label=COMPARE))
    assert refusal.startswith("No tengo ninguna imagen tuya con la que soñar.")
    await spanish.complete_dream()
    interaction = await spanish.alice.click(gallery, label=COMPARE)
    assert_all_spanish(interaction.response)
    for _ in range(4):
        (await spanish.script.next_dream()).finish()
    await spanish.until(lambda: interaction.response.attachments)
    assert_all_spanish(interaction.response)
    again = await spanish.private_text(await spanish.alice.click(gallery, label=COMPARE))
    assert again.startswith("Puedes comparar estilos una vez por minuto.")


async def test_the_queue(spanish):
    answer = (await spanish.alice.slash(spanish.general, "queue")).response
    assert "No tienes sueños en curso." in text_of(answer)
    await spanish.start_dream()
    await spanish.submit()
    answer = (await spanish.alice.slash(spanish.general, "queue")).response
    assert_all_spanish(answer)
    assert "puesto 1 de la cola" in text_of(answer)
    assert "En total: 1 en espera, 1 en curso" in text_of(answer)


@pytest.mark.settings(support_url="https://a.example/", privacy_url="https://b.example/")
@pytest.mark.parametrize(
    ("command", "title"),
    [("help", "Cómo soñar conmigo"), ("privacy", "Tu privacidad")],
    ids=["help", "privacy"],
)
async def test_the_pages_of_help_and_privacy(spanish, command, title):
    page = (await spanish.manager.slash(spanish.general, command)).response
    assert title in text_of(page)
    assert_all_spanish(page)


async def test_forgetting(spanish):
    for answer in ("Conservar", "Eliminar todo"):
        asked = await spanish.alice.slash(spanish.general, "forget-me")
        assert_all_spanish(asked.response)
        assert_all_spanish((await spanish.alice.click(asked.response, label=answer)).response)


async def test_deleting(spanish):
    dream = await spanish.complete_dream()
    for answer in ("Conservar", "Eliminar"):
        (question,) = (await spanish.alice.click(dream, label="Eliminar")).followups
        assert "¿Eliminar este sueño para todo el mundo?" in text_of(question)
        assert_all_spanish(question)
        assert_all_spanish((await spanish.alice.click(question, label=answer)).response)


async def test_the_settings(spanish):
    for name, options in (
        ("show", {}),
        ("switch", {"on": False}),
        ("sharing", {"on": False}),
        ("channel", {"channel": spanish.general}),
        ("preset", {"preset": "webs"}),
        ("size", {"size": 512}),
        ("limits", {"dreams": 1, "role": spanish.guild.create_role("R")}),
        ("exempt", {"role": spanish.guild.create_role("S")}),
    ):
        interaction = await spanish.manager.slash(spanish.general, f"dream-settings {name}", **options)
        assert_all_spanish(interaction.response)


async def test_the_form_that_adjusts_a_dream(spanish):
    form = await spanish.alice.click(await spanish.complete_dream(size=128, seed=5), label="Ajustar…")
    assert_spanish(form.modal["title"])
    for label in form.modal["components"]:
        texts = [label["label"], label.get("description"), label["component"].get("placeholder")]
        options = label["component"].get("options", ())
        texts += [option.get(name) for option in options for name in ("label", "description")]
        for text in filter(None, texts):
            assert_spanish(text)
    assert shown_in(form)["numbers"] == "Tamaño: 128\nSemilla: 5"
    await submitted(spanish, form, of="pavo real", numbers="Tamaño: 64\nSemilla: 7")
    settings = (await spanish.script.next_dream()).request.settings
    assert (settings.size, settings.seed) == (64, 7)


@pytest.mark.parametrize(
    ("numbers", "sentence"),
    [
        ("Tamaño: 5", "“5” no es válido para la opción tamaño. Usa un número entero de 32 a 2048."),
        ("Ancho: 3", "No entiendo “Ancho: 3”. Escribe cada valor en su propia línea, como “Tamaño: "),
    ],
    ids=["size", "line"],
)
async def test_numbers_of_the_form_that_are_refused(spanish, numbers, sentence):
    form = await spanish.alice.click(await spanish.complete_dream(), label="Ajustar…")
    refusal = await refusal_of(spanish, await submitted(spanish, form, numbers=numbers))
    assert_spanish(refusal)
    assert sentence in refusal


async def test_the_menus(spanish):
    message = await spanish.bob.send(spanish.general, "no picture")
    answer = await spanish.alice.context_menu(spanish.general, "Dream this", message)
    assert await spanish.private_text(answer) == "No encuentro ninguna imagen en ese mensaje."


async def test_a_click_is_answered_in_the_language_of_its_user(spanish):
    answer = await spanish.complete_dream(spanish.bob)
    click = await spanish.alice.click(answer, label="Original")
    assert_spanish(text_of(all_answers(click)[-1]))


async def test_an_answer_after_a_restart_keeps_the_language_of_the_command(spanish):
    interaction, _ = await spanish.start_dream()
    spanish.locales.clear()
    await spanish.restart(killed=True)
    (await spanish.script.next_dream()).finish()
    assert_all_spanish(await spanish.answer(interaction))
