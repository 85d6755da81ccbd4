"""Files that cannot be dreamed are refused politely, and cost nothing."""

import io
import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from PIL import Image

from fake_discord import answers
from fake_discord.attachments import Attachment
from fake_discord.discord_server import DiscordServer
from fake_discord.inspection import INSTANT_DREAM, has_dream, private_answer
from fake_discord.messages import State
from soak.bot_messages import INTERNAL_ERRORS, PICTURE_ERRORS, error_keys
from soak.uploads import common_pictures, invalid_files

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("bot")]

TOO_MANY_BYTES = b"\x89PNG\r\n\x1a\n" + bytes(1_100_000)
MORE_THAN_THE_LIMIT = 4


def text(discord: DiscordServer, _: bytes) -> Attachment:
    return discord.attach(b"Dear diary, today I dreamed of nothing.\n" * 20, "diary.png")


def page(discord: DiscordServer, _: bytes) -> Attachment:
    return discord.attach(b"<!DOCTYPE html><html><body>no</body></html>", "page.jpg", "image/jpeg")


def cut_short(discord: DiscordServer, cat: bytes) -> Attachment:
    return discord.attach(cat[: len(cat) // 30], "cat.jpg", width=451, height=300)


def empty(discord: DiscordServer, _: bytes) -> Attachment:
    return discord.attach(b"", "empty.png")


def tiny(discord: DiscordServer, _: bytes) -> Attachment:
    buffer = io.BytesIO()
    Image.new("RGB", (1, 1)).save(buffer, "png")
    return discord.attach(buffer.getvalue(), "dot.png")


def huge_as_declared(discord: DiscordServer, cat: bytes) -> Attachment:
    return discord.attach(cat, "cat.jpg", declared_size=500_000_000)


def larger_than_declared(discord: DiscordServer, _: bytes) -> Attachment:
    return discord.attach(TOO_MANY_BYTES, "cat.png", declared_size=1000)


def endless(discord: DiscordServer, cat: bytes) -> Attachment:
    attachment = discord.attach(cat, "cat.jpg", declared_size=1000)
    answer = answers.Answer(200, TOO_MANY_BYTES * 4, chunked=True)
    discord.fail("GET", f"/{attachment.id}/", answer, times=None)
    return attachment


def gone(discord: DiscordServer, cat: bytes) -> Attachment:
    attachment = discord.attach(cat, "cat.jpg")
    discord.store.forget(attachment)
    return attachment


def elsewhere(discord: DiscordServer, cat: bytes) -> Attachment:
    return replace(discord.attach(cat, "cat.jpg"), url="https://example.com/cat.jpg")


def on_loopback(discord: DiscordServer, cat: bytes) -> Attachment:
    return replace(discord.attach(cat, "cat.jpg"), url="http://127.0.0.1:1/cat.jpg")


def redirected(discord: DiscordServer, cat: bytes) -> Attachment:
    attachment = discord.attach(cat, "cat.jpg")
    answer = answers.Answer(302, b"", {"Location": discord.attach(cat, "other.jpg").url})
    discord.fail("GET", f"/{attachment.id}/", answer, times=None)
    return attachment


def square_mask(discord: DiscordServer) -> Attachment:
    buffer = io.BytesIO()
    Image.new("L", (64, 64), "white").save(buffer, "png")
    return discord.attach(buffer.getvalue(), "mask.png")


BROKEN: dict[Callable[[DiscordServer, bytes], Attachment], str] = {
    text: "not a picture I can read",
    page: "not a picture I can read",
    cut_short: "damaged",
    empty: "empty",
    tiny: "1 × 1 pixels",
    huge_as_declared: "over the 1 MB limit",
    larger_than_declared: "over the 1 MB limit",
    endless: "over the 1 MB limit",
    gone: "couldn't get that picture",
    elsewhere: "uploaded to Discord",
    on_loopback: "uploaded to Discord",
    redirected: "couldn't get that picture",
}


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.__name__)
async def test_a_broken_picture_is_refused_politely_and_costs_nothing(discord, person, picture, cat, broken):
    attachment = broken(discord, cat)
    for _ in range(MORE_THAN_THE_LIMIT):
        dream = await discord.slash("dream", {"image": attachment} | INSTANT_DREAM, user=person)
        assert (await dream.acknowledged()).seconds < 3
        assert BROKEN[broken] in await private_answer(dream)
    good = await discord.slash("dream", {"image": picture} | INSTANT_DREAM, user=person)
    await good.until(has_dream)


def corrupted(content: bytes, rng: random.Random) -> bytes:
    """Change, double or remove some of a picture's bytes."""
    bytes_ = bytearray(content)
    for _ in range(rng.randint(1, 6)):
        at, length = rng.randrange(len(bytes_) - 16), rng.choice((1, 4, 16))
        kind = rng.randrange(3)
        if kind == 0:
            bytes_[at : at + length] = rng.randbytes(length)
        elif kind == 1:
            bytes_[at:at] = bytes_[at : at + length]
        else:
            del bytes_[at : at + length]
    return bytes(bytes_)


def is_answered(state: State) -> bool:
    return has_dream(state) or any(error_keys(state.text))


async def test_any_file_is_dreamed_or_refused_with_a_message_for_users(discord, person):
    """Corrupt files of every format from many users at once. None causes an internal error."""
    rng = random.Random(21)
    dreams = []
    for number, upload in enumerate((*common_pictures(rng), *invalid_files(rng))):
        content = corrupted(upload.content, rng) if len(upload.content) > 32 else upload.content
        options = {"image": discord.attach(content, upload.name), "private": True} | INSTANT_DREAM
        user = discord.add_user(f"{person.name}{number}")
        dreams.append(await discord.slash("dream", options, user=user))
    for dream in dreams:
        state = await dream.until(is_answered, within=120)
        errors = set(error_keys(state.text))
        assert not errors & INTERNAL_ERRORS, state.text
        assert errors <= PICTURE_ERRORS, state.text


async def test_a_private_request_shows_the_refusal_in_place(discord, person, cat):
    options = {"image": cut_short(discord, cat), "private": True}
    dream = await discord.slash("dream", options, user=person)
    state = await dream.until(lambda state: "damaged" in state.text)
    assert state.ephemeral
    assert not dream.message.deleted
    assert not dream.followups


async def test_a_broken_guide_is_distinguished_from_a_broken_picture(discord, person, picture, cat):
    options = {"image": picture, "guide": cut_short(discord, cat)} | INSTANT_DREAM
    dream = await discord.slash("dream", options, user=person)
    answer = await private_answer(dream)
    assert "guide" in answer
    assert "damaged" in answer


async def test_a_mask_of_another_aspect_is_refused_politely_and_costs_nothing(discord, person, picture):
    options = {"image": picture, "mask": square_mask(discord)} | INSTANT_DREAM
    for _ in range(MORE_THAN_THE_LIMIT):
        dream = await discord.slash("dream", options, user=person)
        assert (await private_answer(dream)) == (
            "I can't use the mask. The mask is 64 × 64 pixels, but the dream is 120 × 80. "
            "Both need the same proportions."
        )
    good = await discord.slash("dream", {"image": picture} | INSTANT_DREAM, user=person)
    await good.until(has_dream)


async def test_an_avatar_on_another_host_is_not_fetched(discord, person):
    dream = await discord.context_menu("Dream avatar", person, user=person)
    assert "uploaded to Discord" in await private_answer(dream)


async def test_a_message_without_a_picture_is_refused(discord, person):
    dream = await discord.context_menu("Dream this", discord.say("only words"), user=person)
    assert "find a picture" in await private_answer(dream)


async def test_a_failed_download_is_retried(discord, person, picture):
    discord.fail("GET", f"/{picture.id}/", answers.UNAVAILABLE)
    dream = await discord.slash("dream", {"image": picture} | INSTANT_DREAM, user=person)
    await dream.until(has_dream)


async def test_an_internal_error_gets_a_reference_and_costs_nothing(discord, bot, person, picture, small_cat):
    folder = bot.data_dir / "pictures"
    aside = folder.rename(bot.data_dir / "aside") if folder.exists() else None
    folder.write_text("in the way")
    try:
        new = discord.attach(small_cat + b"new", "new.png")
        for _ in range(MORE_THAN_THE_LIMIT):
            dream = await discord.slash("dream", {"image": new} | INSTANT_DREAM, user=person)
            answer = await dream.until(lambda state: "went wrong on my side" in state.text)
            reference = answer.text.split("`")[1]
            await bot.until_logged(f"reference {reference}")
    finally:
        folder.unlink()
        if aside:
            aside.rename(folder)
    good = await discord.slash("dream", {"image": picture} | INSTANT_DREAM, user=person)
    await good.until(has_dream)
