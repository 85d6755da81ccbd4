"""A damaged row or a foreign folder never affects other users."""

import pytest

from bot.errors import SwitchedOffRefusal
from bot.models import State
from bot.storage import job_admission
from bot.storage.servers import ServerStore
from tests.bot.records import a_job
from tests.bot.simulated_server import is_result


async def damage(server, statement, *values):
    assert await server.services.database.execute(statement, values)


async def insert(server, **job):
    async with server.services.database.transaction() as connection:
        await job_admission.insert(connection, made := a_job(server.bob.id, **job))
    return made


async def test_a_bot_with_every_kind_of_damaged_row_starts_and_serves(server, caplog):
    waiting, _ = await server.start_dream()
    for state in (State.RECEIVED, State.QUEUED, State.RUNNING, State.DREAMED, State.KEPT):
        job = await insert(server, state=state)
        await damage(server, "UPDATE jobs SET reply = 'torn' WHERE id = ?", job.id)
    ended = await insert(server, state=State.FAILED, pending_message="It failed.")
    await damage(server, "UPDATE jobs SET options = '[1' WHERE id = ?", ended.id)
    unknown = await insert(server)
    await damage(server, "UPDATE jobs SET state = 'dancing' WHERE id = ?", unknown.id)
    await damage(server, "INSERT INTO speeds VALUES ('efficientnet_lite0', 'mild', 9e999)")
    await damage(server, "INSERT OR REPLACE INTO servers VALUES (?, 'torn')", server.guild.id)
    (server.settings.data_dir / "pictures" / "lost+found").mkdir()
    await server.restart(killed=True)
    (await server.script.next_dream()).finish()
    await server.answer(waiting)
    for job in (ended, unknown):
        assert f"Job {job.id} is unreadable and is set aside" in caplog.text
    assert "lost+found does not belong to the bot and is skipped." in caplog.text
    await server.complete_dream(server.bob)
    shown = await server.alice.slash(server.general, "queue")
    await server.until_shown(shown, "You have no dreams in progress.")


async def test_the_owner_of_a_waiting_job_with_a_removed_preset_is_told_so(server):
    await server.start_dream(server.bob)
    waiting = await server.submit()
    await server.until_shown(waiting, "You're next.")
    changed = "UPDATE jobs SET options = json_set(options, '$.preset', 'gone') WHERE user_id = ?"
    await damage(server, changed, server.alice.id)
    await server.restart(killed=True)
    (await server.script.next_dream()).finish()
    message = "There's no preset called “gone” any more."
    await server.until(lambda: [text for _, _, text, _ in server.recorder.log if message in text])
    assert message in await server.private_text(waiting)
    await server.complete_dream(server.alice)


async def test_a_job_that_cannot_be_resumed_fails_without_affecting_others(server, monkeypatch):
    asked, _ = await server.start_dream(server.bob)
    waiting = await server.submit()
    await server.until_shown(waiting, "You're next.")
    victim = (await server.only_job(server.bob)).id
    runner = type(server.services.runner)
    wait = runner._wait

    def broken(self, job):
        if job.id == victim:
            raise RuntimeError("a bug")
        wait(self, job)

    monkeypatch.setattr(runner, "_wait", broken)
    await server.restart(killed=True)
    await server.until_shown(asked, "Something went wrong on my side")
    (await server.script.next_dream()).finish()
    assert is_result(await server.answer(waiting))


@pytest.fixture
def servers(database):
    return ServerStore(database)


async def test_the_readable_fields_of_damaged_rules_apply(servers, database, caplog):
    damaged = '{"enabled": false, "channels": "all", "preset": 5, "exempt": [7]}'
    await database.execute("INSERT INTO servers VALUES (3, ?)", (damaged,))
    for _ in range(2):
        rules = await servers.rules(3)
    assert (rules.enabled, rules.channels, rules.preset, rules.exempt) == (False, (), None, (7,))
    with pytest.raises(SwitchedOffRefusal):
        rules.check_channel([5])
    assert caplog.text.count("The rules of server 3 are partly unreadable") == 1
    assert damaged in caplog.text


@pytest.mark.parametrize("text", ["", "torn", "[]", "5", '{"roles": {"a": 1}}', b"\xff\x00", "[" * 100_000])
async def test_unreadable_rules_count_as_default_rules_and_can_be_replaced(servers, database, text):
    await database.execute("INSERT INTO servers VALUES (3, ?)", (text,))
    assert await servers.rules(3) == await servers.rules(None)
    await servers.change(3, lambda _: {"enabled": False})
    assert not (await ServerStore(database).rules(3)).enabled
