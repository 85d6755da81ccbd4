import pytest

from bot.models import State
from fake_discord.simcord_additions import text_of
from tests.bot.simulated_server import all_answers


async def forget(town, who=None):
    asked = await (who or town.alice).slash(town.square, "forget-me")
    assert asked.ephemeral
    assert text_of(asked.response).startswith(
        "Done. I have deleted your dreams, the pictures they grew out of"
    )


def pictures(town):
    return list((town.settings.data_dir / "pictures").iterdir())


async def test_it_deletes_jobs_and_pictures(town):
    answer = await town.dreamed()
    await forget(town)
    assert await town.parts.store.of_user(town.alice.id, *State) == []
    assert pictures(town) == []
    click = await town.alice.click(answer, label="Again")
    assert "I no longer have what this needs" in text_of(all_answers(click)[-1])


async def test_who_had_nothing_stored_is_told_the_same(town):
    await forget(town)


async def test_what_others_have_stays(town):
    await town.dreamed(town.alice)
    theirs = await town.dreamed(town.bob)
    await forget(town)
    await town.bob.click(theirs, label="Deeper")
    await town.script.begun()


async def test_what_waits_and_what_is_dreamed_is_stopped_first(town):
    asked, dream = await town.begun()
    waiting = await town.order()
    dream.tell(0.1)
    await town.says(asked, "10%")
    await town.says(waiting, "next")
    await forget(town)
    assert dream.closed.is_set()
    assert "cancelled" in await town.says(asked, "cancelled")
    assert "cancelled" in await town.says(waiting, "cancelled")
    assert await town.parts.store.of_user(town.alice.id, *State) == []
    assert pictures(town) == []
    assert town.script.is_idle


async def test_what_is_kept_for_the_next_visit_goes_as_well(town):
    _, dream = await town.begun()
    town.env.inject_error("POST", "/channels/*/messages", status=403, code=50007, times=None)
    await town.env.advance_time(900)
    dream.finish()
    await town.quiet()
    await forget(town)
    assert await town.parts.store.of_user(town.alice.id, *State) == []
    assert pictures(town) == []


async def test_it_forgives_nothing(town):
    for _ in range(3):
        await town.dreamed()
    await forget(town)
    assert "You have dreamed a lot!" in await town.whispers(await town.order())


@pytest.mark.parametrize("what", ["token", "alice"])
async def test_nothing_of_theirs_is_left_in_the_database(town, what):
    await town.dreamed()
    await forget(town)
    rows = await town.parts.store._database.rows("SELECT * FROM jobs")
    assert [tuple(row) for row in rows] == []
