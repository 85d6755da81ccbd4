import pytest
from pydantic import ValidationError

from bot.errors import ChannelRefusal, SwitchedOffRefusal
from bot.rate_limit import UNLIMITED, Allowance
from bot.storage.database import Database
from bot.storage.servers import AllowanceRules, ServerRules, ServerStore, mentions

BASE = Allowance(dreams=6, minutes=10, burst=3, waiting=3)
SERVER = 3


@pytest.fixture
async def store(tmp_path):
    database = await Database.open(tmp_path / "bot.sqlite3")
    yield ServerStore(database)
    await database.close()


def test_default_rules_forbid_nothing():
    ServerRules().check_channel([1])
    assert ServerRules().allowance_of([], BASE) == BASE
    assert not ServerRules().has_own_limits


def test_a_server_that_is_switched_off_allows_no_channel():
    with pytest.raises(SwitchedOffRefusal):
        ServerRules(enabled=False, channels=(1,)).check_channel([1])


def test_a_thread_is_allowed_if_its_parent_is():
    rules = ServerRules(channels=(1, 2))
    rules.check_channel([77, 2])
    with pytest.raises(ChannelRefusal) as refusal:
        rules.check_channel([77, 3])
    assert refusal.value.details["channels"] == "<#1> <#2>"


def test_the_servers_limits_override_the_bots():
    rules = ServerRules(allowance=AllowanceRules(dreams=2, waiting=9))
    assert rules.allowance_of([], BASE) == Allowance(dreams=2, minutes=10, burst=3, waiting=9)
    assert rules.has_own_limits


def test_a_roles_limits_override_the_servers():
    rules = ServerRules(allowance=AllowanceRules(dreams=2, burst=1), roles={7: AllowanceRules(burst=5)})
    assert rules.allowance_of([7], BASE) == Allowance(dreams=2, minutes=10, burst=5, waiting=3)
    assert rules.allowance_of([8], BASE).burst == 1


def test_the_most_generous_of_several_roles_applies():
    rules = ServerRules(roles={7: AllowanceRules(dreams=60), 8: AllowanceRules(dreams=1)})
    assert rules.allowance_of([8, 7], BASE).dreams == 60


def test_a_role_with_a_lower_limit_still_overrides_the_servers():
    rules = ServerRules(roles={8: AllowanceRules(dreams=1)})
    assert rules.allowance_of([8], BASE).dreams == 1


def test_an_exempt_member_is_unlimited_despite_other_roles():
    rules = ServerRules(exempt=(9,), roles={8: AllowanceRules(dreams=1)})
    assert rules.allowance_of([8, 9], BASE) is UNLIMITED


async def test_a_server_without_rules_has_the_default_rules(store):
    assert await store.rules(SERVER) == ServerRules()
    assert await store.rules(None) == ServerRules()


async def test_each_change_is_stored(store):
    await store.change(SERVER, lambda _: {"preset": "webs"})
    others = {"roles": {7: AllowanceRules(burst=5)}, "channels": (10**18,)}
    await store.change(SERVER, lambda _: others)
    expected = ServerRules(preset="webs", roles={7: AllowanceRules(burst=5)}, channels=(10**18,))
    assert await store.rules(SERVER) == expected
    assert await store.rules(4) == ServerRules()


async def test_members_may_join_in_unless_the_rules_forbid_it(store):
    assert (await store.rules(SERVER)).joining
    assert store.may_join_at(SERVER)
    await store.change(SERVER, lambda _: {"joining": False})
    assert not (await store.rules(SERVER)).joining
    assert not store.may_join_at(SERVER)
    assert store.may_join_at(SERVER + 1)
    assert store.may_join_at(None)
    await store.change(SERVER, lambda _: {"joining": True})
    assert store.may_join_at(SERVER)


async def test_rules_of_earlier_versions_allow_joining_in(store):
    statement = "INSERT INTO servers (server_id, rules) VALUES (?, ?)"
    await store._database.execute(statement, (SERVER, '{"enabled": true, "channels": [5]}'))
    assert (await store.rules(SERVER)).joining


async def test_a_restarted_bot_knows_at_once_where_joining_in_is_off(store):
    await store.change(SERVER, lambda _: {"joining": False})
    restarted = ServerStore(store._database)
    await restarted.load()
    assert not restarted.may_join_at(SERVER)


