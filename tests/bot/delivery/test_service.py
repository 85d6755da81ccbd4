"""By which ways a dream is tried to be delivered, and how small it is made."""

import asyncio
import io

import pytest
from PIL import Image

from bot.background import Background
from bot.delivery import cards, live_card
from bot.delivery import retry as retry_module
from bot.delivery import routes as routes_module
from bot.delivery import service as service_module
from bot.delivery.live_cards import LiveCards
from bot.delivery.retry import (
    BusyError,
    DeliveryError,
    ExpiredError,
    ForbiddenError,
    GoneError,
    TooLargeError,
)
from bot.delivery.routes import Arrival
from bot.delivery.sending import DreamSender
from bot.delivery.service import Delivery
from bot.models import State
from bot.texts import Catalogue
from dream_engine.errors import DamagedPictureError
from dream_engine.images import Rendition
from dream_engine.images.refitting import Refitter, RefittingError
from tests.bot.records import NOW, a_job, a_reply, an_outcome, noise

PICTURE = noise(120)


class DiscordTransport:
    """Ways that are open, shut, or too narrow; and what arrived by them."""

    def __init__(self):
        self.arrived = []
        self.tried = []
        self.pointers = []
        self.shut = {}
        self.max_bytes = 10**9
        self.seen = set()
        self.looked = []
        self.card_hangs = False
        self.begun = asyncio.Event()
        self.twice = asyncio.Event()
        self.told = ()
        self.answer = None

    def _carry(self, route, card):
        self.tried.append(route)
        if route in self.shut:
            raise self.shut[route]
        content = b"".join(file.fp.read() for file in card.files)
        if len(content) > self.max_bytes:
            raise TooLargeError
        text = str(card.view.to_components())
        self.arrived.append((route, content, text))
        if len(self.arrived) > 1:
            self.twice.set()

    async def edit(self, _, card):
        self.begun.set()
        if self.card_hangs and not card.files:
            await asyncio.Event().wait()
        self._carry("interaction", card)

    async def edit_in_channel(self, reply, card):
        if reply.private or not reply.reachable:
            raise ExpiredError
        self.pointers.append(str(card.view.to_components()))
        if "channel" in self.shut:
            raise self.shut["channel"]

    async def send_to_channel(self, _, card, nonce):
        assert nonce
        self._carry("channel", card)

    async def send_dm(self, _, card, nonce):
        assert nonce
        self._carry("person", card)

    async def send_privately(self, _, card):
        self._carry("privately", card)

    async def answer_privately(self, _, draw, __, *, told_first):
        self._carry("answer privately", draw())
        self.told_first = told_first

    def _find_file(self, route, stem):
        assert stem.startswith("dream-")
        self.looked.append(route)
        if "look" in self.shut:
            raise self.shut["look"]
        return route in self.seen

    async def fetch_answer(self, _):
        if "look" in self.shut:
            raise self.shut["look"]
        return self.answer

    async def answer_has_file(self, _, stem):
        return self._find_file("interaction", stem)

    async def channel_has_file(self, _, stem):
        return self._find_file("channel", stem)

    async def dm_has_file(self, _, stem):
        return self._find_file("person", stem)

    async def dm_has_text(self, _, sentence):
        if "look" in self.shut:
            raise self.shut["look"]
        return sentence in self.told


class Record:
    """What was written down of a delivery, and what had happened by then."""

    def __init__(self, transport):
        self.transport = transport
        self.log = []

    async def attempt(self, route):
        self.log.append(("attempt", route, tuple(self.transport.tried)))

    async def end(self, state, outcome, still_to_say=None):
        self.log.append(("end", state, still_to_say))
        self.outcome = outcome
        self.pointers_before = tuple(self.transport.pointers)
        self.arrived_before = tuple(route for route, _, _ in self.transport.arrived)

    @property
    def ends(self):
        return [entry for entry in self.log if entry[0] == "end"]

    @property
    def state(self):
        ((_, state, _),) = self.ends
        return state

    @property
    def attempts(self):
        return [route for what, route, _ in self.log if what == "attempt"]


