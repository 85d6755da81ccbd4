"""`/dream of:` on the wire: its completion, its cards, its buttons and its refusal."""

import re

import numpy as np
import pytest

from dream_engine import image_classes
from fake_discord.inspection import DREAM, has_dream, pixels, private_answer

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("bot")]

INSTANT = {"iterations": 1, "octaves": 1}


def thing_select(state) -> str:
    """The custom id of the select of other things."""
    (custom_id,) = [
        select["custom_id"] for select in state.selects if select["custom_id"].startswith("dream:thing:")
    ]
    return custom_id


def thing_of(state) -> str:
    return re.match(r"\*\*(.*)\*\* · dreamed in", state.text)[1]


def job_of(state) -> str:
    return DREAM.fullmatch(state.attachments[0].filename)[1]


async def test_a_dream_of_a_thing_says_so_and_again_and_deeper_keep_it(discord, person, picture, small_cat):
    dream = await discord.slash("dream", {"image": picture, "of": "jellyfish"} | INSTANT, user=person)
    first = await dream.until(has_dream)
    assert first.text.startswith("**jellyfish** · dreamed in")
    description = "A picture with jellyfish growing out of it, 120 × 80 pixels"
    assert first.attachments[0].description == description
    assert not np.array_equal(pixels(first.attachments[0].data), pixels(small_cat))
    assert [button["label"] for button in first.buttons] == [
        "Deeper",
        "Reroll",
        "Adjust…",
        "Details",
        "Original",
        "Delete",
    ]
    again = await (await discord.click(dream.message, "Reroll", user=person)).until(has_dream)
    deeper = await (await discord.click(dream.message, "Deeper", user=person)).until(has_dream)
    assert [thing_of(state) for state in (first, again, deeper)] == ["jellyfish"] * 3
    assert len({job_of(state) for state in (first, again, deeper)}) == 3


async def test_another_thing_can_be_selected_below_a_dream(discord, person, picture):
    dream = await discord.slash(
        "dream", {"image": picture, "of": "해파리"} | INSTANT, user=person, locale="ko"
    )
    select = thing_select(await dream.until(has_dream))
    assert re.fullmatch(r"dream:thing:[0-9a-f]{16}:[0-9a-f]{16}", select)
    other = await discord.select(dream.message, select, ["goldfish"], user=person)
    state = await other.until(has_dream)
    assert thing_of(state) == "goldfish"
    offered = [option["value"] for option in state.control(thing_select(state))["options"]]
    assert "jellyfish" in offered
    assert "goldfish" not in offered


@pytest.mark.parametrize(
    ("typed", "locale", "first"),
    [
        ("", "en-US", ("jellyfish", "jellyfish")),
        ("jelly", "en-US", ("jellyfish", "jellyfish")),
        ("해파", "ko", ("해파리", "jellyfish")),
    ],
    ids=["nothing", "English", "Korean"],
)
async def test_the_thing_is_completed(discord, person, typed, locale, first):
    asked = await discord.autocomplete("dream", "of", typed, user=person, locale=locale)
    acknowledgement = await asked.acknowledged()
    assert acknowledgement.type == 8
    assert acknowledgement.seconds < 3
    choices = acknowledgement.choices
    assert list(choices.items())[:1] == [first]
    assert 1 <= len(choices) <= 25
    assert all(image_classes.get(value).name == value for value in choices.values())


async def test_an_unknown_thing_is_refused_with_a_suggestion(discord, person, picture):
    dream = await discord.slash("dream", {"image": picture, "of": "jelyfish"} | INSTANT, user=person)
    assert await private_answer(dream) == (
        "I'm not sure what you mean by “jelyfish”. Did you mean one of these: jellyfish?"
    )
