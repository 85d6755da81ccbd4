"""Which ways lead to a person, in which order, and how it is seen that something has come."""

from types import SimpleNamespace

import pytest

from bot.delivery import cards, retry
from bot.delivery.retry import BusyError, ExpiredError, ForbiddenError, GoneError
from bot.delivery.routes import Arrival, Route, first_that_delivered, routes_to
from tests.bot.records import a_reply

EVERY_WAY = ["interaction", "channel", "direct message"]


def transport():
    """A transport whose methods return their own names and arguments."""
    methods = "edit answer_has_file send_to_channel channel_has_file send_dm dm_has_file"
    return SimpleNamespace(**{name: recording(name) for name in methods.split()})


def recording(name):
    async def part(*what, **how):
        return name, what, how

    return part


@pytest.mark.parametrize(
    ("reply", "names"),
    [
        ({}, EVERY_WAY),
        ({"private": True}, ["interaction", "direct message"]),
        ({"reachable": False}, ["interaction", "direct message"]),
        ({"private": True, "reachable": False}, ["interaction", "direct message"]),
        ({"attempt": "channel"}, ["channel", "interaction", "direct message"]),
        ({"attempt": "direct message"}, ["direct message", "interaction", "channel"]),
        ({"attempt": "visit"}, EVERY_WAY),
    ],
    ids=str,
)
def test_the_interaction_comes_before_the_channel_and_that_before_a_direct_message(reply, names):
    assert [route.name for route in routes_to(transport(), a_reply(**reply), "nonce")] == names


def test_each_way_is_tried_for_five_minutes():
    assert [route.seconds for route in routes_to(transport(), a_reply(), "nonce")] == [300.0, 300.0, 300.0]


async def test_each_way_sends_and_looks_at_its_own_place():
    reply, card = a_reply(), cards.ended("an answer")
    routes = routes_to(transport(), reply, "nonce")
    assert [await route.send(card) for route in routes] == [
        ("edit", (reply, card), {}),
        ("send_to_channel", (reply, card), {"nonce": "nonce"}),
        ("send_dm", (reply, card), {"nonce": "nonce"}),
    ]
    assert [await route.find_file("dream-1") for route in routes] == [
        ("answer_has_file", (reply, "dream-1"), {}),
        ("channel_has_file", (reply, "dream-1"), {}),
        ("dm_has_file", (reply, "dream-1"), {}),
    ]


def a_way(name="interaction", find_file=None, send=None, seconds=0.0):
    return Route(name, send, find_file, seconds)


async def test_a_card_is_drawn_anew_for_each_try(monkeypatch):
    monkeypatch.setattr(retry, "_SHORTEST_PAUSE", 0.0)
    troubles, sent = [BusyError(0.0)], []

    async def send(card):
        if troubles:
            raise troubles.pop()
        sent.append(card)

    drawn = iter(("the first", "the second"))
    await a_way(send=send, seconds=10.0).try_to_send(lambda: next(drawn))
    assert sent == ["the second"]


@pytest.mark.parametrize(("seen", "arrival"), [(True, Arrival.YES), (False, Arrival.NO)])
async def test_what_is_seen_has_come_and_what_is_not_seen_has_not(seen, arrival):
    async def find_file(stem):
        assert stem == "dream-1"
        return seen

    assert await a_way(find_file=find_file).has_delivered("dream-1") is arrival


@pytest.mark.parametrize("trouble", [BusyError(0.0), ExpiredError(), ForbiddenError(), GoneError()], ids=repr)
async def test_where_nothing_can_be_seen_it_is_unknown(trouble):
    async def find_file(_):
        raise trouble

    assert await a_way(find_file=find_file).has_delivered("dream-1", 0.0) is Arrival.UNKNOWN
    assert await a_way(find_file=None).has_delivered("dream-1") is Arrival.UNKNOWN


async def test_the_first_way_that_has_brought_it_is_told_and_the_others_are_not_looked_at():
    looked = []

    def looking(name, seen):
        async def find_file(_):
            looked.append(name)
            return seen

        return a_way(name, find_file)

    hidden, empty, full = a_way("hidden"), looking("empty", False), looking("full", True)
    assert await first_that_delivered([hidden, empty, full, looking("last", True)], "dream-1") is full
    assert looked == ["empty", "full"]
    assert await first_that_delivered([hidden, empty], "dream-1") is None