async def test_a_change_can_be_reverted(store):
    await store.change(SERVER, lambda _: {"preset": "webs"})
    await store.change(SERVER, lambda _: {"preset": None})
    assert await store.rules(SERVER) == ServerRules()


async def test_removed_channels_and_roles_leave_the_rules(store):
    limits = {7: AllowanceRules(burst=5), 8: AllowanceRules(burst=6)}
    before = {"channels": (1, 2), "roles": limits, "exempt": (8, 9), "preset": "webs"}
    await store.change(SERVER, lambda _: before)
    expected = ServerRules(channels=(2,), roles={7: AllowanceRules(burst=5)}, exempt=(9,), preset="webs")
    assert await store.remove(SERVER, [1, 8, 77]) == expected
    assert await store.rules(SERVER) == expected


async def test_removing_an_id_that_is_not_set_writes_nothing(store, monkeypatch):
    assert await store.remove(SERVER, [1]) == ServerRules()
    rules = await store.change(SERVER, lambda _: {"channels": (1,)})
    monkeypatch.setattr(store, "change", None)
    assert await store.remove(SERVER, [2]) == rules


def test_named_ids_contain_all_channels_and_roles():
    rules = ServerRules(channels=(1, 2), roles={3: AllowanceRules(burst=5)}, exempt=(3, 4))
    assert rules.named_ids == {1, 2, 3, 4}
    assert ServerRules(preset="webs").named_ids == set()


def test_an_update_changes_only_the_given_limits():
    rules = AllowanceRules(dreams=2, burst=3)
    assert rules.updated(AllowanceRules()) == rules
    given = AllowanceRules(minutes=30, burst=4, waiting=5, running=6)
    assert rules.updated(given) == AllowanceRules(dreams=2, minutes=30, burst=4, waiting=5, running=6)


def test_each_limit_overrides_the_base():
    rules = AllowanceRules(dreams=1, minutes=2, burst=3, waiting=4, running=5)
    assert rules.applied_to(BASE) == Allowance(dreams=1, minutes=2, burst=3, waiting=4, running=5)
    assert AllowanceRules().applied_to(BASE) == BASE


def test_each_limit_is_the_most_generous_of_several_roles():
    first = AllowanceRules(dreams=60, minutes=30, burst=1, waiting=9, running=1)
    second = AllowanceRules(dreams=1, minutes=1, burst=8, waiting=1, running=7)
    rules = ServerRules(roles={7: first, 8: second})
    assert rules.allowance_of([7, 8], BASE) == Allowance(60, 30, burst=8, waiting=9, running=7)


def test_only_limits_give_a_server_its_own_buckets():
    assert not ServerRules(exempt=(9,), channels=(1,), preset="webs", largest_size=64).has_own_limits
    assert ServerRules(roles={7: AllowanceRules(dreams=1)}).has_own_limits


def test_a_removed_preset_falls_back_to_the_bots_default():
    assert ServerRules.model_validate_json('{"preset": "of yore", "largest_size": 64}') == ServerRules(
        largest_size=64
    )
    assert ServerRules(preset="webs").preset == "webs"


@pytest.mark.parametrize("rules", [ServerRules(), AllowanceRules()])
def test_rules_are_immutable(rules):
    with pytest.raises(ValidationError):
        setattr(rules, next(iter(type(rules).model_fields)), None)


def test_mentions_beyond_the_maximum_are_counted():
    assert mentions("#", []) == ""
    assert mentions("@&", [1, 2]) == "<@&1> <@&2>"
    assert mentions("#", range(25)).endswith("<#24>")
    assert mentions("#", range(26)).endswith(" <#24> … +1")
    assert mentions("#", range(40)).startswith("<#0> <#1> ")
    assert mentions("#", range(40)).endswith(" <#24> … +15")


def test_an_unknown_channel_is_refused_if_channels_are_restricted():
    with pytest.raises(ChannelRefusal):
        ServerRules(channels=(1,)).check_channel([])
    ServerRules().check_channel([])


async def test_a_restarted_bot_knows_at_once_where_dreaming_is_limited(store):
    await store.change(SERVER, lambda _: {"enabled": False, "channels": (5,), "largest_size": 512})
    restarted = ServerStore(store._database)
    await restarted.load()
    assert restarted.known_rules(SERVER) == ServerRules(enabled=False, channels=(5,))
    await restarted.change(SERVER, lambda _: {"enabled": True, "channels": ()})
    assert restarted.known_rules(SERVER) == ServerRules()
