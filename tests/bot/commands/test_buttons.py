"""The buttons below a finished dream."""

import io

import discord
import pytest
from PIL import Image

from bot.delivery import cards
from bot.models import State
from dream_engine.errors import NoDreamInsideError
from dream_engine.images import decode, describe, encode
from fake_discord.simcord_additions import labels_of, parts_of, text_of
from tests.bot.records import noise
from tests.bot.scripted_executor import inverted
from tests.bot.simulated_server import all_answers, photograph, picture


@pytest.fixture(params=["the same process", "after a restart"])
async def dreamed(request, server):
    """Alice's dream, and the bot perhaps another one since."""
    answer = await server.dreamed(preset="mild", iterations=9, keep_colour=True, strength=2.0, seed=5)
    if request.param == "after a restart":
        await server.restart()
    return answer


async def refused(click):
    """What somebody is told in private; what was clicked stays as it was."""
    (refusal,) = [message for message in all_answers(click) if message.ephemeral]
    return text_of(refusal)


async def test_deeper_dreams_the_dream(server, dreamed):
    asked = await server.alice.click(dreamed, label="Deeper")
    dream = await server.script.begun()
    assert dream.request.source == inverted(picture())
    assert (dream.request.preset, dream.request.settings.iterations) == ("mild", 18)
    assert dream.request.settings.seed != 5
    dream.finish()
    answer = await server.answer(asked)
    assert answer.id != dreamed.id


async def test_deeper_goes_ever_deeper(server):
    answer = await server.dreamed()
    asked = await server.alice.click(answer, label="Deeper")
    (await server.script.begun()).finish()
    await server.alice.click(await server.answer(asked), label="Deeper")
    assert (await server.script.begun()).request.source == inverted(inverted(picture()))


async def test_again_dreams_the_source_with_a_new_seed(server, dreamed):
    asked = await server.alice.click(dreamed, label="Again")
    dream = await server.script.begun()
    assert dream.request.source == picture()
    settings = dream.request.settings
    assert (settings.iterations, settings.keep_colour) == (18, True)
    assert settings.seed not in {None, 5}
    dream.finish()
    assert labels_of(await server.answer(asked)) == ["Deeper", "Again", "Original", "Delete"]


async def test_again_keeps_the_guide(server):
    guide = picture(colour="red")
    answer = await server.dreamed(guide=("guide.png", guide))
    await server.alice.click(answer, label="Again")
    assert (await server.script.begun()).request.guide == guide


async def test_another_preset_is_dreamed_from_the_source_with_all_of_its_own(server, dreamed):
    asked = await server.alice.select(dreamed, ["webs"])
    dream = await server.script.begun()
    assert dream.request.source == picture()
    assert dream.request.preset == "webs"
    settings = dream.request.settings
    assert (settings.iterations, settings.octaves, settings.keep_colour) == (48, 5, False)
    dream.finish()
    assert "**Webs**" in text_of(await server.answer(asked))


async def test_the_select_offers_every_preset_with_what_it_does(server):
    answer = await server.dreamed()
    (select,) = [part for part in parts_of(answer) if part["type"] == 3]
    assert select["placeholder"] == "Dream it another way …"
    assert len(select["options"]) == 14
    assert select["options"][0] == {
        "label": "Mild",
        "value": "mild",
        "description": "A light touch: the picture stays itself, and something stirs in it",
        "default": False,
    }


async def test_a_private_dreams_buttons_answer_privately(server):
    answer = await server.dreamed(private=True)
    asked = await server.alice.click(answer, label="Again")
    assert asked.ephemeral
    (await server.script.begun()).finish()
    assert (await server.answer(asked)).ephemeral


async def test_a_hidden_dreams_children_are_hidden(server):
    answer = await server.dreamed(spoiler=True)
    asked = await server.alice.click(answer, label="Deeper")
    (await server.script.begun()).finish()
    assert (await server.answer(asked)).attachments[0].is_spoiler()


