"""Delivery of dreams while Discord misbehaves."""

import re
from functools import partial

import pytest

from fake_discord import answers
from fake_discord.inspection import (
    ENDLESS_DREAM,
    INSTANT_DREAM,
    LONG_DREAM,
    SHORT_DREAM,
    answers_to,
    carries_dream,
    carries_preview,
    has_dream,
    has_preview,
    times_answered,
)

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("bot")]

AN_HOUR = 3600
EXPIRED_TOKEN_AGE = 15 * 60


async def test_the_announced_upload_limit_is_met_at_the_first_attempt(discord, person, large_picture):
    options = {"image": large_picture} | INSTANT_DREAM
    dream = await discord.slash("dream", options, user=person, attachment_size_limit=60_000)
    state = await dream.until(has_dream)
    (answer,) = state.attachments
    assert len(answer.data) <= 60_000
    assert answer.filename.endswith(".webp")
    assert "WebP" in state.text
    assert [call.status for call in dream_calls(discord, dream)] == [200]


async def test_a_refused_upload_comes_smaller_and_says_so(discord, person, large_picture):
    dream = await discord.slash("dream", {"image": large_picture} | SHORT_DREAM, user=person)
    refused = discord.fail("PATCH", dream.token, answers.TOO_LARGE, when=carries_dream)
    state = await dream.until(has_dream)
    (answer,) = state.attachments
    assert answer.picture().format == "WEBP"
    assert answer.filename.endswith(".webp")
    assert len(answer.data) < refused.calls[0].largest_file
    assert "WebP" in state.text
    assert len(answers_to(discord, dream)) == 1


async def test_an_upload_refused_again_and_again_is_scaled_down(discord, person, large_picture):
    dream = await discord.slash("dream", {"image": large_picture} | SHORT_DREAM, user=person)
    small = 40_000
    discord.fail("PATCH", dream.token, answers.TOO_LARGE, times=None, when=partial(is_over, small))
    state = await dream.until(has_dream)
    assert len(state.attachments[0].data) <= small
    assert re.search("Made smaller|WebP|JPEG", state.text)
    assert len(answers_to(discord, dream)) == 1


def is_over(limit: int, call) -> bool:
    return carries_dream(call) and call.largest_file > limit


BUSY = {
    "429": answers.rate_limited(0.3),
    "429 without Via": answers.rate_limited(0.3, via=False),
    "Cloudflare's 429": answers.banned(1),
    "500": answers.INTERNAL_ERROR,
    "502": answers.Answer(502, "<html>Bad Gateway</html>"),
    "503": answers.UNAVAILABLE,
}


async def test_a_busy_discord_gets_the_dream_once_it_accepts_it(discord, picture):
    """All kinds at once, because each takes a second."""
    dreams = {}
    for kind, answer in BUSY.items():
        user = discord.add_user(kind)
        dreams[kind] = await discord.slash("dream", {"image": picture} | INSTANT_DREAM, user=user)
        discord.fail("PATCH", dreams[kind].token, answer, when=carries_dream)
    for kind, dream in dreams.items():
        await dream.until(has_dream)
        tried = [call.status for call in dream_calls(discord, dream)]
        assert tried == [BUSY[kind].status, 200], kind


def dream_calls(discord, dream):
    return [call for call in discord.calls("PATCH", dream.token) if carries_dream(call)]


async def test_previews_that_stall_do_not_hold_up_the_dream(discord, person, large_picture):
    dream = await discord.slash("dream", {"image": large_picture} | SHORT_DREAM, user=person)
    with discord.stall("PATCH", dream.token, times=None, when=carries_preview) as stalled:
        await stalled.matched()
        await dream.until(has_dream)
        assert len(answers_to(discord, dream)) == 1
    # The stalled preview may still arrive, and must not be the last state.
    await dream.until(lambda _: len(dream_calls(discord, dream)) == 2)
    assert has_dream(dream.message.state)


@pytest.mark.parametrize("via", [True, False])
async def test_rate_limited_previews_do_not_hold_up_the_dream(discord, person, large_picture, via):
    dream = await discord.slash("dream", {"image": large_picture} | SHORT_DREAM, user=person)
    limited = answers.rate_limited(AN_HOUR, via=via)
    with discord.fail("PATCH", dream.token, limited, times=None, when=carries_preview) as met:
        await met.matched()
        await dream.until(has_dream)


