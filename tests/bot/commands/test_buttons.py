"""The buttons below a finished dream."""

import io

import pytest
from PIL import Image

from bot.delivery import cards
from bot.models import State
from dream_engine.errors import NoDreamInsideError
from dream_engine.images import decode, describe, encode
from dream_engine.presets import PRESETS
from fake_discord.simcord_additions import labels_of, parts_of, text_of
from tests.bot.records import noise
from tests.bot.scripted_executor import inverted
from tests.bot.simulated_server import all_answers, photograph, picture


@pytest.fixture(params=["the same process", "after a restart"])
async def dreamed(request, server):
    """Alice's dream, perhaps from before a restart of the bot."""
    answer = await server.complete_dream(preset="mild", iterations=9, keep_colour=True, strength=2.0, seed=5)
    if request.param == "after a restart":
        await server.restart()
    return answer


def preset_select(message):
    """Return the select of presets below a dream."""
    (select,) = [part for part in parts_of(message) if "dream:preset:" in part.get("custom_id", "")]
    return select


async def refused(click):
    """Return the private refusal of a click."""
    (refusal,) = [message for message in all_answers(click) if message.ephemeral]
    return text_of(refusal)


async def test_deeper_dreams_the_dream(server, dreamed):
    interaction = await server.alice.click(dreamed, label="Deeper")
    dream = await server.script.next_dream()
    assert dream.request.source == inverted(picture())
    assert (dream.request.preset, dream.request.settings.iterations) == ("mild", 18)
    assert dream.request.settings.seed != 5
    dream.finish()
    answer = await server.answer(interaction)
    assert answer.id != dreamed.id


async def test_deeper_can_be_repeated(server):
    answer = await server.complete_dream()
    interaction = await server.alice.click(answer, label="Deeper")
    (await server.script.next_dream()).finish()
    await server.alice.click(await server.answer(interaction), label="Deeper")
    assert (await server.script.next_dream()).request.source == inverted(inverted(picture()))


async def test_again_dreams_the_source_with_a_new_seed(server, dreamed):
    interaction = await server.alice.click(dreamed, label="Reroll")
    dream = await server.script.next_dream()
    assert dream.request.source == picture()
    settings = dream.request.settings
    assert (settings.iterations, settings.keep_colour) == (18, True)
    assert settings.seed not in {None, 5}
    dream.finish()
    assert labels_of(await server.answer(interaction)) == [
        "Deeper",
        "Reroll",
        "Adjust…",
        "Details",
        "Original",
        "Delete",
    ]


async def test_again_keeps_the_guide(server):
    guide = picture(colour="red")
    answer = await server.complete_dream(guide=("guide.png", guide))
    await server.alice.click(answer, label="Reroll")
    assert (await server.script.next_dream()).request.guide == guide


@pytest.mark.parametrize("button", ["Reroll", "Deeper"])
async def test_again_and_deeper_keep_the_mask(server, button):
    mask = picture(colour="white")
    answer = await server.complete_dream(mask=("mask.png", mask))
    await server.alice.click(answer, label=button)
    request = (await server.script.next_dream()).request
    assert request.mask == mask
    assert request.source == (picture() if button == "Reroll" else inverted(picture()))


async def test_another_preset_keeps_the_mask(server):
    mask = picture(colour="white")
    answer = await server.complete_dream(mask=("mask.png", mask))
    await server.alice.select(answer, ["webs"], custom_id=preset_select(answer)["custom_id"])
    assert (await server.script.next_dream()).request.mask == mask


async def test_another_preset_uses_the_source_and_its_own_settings(server, dreamed):
    interaction = await server.alice.select(dreamed, ["webs"], custom_id=preset_select(dreamed)["custom_id"])
    dream = await server.script.next_dream()
    assert dream.request.source == picture()
    assert dream.request.preset == "webs"
    settings = dream.request.settings
    assert (settings.iterations, settings.octaves, settings.keep_colour) == (36, 5, False)
    dream.finish()
    assert "**Webs**" in text_of(await server.answer(interaction))


