"""What Discord has deleted leaves the rules, and nothing else does."""

import asyncio
import logging

import pytest

from bot.channel_lookup import Missing
from bot.operations.reconciliation import RulesReconciler
from bot.storage.database import Database
from bot.storage.servers import AllowanceRules, ServerRules, ServerStore

HERE, ELSEWHERE = 3, 4
THERE, DELETED, HIDDEN = 11, 12, 13
LIMITS = AllowanceRules(dreams=1)
NAMED = {
    "channels": (THERE, DELETED, HIDDEN),
    "roles": {THERE + 10: LIMITS, DELETED + 10: LIMITS, HIDDEN + 10: LIMITS},
    "exempt": (THERE + 20, DELETED + 20, HIDDEN + 20),
}
LEFT = ServerRules(
    channels=(THERE, HIDDEN),
    roles={THERE + 10: LIMITS, HIDDEN + 10: LIMITS},
    exempt=(THERE + 20, HIDDEN + 20),
)


class Lookup:
    """Knows of each id by its last digit whether it is there."""

    def __init__(self):
        self.available = {HERE, ELSEWHERE}
        self.channels, self.roles = [], []
        self.answered = asyncio.Event()
        self.answered.set()

    def available_server(self, server_id):
        return object() if server_id in self.available else None

    async def channel(self, server_id, channel_id):
        self.channels.append(channel_id)
        return await self._found(channel_id)

    async def role(self, server_id, role_id):
        self.roles.append(role_id)
        return await self._found(role_id)

    async def _found(self, number):
        await self.answered.wait()
        return {1: object(), 2: Missing.DELETED, 3: Missing.HIDDEN}[number % 10]


class Server:
    def __init__(self, number):
        self.id = number


class Client:
    guilds = (Server(HERE), Server(ELSEWHERE))


@pytest.fixture
def lookup():
    return Lookup()


@pytest.fixture
async def store(tmp_path):
    database = await Database.open(tmp_path / "bot.sqlite3")
    store = ServerStore(database)
    for server in (HERE, ELSEWHERE, 5):
        await store.change(server, lambda _: NAMED)
    yield store
    await database.close()


@pytest.fixture
def reconciler(store, lookup):
    return RulesReconciler(Client(), store, lookup)


async def test_what_is_deleted_leaves_and_what_is_there_or_cannot_be_seen_stays(reconciler, store):
    assert await reconciler.reconcile(HERE) == LEFT
    assert await store.rules(HERE) == LEFT
    assert (await store.rules(ELSEWHERE)).named_ids == ServerRules(**NAMED).named_ids


async def test_channels_are_looked_for_among_channels_and_roles_among_roles(reconciler, lookup):
    await reconciler.reconcile(HERE)
    assert sorted(lookup.channels) == [11, 12, 13]
    assert sorted(lookup.roles) == [21, 22, 23, 31, 32, 33]


async def test_every_server_that_the_gateway_told_of_is_looked_through(reconciler, store):
    await reconciler.reconcile_all()
    assert [await store.rules(server) for server in (HERE, ELSEWHERE, 5)] == [
        LEFT,
        LEFT,
        ServerRules(**NAMED),
    ]


async def test_of_a_server_that_is_not_available_nothing_is_asked(reconciler, store, lookup):
    lookup.available = set()
    assert await reconciler.reconcile(HERE) == ServerRules(**NAMED)
    assert not lookup.channels


async def test_nobody_waits_for_long(reconciler, lookup, monkeypatch):
    lookup.answered.clear()
    monkeypatch.setattr("bot.operations.reconciliation._TIMEOUT_SECONDS", 0.01)
    assert await reconciler.reconcile_with_timeout(HERE) == ServerRules(**NAMED)
    lookup.answered.set()
    assert await reconciler.reconcile_with_timeout(HERE) == LEFT


async def test_the_log_says_what_was_dropped(reconciler, caplog):
    caplog.set_level(logging.INFO)
    await reconciler.remove(HERE, [DELETED, DELETED + 10, 99])
    (line,) = caplog.messages
    assert line == "Removed 12, 22 from the rules of server 3, because Discord has deleted them."
    await reconciler.remove(HERE, [99])
    assert len(caplog.messages) == 1
