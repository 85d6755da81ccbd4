"""Who gives way when there is no room: whoever takes most, and of theirs the oldest."""

import pytest

from bot.storage.eviction import KeptPicture, choose_evictions

ALICE, BOB, CAROL = 11, 22, 33


def picture(digest, size=100, used_at=0.0, users=(ALICE,), is_free=True):
    return KeptPicture(digest, size, used_at, frozenset(users), is_free)


def test_where_there_is_room_nothing_gives_way():
    assert choose_evictions([picture("a")], 0) == ([], 0)
    assert choose_evictions([picture("a")], -1) == ([], -1)


def test_the_oldest_go_first_and_no_more_than_it_takes():
    kept = [picture("new", used_at=3), picture("old", used_at=1), picture("middle", used_at=2)]
    assert choose_evictions(kept, 101) == (["old", "middle"], -99)
    assert choose_evictions(kept, 100) == (["old"], 0)


def test_what_nobody_names_goes_before_everything_else():
    kept = [picture("named", used_at=1), picture("unnamed", used_at=2, users=())]
    assert choose_evictions(kept, 1)[0] == ["unnamed"]


def test_what_is_needed_stays_and_it_is_told_how_much_is_lacking():
    kept = [picture("free"), picture("needed", is_free=False)]
    assert choose_evictions(kept, 150) == (["free"], 50)


def test_whoever_takes_most_gives_way_however_new_theirs_are():
    kept = [
        picture("alice", used_at=1),
        picture("bob's older", used_at=2, users=[BOB]),
        picture("bob's newer", used_at=3, users=[BOB]),
    ]
    assert choose_evictions(kept, 1)[0] == ["bob's older"]


def test_with_each_picture_less_it_is_seen_anew_who_takes_most():
    kept = [picture(f"a{age}", used_at=age) for age in range(3)]
    kept += [picture(f"b{age}", used_at=10 + age, users=[BOB]) for age in range(2)]
    chosen, _ = choose_evictions(kept, 300)
    assert chosen[0] == "a0"
    assert sorted(chosen[1:]) == ["a1", "b0"]


def test_what_is_needed_counts_for_whoever_has_it():
    kept = [
        picture("alice", size=60, used_at=1),
        picture("bob", size=50, used_at=2, users=[BOB]),
        picture("bob's open one", size=50, users=[BOB], is_free=False),
    ]
    assert choose_evictions(kept, 1)[0] == ["bob"]


def test_a_newcomer_takes_no_room_from_who_has_less_than_they_would_have():
    kept = [picture("bob", users=[BOB])]
    assert choose_evictions(kept, 50, ALICE, 101) == ([], 50)
    assert choose_evictions(kept, 50, ALICE, 100) == (["bob"], -50)


def test_at_equal_shares_a_newcomers_own_give_way():
    kept = [picture("alice", size=50, used_at=9), picture("bob", users=[BOB], used_at=1)]
    assert choose_evictions(kept, 10, ALICE, 50)[0] == ["alice"]


def test_who_takes_most_by_the_new_picture_gives_way_with_their_own():
    kept = [picture("mine", size=90), picture("bob", users=[BOB], size=95)]
    assert choose_evictions(kept, 90, ALICE, 50) == (["mine"], 0)


def test_a_picture_of_two_people_counts_for_who_takes_less():
    kept = [
        picture("shared", used_at=0, users=[ALICE, BOB]),
        picture("alice's", used_at=1),
        picture("alice's other", used_at=2),
    ]
    assert choose_evictions(kept, 200)[0] == ["alice's", "alice's other"]
    assert choose_evictions(kept, 201)[0] == ["alice's", "alice's other", "shared"]


@pytest.mark.parametrize("new", [CAROL, None])
def test_somebody_who_has_nothing_gets_room_from_who_has_most(new):
    kept = [picture("alice"), picture("bob", size=300, users=[BOB])]
    assert choose_evictions(kept, 50, new, 50)[0] == ["bob"]


def test_for_a_new_picture_of_no_bytes_its_owner_gives_way_before_others_who_take_as_much():
    kept = [picture("alice", used_at=1), picture("bob", used_at=2, users=[BOB])]
    assert choose_evictions(kept, 150, BOB) == (["bob", "alice"], -50)
