"""`/dream` on the wire, from the interaction to the picture."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from fake_discord.inspection import (
    DREAM,
    ENDLESS_DREAM,
    INSTANT_DREAM,
    answers_to,
    has_dream,
    has_preview,
    is_cancelled,
    pixels,
    worker_occupied,
)
from fake_discord.world import MEMBER

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("bot")]

PLACE = "at home, behind the sofa"
GPS, DESCRIPTION, ORIENTATION = 0x8825, 0x010E, 0x0112
TURNED_RIGHT = 6
MODERATOR = MEMBER | 1 << 13
MANAGER = MEMBER | 1 << 5


@pytest.fixture(scope="module")
def photograph(small_cat) -> bytes:
    """The small cat as an upright phone saves it: rotated, and with its location."""
    exif = Image.Exif()
    exif[DESCRIPTION], exif[ORIENTATION] = PLACE, TURNED_RIGHT
    exif.get_ifd(GPS).update({1: "N", 2: (48.0, 8.0, 5.0), 3: "E", 4: (11.0, 34.0, 31.0)})
    buffer = io.BytesIO()
    picture = Image.open(io.BytesIO(small_cat)).convert("RGB")
    picture.save(buffer, "jpeg", exif=exif, comment=PLACE.encode())
    content = buffer.getvalue()
    assert Image.open(io.BytesIO(content)).getexif().get_ifd(GPS)
    return content


async def test_every_command_is_registered_once_and_in_korean_too(discord):
    registered = {command["name"]: command for command in discord.commands.registered}
    menus, of_servers = {"Dream this", "Dream avatar"}, {"dream-settings", "dream-admin"}
    assert (
        registered.keys()
        == {"dream", "presets", "queue", "help", "privacy", "forget-me"} | of_servers | menus
    )
    assert discord.commands.registrations == 1
    dream = registered["dream"]
    assert dream["name_localizations"]["ko"] == "꿈"
    assert registered["Dream this"]["name_localizations"]["ko"] == "이 사진으로 꿈꾸기"
    options = {option["name"]: option for option in dream["options"]}
    for part in (dream, *dream["options"], *options["preset"]["choices"]):
        for text in ("name_localizations", "description_localizations"):
            assert text not in part or re.search("[가-힣]", part[text]["ko"])
    for name in registered.keys() - of_servers:
        assert sorted(registered[name]["integration_types"]) == [0, 1]
        assert sorted(registered[name]["contexts"]) == [0, 1, 2]


@pytest.mark.parametrize("locale", ["en-US", "ko"])
async def test_sentences_mention_commands_by_the_ids_from_discord(discord, person, locale):
    command = await discord.commands.find("dream")
    queue = await discord.slash("queue", user=person, locale=locale)
    await queue.until(lambda state: f"</dream:{command['id']}>" in state.text)


async def test_a_dream_is_delivered(discord, person, small_cat):
    picture = discord.attach(small_cat, "../@everyone <b>my cat.png")
    dream = await discord.slash("dream", {"image": picture, "preset": "mild"}, user=person)
    acknowledgement = await dream.acknowledged()
    assert acknowledgement.type == 5
    assert not acknowledgement.ephemeral
    assert acknowledgement.seconds < 3
    state = await dream.until(has_dream)
    assert state == dream.states[-1]
    (answer,) = state.attachments
    assert re.fullmatch(r"dream-[0-9a-f]{16}\.png", answer.filename)
    assert answer.description == "A dream made from a picture, preset Mild, 120 × 80 pixels"
    assert [medium["url"] for medium in state.media] == [answer.url]
    dreamed, source = pixels(answer.data), pixels(small_cat)
    assert dreamed.shape == source.shape
    assert np.abs(dreamed - source).mean() > 1
    assert "Mild" in state.text
    assert re.fullmatch(r"\*\*Mild\*\* · dreamed in [\d.]+ seconds?", state.text)
    assert [button["label"] for button in state.buttons] == [
        "Deeper",
        "Reroll",
        "Adjust…",
        "Details",
        "Original",
        "Delete",
    ]
    assert len(state.selects) == 2
    assert all(edit.sent["allowed_mentions"] == {"parse": []} for edit in dream.edits)
    assert len(answers_to(discord, dream)) == 1


async def test_the_same_seed_gives_the_same_dream(discord, person, picture):
    options = {"image": picture, "seed": 7} | INSTANT_DREAM
    first = await (await discord.slash("dream", options, user=person)).until(has_dream)
    again = await (await discord.slash("dream", options, user=person)).until(has_dream)
    assert np.array_equal(pixels(first.attachments[0].data), pixels(again.attachments[0].data))


async def test_a_mask_keeps_its_black_part_exactly_as_it_is(discord, person, picture, small_cat):
    mask = Image.new("L", (240, 160), "black")
    mask.paste("white", (120, 0, 240, 160))
    buffer = io.BytesIO()
    mask.save(buffer, "png")
    options = {"image": picture, "mask": discord.attach(buffer.getvalue(), "mask.png"), "preset": "mild"}
    state = await (await discord.slash("dream", options, user=person)).until(has_dream)
    assert "Masked" in state.text
    dreamed, source = pixels(state.attachments[0].data), pixels(small_cat)
    assert np.array_equal(dreamed[:, :60], source[:, :60])
    assert np.abs(dreamed - source)[:, 70:].mean() > 1


async def test_a_private_dream_is_seen_by_nobody_else(discord, person, picture):
    options = {"image": picture, "private": True} | INSTANT_DREAM
    dream = await discord.slash("dream", options, user=person)
    assert (await dream.acknowledged()).ephemeral
    assert (await dream.until(has_dream)).ephemeral


async def test_the_answer_is_in_the_users_language(discord, person, picture):
    dream = await discord.slash("dream", {"image": picture} | INSTANT_DREAM, user=person, locale="ko")
    state = await dream.until(has_dream)
    for text in (state.text, state.attachments[0].description, *(b["label"] for b in state.buttons)):
        assert re.search("[가-힣]", text)


async def test_the_card_grows_until_its_owner_cancels(discord, person, stranger, large_picture):
    dream = await discord.slash("dream", {"image": large_picture} | ENDLESS_DREAM, user=person)
    state = await dream.until(has_preview)
    assert re.match("### Dreaming: [^\n]*\n`[█░]{16}`\n\\d+%", state.text)
    assert state.attachments[0].picture().format == "JPEG"
    assert state.media[0]["url"] == state.attachments[0].url
    assert "growing" in state.attachments[0].description
    later = await dream.until(lambda state: has_preview(state) and "ready <t:" in state.text)
    assert re.search(r"\d% · ready <t:\d+:R>$", later.text)
    assert [button["label"] for button in later.buttons] == ["Cancel"]

    refused = await discord.click(dream.message, "Cancel", user=stranger)
    assert (await refused.acknowledged()).seconds < 3
    await check_refused_at_once(refused)
    assert not any(map(is_cancelled, dream.states))

    click = await discord.click(dream.message, "Cancel", user=person)
    assert (await click.acknowledged()).seconds < 3
    state = await dream.until(is_cancelled)
    assert [button["label"] for button in state.buttons] == ["Try again"]
    assert not state.attachments
    after = await discord.slash("dream", {"image": large_picture} | INSTANT_DREAM, user=person)
    await after.until(has_dream)
    assert not answers_to(discord, dream)


async def test_a_cancelled_dream_is_tried_again_by_its_owner_alone(discord, person, stranger, large_picture):
    dream = await discord.slash("dream", {"image": large_picture, "seed": 77} | ENDLESS_DREAM, user=person)
    await dream.until(has_preview)
    await discord.click(dream.message, "Cancel", user=person)
    state = await dream.until(is_cancelled)
    assert state.text.startswith("### Cancelled: ")
    refused = await discord.click(dream.message, "Try again", user=stranger)
    assert (await refused.until(lambda state: "someone else" in state.text)).ephemeral
    again = await discord.click(dream.message, "Try again", user=person)
    assert (await again.acknowledged()).seconds < 3
    await again.until(has_preview)
    await discord.click(again.message, "Cancel", user=person)
    await again.until(is_cancelled)


async def test_the_details_of_a_dream_are_shown_privately_to_anybody(discord, person, stranger, picture):
    dream = await discord.slash("dream", {"image": picture, "seed": 77} | INSTANT_DREAM, user=person)
    await dream.until(has_dream)
    click = await discord.click(dream.message, "Details", user=stranger)
    assert (await click.until(lambda state: "**Seed:** 77" in state.text)).ephemeral


async def test_a_moderator_may_cancel_too(discord, person, stranger, large_picture):
    dream = await discord.slash("dream", {"image": large_picture} | ENDLESS_DREAM, user=person)
    await dream.until(has_preview)
    await discord.click(dream.message, "Cancel", user=stranger, permissions=MODERATOR)
    await dream.until(is_cancelled)


async def test_a_dream_cancelled_before_it_started_costs_nothing(discord, person, picture, cat):
    async with worker_occupied(discord, cat):
        for _ in range(5):
            dream = await discord.slash("dream", {"image": picture} | INSTANT_DREAM, user=person)
            await dream.until(lambda state: "You're next." in state.text)
            await discord.click(dream.message, "Cancel", user=person)
            await dream.until(is_cancelled)


async def test_the_picture_of_a_message_can_be_dreamed(discord, person, picture):
    message = discord.say("look", picture, user=discord.add_user("poster"))
    dream = await discord.context_menu("Dream this", message, user=person)
    await dream.until(has_dream)


async def test_one_of_several_pictures_of_a_message_can_be_chosen(discord, person, small_cat):
    pictures = [discord.attach(small_cat, name) for name in ("cat.png", "dog.png")]
    message = discord.say("look", *pictures, user=discord.add_user("poster"))
    asked = await discord.context_menu("Dream this", message, user=person)
    offered = await asked.until(lambda state: state.selects)
    galleries = (part for part in offered.components[0]["components"] if "items" in part)
    shown = [item["media"]["url"] for gallery in galleries for item in gallery["items"]]
    assert offered.ephemeral
    assert shown == [picture.url for picture in pictures]
    chosen = await discord.select(asked.message, offered.selects[0]["custom_id"], ["1"], user=person)
    assert not (await chosen.until(has_dream)).ephemeral
    assert chosen.message is not asked.message


async def test_the_spoiler_of_a_source_carries_over(discord, person, small_cat):
    picture = discord.attach(small_cat, "cat.png", spoiler=True)
    dream = await discord.slash("dream", {"image": picture} | INSTANT_DREAM, user=person)
    check_hidden(await dream.until(has_dream))
    assert all(check_hidden(state) for state in dream.states if has_preview(state))


async def test_an_age_restricted_channel_makes_the_answer_a_spoiler(discord, person, picture, guild):
    channel = guild("Adults").channel
    dream = await discord.slash("dream", {"image": picture} | INSTANT_DREAM, user=person, channel=channel)
    check_hidden(await dream.until(has_dream))
    assert all(check_hidden(state) for state in dream.states if has_preview(state))


def check_hidden(state) -> bool:
    (attachment,) = state.attachments
    assert attachment.spoiler
    galleries = [part for part in state.components[0]["components"] if part["type"] == 12]
    assert [item["spoiler"] for gallery in galleries for item in gallery["items"]] == [True]
    return True


async def test_camera_metadata_is_not_sent_back(discord, person, photograph):
    picture = discord.attach(photograph, "IMG_0001.jpg")
    dream = await discord.slash("dream", {"image": picture} | INSTANT_DREAM, user=person)
    state = await dream.until(has_dream)
    original = await discord.click(dream.message, "Original", user=person)
    source = await original.until(lambda state: state.attachments)
    assert source.ephemeral
    sent = [upload.data for shown in (*dream.states, source) for upload in shown.uploads]
    assert len(sent) >= 2
    for content in sent:
        assert PLACE.encode() not in content
        exif = Image.open(io.BytesIO(content)).getexif()
        assert not exif.get_ifd(GPS)
        assert ORIENTATION not in exif
    for shown in (state, source):
        assert shown.attachments[0].picture().size == (80, 120), "it is to stand upright"


async def test_buttons_start_further_dreams(discord, person, stranger, picture):
    dream = await discord.slash("dream", {"image": picture} | INSTANT_DREAM, user=person)
    first = await dream.until(has_dream)
    await check_refused_at_once(await discord.click(dream.message, "Original", user=stranger))
    deeper = await discord.click(dream.message, "Deeper", user=person)
    assert (await deeper.acknowledged()).seconds < 3
    await deeper.until(has_dream)
    select = first.selects[0]["custom_id"]
    other = await discord.select(dream.message, select, ["fur"], user=person)
    state = await other.until(has_dream)
    assert "**Fur**" in state.text
    names = {DREAM.fullmatch(i.states[-1].attachments[0].filename)[1] for i in (dream, deeper, other)}
    assert len(names) == 3


async def check_refused_at_once(click) -> None:
    """Check that a click was refused, and that nobody else has seen that the bot was thinking about it."""
    acknowledgement = await click.acknowledged()
    assert acknowledgement.type == 5
    assert acknowledgement.ephemeral
    await click.until(lambda state: "someone else" in state.text)
    assert all(state.ephemeral for state in click.states)
    assert not click.followups


async def test_another_user_joins_in_with_a_dream_of_their_own(discord, person, stranger, picture):
    dream = await discord.slash("dream", {"image": picture} | INSTANT_DREAM, user=person)
    await dream.until(has_dream)
    states = len(dream.message.states)
    joined = await discord.click(dream.message, "Reroll", user=stranger, locale="ko")
    acknowledgement = await joined.acknowledged()
    assert (acknowledgement.type, acknowledgement.ephemeral) == (5, False)
    state = await joined.until(has_dream)
    assert [button["label"] for button in state.buttons] == [
        "더 깊이",
        "다시 뽑기",
        "조정하기…",
        "자세히",
        "삭제",
    ]
    assert len(dream.message.states) == states


async def test_the_others_in_a_group_chat_join_in(discord, person, stranger, picture):
    group = discord.world.add_group("friends", person, stranger)
    options = {"image": picture} | INSTANT_DREAM
    dream = await discord.slash("dream", options, user=person, channel=group)
    await dream.until(has_dream)
    joined = await discord.click(dream.message, "Deeper", user=stranger, channel=group)
    assert not (await joined.acknowledged()).ephemeral
    await joined.until(has_dream)


async def test_strangers_are_refused_at_once_where_managers_turned_joining_in_off(
    discord, person, stranger, picture
):
    dream = await discord.slash("dream", {"image": picture} | INSTANT_DREAM, user=person)
    preset = (await dream.until(has_dream)).selects[0]["custom_id"]
    await turn_sharing(discord, on=False)
    try:
        for label in ("Deeper", "Reroll", "Adjust…", "Original", "Delete"):
            await check_refused_at_once(await discord.click(dream.message, label, user=stranger))
        await check_refused_at_once(await discord.select(dream.message, preset, ["fur"], user=stranger))
        assert not dream.message.deleted
    finally:
        await turn_sharing(discord, on=True)


async def turn_sharing(discord, *, on: bool) -> None:
    manager = discord.add_user("manager")
    changed = await discord.slash("dream-settings sharing", {"on": on}, user=manager, permissions=MANAGER)
    await changed.until(lambda state: ("Anyone can reroll" if on else "Only a dream's owner") in state.text)


async def test_delete_removes_the_dream(discord, person, stranger, picture):
    dream = await discord.slash("dream", {"image": picture} | INSTANT_DREAM, user=person)
    await dream.until(has_dream)
    refused = await discord.click(dream.message, "Delete", user=stranger)
    await check_refused_at_once(refused)
    assert not dream.message.deleted
    asking = await discord.click(dream.message, "Delete", user=person)
    (question,) = await asking.followed_up()
    assert question.state.ephemeral
    assert not dream.message.deleted
    confirmed = await discord.click(question, "Delete", user=person)
    await dream.until(lambda state: state.deleted)
    assert "Deleted." in (await confirmed.until(lambda state: not state.buttons)).text