async def test_the_original_is_shown_privately_without_what_the_camera_wrote(server):
    answer = await server.dreamed(content=photograph(), name="photo.jpg")
    asked = await server.alice.click(answer, label="Original")
    shown = await server.until(lambda: asked.response if asked.response.attachments else None)
    assert shown.ephemeral
    assert text_of(shown) == "What the dream grew out of:"
    job = await server.only_job()
    assert shown.attachments[0].filename == f"original-{job.id}.webp"
    content = server.content_of(shown)
    image = Image.open(io.BytesIO(content))
    assert image.size == (64, 96)  # upright
    assert not image.getexif()
    assert b"Secret Camera" not in content


async def test_the_original_fits_the_place_where_it_is_shown(server):
    answer = await server.dreamed(content=noise(400))
    server.payload_overrides["attachment_size_limit"] = 20_000
    asked = await server.alice.click(answer, label="Original")
    shown = await server.until(lambda: asked.response if asked.response.attachments else None)
    assert len(server.content_of(shown)) <= 20_000 < len(noise(400))


async def test_an_original_is_made_once_and_gone_with_its_job(server, monkeypatch):
    answer = await server.dreamed()
    refit, made = server.services.refitter.refit, []

    async def counted(*what, **how):
        made.append(how)
        return await refit(*what, **how)

    monkeypatch.setattr(server.services.refitter, "refit", counted)
    for _ in range(3):
        asked = await server.alice.click(answer, label="Original")
        shown = await server.until(lambda asked=asked: asked.response if asked.response.attachments else None)
        assert Image.open(io.BytesIO(server.content_of(shown))).size == (96, 64)
    assert made == [{"keep_description": False}]
    job = await server.only_job()
    kept = {file.name for file in (server.settings.data_dir / "pictures").iterdir()}
    assert kept == {job.source, job.dream, job.original}
    await server.alice.slash(server.square, "forget-me")
    assert list((server.settings.data_dir / "pictures").iterdir()) == []


async def test_who_is_blocked_sees_no_original(server):
    answer = await server.dreamed()
    await server.services.blocklist.add("user", server.alice.id)
    assert "I do not dream for you." in await refused(await server.alice.click(answer, label="Original"))


async def test_the_original_tells_nothing_of_the_dream_that_it_was_elsewhere(server):
    described = encode(decode(picture()), "png", {"settings": {"seed": 5}})
    assert describe(described) == {"settings": {"seed": 5}}
    answer = await server.dreamed(content=described)
    asked = await server.alice.click(answer, label="Original")
    shown = await server.until(lambda: asked.response if asked.response.attachments else None)
    with pytest.raises(NoDreamInsideError):
        describe(server.content_of(shown))


@pytest.mark.parametrize("label", ["Deeper", "Again", "Original", "Delete"])
async def test_a_stranger_presses_in_vain(server, dreamed, label):
    click = await server.bob.click(dreamed, label=label)
    assert "That belongs to somebody else." in await refused(click)
    assert (await server.only_job()).state is State.DELIVERED
    assert labels_of(dreamed) == ["Deeper", "Again", "Original", "Delete"]


async def test_a_stranger_chooses_in_vain(server, dreamed):
    click = await server.bob.select(dreamed, ["webs"])
    assert "That belongs to somebody else." in await refused(click)


@pytest.mark.parametrize("label", ["Deeper", "Again", "Original"])
async def test_a_moderator_may_not_use_what_belongs_to_others(server, dreamed, label):
    assert "That belongs to somebody else." in await refused(
        await server.moderator.click(dreamed, label=label)
    )


@pytest.mark.parametrize("who", ["alice", "moderator"])
async def test_the_owner_and_a_moderator_delete_message_job_and_pictures(server, dreamed, who):
    await getattr(server, who).click(dreamed, label="Delete")
    assert dreamed.id not in [message.id for message in server.square.history()]
    assert await server.services.store.of_user(server.alice.id, *State) == []
    assert list((server.settings.data_dir / "pictures").iterdir()) == []


