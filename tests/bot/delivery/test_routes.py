"""The routes to a job's owner, their order, and lookups of arrived dreams."""

from types import SimpleNamespace

import pytest

from bot.delivery import cards, retry
from bot.delivery.retry import BusyError, ExpiredError, ForbiddenError, GoneError
from bot.delivery.routes import Arrival, Route, find_delivered_route, routes_to
from tests.bot.records import a_reply

ALL_ROUTES = ["interaction", "channel", "direct message"]


def transport():
    """A transport whose methods return their own names and arguments."""
    methods = "edit answer_has_file send_to_channel channel_has_file send_dm dm_has_file"
    return SimpleNamespace(**{name: recording(name) for name in methods.split()})


def recording(name):
    async def method(*arguments, **options):
        return name, arguments, options

    return method


@pytest.mark.parametrize(
    ("reply", "names"),
    [
        ({}, ALL_ROUTES),
        ({"private": True}, ["interaction", "direct message"]),
        ({"reachable": False}, ["interaction", "direct message"]),
        ({"private": True, "reachable": False}, ["interaction", "direct message"]),
        ({"attempt": "channel"}, ["channel", "interaction", "direct message"]),
        ({"attempt": "direct message"}, ["direct message", "interaction", "channel"]),
        ({"attempt": "visit"}, ALL_ROUTES),
    ],
    ids=str,
)
def test_routes_are_ordered_interaction_channel_direct_message(reply, names):
    assert [route.name for route in routes_to(transport(), a_reply(**reply), "nonce")] == names


def test_each_route_is_tried_for_five_minutes():
    assert [route.seconds for route in routes_to(transport(), a_reply(), "nonce")] == [300.0, 300.0, 300.0]


async def test_each_route_sends_to_and_searches_its_own_place():
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


def a_route(name="interaction", find_file=None, send=None, seconds=0.0):
    return Route(name, send, find_file, seconds)


async def test_a_card_is_drawn_anew_for_each_attempt(monkeypatch):
    monkeypatch.setattr(retry, "_MIN_PAUSE_SECONDS", 0.0)
    errors, sent = [BusyError(0.0)], []

    async def send(card):
        if errors:
            raise errors.pop()
        sent.append(card)

    drawn = iter(("the first", "the second"))
    await a_route(send=send, seconds=10.0).try_to_send(lambda: next(drawn))
    assert sent == ["the second"]


@pytest.mark.parametrize(("found", "arrival"), [(True, Arrival.YES), (False, Arrival.NO)])
async def test_a_lookup_says_whether_the_dream_has_arrived(found, arrival):
    async def find_file(stem):
        assert stem == "dream-1"
        return found

    assert await a_route(find_file=find_file).has_delivered("dream-1") is arrival


@pytest.mark.parametrize("error", [BusyError(0.0), ExpiredError(), ForbiddenError(), GoneError()], ids=repr)
async def test_the_arrival_is_unknown_if_the_lookup_fails(error):
    async def find_file(_):
        raise error

    assert await a_route(find_file=find_file).has_delivered("dream-1", 0.0) is Arrival.UNKNOWN
    assert await a_route(find_file=None).has_delivered("dream-1") is Arrival.UNKNOWN


async def test_the_search_ends_at_the_first_route_that_has_delivered():
    lookups = []

    def route_with_file(name, found):
        async def find_file(_):
            lookups.append(name)
            return found

        return a_route(name, find_file)

    hidden, empty, full = a_route("hidden"), route_with_file("empty", False), route_with_file("full", True)
    assert await find_delivered_route([hidden, empty, full, route_with_file("last", True)], "dream-1") is full
    assert lookups == ["empty", "full"]
    assert await find_delivered_route([hidden, empty], "dream-1") is None