@pytest.fixture
def transport():
    return DiscordTransport()


@pytest.fixture
async def delivery(transport):
    background = Background()
    yield Delivery(
        transport=transport,
        catalogue=Catalogue(),
        live_cards=LiveCards(transport=transport, background=background, interval=0.001),
        sender=DreamSender(catalogue=Catalogue(), refitter=Refitter()),
        background=background,
    )
    await background.stop()


async def deliver(delivery, image=PICTURE, again=False, **reply):
    record = Record(delivery._transport)
    await delivery.deliver(a_job(reply=a_reply(**reply)), an_outcome(), image, record, again=again)
    return record


async def test_the_interaction_comes_first(delivery, transport):
    record = await deliver(delivery)
    assert (record.state, record.outcome) == (State.DELIVERED, an_outcome())
    assert record.attempts == []
    assert transport.tried == ["interaction"]
    assert transport.arrived[0][1] == PICTURE


@pytest.mark.parametrize(
    ("reply", "routes"),
    [
        ({}, ["interaction", "channel", "person"]),
        ({"private": True}, ["interaction", "person"]),
        ({"reachable": False}, ["interaction", "person"]),
    ],
    ids=["public", "private", "user-installed"],
)
async def test_where_no_way_is_open_the_dream_is_kept(delivery, transport, reply, routes):
    transport.shut = {"interaction": ExpiredError(), "channel": ForbiddenError(), "person": ForbiddenError()}
    record = await deliver(delivery, **reply)
    assert record.state is State.KEPT
    assert transport.tried[: len(routes)] == routes


async def test_of_a_dream_that_is_kept_the_card_says_how_it_is_had(delivery, transport):
    transport.shut = {"channel": ForbiddenError(), "person": ForbiddenError()}
    transport.max_bytes = 10
    record = await deliver(delivery, image=noise(64))
    assert record.state is State.KEPT
    (said,) = [text for route, _, text in transport.arrived if route == "interaction"]
    assert "It is yours the next time you use `/queue` or `/dream`." in said
    ((_, _, noted),) = record.ends
    assert "It is yours the next time" in noted
    assert record.arrived_before == (), "the card was changed before it was written down that it is kept"


@pytest.mark.parametrize("shut", [GoneError(), ForbiddenError()])
async def test_a_deleted_answer_ends_the_job(delivery, transport, shut):
    transport.shut = {"interaction": shut}
    record = await deliver(delivery)
    assert record.ends == [("end", State.LOST, None)]
    assert (transport.tried, transport.arrived, transport.pointers) == (["interaction"], [], [])


@pytest.mark.parametrize("shut", [GoneError(), ForbiddenError(), DeliveryError(), TooLargeError()])
async def test_a_shut_channel_leads_to_a_direct_message(delivery, transport, shut):
    transport.shut = {"interaction": ExpiredError(), "channel": shut}
    record = await deliver(delivery)
    assert record.state is State.DELIVERED
    assert transport.arrived[0][0] == "person"


@pytest.fixture
def hasty(monkeypatch):
    """Nobody waits for a busy Discord."""
    monkeypatch.setattr(routes_module, "LONG_RETRY_SECONDS", 0.0)
    monkeypatch.setattr(service_module, "LONG_RETRY_SECONDS", 0.0)
    monkeypatch.setattr(service_module, "RETRY_SECONDS", 0.0)


@pytest.mark.usefixtures("hasty")
async def test_a_way_that_stays_busy_until_its_time_is_over_is_left(delivery, transport):
    transport.shut = {"interaction": BusyError(0.0)}
    record = await deliver(delivery)
    assert record.state is State.DELIVERED
    assert transport.arrived[0][0] == "channel"


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("route", ["interaction", "channel", "person"])
async def test_what_a_busy_discord_took_in_without_saying_so_is_not_sent_another_way(
    delivery, transport, route
):
    transport.shut = {name: ExpiredError() for name in ("interaction", "channel", "person") if name != route}
    transport.shut[route] = BusyError(0.0)
    transport.seen = {route}
    record = await deliver(delivery)
    assert record.state is State.DELIVERED
    routes = ["interaction", "channel", "person"]
    assert list(dict.fromkeys(transport.tried)) == routes[: routes.index(route) + 1]
    assert transport.looked == [route]


