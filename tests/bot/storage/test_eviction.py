"""The oldest pictures of the largest users are evicted."""

import pytest

from bot.storage.eviction import KeptPicture, choose_evictions

ALICE, BOB, CAROL = 11, 22, 33


def picture(digest, size=100, used_at=0.0, users=(ALICE,), is_free=True):
    return KeptPicture(digest, size, used_at, frozenset(users), is_free)


def test_nothing_is_evicted_below_the_limit():
    assert choose_evictions([picture("a")], 0) == ([], 0)
    assert choose_evictions([picture("a")], -1) == ([], -1)


def test_the_oldest_pictures_are_evicted_and_no_more_than_necessary():
    kept = [picture("new", used_at=3), picture("old", used_at=1), picture("middle", used_at=2)]
    assert choose_evictions(kept, 101) == (["old", "middle"], -99)
    assert choose_evictions(kept, 100) == (["old"], 0)


def test_unreferenced_pictures_are_evicted_first():
    kept = [picture("named", used_at=1), picture("unnamed", used_at=2, users=())]
    assert choose_evictions(kept, 1)[0] == ["unnamed"]


def test_needed_pictures_stay_and_the_remaining_excess_is_returned():
    kept = [picture("free"), picture("needed", is_free=False)]
    assert choose_evictions(kept, 150) == (["free"], 50)


def test_the_largest_users_pictures_are_evicted_even_if_they_are_newer():
    kept = [
        picture("alice", used_at=1),
        picture("bob's older", used_at=2, users=[BOB]),
        picture("bob's newer", used_at=3, users=[BOB]),
    ]
    assert choose_evictions(kept, 1)[0] == ["bob's older"]


def test_the_largest_user_is_determined_again_after_each_eviction():
    kept = [picture(f"a{age}", used_at=age) for age in range(3)]
    kept += [picture(f"b{age}", used_at=10 + age, users=[BOB]) for age in range(2)]
    chosen, _ = choose_evictions(kept, 300)
    assert chosen[0] == "a0"
    assert sorted(chosen[1:]) == ["a1", "b0"]


def test_needed_pictures_count_towards_their_owners_usage():
    kept = [
        picture("alice", size=60, used_at=1),
        picture("bob", size=50, used_at=2, users=[BOB]),
        picture("bob's open one", size=50, users=[BOB], is_free=False),
    ]
    assert choose_evictions(kept, 1)[0] == ["bob"]


def test_a_new_picture_never_evicts_pictures_of_a_user_with_less_usage():
    kept = [picture("bob", users=[BOB])]
    assert choose_evictions(kept, 50, ALICE, 101) == ([], 50)
    assert choose_evictions(kept, 50, ALICE, 100) == (["bob"], -50)


def test_at_equal_usage_the_owner_of_the_new_picture_loses_pictures():
    kept = [picture("alice", size=50, used_at=9), picture("bob", users=[BOB], used_at=1)]
    assert choose_evictions(kept, 10, ALICE, 50)[0] == ["alice"]


def test_a_user_who_becomes_the_largest_through_the_new_picture_loses_their_own():
    kept = [picture("mine", size=90), picture("bob", users=[BOB], size=95)]
    assert choose_evictions(kept, 90, ALICE, 50) == (["mine"], 0)


def test_a_shared_picture_counts_towards_the_user_with_less_usage():
    kept = [
        picture("shared", used_at=0, users=[ALICE, BOB]),
        picture("alice's", used_at=1),
        picture("alice's other", used_at=2),
    ]
    assert choose_evictions(kept, 200)[0] == ["alice's", "alice's other"]
    assert choose_evictions(kept, 201)[0] == ["alice's", "alice's other", "shared"]


@pytest.mark.parametrize("new", [CAROL, None])
def test_a_user_without_pictures_evicts_those_of_the_largest_user(new):
    kept = [picture("alice"), picture("bob", size=300, users=[BOB])]
    assert choose_evictions(kept, 50, new, 50)[0] == ["bob"]


def test_an_empty_new_picture_evicts_its_owners_before_those_of_equally_large_users():
    kept = [picture("alice", used_at=1), picture("bob", used_at=2, users=[BOB])]
    assert choose_evictions(kept, 150, BOB) == (["bob", "alice"], -50)
