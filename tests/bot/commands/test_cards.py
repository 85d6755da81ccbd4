"""The card of a dream on its way, as people see it, and what its button does."""

import re

import pytest

from bot.models import State
from fake_discord.simcord_additions import labels_of, parts_of, text_of
from tests.bot.simulated_server import all_answers, picture


async def test_who_waits_sees_their_place_and_who_is_next_sees_that(server):
    await server.begun(server.bob)
    first = await server.submit(server.alice)
    assert "### Dreaming: Intense\nYou are next." in await server.says(first, "next")
    second = await server.submit(server.alice)
    assert "Place 2 in the queue." in await server.says(second, "Place 2")
    assert labels_of(second.response) == ["Cancel"]


async def test_places_move_up(server):
    _, running = await server.begun(server.bob)
    await server.submit(server.moderator)
    second = await server.submit(server.alice)
    await server.says(second, "Place 2 in the queue.")
    running.finish()
    await server.says(second, "You are next.")


async def test_once_a_speed_was_measured_who_waits_is_told_when_it_is_done(server):
    first, dream = await server.begun(server.bob)
    dream.finish(seconds=60.0)
    await server.answer(first)
    await server.begun(server.bob)
    waiting = await server.submit(server.alice)
    said = await server.says(waiting, "You are next.", "Expected <t:")
    (moment,) = re.findall(r"<t:(\d+):R>", said)
    assert 100 < int(moment) - server.env.now().timestamp() < 140


async def test_progress_is_a_bar_an_octave_and_a_step(server):
    asked, dream = await server.begun()
    dream.tell(0.5, left=30.0)
    said = await server.says(asked, "step")
    assert "### Dreaming: Intense\n`████████░░░░░░░░` 50%\nOctave 2 of 3 · step 4 of 8\n" in said
    assert "Expected <t:" in said
    assert labels_of(asked.response) == ["Cancel"]


async def test_the_preview_grows_and_stays_until_there_is_a_newer_one(server):
    asked, dream = await server.begun()
    dream.tell(0.25, preview=picture(file_format="jpeg"))
    await server.until(lambda: asked.response.attachments)
    dream.tell(0.75)
    await server.says(asked, "75%")
    (preview,) = asked.response.attachments
    assert preview.filename.startswith("growing-")
    (gallery,) = [part for part in parts_of(asked.response) if part["type"] == 12]
    assert gallery["items"][0]["description"] == "A dream that is still growing, preset Intense"


async def test_the_dream_takes_the_previews_place(server):
    asked, dream = await server.begun()
    dream.tell(0.25, preview=picture(file_format="jpeg"))
    await server.until(lambda: asked.response.attachments)
    dream.finish()
    (file,) = (await server.answer(asked)).attachments
    assert file.filename.startswith("dream-")


@pytest.mark.settings(preview_seconds=3600.0)
async def test_a_preview_never_delays_the_dream(server):
    asked, dream = await server.begun()
    for step in range(1, 9):
        dream.tell(step / 10, preview=picture(file_format="jpeg"))
    dream.finish()
    await server.answer(asked)  # although the next edit would be in an hour


async def test_the_owner_cancels_a_running_dream(server):
    asked, dream = await server.begun()
    dream.tell(0.1)
    await server.says(asked, "10%")
    await server.alice.click(asked.response, label="Cancel")
    said = await server.says(asked, "cancelled")
    assert said == "### Dreaming: Intense\nThis dream was cancelled."
    assert dream.closed.is_set()
    assert labels_of(asked.response) == []
    assert (await server.only_job()).state is State.CANCELLED


async def test_the_owner_cancels_a_waiting_dream_and_the_next_one_is_served(server):
    _, running = await server.begun(server.bob)
    asked = await server.submit(server.alice)
    await server.says(asked, "next")
    after = await server.submit(server.moderator)
    await server.alice.click(asked.response, label="Cancel")
    await server.says(asked, "cancelled")
    await server.says(after, "next")
    running.finish()
    dream = await server.script.begun()
    dream.finish()
    await server.answer(after)
    assert len(server.script.dreams) == 2


async def test_a_moderator_cancels_anybodys_dream(server):
    asked, dream = await server.begun(server.alice)
    dream.tell(0.1)
    await server.says(asked, "10%")
    await server.moderator.click(asked.response, label="Cancel")
    await server.says(asked, "cancelled")
    assert dream.closed.is_set()


async def test_a_moderator_of_another_language_leaves_the_card_in_its_owners(server):
    server.locales[server.moderator.id] = "ko"
    asked, dream = await server.begun(server.alice)
    dream.tell(0.1)
    await server.says(asked, "10%")
    await server.moderator.click(asked.response, label="Cancel")
    await server.until(lambda: labels_of(asked.response) == [])
    assert "This dream was cancelled." in text_of(asked.response)


async def test_a_stranger_cancels_nothing(server):
    asked, dream = await server.begun(server.alice)
    dream.tell(0.1)
    await server.says(asked, "10%")
    click = await server.bob.click(asked.response, label="Cancel")
    (refusal,) = click.followups
    assert refusal.ephemeral
    assert "That belongs to somebody else." in text_of(refusal)
    dream.finish()
    await server.answer(asked)


async def test_what_is_over_cannot_be_cancelled_from_an_old_card(server):
    asked, dream = await server.begun()
    dream.tell(0.1)
    await server.says(asked, "10%")
    old = asked.response.message
    await server.alice.click(old, label="Cancel")
    await server.says(asked, "cancelled")
    asked.response._message.components.extend(
        [{"type": 1, "components": [{"type": 2, "style": 2, "label": "Cancel", "custom_id": button}]}
         for button in [part["custom_id"] for part in parts_of(old) if part.get("custom_id")]]
    )  # fmt: skip
    click = await server.alice.click(asked.response, label="Cancel")
    (refusal,) = click.followups
    assert "That dream is over already." in text_of(refusal)


async def test_a_deleted_card_ends_its_dream_quietly(server, caplog):
    caplog.set_level("INFO", logger="bot")
    asked, dream = await server.begun()
    dream.tell(0.1)
    await server.says(asked, "10%")
    await server.moderator.delete(asked.response.message)
    dream.tell(0.2)  # the edit finds nothing …
    card = server.services.notifier.live_card(await server.only_job())
    await card.gone.wait()
    dream.tell(0.3)  # … and the next event ends it
    await server.quiet()
    assert dream.closed.is_set()
    assert "its message was deleted" in caplog.text
    assert all_answers(asked) == []


async def test_a_deleted_result_ends_quietly_too(server, caplog):
    caplog.set_level("INFO", logger="bot")
    asked, dream = await server.begun()
    dream.tell(0.1)
    await server.says(asked, "10%")
    job = await server.only_job()
    await server.moderator.delete(asked.response.message)
    dream.finish()
    await server.quiet()
    assert (await server.job(job.id)).state is State.LOST
    assert all_answers(asked) == []
    assert "ERROR" not in caplog.text