@pytest.mark.parametrize("ahead", [16 * 60, -16 * 60])
async def test_for_how_long_the_interaction_is_tried_is_no_matter_of_the_clock(
    delivery, transport, monkeypatch, ahead
):
    monkeypatch.setattr(retry_module, "_SHORTEST_PAUSE", 0.0)
    failures = [BusyError(0.0)]
    carry = transport._carry

    def busy_once(route, card):
        if failures:
            transport.tried.append(route)
            raise failures.pop()
        carry(route, card)

    transport._carry = busy_once
    record = await deliver(delivery, expires_at=NOW - ahead)
    assert record.state is State.DELIVERED
    assert transport.tried == ["interaction", "interaction"]


async def test_a_way_is_noted_before_it_is_tried(delivery, transport):
    transport.shut = {"interaction": ExpiredError(), "channel": ForbiddenError()}
    record = await deliver(delivery)
    attempts = [entry for entry in record.log if entry[0] == "attempt"]
    assert attempts == [
        ("attempt", "channel", ("interaction",)),
        ("attempt", "direct message", ("interaction", "channel")),
    ]


async def test_a_dream_that_came_another_way_leaves_no_card_behind_that_waits_for_it(delivery, transport):
    transport.shut = {"interaction": ExpiredError()}
    record = await deliver(delivery)
    (pointer,) = transport.pointers
    assert "The dream is in a message of its own." in pointer
    assert "custom_id" not in pointer
    assert record.ends == [("end", State.DELIVERED, "The dream is in a message of its own.")]
    assert record.pointers_before == (), "the card pointed there before it was written down"


async def test_the_card_of_a_dream_too_large_for_it_says_where_the_dream_is(delivery, transport):
    carry = transport._carry

    def carry_or_refuse(route, card):
        if route == "interaction" and card.files:
            transport.tried.append(route)
            raise TooLargeError
        carry(route, card)

    transport._carry = carry_or_refuse
    record = await deliver(delivery, image=noise(64))
    assert record.state is State.DELIVERED
    assert record.arrived_before == ("channel",)
    route, _, text = transport.arrived[-1]
    assert route == "interaction"
    assert "The dream is in a message of its own." in text


async def test_a_dream_that_came_by_the_interaction_needs_no_pointer(delivery, transport):
    await deliver(delivery)
    assert transport.pointers == []


async def test_what_is_too_large_is_made_smaller_until_it_fits_and_that_is_told(delivery, transport):
    transport.max_bytes = len(PICTURE) // 3
    record = await deliver(delivery)
    assert record.state is State.DELIVERED
    assert record.outcome.file_format == "webp"
    assert (record.outcome.width, record.outcome.height) == (120, 120)
    route, content, text = transport.arrived[0]
    assert route == "interaction"
    assert len(content) <= transport.max_bytes
    assert Image.open(io.BytesIO(content)).format == "WEBP"
    assert "so that the file is small enough for this place" in text
    assert "dream-" in text
    assert ".webp" in text


async def test_where_nothing_is_small_enough_the_next_way_is_tried(delivery, transport):
    transport.max_bytes = 10
    record = await deliver(delivery, image=noise(64))
    assert record.state is State.KEPT
    assert set(transport.tried) == {"interaction", "channel", "person"}


async def test_what_may_have_arrived_is_looked_for_first(delivery, transport):
    transport.seen = {"interaction"}
    record = await deliver(delivery, again=True)
    assert record.ends == [("end", State.DELIVERED, None)]
    assert transport.tried == []


@pytest.mark.parametrize("route", ["channel", "person"])
async def test_it_is_looked_for_wherever_it_may_have_come(delivery, transport, route):
    transport.seen = {route}
    record = await deliver(delivery, again=True)
    assert record.ends == [("end", State.DELIVERED, "The dream is in a message of its own.")]
    assert transport.looked[-1] == route
    ((sent, _, text),) = transport.arrived
    assert sent == "interaction"
    assert "The dream is in a message of its own." in text


