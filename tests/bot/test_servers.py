import pytest

from bot.admission import UNLIMITED, Allowance
from bot.database import Database
from bot.errors import ChannelRefusal, SwitchedOffRefusal
from bot.servers import AllowanceRules, ServerRules, ServerStore

BASE = Allowance(dreams=6, minutes=10, burst=3, waiting=3)
SERVER = 3


@pytest.fixture
async def store(tmp_path):
    database = await Database.open(tmp_path / "bot.sqlite3")
    yield ServerStore(database)
    await database.close()


def test_no_rules_forbid_nothing():
    ServerRules().check_place([1])
    assert ServerRules().allowance_of([], BASE) == BASE
    assert not ServerRules().counts_for_itself


def test_switched_off_means_everywhere():
    with pytest.raises(SwitchedOffRefusal):
        ServerRules(enabled=False, channels=(1,)).check_place([1])


def test_a_thread_may_be_allowed_by_its_parent():
    rules = ServerRules(channels=(1, 2))
    rules.check_place([77, 2])
    with pytest.raises(ChannelRefusal) as refusal:
        rules.check_place([77, 3])
    assert refusal.value.details["channels"] == "<#1> <#2>"


def test_some_numbers_in_place_of_the_bots():
    rules = ServerRules(allowance=AllowanceRules(dreams=2, waiting=9))
    assert rules.allowance_of([], BASE) == Allowance(dreams=2, minutes=10, burst=3, waiting=9)
    assert rules.counts_for_itself


def test_a_roles_numbers_stand_over_everybodys():
    rules = ServerRules(allowance=AllowanceRules(dreams=2, burst=1), roles={7: AllowanceRules(burst=5)})
    assert rules.allowance_of([7], BASE) == Allowance(dreams=2, minutes=10, burst=5, waiting=3)
    assert rules.allowance_of([8], BASE).burst == 1


def test_of_several_roles_the_most_generous_counts():
    rules = ServerRules(roles={7: AllowanceRules(dreams=60), 8: AllowanceRules(dreams=1)})
    assert rules.allowance_of([8, 7], BASE).dreams == 60


def test_a_stingy_role_takes_precedence_over_everybody():
    rules = ServerRules(roles={8: AllowanceRules(dreams=1)})
    assert rules.allowance_of([8], BASE).dreams == 1


def test_who_is_exempt_is_unlimited_whatever_else_they_are():
    rules = ServerRules(exempt=(9,), roles={8: AllowanceRules(dreams=1)})
    assert rules.allowance_of([8, 9], BASE) is UNLIMITED


async def test_a_server_without_rules_has_the_usual_ones(store):
    assert await store.rules(SERVER) == ServerRules()
    assert await store.rules(None) == ServerRules()


async def test_changes_are_kept_one_by_one(store):
    await store.change(SERVER, lambda _: {"preset": "webs"})
    others = {"roles": {7: AllowanceRules(burst=5)}, "channels": (10**18,)}
    await store.change(SERVER, lambda _: others)
    expected = ServerRules(preset="webs", roles={7: AllowanceRules(burst=5)}, channels=(10**18,))
    assert await store.rules(SERVER) == expected
    assert await store.rules(4) == ServerRules()


async def test_a_change_can_be_taken_back(store):
    await store.change(SERVER, lambda _: {"preset": "webs"})
    await store.change(SERVER, lambda _: {"preset": None})
    assert await store.rules(SERVER) == ServerRules()
