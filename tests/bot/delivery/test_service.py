"""Delivery over routes: their order, lookups after a restart, and interrupted edits."""

import asyncio

import pytest

from bot.delivery import cards, live_card
from bot.delivery import retry as retry_module
from bot.delivery import service as service_module
from bot.delivery.retry import (
    BusyError,
    DeliveryError,
    ExpiredError,
    ForbiddenError,
    GoneError,
    TooLargeError,
)
from bot.delivery.routes import Arrival
from bot.models import State
from bot.texts import packaged_catalogue
from tests.bot.delivery.recording_transport import PICTURE, RecordedDelivery, a_card, deliver
from tests.bot.records import NOW, a_job, a_reply, an_outcome, noise

ELSEWHERE = packaged_catalogue().texts("en")("card-elsewhere")


async def test_the_interaction_is_the_first_route(delivery, transport):
    record = await deliver(delivery)
    assert (record.state, record.outcome) == (State.DELIVERED, an_outcome())
    assert record.attempts == []
    assert transport.tried == ["interaction"]
    assert transport.arrived[0][1] == PICTURE


@pytest.mark.parametrize(
    ("reply", "routes"),
    [
        ({}, ["interaction", "channel", "dm"]),
        ({"private": True}, ["interaction", "dm"]),
        ({"reachable": False}, ["interaction", "dm"]),
    ],
    ids=["public", "private", "user-installed"],
)
async def test_a_dream_that_no_route_takes_is_kept(delivery, transport, reply, routes):
    transport.errors = {"interaction": ExpiredError(), "channel": ForbiddenError(), "dm": ForbiddenError()}
    record = await deliver(delivery, **reply)
    assert record.state is State.KEPT
    assert transport.tried[: len(routes)] == routes


async def test_the_card_of_a_kept_dream_says_how_to_get_it(delivery, transport):
    transport.errors = {"channel": ForbiddenError(), "dm": ForbiddenError()}
    transport.max_bytes = 10
    record = await deliver(delivery, image=noise(64))
    assert record.state is State.KEPT
    (text,) = [text for route, _, text in transport.arrived if route == "interaction"]
    assert "You'll get it the next time you use `/queue` or `/dream`." in text
    ((_, _, message),) = record.ends
    assert "You'll get it the next time" in message
    assert record.arrived_before == (), "the card was changed before it was stored that the dream is kept"


@pytest.mark.parametrize("error", [GoneError(), ForbiddenError()])
async def test_a_deleted_answer_ends_the_job(delivery, transport, error):
    transport.errors = {"interaction": error}
    record = await deliver(delivery)
    assert record.ends == [("end", State.LOST, None)]
    assert (transport.tried, transport.arrived, transport.channel_edits) == (["interaction"], [], [])


@pytest.mark.parametrize("error", [GoneError(), ForbiddenError(), DeliveryError(), TooLargeError()])
async def test_a_channel_that_fails_leads_to_a_direct_message(delivery, transport, error):
    transport.errors = {"interaction": ExpiredError(), "channel": error}
    record = await deliver(delivery)
    assert record.state is State.DELIVERED
    assert transport.arrived[0][0] == "dm"


@pytest.mark.usefixtures("no_retries")
async def test_a_route_that_stays_busy_is_abandoned(delivery, transport):
    transport.errors = {"interaction": BusyError(0.0)}
    record = await deliver(delivery)
    assert record.state is State.DELIVERED
    assert transport.arrived[0][0] == "channel"


@pytest.mark.usefixtures("no_retries")
@pytest.mark.parametrize("route", ["interaction", "channel", "dm"])
async def test_a_dream_accepted_by_a_busy_discord_is_not_sent_over_another_route(delivery, transport, route):
    transport.errors = {name: ExpiredError() for name in ("interaction", "channel", "dm") if name != route}
    transport.errors[route] = BusyError(0.0)
    transport.found_on = {route}
    record = await deliver(delivery)
    assert record.state is State.DELIVERED
    routes = ["interaction", "channel", "dm"]
    assert list(dict.fromkeys(transport.tried)) == routes[: routes.index(route) + 1]
    assert transport.lookups == [route]


@pytest.mark.parametrize("ahead", [16 * 60, -16 * 60])
async def test_the_clock_does_not_decide_how_long_the_interaction_is_tried(
    delivery, transport, monkeypatch, ahead
):
    monkeypatch.setattr(retry_module, "_MIN_PAUSE_SECONDS", 0.0)
    failures = [BusyError(0.0)]
    send = transport._send

    def busy_once(route, card):
        if failures:
            transport.tried.append(route)
            raise failures.pop()
        send(route, card)

    transport._send = busy_once
    record = await deliver(delivery, expires_at=NOW - ahead)
    assert record.state is State.DELIVERED
    assert transport.tried == ["interaction", "interaction"]