async def test_the_select_offers_every_preset_with_its_description(server):
    answer = await server.complete_dream()
    select = preset_select(answer)
    assert select["placeholder"] == "Try another preset…"
    assert len(select["options"]) == 1 + len(PRESETS)
    assert select["options"][0]["label"] == "Compare four presets"
    assert select["options"][1] == {
        "label": "Mild",
        "value": "mild",
        "description": "A light touch: the picture stays recognisable, with hints of something alive",
        "emoji": {"id": None, "name": "🍃"},
        "default": False,
    }


async def test_a_private_dreams_buttons_answer_privately(server):
    answer = await server.complete_dream(private=True)
    interaction = await server.alice.click(answer, label="Reroll")
    assert interaction.ephemeral
    (await server.script.next_dream()).finish()
    assert (await server.answer(interaction)).ephemeral


async def test_dreams_of_a_spoiler_are_spoilers(server):
    answer = await server.complete_dream(spoiler=True)
    interaction = await server.alice.click(answer, label="Deeper")
    (await server.script.next_dream()).finish()
    assert (await server.answer(interaction)).attachments[0].is_spoiler()


async def test_the_original_is_shown_privately_without_the_cameras_metadata(server):
    answer = await server.complete_dream(content=photograph(), name="photo.jpg")
    interaction = await server.alice.click(answer, label="Original")
    shown = await server.until(lambda: interaction.response if interaction.response.attachments else None)
    assert shown.ephemeral
    assert text_of(shown) == "Original:"
    job = await server.only_job()
    assert shown.attachments[0].filename == f"original-{job.id}.webp"
    content = server.content_of(shown)
    image = Image.open(io.BytesIO(content))
    assert image.size == (64, 96)  # upright
    assert not image.getexif()
    assert b"Secret Camera" not in content


async def test_the_original_fits_the_limit_of_its_place(server):
    answer = await server.complete_dream(content=noise(400))
    server.payload_overrides["attachment_size_limit"] = 20_000
    interaction = await server.alice.click(answer, label="Original")
    shown = await server.until(lambda: interaction.response if interaction.response.attachments else None)
    assert len(server.content_of(shown)) <= 20_000 < len(noise(400))


async def test_an_original_is_made_once_and_deleted_with_its_job(server, monkeypatch):
    answer = await server.complete_dream()
    refit, made = server.services.refitter.refit, []

    async def counted(*arguments, **options):
        made.append(options)
        return await refit(*arguments, **options)

    monkeypatch.setattr(server.services.refitter, "refit", counted)
    for _ in range(3):
        interaction = await server.alice.click(answer, label="Original")
        shown = await server.until(
            lambda interaction=interaction: interaction.response if interaction.response.attachments else None
        )
        assert Image.open(io.BytesIO(server.content_of(shown))).size == (96, 64)
    assert made == [{"keep_description": False}]
    job = await server.only_job()
    kept = {file.name for file in (server.settings.data_dir / "pictures").iterdir()}
    assert kept == {job.source, job.dream, job.original}
    await server.forget(server.alice)
    assert list((server.settings.data_dir / "pictures").iterdir()) == []


async def test_a_blocked_user_sees_no_original(server):
    answer = await server.complete_dream()
    await server.services.blocklist.add("user", server.alice.id)
    assert "The bot's operator has blocked you." in await refused(
        await server.alice.click(answer, label="Original")
    )


async def test_the_original_of_a_source_that_is_a_dream_contains_no_settings(server):
    described = encode(decode(picture()), "png", {"settings": {"seed": 5}})
    assert describe(described) == {"settings": {"seed": 5}}
    answer = await server.complete_dream(content=described)
    interaction = await server.alice.click(answer, label="Original")
    shown = await server.until(lambda: interaction.response if interaction.response.attachments else None)
    with pytest.raises(NoDreamInsideError):
        describe(server.content_of(shown))