async def test_a_dream_comes_by_the_channel_after_its_token_expired(discord, person, picture):
    options = {"image": picture} | INSTANT_DREAM
    dream = await discord.slash("dream", options, user=person, age=EXPIRED_TOKEN_AGE)
    check_message(await discord.posted(discord.channel, partial(answers_to_message_of, dream)))


def answers_to_message_of(dream, state) -> bool:
    reference = state.sent.get("message_reference")
    if dream.message is None or reference is None:  # another test's dream may be in the channel already
        return False
    return has_dream(state) and int(reference["message_id"]) == dream.message.id


def check_message(message) -> None:
    assert message.state.sent["allowed_mentions"]["parse"] == []
    assert not message.state.sent["allowed_mentions"].get("replied_user")
    assert message.state.sent["enforce_nonce"]
    assert message.state.attachments[0].description
    assert [button["label"] for button in message.state.buttons]


async def test_a_token_refused_at_the_end_falls_back_to_the_channel(discord, person, picture):
    dream = await discord.slash("dream", {"image": picture} | INSTANT_DREAM, user=person)
    discord.fail("PATCH", dream.token, answers.EXPIRED_TOKEN, times=None, when=carries_dream)
    await dream.acknowledged()
    message = await discord.posted(discord.channel, partial(answers_to_message_of, dream))
    check_message(message)
    again = await discord.click(message, "Reroll", user=person)
    await again.until(has_dream)


async def test_a_user_install_gets_its_dream_by_direct_message(discord, person, picture, guild):
    channel = guild("Elsewhere").channel
    options = {"image": picture} | INSTANT_DREAM
    await discord.slash("dream", options, user=person, channel=channel, age=EXPIRED_TOKEN_AGE)
    check_message(await discord.posted(discord.direct_channel(person), has_dream))
    assert not discord.calls("POST", f"/channels/{channel.id}/messages")


async def test_a_channel_closed_to_the_bot_leads_to_a_direct_message(discord, person, picture):
    options = {"image": picture} | INSTANT_DREAM
    with discord.fail("POST", f"/channels/{discord.channel.id}/messages", answers.MISSING_PERMISSIONS) as no:
        await discord.slash("dream", options, user=person, age=EXPIRED_TOKEN_AGE)
        check_message(await discord.posted(discord.direct_channel(person), has_dream))
    assert no.calls


async def test_a_private_dream_never_comes_by_the_channel(discord, person, picture):
    options = {"image": picture, "private": True} | INSTANT_DREAM
    dream = await discord.slash("dream", options, user=person, age=EXPIRED_TOKEN_AGE)
    await discord.posted(discord.direct_channel(person), has_dream)
    assert not any(answers_to_message_of(dream, message.state) for message in discord.channel.messages)


async def keep_dream(discord, bot, person, picture) -> None:
    """Create a dream that could not be delivered."""
    direct = discord.direct_channel(person)
    before = bot.output.count("is kept until")
    discord.fail("POST", f"/channels/{direct.id}/messages", answers.CANNOT_MESSAGE_USER, times=None)
    options = {"image": picture, "private": True} | INSTANT_DREAM
    await discord.slash("dream", options, user=person, age=EXPIRED_TOKEN_AGE)
    await discord.called("POST", f"/channels/{direct.id}/messages")
    await bot.until(lambda: bot.output.count("is kept until") > before)


async def test_an_undelivered_dream_is_delivered_at_the_next_queue(discord, bot, person, picture):
    await keep_dream(discord, bot, person, picture)
    queue = await discord.slash("queue", user=person)
    (message,) = await queue.followed_up()
    assert message.state.ephemeral
    assert has_dream(message.state)
    again = await discord.slash("queue", user=person)
    await again.until(lambda state: "Your dreams" in state.text)
    later = await discord.slash("dream", {"image": picture} | INSTANT_DREAM, user=person)
    await later.until(has_dream)
    assert not again.followups
    assert not later.followups