async def test_before_anything_is_sent_all_ways_are_looked_at(delivery, transport):
    record = await deliver(delivery, again=True)
    assert record.state is State.DELIVERED
    assert transport.looked == ["interaction", "channel", "person"]
    assert transport.tried == ["interaction"]


async def test_while_discord_is_too_busy_to_show_a_way_nothing_is_sent(delivery, transport, monkeypatch):
    busy = [BusyError(0.0)] * 3
    find_file = transport._find_file

    def busy_or_look(route, stem):
        assert transport.tried == []
        if route == "channel" and busy:
            raise busy.pop()
        return find_file(route, stem)

    monkeypatch.setattr(transport, "_find_file", busy_or_look)
    monkeypatch.setattr(retry_module, "_SHORTEST_PAUSE", 0.0)
    transport.seen = {"channel"}
    record = await deliver(delivery, again=True)
    assert record.state is State.DELIVERED
    assert (busy, [route for route, content, _ in transport.arrived if content]) == ([], [])


async def test_what_cannot_be_seen_is_first_tried_by_the_way_of_before(delivery, transport):
    transport.shut = {"look": ForbiddenError()}
    record = await deliver(delivery, again=True, attempt="channel")
    assert record.state is State.DELIVERED
    assert transport.tried[0] == "channel"
    assert [route for route, content, _ in transport.arrived if content] == ["channel"]


async def test_where_the_way_of_before_is_shut_by_now_the_others_are_tried_in_their_order(
    delivery, transport
):
    transport.shut = {"person": ForbiddenError()}
    record = await deliver(delivery, again=True, attempt="direct message")
    assert record.state is State.DELIVERED
    assert transport.tried == ["person", "interaction"]


async def test_what_is_delivered_for_the_first_time_is_not_looked_for(delivery, transport):
    await deliver(delivery)
    assert transport.looked == []


@pytest.mark.parametrize("trouble", [None, ExpiredError(), GoneError()], ids=str)
async def test_what_has_not_arrived_or_cannot_be_seen_is_sent(delivery, transport, trouble):
    if trouble:
        transport.shut = {"look": trouble}
    await deliver(delivery, again=True)
    assert transport.tried == ["interaction"]


async def test_the_card_is_closed_before_the_dream_is_sent(delivery, transport):
    job = a_job()
    card = delivery.live_card(job)
    record = Record(transport)
    card.show(lambda: pytest.fail("the card came after the dream") if transport.arrived else _nothing())
    await delivery.deliver(job, an_outcome(), PICTURE, record)
    assert transport.arrived[-1][1] == PICTURE
    assert card._task.done()
    assert card.answered.is_set()
    assert delivery.live_card(job) is not card
    await delivery.close_card(job)


async def test_a_card_that_is_closed_is_brought_up_to_date_no_more(delivery, transport):
    job = a_job()
    card = delivery.live_card(job)
    await delivery.close_card(job)
    card.show(_nothing)
    await asyncio.sleep(0.01)
    assert card._task.done()
    assert transport.tried == []


def _nothing():
    return cards.ended("still here")


async def interrupted(delivery, transport, monkeypatch):
    """A dream that was delivered while an edit of its card was under way and did not end."""
    monkeypatch.setattr(live_card, "_CLOSE_SECONDS", 0.0)
    monkeypatch.setattr(service_module, "_VERIFY_SECONDS", 0.0)
    transport.card_hangs = True
    job = a_job()
    delivery.live_card(job).show(_nothing)
    await transport.begun.wait()
    record = Record(transport)
    await delivery.deliver(job, an_outcome(), PICTURE, record)
    assert record.ends == [("end", State.DELIVERED, None)]


async def test_a_preview_that_was_broken_off_and_came_last_is_replaced_by_the_dream(
    delivery, transport, monkeypatch
):
    await interrupted(delivery, transport, monkeypatch)
    async with asyncio.timeout(20):
        await transport.twice.wait()
    assert [content for _, content, _ in transport.arrived] == [PICTURE, PICTURE]
    assert transport.looked == ["interaction"]