@pytest.mark.parametrize("member", ["alice", "moderator"])
async def test_the_owner_and_a_moderator_delete_message_job_and_pictures(server, dreamed, member):
    await server.delete_dream(getattr(server, member), dreamed)
    assert dreamed.id not in [message.id for message in server.general.history()]
    assert await server.services.store.of_user(server.alice.id, *State) == []
    assert list((server.settings.data_dir / "pictures").iterdir()) == []


async def test_deleting_one_dream_leaves_the_source_of_another(server):
    first, second = await server.complete_dream(), await server.complete_dream()
    await server.delete_dream(server.alice, first)
    await server.alice.click(second, label="Reroll")
    assert (await server.script.next_dream()).request.source == picture()


async def expire(server):
    await server.services.pictures.expire(-1.0, 0)


@pytest.mark.parametrize("label", ["Deeper", "Reroll", "Original"])
async def test_once_the_source_has_expired_its_owner_is_told(server, dreamed, label):
    await expire(server)
    click = await server.alice.click(dreamed, label=label)
    assert "I no longer have that picture" in await refused(click)
    assert labels_of(dreamed) == ["Deeper", "Reroll", "Adjust…", "Details", "Original", "Delete"]


async def test_once_the_source_has_expired_no_preset_can_be_chosen(server, dreamed):
    await expire(server)
    click = await server.alice.select(dreamed, ["webs"], custom_id=preset_select(dreamed)["custom_id"])
    assert "I no longer have that picture" in await refused(click)


async def test_once_the_job_has_expired_the_message_still_shows_its_owner(server, dreamed):
    await expire(server)
    await server.services.store.expire(server.env.now().timestamp() + 1)
    assert "belongs to someone else" in await refused(await server.bob.click(dreamed, label="Delete"))
    assert "I no longer have that picture" in await refused(await server.alice.click(dreamed, label="Reroll"))
    await server.delete_dream(server.alice, dreamed)
    assert dreamed.id not in [message.id for message in server.general.history()]


async def test_dreams_from_buttons_count_like_others(server):
    answer = await server.complete_dream()
    for _ in range(2):
        interaction = await server.alice.click(answer, label="Reroll")
        (await server.script.next_dream()).finish()
        await server.answer(interaction)
    click = await server.alice.click(answer, label="Reroll")
    assert "You've used up your dreams" in await refused(click)


async def by_channel(server):
    """A dream in a channel message, whose job is forgotten."""
    interaction, dream = await server.start_dream()
    await server.env.advance_time(15 * 60)
    dream.finish()
    await server.until_idle()
    await server.forget(server.alice)
    message = server.general.last_message
    assert message.interaction_metadata is None
    return interaction, message


async def delete(server, member, message):
    click = await member.click(message, label="Delete")
    if any("Keep" in labels_of(answer) for answer in all_answers(click)):
        await server.confirm(member, click)
    left = [one.id for one in server.general.history()]
    return "deleted" if message.id not in left else await refused(click)


@pytest.mark.parametrize("card", ["there", "gone"])
async def test_the_owner_deletes_a_dream_in_the_channel_whose_job_is_forgotten(server, card):
    interaction, message = await by_channel(server)
    if card == "gone":
        await server.moderator.delete(interaction.response.message)
    assert "belongs to someone else" in await delete(server, server.bob, message)
    assert await delete(server, server.alice, message) == "deleted"


async def test_a_message_without_an_owner_mark_shows_its_owner_by_its_reference(server, monkeypatch):
    monkeypatch.setattr(cards, "custom_id", _unmarked)
    _, message = await by_channel(server)
    assert "belongs to someone else" in await delete(server, server.bob, message)
    assert await delete(server, server.alice, message) == "deleted"


def _unmarked(action, job):
    """A button's custom id in messages of earlier versions."""
    return f"dream:{action}:{job.id}"


async def test_only_a_moderator_deletes_a_message_of_an_unknown_owner(server, monkeypatch):
    monkeypatch.setattr(cards, "custom_id", _unmarked)
    interaction, message = await by_channel(server)
    await server.moderator.delete(interaction.response.message)
    assert "I no longer have that picture" in await delete(server, server.alice, message)
    assert await delete(server, server.moderator, message) == "deleted"
