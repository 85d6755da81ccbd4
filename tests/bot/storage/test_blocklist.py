import pytest

from bot.errors import BlockedRefusal, BlockedServerRefusal
from bot.storage.blocklist import Blocklist

ALICE, SERVER = 1 << 60, 2 << 60


@pytest.fixture
def blocklist(database, clock):
    return Blocklist(database, clock)


async def test_nobody_is_blocked_at_first(blocklist):
    await blocklist.check(ALICE, SERVER)
    await blocklist.check(ALICE, None)


async def test_a_blocked_user_is_blocked_in_every_server(blocklist):
    await blocklist.add("user", ALICE)
    for server in (SERVER, None):
        with pytest.raises(BlockedRefusal):
            await blocklist.check(ALICE, server)
    await blocklist.check(ALICE + 1, SERVER)


async def test_a_blocked_server_is_blocked_for_every_user(blocklist):
    await blocklist.add("server", SERVER)
    with pytest.raises(BlockedServerRefusal):
        await blocklist.check(ALICE, SERVER)
    await blocklist.check(ALICE, SERVER + 1)
    await blocklist.check(ALICE, None)


async def test_a_user_and_a_server_with_the_same_id_are_distinct(blocklist):
    await blocklist.add("server", ALICE)
    await blocklist.check(ALICE, SERVER)


async def test_an_unblocked_user_is_served_again(blocklist):
    await blocklist.add("user", ALICE)
    await blocklist.remove("user", ALICE)
    await blocklist.check(ALICE, SERVER)


async def test_the_list_is_sorted_from_latest_to_earliest_without_duplicates(blocklist, clock):
    for user in (3, 1, 2, 3):
        clock.now += 1
        await blocklist.add("user", user)
    assert list(await blocklist.all("user")) == [2, 1, 3]
    assert not await blocklist.all("server")


async def test_a_restarted_bot_knows_at_once_who_is_blocked(blocklist, database):
    await blocklist.add("user", ALICE)
    await blocklist.add("server", SERVER)
    restarted = Blocklist(database)
    assert not restarted.surely_blocks(ALICE, None)
    await restarted.load()
    assert restarted.surely_blocks(ALICE, None)
    assert restarted.surely_blocks(ALICE + 1, SERVER)
    assert not restarted.surely_blocks(ALICE + 1, SERVER + 1)
    await restarted.remove("user", ALICE)
    assert not restarted.surely_blocks(ALICE, None)