async def test_a_preview_that_was_broken_off_and_never_came_changes_nothing(delivery, transport, monkeypatch):
    transport.seen = {"interaction"}
    await interrupted(delivery, transport, monkeypatch)
    async with asyncio.timeout(20):
        while not transport.looked:  # noqa: ASYNC110 - it sets no event
            await asyncio.sleep(0)
    assert transport.tried == ["interaction"]


@pytest.mark.parametrize("trouble", [ExpiredError(), ForbiddenError(), GoneError()], ids=repr)
async def test_where_it_cannot_be_seen_what_came_last_nothing_is_sent_again(
    delivery, transport, monkeypatch, trouble
):
    transport.shut = {"look": trouble}
    await interrupted(delivery, transport, monkeypatch)
    async with asyncio.timeout(20):
        while not transport.looked:  # noqa: ASYNC110 - it sets no event
            await asyncio.sleep(0)
    for _ in range(5):
        await asyncio.sleep(0)
    assert transport.tried == ["interaction"]


async def test_where_no_edit_was_broken_off_nothing_is_looked_after(delivery, transport, monkeypatch):
    monkeypatch.setattr(service_module, "_VERIFY_SECONDS", 0.0)
    job = a_job()
    delivery.live_card(job)
    await delivery.deliver(job, an_outcome(), PICTURE, Record(transport))
    for _ in range(5):
        await asyncio.sleep(0)
    assert transport.looked == []


@pytest.mark.parametrize("error", [RefittingError("killed"), DamagedPictureError()])
async def test_what_cannot_be_made_smaller_is_tried_another_way(delivery, transport, monkeypatch, error):
    async def broken(*_):
        raise error

    monkeypatch.setattr(delivery._sender._refitter, "refit", broken)
    transport.max_bytes = len(PICTURE) // 3
    record = await deliver(delivery)
    assert record.state is State.KEPT
    assert [route for route in transport.tried if route != "interaction"] == ["channel", "person"]


async def test_what_does_not_become_smaller_is_not_tried_for_ever(delivery, transport, monkeypatch):
    async def as_large(image, *_):
        return Rendition(image, "png", 120, 120)

    monkeypatch.setattr(delivery._sender._refitter, "refit", as_large)
    transport.max_bytes = len(PICTURE) // 3
    async with asyncio.timeout(20):
        record = await deliver(delivery)
    assert record.state is State.KEPT
    assert set(transport.tried) == {"interaction", "channel", "person"}


async def test_it_is_made_smaller_by_two_fifths_each_time(delivery, transport, monkeypatch):
    wanted = []

    async def cut(image, max_bytes):
        wanted.append((len(image), max_bytes))
        return Rendition(image[:max_bytes], "webp", 12, 34)

    monkeypatch.setattr(delivery._sender._refitter, "refit", cut)
    transport.max_bytes = 40_000
    record = await deliver(delivery, image=bytes(100_000))
    assert wanted == [(100_000, 60_000), (60_000, 36_000)]
    assert (record.outcome.height, record.outcome.width, record.outcome.file_format) == (12, 34, "webp")


@pytest.mark.parametrize("state", [State.CANCELLED, State.FAILED])
async def test_an_ending_takes_the_cards_place(delivery, transport, state):
    await delivery.tell(a_job(state=state), "It is over.")
    route, _, text = transport.arrived[0]
    assert route == "interaction"
    assert "Dreaming: Mild" in text
    assert "It is over." in text


@pytest.mark.parametrize("state", [State.CANCELLED, State.FAILED])
async def test_once_the_token_is_used_up_it_takes_it_by_the_channel(delivery, transport, state):
    transport.shut = {"interaction": ExpiredError()}
    await delivery.tell(a_job(state=state), "It is over.")
    assert "It is over." in transport.pointers[0]
    assert transport.arrived == []


async def test_who_has_cancelled_and_cannot_be_reached_knows_it(delivery, transport):
    transport.shut = {"interaction": ExpiredError()}
    await delivery.tell(a_job(state=State.CANCELLED, reply=a_reply(private=True)), "It is over.")
    assert transport.tried == ["interaction"]