async def test_an_attempt_is_stored_before_it_is_made(delivery, transport):
    transport.errors = {"interaction": ExpiredError(), "channel": ForbiddenError()}
    record = await deliver(delivery)
    attempts = [entry for entry in record.log if entry[0] == "attempt"]
    assert attempts == [
        ("attempt", "channel", ("interaction",)),
        ("attempt", "direct message", ("interaction", "channel")),
    ]


async def test_the_card_of_a_dream_sent_over_another_route_stops_waiting(delivery, transport):
    transport.errors = {"interaction": ExpiredError()}
    record = await deliver(delivery)
    (card,) = transport.channel_edits
    assert ELSEWHERE in card
    assert "custom_id" not in card
    assert record.ends == [("end", State.DELIVERED, ELSEWHERE)]
    assert record.channel_edits_before == (), "the card changed before the delivery was stored"


async def test_the_card_of_a_dream_too_large_for_it_says_where_the_dream_is(delivery, transport):
    send = transport._send

    def send_or_refuse(route, card):
        if route == "interaction" and card.files:
            transport.tried.append(route)
            raise TooLargeError
        send(route, card)

    transport._send = send_or_refuse
    record = await deliver(delivery, image=noise(64))
    assert record.state is State.DELIVERED
    assert record.arrived_before == ("channel",)
    route, _, text = transport.arrived[-1]
    assert route == "interaction"
    assert ELSEWHERE in text


async def test_a_dream_sent_by_the_interaction_needs_no_other_card(delivery, transport):
    await deliver(delivery)
    assert transport.channel_edits == []


async def test_a_dream_that_may_have_arrived_is_looked_up_first(delivery, transport):
    transport.found_on = {"interaction"}
    record = await deliver(delivery, again=True)
    assert record.ends == [("end", State.DELIVERED, None)]
    assert transport.tried == []


@pytest.mark.parametrize("route", ["channel", "dm"])
async def test_it_is_looked_up_on_every_route(delivery, transport, route):
    transport.found_on = {route}
    record = await deliver(delivery, again=True)
    assert record.ends == [("end", State.DELIVERED, ELSEWHERE)]
    assert transport.lookups[-1] == route
    ((sent, _, text),) = transport.arrived
    assert sent == "interaction"
    assert ELSEWHERE in text


async def test_all_routes_are_looked_up_before_anything_is_sent(delivery, transport):
    record = await deliver(delivery, again=True)
    assert record.state is State.DELIVERED
    assert transport.lookups == ["interaction", "channel", "dm"]
    assert transport.tried == ["interaction"]


async def test_nothing_is_sent_while_discord_is_too_busy_for_a_lookup(delivery, transport, monkeypatch):
    busy = [BusyError(0.0)] * 3
    find_file = transport._find_file

    def busy_or_look(route, stem):
        assert transport.tried == []
        if route == "channel" and busy:
            raise busy.pop()
        return find_file(route, stem)

    monkeypatch.setattr(transport, "_find_file", busy_or_look)
    monkeypatch.setattr(retry_module, "_MIN_PAUSE_SECONDS", 0.0)
    transport.found_on = {"channel"}
    record = await deliver(delivery, again=True)
    assert record.state is State.DELIVERED
    assert (busy, [route for route, content, _ in transport.arrived if content]) == ([], [])


async def test_without_a_lookup_the_route_of_the_earlier_attempt_is_tried_first(delivery, transport):
    transport.errors = {"lookup": ForbiddenError()}
    record = await deliver(delivery, again=True, attempt="channel")
    assert record.state is State.DELIVERED
    assert transport.tried[0] == "channel"
    assert [route for route, content, _ in transport.arrived if content] == ["channel"]


async def test_if_the_route_of_the_earlier_attempt_fails_the_others_follow_in_order(delivery, transport):
    transport.errors = {"dm": ForbiddenError()}
    record = await deliver(delivery, again=True, attempt="direct message")
    assert record.state is State.DELIVERED
    assert transport.tried == ["dm", "interaction"]


async def test_a_first_delivery_looks_nothing_up(delivery, transport):
    await deliver(delivery)
    assert transport.lookups == []


@pytest.mark.parametrize("error", [None, ExpiredError(), GoneError()], ids=str)
async def test_a_dream_that_a_lookup_does_not_find_is_sent(delivery, transport, error):
    if error:
        transport.errors = {"lookup": error}
    await deliver(delivery, again=True)
    assert transport.tried == ["interaction"]


async def deliver_during_a_hanging_edit(delivery, notifier, transport, monkeypatch):
    """Deliver a dream while an edit of its card has started and does not end."""
    monkeypatch.setattr(live_card, "_CLOSE_SECONDS", 0.0)
    monkeypatch.setattr(service_module, "_VERIFY_SECONDS", 0.0)
    transport.card_hangs = True
    job = a_job()
    notifier.live_card(job).show(a_card)
    await transport.edit_started.wait()
    record = RecordedDelivery(transport)
    await delivery.deliver(job, an_outcome(), PICTURE, record)
    assert record.ends == [("end", State.DELIVERED, None)]


