"""The card of an unfinished dream, and its cancel button."""

import re

import pytest

from bot.models import State
from fake_discord.simcord_additions import labels_of, parts_of, text_of
from tests.bot.simulated_server import all_answers, picture


async def test_a_waiting_dream_shows_its_place_in_the_queue(server):
    await server.start_dream(server.bob)
    first = await server.submit(server.alice)
    assert "### In line: Intense\nYou're next." in await server.until_shown(first, "next")
    second = await server.submit(server.alice)
    assert "You're number 2 in line." in await server.until_shown(second, "number 2 in line")
    assert labels_of(second.response) == ["Cancel"]


async def test_places_are_updated(server):
    _, running = await server.start_dream(server.bob)
    await server.submit(server.moderator)
    second = await server.submit(server.alice)
    await server.until_shown(second, "You're number 2 in line.")
    running.finish()
    await server.until_shown(second, "You're next.")


async def test_a_waiting_dream_shows_its_expected_end_once_a_speed_is_measured(server):
    first, dream = await server.start_dream(server.bob)
    dream.finish(seconds=60.0)
    await server.answer(first)
    await server.start_dream(server.bob)
    waiting = await server.submit(server.alice)
    said = await server.until_shown(waiting, "You're next.", "Ready <t:")
    (moment,) = re.findall(r"<t:(\d+):R>", said)
    assert 100 < int(moment) - server.env.now().timestamp() < 140


async def test_progress_is_shown_as_a_bar_a_percentage_and_the_expected_end(server):
    interaction, dream = await server.start_dream()
    dream.tell(0.5, left=30.0)
    said = await server.until_shown(interaction, "ready")
    assert re.fullmatch(r"### Dreaming: Intense\n`████████░░░░░░░░`\n50% · ready <t:\d+:R>", said)
    assert labels_of(interaction.response) == ["Cancel"]


async def test_a_preview_stays_until_a_newer_one_arrives(server):
    interaction, dream = await server.start_dream()
    dream.tell(0.25, preview=picture(file_format="jpeg"))
    await server.until(lambda: interaction.response.attachments)
    dream.tell(0.75)
    await server.until_shown(interaction, "75%")
    (preview,) = interaction.response.attachments
    assert preview.filename.startswith("growing-")
    (gallery,) = [part for part in parts_of(interaction.response) if part["type"] == 12]
    assert gallery["items"][0]["description"] == "A dream still growing, preset Intense"


async def test_the_dream_replaces_the_preview(server):
    interaction, dream = await server.start_dream()
    dream.tell(0.25, preview=picture(file_format="jpeg"))
    await server.until(lambda: interaction.response.attachments)
    dream.finish()
    (file,) = (await server.answer(interaction)).attachments
    assert file.filename.startswith("dream-")


@pytest.mark.settings(preview_seconds=3600.0)
async def test_a_preview_never_delays_the_dream(server):
    interaction, dream = await server.start_dream()
    for step in range(1, 9):
        dream.tell(step / 10, preview=picture(file_format="jpeg"))
    dream.finish()
    await server.answer(interaction)  # although the next edit of the card is an hour away


async def test_the_owner_cancels_a_running_dream(server):
    interaction, dream = await server.start_dream()
    dream.tell(0.1)
    await server.until_shown(interaction, "10%")
    await server.alice.click(interaction.response, label="Cancel")
    said = await server.until_shown(interaction, "Cancelled:")
    assert said == "### Cancelled: Intense\nI stopped this dream."
    assert dream.closed.is_set()
    assert labels_of(interaction.response) == ["Try again"]
    assert (await server.only_job()).state is State.CANCELLED


async def test_the_owner_cancels_a_waiting_dream_and_the_next_one_is_served(server):
    _, running = await server.start_dream(server.bob)
    interaction = await server.submit(server.alice)
    await server.until_shown(interaction, "next")
    after = await server.submit(server.moderator)
    await server.alice.click(interaction.response, label="Cancel")
    await server.until_shown(interaction, "Cancelled:")
    await server.until_shown(after, "next")
    running.finish()
    dream = await server.script.next_dream()
    dream.finish()
    await server.answer(after)
    assert len(server.script.dreams) == 2


async def test_a_moderator_cancels_any_dream(server):
    interaction, dream = await server.start_dream(server.alice)
    dream.tell(0.1)
    await server.until_shown(interaction, "10%")
    await server.moderator.click(interaction.response, label="Cancel")
    await server.until_shown(interaction, "Cancelled:")
    assert dream.closed.is_set()


async def test_a_moderators_cancellation_keeps_the_cards_language(server):
    server.locales[server.moderator.id] = "ko"
    interaction, dream = await server.start_dream(server.alice)
    dream.tell(0.1)
    await server.until_shown(interaction, "10%")
    await server.moderator.click(interaction.response, label="Cancel")
    await server.until(lambda: labels_of(interaction.response) == ["Try again"])
    assert "I stopped this dream." in text_of(interaction.response)


async def test_another_member_cannot_cancel(server):
    interaction, dream = await server.start_dream(server.alice)
    dream.tell(0.1)
    await server.until_shown(interaction, "10%")
    click = await server.bob.click(interaction.response, label="Cancel")
    assert click.ephemeral
    (refusal,) = all_answers(click)
    assert "That dream belongs to someone else." in text_of(refusal)
    dream.finish()
    await server.answer(interaction)


async def test_a_finished_dream_cannot_be_cancelled_from_an_old_card(server):
    interaction, dream = await server.start_dream()
    dream.tell(0.1)
    await server.until_shown(interaction, "10%")
    old = interaction.response.message
    await server.alice.click(old, label="Cancel")
    await server.until_shown(interaction, "Cancelled:")
    interaction.response._message.components.extend(
        [{"type": 1, "components": [{"type": 2, "style": 2, "label": "Cancel", "custom_id": button}]}
         for button in [part["custom_id"] for part in parts_of(old) if part.get("custom_id")]]
    )  # fmt: skip
    click = await server.alice.click(interaction.response, label="Cancel")
    (refusal,) = click.followups
    assert "That dream is already over." in text_of(refusal)


async def test_a_deleted_card_ends_its_dream_quietly(server, caplog):
    caplog.set_level("INFO", logger="bot")
    interaction, dream = await server.start_dream()
    dream.tell(0.1)
    await server.until_shown(interaction, "10%")
    await server.moderator.delete(interaction.response.message)
    dream.tell(0.2)  # the edit finds no message …
    card = server.services.notifier.live_card(await server.only_job())
    await card.gone.wait()
    dream.tell(0.3)  # … and the next event ends it
    await server.until_idle()
    assert dream.closed.is_set()
    assert "its message was deleted" in caplog.text
    assert all_answers(interaction) == []


async def test_a_deleted_result_ends_quietly_too(server, caplog):
    caplog.set_level("INFO", logger="bot")
    interaction, dream = await server.start_dream()
    dream.tell(0.1)
    await server.until_shown(interaction, "10%")
    job = await server.only_job()
    await server.moderator.delete(interaction.response.message)
    dream.finish()
    await server.until_idle()
    assert (await server.job(job.id)).state is State.LOST
    assert all_answers(interaction) == []
    assert "ERROR" not in caplog.text