async def test_an_undelivered_dream_is_delivered_with_the_next_dream(
    discord, bot, person, large_picture, picture
):
    await keep_dream(discord, bot, person, picture)
    dream = await discord.slash("dream", {"image": large_picture} | SHORT_DREAM, user=person)
    (message,) = await dream.followed_up()
    assert message.state.ephemeral
    assert has_dream(message.state)
    await dream.until(has_dream)
    assert set(times_answered(discord).values()) == {1}


async def test_a_kept_dream_is_delivered_once_however_often_its_owner_asks(discord, bot, person, picture):
    await keep_dream(discord, bot, person, picture)
    first = await discord.slash("queue", user=person)
    with discord.stall("POST", first.token, when=carries_dream) as handing_over:
        await handing_over.matched()
        second = await discord.slash("queue", user=person)
        await second.until(lambda state: "Your dreams" in state.text)
        dream = await discord.slash("dream", {"image": picture} | INSTANT_DREAM, user=person)
        await dream.until(has_dream)
    await first.followed_up()
    third = await discord.slash("queue", user=person)
    await third.until(lambda state: "Your dreams" in state.text)
    handed_over = [len(contact.followups) for contact in (first, second, dream, third)]
    assert handed_over == [1, 0, 0, 0]


async def test_a_message_deleted_on_the_way_ends_its_job_quietly(
    discord, bot, person, picture, large_picture
):
    dream = await discord.slash("dream", {"image": large_picture} | ENDLESS_DREAM, user=person)
    state = await dream.until(has_preview)
    job = re.search("[0-9a-f]{16}", state.attachments[0].filename)[0]
    discord.delete(dream.message)
    line = await bot.until_logged(f"Job {job} ends")
    assert '"level": "INFO"' in line
    after = await discord.slash("dream", {"image": picture} | INSTANT_DREAM, user=person)
    await after.until(has_dream)
    assert not answers_to(discord, dream)
    assert not dream.followups


async def test_a_message_deleted_just_before_the_dream_ends_its_job_quietly(discord, bot, person, picture):
    dream = await discord.slash("dream", {"image": picture} | INSTANT_DREAM, user=person)
    gone = discord.fail("PATCH", dream.token, answers.UNKNOWN_MESSAGE, times=None, when=carries_dream)
    (call,) = await gone.matched()
    job = re.search("[0-9a-f]{16}", call.files[0].filename)[0]
    assert '"level": "INFO"' in await bot.until_logged(f"Job {job} ends")
    after = await discord.slash("dream", {"image": picture} | INSTANT_DREAM, user=person)
    await after.until(has_dream)
    assert len(gone.calls) == 1


async def test_a_dream_continues_during_a_gateway_outage(discord, person, stranger, picture, large_picture):
    resumed = discord.gateway.resumed
    dream = await discord.slash("dream", {"image": large_picture} | LONG_DREAM, user=person)
    await dream.until(has_preview)
    async with discord.gateway_dropped():
        await dream.until(has_dream)
        missed = await discord.slash("presets", user=stranger)
    await discord.resumed(resumed + 1)
    await missed.acknowledged()
    after = await discord.slash("dream", {"image": picture} | INSTANT_DREAM, user=stranger)
    await after.until(has_dream)
    assert len(answers_to(discord, dream)) == 1


async def test_a_dream_continues_while_a_new_session_starts(discord, person, picture, large_picture):
    identified = discord.gateway.identified
    dream = await discord.slash("dream", {"image": large_picture} | LONG_DREAM, user=person)
    await dream.until(has_preview)
    await discord.gateway.invalidate()
    await dream.until(has_dream)
    await discord.identified(identified + 1)
    after = await discord.slash("dream", {"image": picture} | INSTANT_DREAM, user=person)
    await after.until(has_dream)


async def test_a_dream_survives_the_death_of_the_worker(discord, bot, person, large_picture):
    dream = await discord.slash("dream", {"image": large_picture} | LONG_DREAM, user=person)
    await dream.until(has_preview)
    for child in bot.children():
        child.kill()
    await dream.until(has_dream)
    assert len(answers_to(discord, dream)) == 1
