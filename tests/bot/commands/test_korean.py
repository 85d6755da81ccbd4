"""Somebody whose Discord speaks Korean reads Korean everywhere, and nobody else does."""

import re

import pytest

from dream_engine.errors import DamagedPictureError, NotAPictureError
from dream_engine.executors.base import DreamCrashedError
from fake_discord.simcord_additions import labels_of, parts_of, text_of
from tests.bot.simulated_server import all_answers

HANGUL = re.compile("[가-힣]")
OURS = re.compile(r"`[^`]*`|https://\S+|<\S+>|block\S+|[A-Z]{3,}|WebP")
"""What is no word of any language: commands, links, moments, layers, formats."""


@pytest.fixture
def korean(server):
    """Alice, who speaks Korean."""
    server.locales[server.alice.id] = server.locales[server.manager.id] = "ko"
    return server


def assert_korean(text):
    assert HANGUL.search(text), text
    assert not re.search(r"[A-Za-z]{3,}", OURS.sub("", text)), text


def descriptions_of(message):
    found = []
    for part in parts_of(message):
        found += [part.get("description"), part.get("placeholder")]
        found += [option[name] for option in part.get("options", ()) for name in ("label", "description")]
        found += [item.get("description") for item in part.get("items", ())]
    return [text for text in found if text]


def assert_all_korean(message):
    for text in (text_of(message), *labels_of(message), *descriptions_of(message)):
        assert_korean(text)


async def test_the_cards_of_a_dream(korean):
    asked, dream = await korean.begun()
    waiting = await korean.submit()
    await korean.says(waiting, "바로 다음 차례")
    assert_all_korean(waiting.response)
    dream.tell(0.5, left=10.0, preview=b"a preview")
    await korean.says(asked, "50%")
    assert_all_korean(asked.response)
    dream.finish()
    assert_all_korean(await korean.answer(asked))


async def test_a_cancelled_dream(korean):
    asked, dream = await korean.begun()
    dream.tell(0.5)
    await korean.says(asked, "50%")
    await korean.alice.click(asked.response, label="취소")
    await korean.says(asked, "취소됐어요")
    assert_all_korean(asked.response)


async def test_a_dream_that_we_failed(korean):
    asked, dream = await korean.begun()
    dream.fail(DreamCrashedError("KeyError"))
    assert_korean(re.sub("`[0-9a-f]+`", "", await korean.says(asked, "문제가 생겨")))


@pytest.mark.parametrize(
    "error", [DamagedPictureError(), NotAPictureError(looks_like="a text", formats="PNG")]
)
async def test_a_picture_that_is_refused(korean, error):
    asked, dream = await korean.begun()
    dream.fail(error)
    assert_korean(await korean.whispers(asked))


async def test_refusals(korean):
    assert_korean(await korean.whispers(await korean.submit(size=4096)))
    for _ in range(3):
        await korean.dreamed()
    assert_korean(await korean.whispers(await korean.submit()))


async def test_the_presets(korean):
    asked = await korean.alice.slash(korean.square, "presets")
    assert_all_korean(asked.response)
    await korean.alice.click(asked.response, label="다음")
    assert_all_korean(asked.response)


async def test_the_queue(korean):
    assert_all_korean((await korean.alice.slash(korean.square, "queue")).response)
    await korean.begun()
    await korean.submit()
    assert_all_korean((await korean.alice.slash(korean.square, "queue")).response)


async def test_forgetting(korean):
    assert_all_korean((await korean.alice.slash(korean.square, "forget-me")).response)


async def test_the_settings(korean):
    for name, options in (
        ("show", {}),
        ("switch", {"on": False}),
        ("channel", {"channel": korean.square}),
        ("preset", {"preset": "webs"}),
        ("size", {"size": 512}),
        ("limits", {"dreams": 1, "role": korean.guild.create_role("R")}),
        ("exempt", {"role": korean.guild.create_role("S")}),
    ):
        asked = await korean.manager.slash(korean.square, f"dream-settings {name}", **options)
        assert_all_korean(asked.response)


async def test_the_menus(korean):
    message = await korean.bob.send(korean.square, "no picture")
    assert_korean(
        await korean.whispers(await korean.alice.context_menu(korean.square, "Dream this", message))
    )


async def test_the_original(korean):
    answer = await korean.dreamed()
    asked = await korean.alice.click(answer, label="원본")
    assert_all_korean(asked.response)


async def test_who_clicks_is_answered_in_their_own_language(korean):
    answer = await korean.dreamed(korean.bob)
    click = await korean.alice.click(answer, label="Again")
    assert_korean(text_of(all_answers(click)[-1]))
    click = await korean.moderator.click(answer, label="Again")
    assert "That belongs to somebody else." in text_of(all_answers(click)[-1])


async def test_an_answer_after_a_restart_is_in_the_language_of_the_question(korean):
    asked, _ = await korean.begun()
    korean.locales.clear()
    await korean.restart(killed=True)
    (await korean.script.begun()).finish()
    assert_all_korean(await korean.answer(asked))
