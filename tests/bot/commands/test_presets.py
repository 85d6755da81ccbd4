"""The gallery of presets, and its selects."""

import io
import sys

import pytest
from discord import ui
from PIL import Image

from bot.commands.presets import thumbnail
from bot.delivery import cards
from bot.delivery.numbering import numbered
from bot.delivery.preset_categories import CATEGORIES, GROUPS
from bot.models import State
from dream_engine.presets import PRESETS
from fake_discord.simcord_additions import labels_of, parts_of, text_of
from tests.bot.simulated_server import all_answers, picture

SELECT, GALLERY = 3, 12


def select_of(message, prefix):
    """Return a message's select whose custom id begins with a prefix."""
    (select,) = [part for part in parts_of(message) if part.get("custom_id", "").startswith(prefix)]
    return select


async def gallery(server, member=None):
    """Use ``/presets``; returns the message."""
    return (await (member or server.alice).slash(server.general, "presets")).response


async def choose(server, message, prefix, value, member=None):
    """Choose a value in a select."""
    custom_id = select_of(message, prefix)["custom_id"]
    return await (member or server.alice).select(message, [value], custom_id=custom_id)


async def refused(click):
    """Return the private refusal of a click."""
    (refusal,) = [message for message in all_answers(click) if message.ephemeral]
    return text_of(refusal)


def test_every_preset_is_in_one_category():
    assert sorted(name for category in CATEGORIES.values() for name in category) == sorted(PRESETS)


def test_every_group_fills_a_grid_of_large_pictures():
    assert {len(presets) for presets in GROUPS.values()} == {4}
    assert all(set(presets) <= set(PRESETS) for presets in GROUPS.values())


async def test_the_gallery_shows_the_first_category_privately(server):
    interaction = await server.alice.slash(server.general, "presets")
    assert interaction.ephemeral
    text = text_of(interaction.response)
    assert text.startswith("## Presets: Classic DeepDream\n**1 · Mild**\nA light touch")
    assert [name for name in PRESETS if f"· {name.capitalize()}**" in text] == list(CATEGORIES["dreamlike"])
    assert labels_of(interaction.response) == ["Try these four on my picture"]


async def test_every_picture_has_a_number_and_a_description(server):
    shown = await gallery(server)
    (grid,) = [part for part in parts_of(shown) if part["type"] == GALLERY]
    assert [item["description"] for item in grid["items"]] == [
        "1: Example of the preset Mild",
        "2: Example of the preset Intense",
        "3: Example of the preset Classic",
        "4: Example of the preset Camouflage",
    ]
    assert [file.filename for file in shown.attachments] == [
        f"{name}.webp" for name in CATEGORIES["dreamlike"]
    ]


EXACT = "from the Keras example, number for number"


async def test_classic_does_not_claim_to_be_the_keras_example_on_other_backbones(server):
    text = text_of(await gallery(server))
    assert "The original DeepDream recipe from the Keras example" in text
    assert EXACT not in text


@pytest.mark.settings(backbone="inception_v3", precision="float32")
async def test_classic_is_the_keras_example_on_its_backbone(server):
    assert EXACT in text_of(await gallery(server))


@pytest.mark.settings(backbone="inception_v3")
async def test_classic_only_resembles_the_keras_example_below_float32(server):
    assert EXACT not in text_of(await gallery(server))


async def test_a_category_is_chosen_in_place(server):
    shown = await gallery(server)
    others = select_of(shown, "presets:category")["options"]
    assert others[0]["label"] == "Creatures"
    assert others[0]["description"] == "Animals, Eyes, Fur, Storybook"
    assert [other["value"] for other in others] == list(CATEGORIES)[1:]
    for category in ("creatures", "art", "dreamlike"):
        turned = await choose(server, shown, "presets:category", category)
        assert turned.response.id == shown.id
        assert [file.filename for file in turned.response.attachments] == [
            f"{name}.webp" for name in CATEGORIES[category]
        ]


async def test_a_category_is_chosen_after_a_restart(server):
    shown = await gallery(server)
    await server.restart()
    turned = await choose(server, shown, "presets:category", "patterns")
    assert text_of(turned.response).startswith("## Presets: Patterns\n**1 · Ribbons**")


async def test_a_preset_is_used_on_the_picture_of_the_last_dream(server):
    first, last = picture(colour="red"), picture(colour="navy")
    await server.complete_dream(content=first)
    await server.complete_dream(content=last, preset="glass", strength=2.0, iterations=7, size=64)
    shown = await choose(server, await gallery(server), "presets:category", "patterns")
    interaction = await choose(server, shown.response, "presets:use", "mosaic")
    dream = await server.script.next_dream()
    assert (dream.request.source, dream.request.preset) == (last, "mosaic")
    assert (
        dream.request.settings.iterations == PRESETS["mosaic"].settings_for("efficientnet_lite0").iterations
    )
    assert dream.request.settings.size == 64
    dream.finish()
    answer = await server.answer(interaction)
    assert not answer.ephemeral
    assert "**Mosaic**" in text_of(answer)


