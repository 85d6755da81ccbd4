"""A user with a Korean locale reads only Korean texts, and other users none."""

import re

import pytest

from bot.commands import _motion
from bot.delivery.preset_categories import CATEGORIES
from dream_engine.errors import DamagedPictureError, NotAPictureError
from dream_engine.executors.base import DreamCrashedError
from fake_discord.simcord_additions import labels_of, parts_of, text_of
from tests.bot.simulated_server import all_answers

HANGUL = re.compile("[가-힣]")
OURS = re.compile(r"`[^`]*`|https://\S+|<[^>]+>|block\S+|[A-Z]{3,}|WebP")
"""Texts in no language: commands, links, timestamps, layers, formats."""


@pytest.fixture
def korean(server):
    """A server in which Alice has a Korean locale."""
    server.locales[server.alice.id] = server.locales[server.manager.id] = "ko"
    return server


def assert_korean(text):
    assert HANGUL.search(text), text
    assert not re.search(r"[A-Za-z]{3,}", OURS.sub("", text)), text


def descriptions_of(message):
    found = []
    for part in parts_of(message):
        found += [part.get("description"), part.get("placeholder")]
        found += [option.get(name) for option in part.get("options", ()) for name in ("label", "description")]
        found += [item.get("description") for item in part.get("items", ())]
    return [text for text in found if text]


def assert_all_korean(message):
    for text in (text_of(message), *labels_of(message), *descriptions_of(message)):
        assert_korean(text)


async def test_the_cards_of_a_dream(korean):
    interaction, dream = await korean.start_dream()
    waiting = await korean.submit()
    await korean.until_shown(waiting, "바로 다음 차례")
    assert_all_korean(waiting.response)
    dream.tell(0.5, left=10.0, preview=b"a preview")
    await korean.until_shown(interaction, "50%")
    assert_all_korean(interaction.response)
    dream.finish()
    assert_all_korean(await korean.answer(interaction))


async def test_the_cards_of_a_dream_of_a_thing(korean):
    interaction, dream = await korean.start_dream(of="jellyfish")
    dream.tell(0.5, preview=b"a preview")
    await korean.until_shown(interaction, "50%")
    assert_all_korean(interaction.response)
    dream.finish()
    assert_all_korean(await korean.answer(interaction))


@pytest.mark.parametrize("thing", ["rifle", "nonsense", "해파라"])
async def test_a_thing_that_is_refused(korean, thing):
    assert_korean((await korean.private_text(await korean.submit(of=thing))).replace(thing, ""))


async def test_a_request_for_a_video_without_video_support(korean, monkeypatch):
    monkeypatch.setattr(_motion, "has_video_support", lambda: False)
    sentence = await korean.private_text(await korean.submit(name="clip.mp4"))
    assert sentence.startswith("여기서는 동영상을")


async def test_a_cancelled_dream(korean):
    interaction, dream = await korean.start_dream()
    dream.tell(0.5)
    await korean.until_shown(interaction, "50%")
    await korean.alice.click(interaction.response, label="취소")
    await korean.until_shown(interaction, "취소됨: 강렬하게", "꿈을 멈췄어요.")
    assert_all_korean(interaction.response)


async def test_a_failed_dream(korean):
    interaction, dream = await korean.start_dream()
    dream.fail(DreamCrashedError("KeyError"))
    assert_korean(re.sub("`[0-9a-f]+`", "", await korean.until_shown(interaction, "문제가 생겨")))


@pytest.mark.parametrize(
    "error", [DamagedPictureError(), NotAPictureError(looks_like="a text file", formats="PNG")]
)
async def test_a_picture_that_is_refused(korean, error):
    interaction, dream = await korean.start_dream()
    dream.fail(error)
    assert_korean(await korean.private_text(interaction))


async def test_refusals(korean):
    await korean.services.servers.change(korean.guild.id, lambda _: {"largest_size": 256})
    assert_korean(await korean.private_text(await korean.submit(size=512)))
    for _ in range(3):
        await korean.complete_dream()
    assert_korean(await korean.private_text(await korean.submit()))