async def test_a_failed_job_is_told_in_a_direct_message_where_nothing_else_is_open(delivery, transport):
    transport.shut = {"interaction": ExpiredError()}
    await delivery.tell(a_job(state=State.FAILED, reply=a_reply(private=True)), "It failed.")
    route, _, text = transport.arrived[0]
    assert route == "person"
    assert "It failed." in text


async def test_a_refused_job_is_told_privately(delivery, transport):
    await delivery.tell(a_job(state=State.REFUSED), "That picture is damaged.")
    ((route, _, text),) = transport.arrived
    assert route == "answer privately"
    assert "That picture is damaged." in text


@pytest.mark.parametrize("ended_at", [None, NOW], ids=["not written down", "written down"])
@pytest.mark.parametrize("shown", [True, False])
async def test_a_card_is_taken_back_after_its_refusal_is_told_where_that_is_not_written_down(
    delivery, transport, ended_at, shown
):
    job = a_job(state=State.REFUSED, ended_at=ended_at)
    card = delivery.live_card(job)
    if shown:
        card.show(_nothing)
        await card.answered.wait()
    await delivery.tell(job, "That picture is damaged.")
    assert transport.told_first == (shown and ended_at is None)


async def test_a_refused_job_whose_token_is_used_up_is_told_in_a_direct_message_alone(delivery, transport):
    transport.shut = {"interaction": ExpiredError(), "answer privately": ExpiredError()}
    await delivery.tell(a_job(state=State.REFUSED), "That picture is damaged.")
    ((route, _, text),) = transport.arrived
    assert route == "person"
    assert "That picture is damaged." in text
    assert "This picture could not be dreamed; its owner knows why." in transport.pointers[0]
    assert "damaged" not in transport.pointers[0]


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
        (Answer(text="This dream was cancelled."), State.CANCELLED),
        (Answer(text=Catalogue().texts("en-US")("card-failed", reference="0a1b")), State.FAILED),
        (Answer(text="You are next."), None),
    ],
    ids=["its dream", "another dream", "cancelled", "failed", "waiting"],
)
async def test_how_a_job_has_ended_is_read_from_its_message(delivery, transport, answer, state):
    transport.answer = answer
    assert await delivery.end_shown(a_job(id=_ID)) is state


@pytest.mark.parametrize(
    ("before", "trouble", "state"),
    [
        (State.RECEIVED, GoneError(), State.REFUSED),
        (State.QUEUED, GoneError(), State.LOST),
        (State.RUNNING, GoneError(), State.LOST),
        (State.RECEIVED, ExpiredError(), None),
        (State.QUEUED, ForbiddenError(), None),
        (State.RUNNING, DeliveryError(), None),
    ],
)
async def test_a_message_that_is_gone_ends_its_job_and_one_that_cannot_be_seen_does_not(
    delivery, transport, before, trouble, state
):
    transport.shut = {"look": trouble}
    assert await delivery.end_shown(a_job(state=before)) is state


@pytest.mark.parametrize("trouble", [ExpiredError(), GoneError(), DeliveryError()])
async def test_what_cannot_be_told_is_a_line_in_the_log(delivery, transport, trouble, caplog):
    caplog.set_level("INFO", logger="bot")
    transport.shut = dict.fromkeys(("interaction", "channel", "person", "answer privately"), trouble)
    await delivery.tell_paused(a_job())
    await delivery.tell(a_job(state=State.REFUSED), "That picture is damaged.")
    await delivery.tell(a_job(state=State.FAILED), "It failed.")
    assert [record.levelname for record in caplog.records] == ["INFO", "INFO"]


async def test_a_kept_dream_is_handed_over_privately_in_the_language_of_now(delivery, transport):
    arrival = await delivery.hand_over(a_job(), an_outcome(), PICTURE, a_reply(locale="ko"))
    assert arrival is Arrival.YES
    route, content, text = transport.arrived[0]
    assert (route, content) == ("privately", PICTURE)
    assert "더 깊이" in text