async def test_deleting_one_dream_leaves_the_source_of_another(server):
    first, second = await server.dreamed(), await server.dreamed()
    await server.alice.click(first, label="Delete")
    await server.alice.click(second, label="Again")
    assert (await server.script.begun()).request.source == picture()


async def expire(server):
    await server.services.pictures.expire(-1.0, 0)


@pytest.mark.parametrize("label", ["Deeper", "Again", "Original"])
async def test_once_the_source_has_expired_its_owner_is_told(server, dreamed, label):
    await expire(server)
    click = await server.alice.click(dreamed, label=label)
    assert "I no longer have what this needs" in await refused(click)
    assert labels_of(dreamed) == ["Deeper", "Again", "Original", "Delete"]


async def test_once_the_source_has_expired_no_preset_can_be_chosen(server, dreamed):
    await expire(server)
    click = await server.alice.select(dreamed, ["webs"])
    assert "I no longer have what this needs" in await refused(click)


async def test_once_the_job_has_expired_the_message_still_knows_whose_it_was(server, dreamed):
    await expire(server)
    await server.services.store.expire(server.env.now().timestamp() + 1)
    assert "belongs to somebody else" in await refused(await server.bob.click(dreamed, label="Delete"))
    assert "no longer have" in await refused(await server.alice.click(dreamed, label="Again"))
    await server.alice.click(dreamed, label="Delete")
    assert dreamed.id not in [message.id for message in server.square.history()]


async def test_dreams_from_buttons_count_like_others(server):
    answer = await server.dreamed()
    for _ in range(2):
        asked = await server.alice.click(answer, label="Again")
        (await server.script.begun()).finish()
        await server.answer(asked)
    click = await server.alice.click(answer, label="Again")
    assert "You have dreamed a lot!" in await refused(click)


async def by_channel(server):
    """A dream that came by the channel, of a job that is forgotten by now."""
    asked, dream = await server.begun()
    await server.env.advance_time(15 * 60)
    dream.finish()
    await server.quiet()
    await server.alice.slash(server.square, "forget-me")
    message = server.square.last_message
    assert message.interaction_metadata is None
    return asked, message


async def delete(server, who, message):
    click = await who.click(message, label="Delete")
    left = [one.id for one in server.square.history()]
    return "deleted" if message.id not in left else await refused(click)


@pytest.mark.parametrize("card", ["there", "gone"])
async def test_a_forgotten_dream_that_came_by_the_channel_is_deleted_by_whose_it_was(server, card):
    asked, message = await by_channel(server)
    if card == "gone":
        await server.moderator.delete(asked.response.message)
    assert "belongs to somebody else" in await delete(server, server.bob, message)
    assert await delete(server, server.alice, message) == "deleted"


async def test_one_that_was_sent_before_it_told_its_owner_is_known_by_what_it_answers(server, monkeypatch):
    monkeypatch.setattr(cards, "_button", _unmarked)
    _, message = await by_channel(server)
    assert "belongs to somebody else" in await delete(server, server.bob, message)
    assert await delete(server, server.alice, message) == "deleted"


def _unmarked(texts, action, job, style=discord.ButtonStyle.secondary):
    carried = cards.custom_id(action, job.id)
    return discord.ui.Button(label=texts(f"button-{action}"), style=style, custom_id=carried)


async def test_where_nothing_tells_whose_it_was_only_a_moderator_deletes_it(server, monkeypatch):
    monkeypatch.setattr(cards, "_button", _unmarked)
    asked, message = await by_channel(server)
    await server.moderator.delete(asked.response.message)
    assert "I no longer have what this needs" in await delete(server, server.alice, message)
    assert await delete(server, server.moderator, message) == "deleted"
