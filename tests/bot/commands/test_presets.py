import io

import pytest
from PIL import Image

from bot.commands.presets import thumbnail
from dream_engine.presets import PRESETS
from fake_discord.simcord_additions import labels_of, parts_of, text_of


async def test_the_first_page_shows_half_of_them_privately(server):
    asked = await server.alice.slash(server.square, "presets")
    assert asked.ephemeral
    text = text_of(asked.response)
    assert text.startswith("## Presets, page 1 of 2\n**Mild**\nA light touch")
    assert [name for name in PRESETS if f"**{name.capitalize()}**" in text] == list(PRESETS)[:7]
    assert labels_of(asked.response) == ["Next"]


async def test_every_preset_has_a_picture_with_a_description(server):
    asked = await server.alice.slash(server.square, "presets")
    thumbnails = [part for part in parts_of(asked.response) if part["type"] == 11]
    assert [part["description"] for part in thumbnails][:2] == [
        "An example of the preset Mild",
        "An example of the preset Intense",
    ]
    assert [file.filename for file in asked.response.attachments] == [f"{name}.webp" for name in PRESETS][:7]


EXACT = "as the Keras example has it, number for number"


async def test_classic_claims_no_more_than_is_true_of_the_network(server):
    text = text_of((await server.alice.slash(server.square, "presets")).response)
    assert "DeepDream with the octaves, steps and step size of the Keras example" in text
    assert EXACT not in text


@pytest.mark.settings(backbone="inception_v3", precision="float32")
async def test_classic_is_the_keras_example_on_the_network_of_that(server):
    assert EXACT in text_of((await server.alice.slash(server.square, "presets")).response)


@pytest.mark.settings(backbone="inception_v3")
async def test_where_it_computes_in_less_than_float32_it_only_resembles_that(server):
    assert EXACT not in text_of((await server.alice.slash(server.square, "presets")).response)


async def test_pages_are_turned_in_place(server):
    asked = await server.alice.slash(server.square, "presets")
    turned = await server.alice.click(asked.response, label="Next")
    assert turned.response.id == asked.response.id
    assert text_of(asked.response).startswith("## Presets, page 2 of 2\n")
    assert [file.filename for file in asked.response.attachments] == [f"{name}.webp" for name in PRESETS][7:]
    assert labels_of(asked.response) == ["Back"]
    await server.alice.click(asked.response, label="Back")
    assert text_of(asked.response).startswith("## Presets, page 1 of 2\n")


async def test_pages_are_turned_after_a_restart(server):
    asked = await server.alice.slash(server.square, "presets")
    await server.restart()
    await server.alice.click(asked.response, label="Next")
    assert "page 2 of 2" in text_of(asked.response)


@pytest.mark.parametrize("preset", PRESETS)
def test_the_pictures_are_small(preset):
    image = Image.open(io.BytesIO(thumbnail(preset)))
    assert image.format == "WEBP"
    assert max(image.size) <= 512
    assert len(thumbnail(preset)) < 100_000