async def test_the_presets(korean):
    interaction = await korean.alice.slash(korean.general, "presets")
    assert_all_korean(interaction.response)
    (select,) = [
        part for part in parts_of(interaction.response) if part.get("custom_id") == "presets:category"
    ]
    for category in (*list(CATEGORIES)[1:], next(iter(CATEGORIES))):
        await korean.alice.select(interaction.response, [category], custom_id=select["custom_id"])
        assert_all_korean(interaction.response)


async def test_a_comparison_of_presets(korean):
    gallery = (await korean.alice.slash(korean.general, "presets")).response
    assert_korean(
        await korean.private_text(await korean.alice.click(gallery, label="내 사진으로 네 가지 비교하기"))
    )
    await korean.complete_dream()
    interaction = await korean.alice.click(gallery, label="내 사진으로 네 가지 비교하기")
    assert_all_korean(interaction.response)
    for _ in range(4):
        (await korean.script.next_dream()).finish()
    await korean.until(lambda: interaction.response.attachments)
    assert_all_korean(interaction.response)
    again = await korean.alice.click(gallery, label="내 사진으로 네 가지 비교하기")
    assert_korean(await korean.private_text(again))


async def test_the_queue(korean):
    assert_all_korean((await korean.alice.slash(korean.general, "queue")).response)
    await korean.start_dream()
    await korean.submit()
    assert_all_korean((await korean.alice.slash(korean.general, "queue")).response)


@pytest.mark.settings(support_url="https://a.example/", privacy_url="https://b.example/")
@pytest.mark.parametrize("command", ["help", "privacy"])
async def test_the_pages_of_help_and_privacy(korean, command):
    assert_all_korean((await korean.manager.slash(korean.general, command)).response)


async def test_forgetting(korean):
    for answer in ("그대로 두기", "모두 삭제"):
        asked = await korean.alice.slash(korean.general, "forget-me")
        assert_all_korean(asked.response)
        assert_all_korean((await korean.alice.click(asked.response, label=answer)).response)


async def test_deleting(korean):
    dream = await korean.complete_dream()
    for answer in ("그대로 두기", "삭제"):
        (question,) = (await korean.alice.click(dream, label="삭제")).followups
        assert_all_korean(question)
        assert_all_korean((await korean.alice.click(question, label=answer)).response)


async def test_the_settings(korean):
    for name, options in (
        ("show", {}),
        ("switch", {"on": False}),
        ("channel", {"channel": korean.general}),
        ("preset", {"preset": "webs"}),
        ("size", {"size": 512}),
        ("limits", {"dreams": 1, "role": korean.guild.create_role("R")}),
        ("exempt", {"role": korean.guild.create_role("S")}),
    ):
        interaction = await korean.manager.slash(korean.general, f"dream-settings {name}", **options)
        assert_all_korean(interaction.response)


async def test_the_menus(korean):
    message = await korean.bob.send(korean.general, "no picture")
    assert_korean(
        await korean.private_text(await korean.alice.context_menu(korean.general, "Dream this", message))
    )


async def test_the_original(korean):
    answer = await korean.complete_dream()
    interaction = await korean.alice.click(answer, label="원본")
    assert_all_korean(interaction.response)


async def test_a_click_is_answered_in_the_language_of_its_user(korean):
    answer = await korean.complete_dream(korean.bob)
    click = await korean.alice.click(answer, label="Original")
    assert_korean(text_of(all_answers(click)[-1]))
    click = await korean.moderator.click(answer, label="Original")
    assert "That dream belongs to someone else." in text_of(all_answers(click)[-1])


async def test_an_answer_after_a_restart_keeps_the_language_of_the_command(korean):
    interaction, _ = await korean.start_dream()
    korean.locales.clear()
    await korean.restart(killed=True)
    (await korean.script.next_dream()).finish()
    assert_all_korean(await korean.answer(interaction))
