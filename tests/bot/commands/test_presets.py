import io

import pytest
from PIL import Image

from bot.commands.presets import thumbnail
from dream_engine.presets import PRESETS
from fake_discord.simcord_additions import labels_of, parts_of, text_of


async def test_the_first_page_shows_the_first_presets_privately(server):
    interaction = await server.alice.slash(server.general, "presets")
    assert interaction.ephemeral
    text = text_of(interaction.response)
    assert text.startswith("## Presets (1/3)\n**Mild**\nA light touch")
    assert [name for name in PRESETS if f"**{name.capitalize()}**" in text] == list(PRESETS)[:7]
    assert labels_of(interaction.response) == ["Next"]


async def test_every_preset_has_a_picture_with_a_description(server):
    interaction = await server.alice.slash(server.general, "presets")
    thumbnails = [part for part in parts_of(interaction.response) if part["type"] == 11]
    assert [part["description"] for part in thumbnails][:2] == [
        "Example of the preset Mild",
        "Example of the preset Intense",
    ]
    assert [file.filename for file in interaction.response.attachments] == [
        f"{name}.webp" for name in PRESETS
    ][:7]


EXACT = "from the Keras example, number for number"


async def test_classic_does_not_claim_to_be_the_keras_example_on_other_backbones(server):
    text = text_of((await server.alice.slash(server.general, "presets")).response)
    assert "The original DeepDream recipe from the Keras example" in text
    assert EXACT not in text


@pytest.mark.settings(backbone="inception_v3", precision="float32")
async def test_classic_is_the_keras_example_on_its_backbone(server):
    assert EXACT in text_of((await server.alice.slash(server.general, "presets")).response)


@pytest.mark.settings(backbone="inception_v3")
async def test_classic_only_resembles_the_keras_example_below_float32(server):
    assert EXACT not in text_of((await server.alice.slash(server.general, "presets")).response)


async def test_pages_are_turned_in_place(server):
    interaction = await server.alice.slash(server.general, "presets")
    turned = await server.alice.click(interaction.response, label="Next")
    assert turned.response.id == interaction.response.id
    assert text_of(interaction.response).startswith("## Presets (2/3)\n")
    assert [file.filename for file in interaction.response.attachments] == [
        f"{name}.webp" for name in PRESETS
    ][7:14]
    assert labels_of(interaction.response) == ["Back", "Next"]
    await server.alice.click(interaction.response, label="Back")
    assert text_of(interaction.response).startswith("## Presets (1/3)\n")


async def test_pages_are_turned_after_a_restart(server):
    interaction = await server.alice.slash(server.general, "presets")
    await server.restart()
    await server.alice.click(interaction.response, label="Next")
    assert "(2/3)" in text_of(interaction.response)


@pytest.mark.parametrize("preset", PRESETS)
def test_the_thumbnails_are_small(preset):
    image = Image.open(io.BytesIO(thumbnail(preset)))
    assert image.format == "WEBP"
    assert max(image.size) <= 512
    assert len(thumbnail(preset)) < 100_000
