"""The cache of compiled steps and networks."""

import pytest

from dream_engine.compute.lru_cache import LruCache


def a_cache(most: int) -> tuple[LruCache[str], list[str]]:
    made: list[str] = []

    def make(*words: str) -> str:
        made.append("-".join(words))
        return made[-1]

    return LruCache(most, make), made


def test_makes_a_repeated_value_once():
    cache, made = a_cache(2)
    assert cache("a", "b") == "a-b"
    assert cache("a", "b") == "a-b"
    assert made == ["a-b"]


def test_drops_the_least_recently_used_value():
    cache, made = a_cache(2)
    for word in ("a", "b", "a", "c", "a", "b"):
        cache(word)
    assert made == ["a", "b", "c", "b"]
    assert len(cache) == 2


def test_drops_a_value_before_it_makes_another():
    lengths = []
    cache = LruCache(1, lambda _: lengths.append(len(cache)))
    cache("a")
    cache("b")
    assert lengths == [0, 0]


def test_drops_the_oldest_on_request_but_not_the_last():
    cache, made = a_cache(3)
    for word in ("a", "b", "c", "a"):
        cache(word)
    assert cache.drop_oldest()
    assert cache.drop_oldest()
    assert not cache.drop_oldest()
    assert len(cache) == 1
    cache("a")
    assert made == ["a", "b", "c"]


def test_drops_the_last_too_if_none_is_to_be_kept():
    cache, _ = a_cache(3)
    cache("a")
    cache("b")
    assert cache.drop_oldest(keep=0)
    assert cache.drop_oldest(keep=0)
    assert not cache.drop_oldest(keep=0)
    assert len(cache) == 0


def test_drops_nothing_if_it_is_empty():
    cache, _ = a_cache(3)
    assert not cache.drop_oldest()


def test_keeps_its_values_if_another_cannot_be_made():
    cache, made = a_cache(3)
    cache("a")
    with pytest.raises(TypeError):
        cache(1)
    assert len(cache) == 1
    assert made == ["a"]
