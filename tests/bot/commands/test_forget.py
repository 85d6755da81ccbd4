import pytest

from bot.models import State
from fake_discord.simcord_additions import text_of
from tests.bot.simulated_server import all_answers


async def forget(server, who=None):
    asked = await (who or server.alice).slash(server.square, "forget-me")
    assert asked.ephemeral
    assert text_of(asked.response).startswith(
        "Done. I have deleted your dreams, the pictures they grew out of"
    )


def pictures(server):
    return list((server.settings.data_dir / "pictures").iterdir())


async def test_it_deletes_jobs_and_pictures(server):
    answer = await server.dreamed()
    await forget(server)
    assert await server.services.store.of_user(server.alice.id, *State) == []
    assert pictures(server) == []
    click = await server.alice.click(answer, label="Again")
    assert "I no longer have what this needs" in text_of(all_answers(click)[-1])


async def test_who_had_nothing_stored_is_told_the_same(server):
    await forget(server)


async def test_what_others_have_stays(server):
    await server.dreamed(server.alice)
    theirs = await server.dreamed(server.bob)
    await forget(server)
    await server.bob.click(theirs, label="Deeper")
    await server.script.begun()


async def test_what_waits_and_what_is_dreamed_is_stopped_first(server):
    asked, dream = await server.begun()
    waiting = await server.submit()
    dream.tell(0.1)
    await server.says(asked, "10%")
    await server.says(waiting, "next")
    await forget(server)
    assert dream.closed.is_set()
    assert "cancelled" in await server.says(asked, "cancelled")
    assert "cancelled" in await server.says(waiting, "cancelled")
    assert await server.services.store.of_user(server.alice.id, *State) == []
    assert pictures(server) == []
    assert server.script.is_idle


async def test_what_is_kept_for_the_next_visit_goes_as_well(server):
    _, dream = await server.begun()
    server.env.inject_error("POST", "/channels/*/messages", status=403, code=50007, times=None)
    await server.env.advance_time(900)
    dream.finish()
    await server.quiet()
    await forget(server)
    assert await server.services.store.of_user(server.alice.id, *State) == []
    assert pictures(server) == []


async def test_it_forgives_nothing(server):
    for _ in range(3):
        await server.dreamed()
    await forget(server)
    assert "You have dreamed a lot!" in await server.whispers(await server.submit())


@pytest.mark.parametrize("what", ["token", "alice"])
async def test_nothing_of_theirs_is_left_in_the_database(server, what):
    await server.dreamed()
    await forget(server)
    rows = await server.services.store._database.rows("SELECT * FROM jobs")
    assert [tuple(row) for row in rows] == []