async def test_a_preset_is_used_after_a_restart(server):
    await server.complete_dream()
    shown = await gallery(server)
    await server.restart()
    await choose(server, shown, "presets:use", "intense")
    assert (await server.script.next_dream()).request.preset == "intense"


async def test_the_picture_of_a_dream_that_still_waits_can_be_used(server):
    await server.start_dream(preset="glass")
    await choose(server, await gallery(server), "presets:use", "intense")
    jobs = await server.services.store.of_user(server.alice.id, State.RUNNING, State.QUEUED)
    assert [job.options.preset for job in jobs] == ["glass", "intense"]
    assert jobs[0].source == jobs[1].source


@pytest.mark.parametrize("dreamed_elsewhere", [False, True])
async def test_without_a_picture_the_user_learns_how_to_get_one(server, dreamed_elsewhere):
    if dreamed_elsewhere:
        await server.complete_dream(server.bob)
    click = await choose(server, await gallery(server), "presets:use", "intense")
    told = await refused(click)
    assert told.startswith("I don't have a picture of yours to dream on. Start with </dream:")
    assert "</presets:" in told


async def test_a_private_picture_stays_private(server):
    await server.complete_dream(private=True)
    interaction = await choose(server, await gallery(server), "presets:use", "intense")
    assert interaction.ephemeral
    (await server.script.next_dream()).finish()
    assert (await server.answer(interaction)).ephemeral


async def test_a_private_picture_that_came_after_the_gallery_is_not_used_in_public(server):
    public, private = picture(colour="red"), picture(colour="navy")
    await server.complete_dream(content=public)
    shown = await gallery(server)
    await server.complete_dream(content=private, private=True)
    interaction = await choose(server, shown, "presets:use", "intense")
    assert not interaction.ephemeral
    assert (await server.script.next_dream()).request.source == public


async def test_a_picture_from_another_server_stays_private(server):
    await server.complete_dream()
    elsewhere = server.env.create_guild("Elsewhere")
    channel = elsewhere.create_text_channel("there")
    alice = elsewhere.add_member(server.alice.user)
    shown = (await alice.slash(channel, "presets")).response
    assert select_of(shown, "presets:use")["custom_id"] == "presets:use:private"


async def test_a_spoiler_stays_one(server):
    await server.complete_dream(spoiler=True)
    interaction = await choose(server, await gallery(server), "presets:use", "intense")
    (await server.script.next_dream()).finish()
    assert (await server.answer(interaction)).attachments[0].filename.startswith("SPOILER_")


@pytest.mark.parametrize(
    ("button", "category"), [("presets:next:2", "Worlds"), ("presets:back:0", "Classic DeepDream")]
)
async def test_the_buttons_of_earlier_versions_show_a_category(server, monkeypatch, button, category):
    def earlier_page(*_, **__):
        row = ui.ActionRow(ui.Button(label="Next", custom_id=button))
        return cards.Card(cards.layout(ui.Container(row)))

    with monkeypatch.context() as patch:
        patch.setattr(sys.modules["bot.commands.presets"], "gallery", earlier_page)
        shown = await gallery(server)
    turned = await server.alice.click(shown, label="Next")
    assert turned.response.id == shown.id
    assert text_of(turned.response).startswith(f"## Presets: {category}\n")


@pytest.mark.parametrize("preset", PRESETS)
def test_the_thumbnails_are_small(preset):
    image = Image.open(io.BytesIO(thumbnail(preset)))
    assert image.format == "WEBP"
    assert image.size == (450, 300)
    assert len(thumbnail(preset)) < 50_000


async def test_the_numbers_are_drawn_once_however_often_the_gallery_is_shown(server, monkeypatch):
    module = sys.modules["bot.commands.presets"]
    drawn = []

    def numbered_and_counted(content, number):
        drawn.append(number)
        return numbered(content, number)

    monkeypatch.setattr(module, "numbered", numbered_and_counted)
    module._examples.cache_clear()
    try:
        shown = [await gallery(server) for _ in range(2)]
        await choose(server, shown[0], "presets:category", "art")
        await choose(server, shown[0], "presets:category", next(iter(CATEGORIES)))
        presets = [*CATEGORIES[next(iter(CATEGORIES))], *CATEGORIES["art"]]
        assert len(drawn) == len(presets)
    finally:
        module._examples.cache_clear()