async def test_an_interrupted_preview_that_arrived_last_is_replaced_by_the_dream(
    delivery, notifier, transport, monkeypatch
):
    await deliver_during_a_hanging_edit(delivery, notifier, transport, monkeypatch)
    async with asyncio.timeout(20):
        await transport.second_arrival.wait()
    assert [content for _, content, _ in transport.arrived] == [PICTURE, PICTURE]
    assert transport.lookups == ["interaction"]


async def test_an_interrupted_preview_that_never_arrived_changes_nothing(
    delivery, notifier, transport, monkeypatch
):
    transport.found_on = {"interaction"}
    await deliver_during_a_hanging_edit(delivery, notifier, transport, monkeypatch)
    async with asyncio.timeout(20):
        while not transport.lookups:  # noqa: ASYNC110 - it sets no event
            await asyncio.sleep(0)
    assert transport.tried == ["interaction"]


@pytest.mark.parametrize("error", [ExpiredError(), ForbiddenError(), GoneError()], ids=repr)
async def test_nothing_is_sent_again_if_the_lookup_after_an_interrupted_edit_fails(
    delivery, notifier, transport, monkeypatch, error
):
    transport.errors = {"lookup": error}
    await deliver_during_a_hanging_edit(delivery, notifier, transport, monkeypatch)
    async with asyncio.timeout(20):
        while not transport.lookups:  # noqa: ASYNC110 - it sets no event
            await asyncio.sleep(0)
    for _ in range(5):
        await asyncio.sleep(0)
    assert transport.tried == ["interaction"]


async def test_without_an_interrupted_edit_nothing_is_verified(delivery, notifier, transport, monkeypatch):
    monkeypatch.setattr(service_module, "_VERIFY_SECONDS", 0.0)
    job = a_job()
    notifier.live_card(job)
    await delivery.deliver(job, an_outcome(), PICTURE, RecordedDelivery(transport))
    for _ in range(5):
        await asyncio.sleep(0)
    assert transport.lookups == []


_ID = "0123456789abcdef"


class Answer:
    """An interaction's answer as Discord has it."""

    def __init__(self, *names, text=""):
        self._names = names
        self._text = text

    def has_file(self, stem):
        return f"{stem}.png" in self._names

    def has_text(self, sentence):
        return sentence in self._text


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (Answer(f"{cards.dream_file_stem(a_job(id=_ID))}.png"), State.DELIVERED),
        (Answer("dream-of-another.png"), None),
        (Answer(text="I stopped this dream."), State.CANCELLED),
        (Answer(text=packaged_catalogue().texts("en-US")("card-failed", reference="0a1b")), State.FAILED),
        (Answer(text="You're next."), None),
    ],
    ids=["its dream", "another dream", "cancelled", "failed", "waiting"],
)
async def test_the_end_of_a_job_is_read_from_its_message(delivery, transport, answer, state):
    transport.answer = answer
    assert await delivery.end_shown(a_job(id=_ID)) is state


@pytest.mark.parametrize(
    ("before", "error", "state"),
    [
        (State.RECEIVED, GoneError(), State.REFUSED),
        (State.QUEUED, GoneError(), State.LOST),
        (State.RUNNING, GoneError(), State.LOST),
        (State.RECEIVED, ExpiredError(), None),
        (State.QUEUED, ForbiddenError(), None),
        (State.RUNNING, DeliveryError(), None),
    ],
)
async def test_a_deleted_message_ends_its_job_and_an_unreadable_one_does_not(
    delivery, transport, before, error, state
):
    transport.errors = {"lookup": error}
    assert await delivery.end_shown(a_job(state=before)) is state


async def test_a_kept_dream_is_handed_over_privately_in_the_new_interactions_language(delivery, transport):
    arrival = await delivery.hand_over(a_job(), an_outcome(), PICTURE, a_reply(locale="ko"))
    assert arrival is Arrival.YES
    route, content, text = transport.arrived[0]
    assert (route, content) == ("private", PICTURE)
    assert "더 깊이" in text


@pytest.mark.usefixtures("no_retries")
@pytest.mark.parametrize(
    ("error", "arrival"),
    [
        (ExpiredError(), Arrival.NO),
        (ForbiddenError(), Arrival.NO),
        (DeliveryError(), Arrival.NO),
        (BusyError(0.0), Arrival.UNKNOWN),
    ],
    ids=repr,
)
async def test_a_failed_handover_reports_whether_the_dream_arrived(delivery, transport, error, arrival):
    transport.errors = {"private": error}
    assert await delivery.hand_over(a_job(), an_outcome(), PICTURE, a_reply()) is arrival