async def test_a_kept_dream_that_is_too_large_here_is_made_smaller(delivery, transport):
    transport.max_bytes = len(PICTURE) // 3
    assert await delivery.hand_over(a_job(), an_outcome(), PICTURE, a_reply()) is Arrival.YES
    assert len(transport.arrived[0][1]) <= transport.max_bytes


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(
    ("shut", "arrival"),
    [
        (ExpiredError(), Arrival.NO),
        (ForbiddenError(), Arrival.NO),
        (DeliveryError(), Arrival.NO),
        (BusyError(0.0), Arrival.UNKNOWN),
    ],
    ids=repr,
)
async def test_what_cannot_be_handed_over_says_so(delivery, transport, shut, arrival):
    transport.shut = {"privately": shut}
    assert await delivery.hand_over(a_job(), an_outcome(), PICTURE, a_reply()) is arrival


@pytest.mark.parametrize("state", [State.FAILED, State.REFUSED])
@pytest.mark.parametrize(("said_before", "sent"), [(True, []), (False, ["person"])])
async def test_what_a_direct_message_said_before_a_restart_is_not_said_again(
    delivery, transport, state, said_before, sent
):
    transport.shut = {"interaction": ExpiredError(), "answer privately": ExpiredError()}
    transport.told = {"It is over."} if said_before else ()
    job = a_job(state=state, reply=a_reply(private=True))
    await delivery.tell(job, "It is over.", again=True)
    assert [route for route, _, _ in transport.arrived] == sent


async def test_what_is_told_for_the_first_time_is_not_looked_for(delivery, transport):
    transport.shut = {"interaction": ExpiredError()}
    transport.told = {"It is over."}
    await delivery.tell(a_job(state=State.FAILED, reply=a_reply(private=True)), "It is over.")
    assert [route for route, _, _ in transport.arrived] == ["person"]


@pytest.mark.parametrize("state", [State.DELIVERED, State.KEPT])
async def test_what_is_left_to_say_of_a_dream_is_said_in_its_card_alone(delivery, transport, state):
    await delivery.tell(a_job(state=state), "The dream is in a message of its own.", again=True)
    ((route, _, text),) = transport.arrived
    assert route == "interaction"
    assert "The dream is in a message of its own." in text


async def test_many_jobs_have_cards_of_their_own(delivery):
    one, two = a_job(), a_job()
    assert delivery.live_card(one) is delivery.live_card(one)
    assert delivery.live_card(one) is not delivery.live_card(two)
    await asyncio.gather(delivery.close_card(one), delivery.close_card(two))


@pytest.mark.parametrize(("size", "asked"), [(20_000, [(20_000, 12_000)]), (19_999, [])])
async def test_a_file_of_few_bytes_is_not_made_smaller(delivery, transport, monkeypatch, size, asked):
    wanted = []

    async def cut(image, max_bytes):
        wanted.append((len(image), max_bytes))
        return Rendition(image[:max_bytes], "webp", 12, 34)

    monkeypatch.setattr(delivery._sender._refitter, "refit", cut)
    transport.max_bytes = 10
    assert await delivery.hand_over(a_job(), an_outcome(), bytes(size), a_reply()) is Arrival.NO
    assert wanted == asked


async def test_of_a_job_that_goes_on_later_the_card_says_so(delivery, transport):
    job = a_job()
    card = delivery.live_card(job)
    await delivery.tell_paused(job)
    ((route, _, text),) = transport.arrived
    assert route == "interaction"
    assert "I have to rest for a moment." in text
    assert card._task.done()


@pytest.mark.usefixtures("hasty")
async def test_of_a_job_that_goes_on_later_nothing_is_said_to_a_busy_discord_twice(delivery, transport):
    transport.shut = {"interaction": BusyError(0.0)}
    await delivery.tell_paused(a_job())
    assert transport.tried == ["interaction"]


async def test_where_it_cannot_be_seen_what_was_told_it_is_told_once_more(delivery, transport):
    transport.shut = {"interaction": ExpiredError(), "look": ForbiddenError()}
    await delivery.tell(a_job(state=State.FAILED, reply=a_reply(private=True)), "It failed.", again=True)
    assert [route for route, _, _ in transport.arrived] == ["person"]
