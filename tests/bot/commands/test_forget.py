"""`/forget-me` deletes everything that is stored about a user."""

import pytest

from bot.models import State
from fake_discord.simcord_additions import labels_of, text_of
from tests.bot.simulated_server import all_answers


async def forget(server, member=None):
    click = await server.forget(member or server.alice)
    assert click.response.ephemeral
    assert text_of(click.response).startswith("Done. I deleted your dreams, their original pictures")
    assert labels_of(click.response) == []


def pictures(server):
    return list((server.settings.data_dir / "pictures").iterdir())


async def test_jobs_and_pictures_are_deleted(server):
    answer = await server.complete_dream()
    await forget(server)
    assert await server.services.store.of_user(server.alice.id, *State) == []
    assert pictures(server) == []
    click = await server.alice.click(answer, label="Reroll")
    assert "I no longer have that picture" in text_of(all_answers(click)[-1])


async def test_a_user_without_stored_data_gets_the_same_answer(server):
    await forget(server)


async def test_the_data_of_others_stays(server):
    await server.complete_dream(server.alice)
    theirs = await server.complete_dream(server.bob)
    await forget(server)
    await server.bob.click(theirs, label="Deeper")
    await server.script.next_dream()


async def test_waiting_and_running_jobs_are_stopped_first(server):
    interaction, dream = await server.start_dream()
    waiting = await server.submit()
    dream.tell(0.1)
    await server.until_shown(interaction, "10%")
    await server.until_shown(waiting, "next")
    await forget(server)
    assert dream.closed.is_set()
    assert "Cancelled" in await server.until_shown(interaction, "Cancelled:")
    assert "Cancelled" in await server.until_shown(waiting, "Cancelled:")
    assert await server.services.store.of_user(server.alice.id, *State) == []
    assert pictures(server) == []
    assert server.script.is_idle


async def test_kept_dreams_are_deleted_too(server):
    _, dream = await server.start_dream()
    server.env.inject_error("POST", "/channels/*/messages", status=403, code=50007, times=None)
    await server.env.advance_time(900)
    dream.finish()
    await server.until_idle()
    await forget(server)
    assert await server.services.store.of_user(server.alice.id, *State) == []
    assert pictures(server) == []


async def test_the_rate_limit_is_not_reset(server):
    for _ in range(3):
        await server.complete_dream()
    await forget(server)
    assert "You've used up your dreams" in await server.private_text(await server.submit())


@pytest.mark.parametrize("what", ["token", "alice"])
async def test_no_row_of_the_user_is_left_in_the_database(server, what):
    await server.complete_dream()
    await forget(server)
    rows = await server.services.store._database.rows("SELECT * FROM jobs")
    assert [tuple(row) for row in rows] == []
