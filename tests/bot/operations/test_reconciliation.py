"""Only channels and roles that Discord has deleted are removed from the rules."""

import asyncio
import logging

import pytest

from bot.channel_lookup import Missing
from bot.operations.reconciliation import RulesReconciler
from bot.storage.database import Database
from bot.storage.servers import AllowanceRules, ServerRules, ServerStore

SERVER, OTHER_SERVER = 3, 4
EXISTING, DELETED, HIDDEN = 11, 12, 13
LIMITS = AllowanceRules(dreams=1)
BEFORE = {
    "channels": (EXISTING, DELETED, HIDDEN),
    "roles": {EXISTING + 10: LIMITS, DELETED + 10: LIMITS, HIDDEN + 10: LIMITS},
    "exempt": (EXISTING + 20, DELETED + 20, HIDDEN + 20),
}
AFTER = ServerRules(
    channels=(EXISTING, HIDDEN),
    roles={EXISTING + 10: LIMITS, HIDDEN + 10: LIMITS},
    exempt=(EXISTING + 20, HIDDEN + 20),
)


class Lookup:
    """Answers by the last digit of an id: 1 exists, 2 is deleted, 3 is hidden."""

    def __init__(self):
        self.available = {SERVER, OTHER_SERVER}
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
    guilds = (Server(SERVER), Server(OTHER_SERVER))


@pytest.fixture
def lookup():
    return Lookup()


@pytest.fixture
async def store(tmp_path):
    database = await Database.open(tmp_path / "bot.sqlite3")
    store = ServerStore(database)
    for server in (SERVER, OTHER_SERVER, 5):
        await store.change(server, lambda _: BEFORE)
    yield store
    await database.close()


@pytest.fixture
def reconciler(store, lookup):
    return RulesReconciler(client=Client(), servers=store, lookup=lookup)


async def test_deleted_channels_and_roles_are_removed_and_visible_or_hidden_ones_stay(reconciler, store):
    assert await reconciler.reconcile(SERVER) == AFTER
    assert await store.rules(SERVER) == AFTER
    assert (await store.rules(OTHER_SERVER)).named_ids == ServerRules(**BEFORE).named_ids


async def test_channels_are_looked_up_as_channels_and_roles_as_roles(reconciler, lookup):
    await reconciler.reconcile(SERVER)
    assert sorted(lookup.channels) == [11, 12, 13]
    assert sorted(lookup.roles) == [21, 22, 23, 31, 32, 33]


async def test_every_server_that_the_gateway_announced_is_reconciled(reconciler, store):
    await reconciler.reconcile_all()
    assert [await store.rules(server) for server in (SERVER, OTHER_SERVER, 5)] == [
        AFTER,
        AFTER,
        ServerRules(**BEFORE),
    ]


async def test_an_unavailable_server_is_not_reconciled(reconciler, store, lookup):
    lookup.available = set()
    assert await reconciler.reconcile(SERVER) == ServerRules(**BEFORE)
    assert not lookup.channels


async def test_a_slow_reconciliation_returns_the_rules_unchanged(reconciler, lookup, monkeypatch):
    lookup.answered.clear()
    monkeypatch.setattr("bot.operations.reconciliation._TIMEOUT_SECONDS", 0.01)
    assert await reconciler.reconcile_with_timeout(SERVER) == ServerRules(**BEFORE)
    lookup.answered.set()
    assert await reconciler.reconcile_with_timeout(SERVER) == AFTER


async def test_removed_ids_are_logged(reconciler, caplog):
    caplog.set_level(logging.INFO)
    await reconciler.remove(SERVER, [DELETED, DELETED + 10, 99])
    (line,) = caplog.messages
    assert line == "Removed 12, 22 from the rules of server 3, because Discord has deleted them."
    await reconciler.remove(SERVER, [99])
    assert len(caplog.messages) == 1
