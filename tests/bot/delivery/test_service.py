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
from bot.delivery.retry import (
    BusyError,
    DeliveryError,
    ExpiredError,
    ForbiddenError,
    GoneError,
    TooLargeError,
)
from bot.delivery.routes import Arrival
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
        self.most_bytes = 10**9
        self.seen = set()
        self.looked = []
        self.card_hangs = False
        self.begun = asyncio.Event()
        self.twice = asyncio.Event()
        self.told = ()
        self.answer = None

    def _carry(self, way, card):
        self.tried.append(way)
        if way in self.shut:
            raise self.shut[way]
        content = b"".join(file.fp.read() for file in card.files)
        if len(content) > self.most_bytes:
            raise TooLargeError
        text = str(card.view.to_components())
        self.arrived.append((way, content, text))
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

    async def to_channel(self, _, card, nonce):
        assert nonce
        self._carry("channel", card)

    async def to_person(self, _, card, nonce):
        assert nonce
        self._carry("person", card)

    async def send_privately(self, _, card):
        self._carry("privately", card)

    async def answer_privately(self, _, draw, __, *, told_first):
        self._carry("answer privately", draw())
        self.told_first = told_first

    def _look(self, way, stem):
        assert stem.startswith("dream-")
        self.looked.append(way)
        if "look" in self.shut:
            raise self.shut["look"]
        return way in self.seen

    async def shown(self, _):
        if "look" in self.shut:
            raise self.shut["look"]
        return self.answer

    async def has_answered(self, _, stem):
        return self._look("interaction", stem)

    async def has_written_to_channel(self, _, stem):
        return self._look("channel", stem)

    async def has_written_to_person(self, _, stem):
        return self._look("person", stem)

    async def has_told_person(self, _, sentence):
        if "look" in self.shut:
            raise self.shut["look"]
        return sentence in self.told


class Record:
    """What was written down of a delivery, and what had happened by then."""

    def __init__(self, post):
        self.post = post
        self.log = []

    async def attempt(self, way):
        self.log.append(("attempt", way, tuple(self.post.tried)))

    async def end(self, state, outcome, still_to_say=None):
        self.log.append(("end", state, still_to_say))
        self.outcome = outcome
        self.pointers_before = tuple(self.post.pointers)
        self.arrived_before = tuple(way for way, _, _ in self.post.arrived)

    @property
    def ends(self):
        return [entry for entry in self.log if entry[0] == "end"]

    @property
    def state(self):
        ((_, state, _),) = self.ends
        return state

    @property
    def attempts(self):
        return [way for what, way, _ in self.log if what == "attempt"]


@pytest.fixture
def post():
    return DiscordTransport()


@pytest.fixture
async def delivery(post):
    background = Background()
    yield Delivery(post, Catalogue(), Refitter(), background, 0.001)
    await background.stop()


async def deliver(delivery, image=PICTURE, again=False, **reply):
    record = Record(delivery._post)
    await delivery.deliver(a_job(reply=a_reply(**reply)), an_outcome(), image, record, again=again)
    return record


async def test_the_interaction_comes_first(delivery, post):
    record = await deliver(delivery)
    assert (record.state, record.outcome) == (State.DELIVERED, an_outcome())
    assert record.attempts == []
    assert post.tried == ["interaction"]
    assert post.arrived[0][1] == PICTURE


@pytest.mark.parametrize(
    ("reply", "ways"),
    [
        ({}, ["interaction", "channel", "person"]),
        ({"private": True}, ["interaction", "person"]),
        ({"reachable": False}, ["interaction", "person"]),
    ],
    ids=["public", "private", "user-installed"],
)
async def test_where_no_way_is_open_the_dream_is_kept(delivery, post, reply, ways):
    post.shut = {"interaction": ExpiredError(), "channel": ForbiddenError(), "person": ForbiddenError()}
    record = await deliver(delivery, **reply)
    assert record.state is State.KEPT
    assert post.tried[: len(ways)] == ways


async def test_of_a_dream_that_is_kept_the_card_says_how_it_is_had(delivery, post):
    post.shut = {"channel": ForbiddenError(), "person": ForbiddenError()}
    post.most_bytes = 10
    record = await deliver(delivery, image=noise(64))
    assert record.state is State.KEPT
    (said,) = [text for way, _, text in post.arrived if way == "interaction"]
    assert "It is yours the next time you use `/queue` or `/dream`." in said
    ((_, _, noted),) = record.ends
    assert "It is yours the next time" in noted
    assert record.arrived_before == (), "the card was changed before it was written down that it is kept"


@pytest.mark.parametrize("shut", [GoneError(), ForbiddenError()])
async def test_a_deleted_answer_ends_the_job(delivery, post, shut):
    post.shut = {"interaction": shut}
    record = await deliver(delivery)
    assert record.ends == [("end", State.LOST, None)]
    assert (post.tried, post.arrived, post.pointers) == (["interaction"], [], [])


@pytest.mark.parametrize("shut", [GoneError(), ForbiddenError(), DeliveryError(), TooLargeError()])
async def test_a_shut_channel_leads_to_a_direct_message(delivery, post, shut):
    post.shut = {"interaction": ExpiredError(), "channel": shut}
    record = await deliver(delivery)
    assert record.state is State.DELIVERED
    assert post.arrived[0][0] == "person"


@pytest.fixture
def hasty(monkeypatch):
    """Nobody waits for a busy Discord."""
    monkeypatch.setattr(routes_module, "LONG_PATIENCE", 0.0)
    monkeypatch.setattr(service_module, "LONG_PATIENCE", 0.0)
    monkeypatch.setattr(service_module, "PATIENCE", 0.0)


@pytest.mark.usefixtures("hasty")
async def test_a_way_that_stays_busy_until_its_time_is_over_is_left(delivery, post):
    post.shut = {"interaction": BusyError(0.0)}
    record = await deliver(delivery)
    assert record.state is State.DELIVERED
    assert post.arrived[0][0] == "channel"


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("way", ["interaction", "channel", "person"])
async def test_what_a_busy_discord_took_in_without_saying_so_is_not_sent_another_way(delivery, post, way):
    post.shut = {name: ExpiredError() for name in ("interaction", "channel", "person") if name != way}
    post.shut[way] = BusyError(0.0)
    post.seen = {way}
    record = await deliver(delivery)
    assert record.state is State.DELIVERED
    ways = ["interaction", "channel", "person"]
    assert list(dict.fromkeys(post.tried)) == ways[: ways.index(way) + 1]
    assert post.looked == [way]


@pytest.mark.parametrize("ahead", [16 * 60, -16 * 60])
async def test_for_how_long_the_interaction_is_tried_is_no_matter_of_the_clock(
    delivery, post, monkeypatch, ahead
):
    monkeypatch.setattr(retry_module, "_SHORTEST_PAUSE", 0.0)
    failures = [BusyError(0.0)]
    carry = post._carry

    def busy_once(way, card):
        if failures:
            post.tried.append(way)
            raise failures.pop()
        carry(way, card)

    post._carry = busy_once
    record = await deliver(delivery, expires_at=NOW - ahead)
    assert record.state is State.DELIVERED
    assert post.tried == ["interaction", "interaction"]


async def test_a_way_is_noted_before_it_is_tried(delivery, post):
    post.shut = {"interaction": ExpiredError(), "channel": ForbiddenError()}
    record = await deliver(delivery)
    attempts = [entry for entry in record.log if entry[0] == "attempt"]
    assert attempts == [
        ("attempt", "channel", ("interaction",)),
        ("attempt", "direct message", ("interaction", "channel")),
    ]


async def test_a_dream_that_came_another_way_leaves_no_card_behind_that_waits_for_it(delivery, post):
    post.shut = {"interaction": ExpiredError()}
    record = await deliver(delivery)
    (pointer,) = post.pointers
    assert "The dream is in a message of its own." in pointer
    assert "custom_id" not in pointer
    assert record.ends == [("end", State.DELIVERED, "The dream is in a message of its own.")]
    assert record.pointers_before == (), "the card pointed there before it was written down"


async def test_the_card_of_a_dream_too_large_for_it_says_where_the_dream_is(delivery, post):
    carry = post._carry

    def carry_or_refuse(way, card):
        if way == "interaction" and card.files:
            post.tried.append(way)
            raise TooLargeError
        carry(way, card)

    post._carry = carry_or_refuse
    record = await deliver(delivery, image=noise(64))
    assert record.state is State.DELIVERED
    assert record.arrived_before == ("channel",)
    way, _, text = post.arrived[-1]
    assert way == "interaction"
    assert "The dream is in a message of its own." in text


async def test_a_dream_that_came_by_the_interaction_needs_no_pointer(delivery, post):
    await deliver(delivery)
    assert post.pointers == []


async def test_what_is_too_large_is_made_smaller_until_it_fits_and_that_is_told(delivery, post):
    post.most_bytes = len(PICTURE) // 3
    record = await deliver(delivery)
    assert record.state is State.DELIVERED
    assert record.outcome.file_format == "webp"
    assert (record.outcome.width, record.outcome.height) == (120, 120)
    way, content, text = post.arrived[0]
    assert way == "interaction"
    assert len(content) <= post.most_bytes
    assert Image.open(io.BytesIO(content)).format == "WEBP"
    assert "so that the file is small enough for this place" in text
    assert "dream-" in text
    assert ".webp" in text


async def test_where_nothing_is_small_enough_the_next_way_is_tried(delivery, post):
    post.most_bytes = 10
    record = await deliver(delivery, image=noise(64))
    assert record.state is State.KEPT
    assert set(post.tried) == {"interaction", "channel", "person"}


async def test_what_may_have_arrived_is_looked_for_first(delivery, post):
    post.seen = {"interaction"}
    record = await deliver(delivery, again=True)
    assert record.ends == [("end", State.DELIVERED, None)]
    assert post.tried == []


@pytest.mark.parametrize("way", ["channel", "person"])
async def test_it_is_looked_for_wherever_it_may_have_come(delivery, post, way):
    post.seen = {way}
    record = await deliver(delivery, again=True)
    assert record.ends == [("end", State.DELIVERED, "The dream is in a message of its own.")]
    assert post.looked[-1] == way
    ((sent, _, text),) = post.arrived
    assert sent == "interaction"
    assert "The dream is in a message of its own." in text


async def test_before_anything_is_sent_all_ways_are_looked_at(delivery, post):
    record = await deliver(delivery, again=True)
    assert record.state is State.DELIVERED
    assert post.looked == ["interaction", "channel", "person"]
    assert post.tried == ["interaction"]


async def test_while_discord_is_too_busy_to_show_a_way_nothing_is_sent(delivery, post, monkeypatch):
    busy = [BusyError(0.0)] * 3
    look = post._look

    def busy_or_look(way, stem):
        assert post.tried == []
        if way == "channel" and busy:
            raise busy.pop()
        return look(way, stem)

    monkeypatch.setattr(post, "_look", busy_or_look)
    monkeypatch.setattr(retry_module, "_SHORTEST_PAUSE", 0.0)
    post.seen = {"channel"}
    record = await deliver(delivery, again=True)
    assert record.state is State.DELIVERED
    assert (busy, [way for way, content, _ in post.arrived if content]) == ([], [])


async def test_what_cannot_be_seen_is_first_tried_by_the_way_of_before(delivery, post):
    post.shut = {"look": ForbiddenError()}
    record = await deliver(delivery, again=True, attempt="channel")
    assert record.state is State.DELIVERED
    assert post.tried[0] == "channel"
    assert [way for way, content, _ in post.arrived if content] == ["channel"]


async def test_where_the_way_of_before_is_shut_by_now_the_others_are_tried_in_their_order(delivery, post):
    post.shut = {"person": ForbiddenError()}
    record = await deliver(delivery, again=True, attempt="direct message")
    assert record.state is State.DELIVERED
    assert post.tried == ["person", "interaction"]


async def test_what_is_delivered_for_the_first_time_is_not_looked_for(delivery, post):
    await deliver(delivery)
    assert post.looked == []


@pytest.mark.parametrize("trouble", [None, ExpiredError(), GoneError()], ids=str)
async def test_what_has_not_arrived_or_cannot_be_seen_is_sent(delivery, post, trouble):
    if trouble:
        post.shut = {"look": trouble}
    await deliver(delivery, again=True)
    assert post.tried == ["interaction"]


async def test_the_card_is_closed_before_the_dream_is_sent(delivery, post):
    job = a_job()
    card = delivery.live_card(job)
    record = Record(post)
    card.show(lambda: pytest.fail("the card came after the dream") if post.arrived else _nothing())
    await delivery.deliver(job, an_outcome(), PICTURE, record)
    assert post.arrived[-1][1] == PICTURE
    assert card._updates.done()
    assert card.answered.is_set()
    assert delivery.live_card(job) is not card
    await delivery.close_card(job)


async def test_a_card_that_is_closed_is_brought_up_to_date_no_more(delivery, post):
    job = a_job()
    card = delivery.live_card(job)
    await delivery.close_card(job)
    card.show(_nothing)
    await asyncio.sleep(0.01)
    assert card._updates.done()
    assert post.tried == []


def _nothing():
    return cards.ended("still here")


async def broken_off(delivery, post, monkeypatch):
    """A dream that was delivered while an edit of its card was under way and did not end."""
    monkeypatch.setattr(live_card, "_GRACE", 0.0)
    monkeypatch.setattr(service_module, "_AFTERWARDS", 0.0)
    post.card_hangs = True
    job = a_job()
    delivery.live_card(job).show(_nothing)
    await post.begun.wait()
    record = Record(post)
    await delivery.deliver(job, an_outcome(), PICTURE, record)
    assert record.ends == [("end", State.DELIVERED, None)]


async def test_a_preview_that_was_broken_off_and_came_last_is_replaced_by_the_dream(
    delivery, post, monkeypatch
):
    await broken_off(delivery, post, monkeypatch)
    async with asyncio.timeout(20):
        await post.twice.wait()
    assert [content for _, content, _ in post.arrived] == [PICTURE, PICTURE]
    assert post.looked == ["interaction"]


async def test_a_preview_that_was_broken_off_and_never_came_changes_nothing(delivery, post, monkeypatch):
    post.seen = {"interaction"}
    await broken_off(delivery, post, monkeypatch)
    async with asyncio.timeout(20):
        while not post.looked:  # noqa: ASYNC110 - it sets no event
            await asyncio.sleep(0)
    assert post.tried == ["interaction"]


@pytest.mark.parametrize("trouble", [ExpiredError(), ForbiddenError(), GoneError()], ids=repr)
async def test_where_it_cannot_be_seen_what_came_last_nothing_is_sent_again(
    delivery, post, monkeypatch, trouble
):
    post.shut = {"look": trouble}
    await broken_off(delivery, post, monkeypatch)
    async with asyncio.timeout(20):
        while not post.looked:  # noqa: ASYNC110 - it sets no event
            await asyncio.sleep(0)
    for _ in range(5):
        await asyncio.sleep(0)
    assert post.tried == ["interaction"]


async def test_where_no_edit_was_broken_off_nothing_is_looked_after(delivery, post, monkeypatch):
    monkeypatch.setattr(service_module, "_AFTERWARDS", 0.0)
    job = a_job()
    delivery.live_card(job)
    await delivery.deliver(job, an_outcome(), PICTURE, Record(post))
    for _ in range(5):
        await asyncio.sleep(0)
    assert post.looked == []


@pytest.mark.parametrize("error", [RefittingError("killed"), DamagedPictureError()])
async def test_what_cannot_be_made_smaller_is_tried_another_way(delivery, post, monkeypatch, error):
    async def broken(*_):
        raise error

    monkeypatch.setattr(delivery._refitter, "refit", broken)
    post.most_bytes = len(PICTURE) // 3
    record = await deliver(delivery)
    assert record.state is State.KEPT
    assert [way for way in post.tried if way != "interaction"] == ["channel", "person"]


async def test_what_does_not_become_smaller_is_not_tried_for_ever(delivery, post, monkeypatch):
    async def as_large(image, *_):
        return Rendition(image, "png", 120, 120)

    monkeypatch.setattr(delivery._refitter, "refit", as_large)
    post.most_bytes = len(PICTURE) // 3
    async with asyncio.timeout(20):
        record = await deliver(delivery)
    assert record.state is State.KEPT
    assert set(post.tried) == {"interaction", "channel", "person"}


async def test_it_is_made_smaller_by_two_fifths_each_time(delivery, post, monkeypatch):
    wanted = []

    async def cut(image, most_bytes):
        wanted.append((len(image), most_bytes))
        return Rendition(image[:most_bytes], "webp", 12, 34)

    monkeypatch.setattr(delivery._refitter, "refit", cut)
    post.most_bytes = 40_000
    record = await deliver(delivery, image=bytes(100_000))
    assert wanted == [(100_000, 60_000), (60_000, 36_000)]
    assert (record.outcome.height, record.outcome.width, record.outcome.file_format) == (12, 34, "webp")


@pytest.mark.parametrize("state", [State.CANCELLED, State.FAILED])
async def test_an_ending_takes_the_cards_place(delivery, post, state):
    await delivery.tell(a_job(state=state), "It is over.")
    way, _, text = post.arrived[0]
    assert way == "interaction"
    assert "Dreaming: Mild" in text
    assert "It is over." in text


@pytest.mark.parametrize("state", [State.CANCELLED, State.FAILED])
async def test_once_the_token_is_used_up_it_takes_it_by_the_channel(delivery, post, state):
    post.shut = {"interaction": ExpiredError()}
    await delivery.tell(a_job(state=state), "It is over.")
    assert "It is over." in post.pointers[0]
    assert post.arrived == []


async def test_who_has_cancelled_and_cannot_be_reached_knows_it(delivery, post):
    post.shut = {"interaction": ExpiredError()}
    await delivery.tell(a_job(state=State.CANCELLED, reply=a_reply(private=True)), "It is over.")
    assert post.tried == ["interaction"]


async def test_a_failed_job_is_told_in_a_direct_message_where_nothing_else_is_open(delivery, post):
    post.shut = {"interaction": ExpiredError()}
    await delivery.tell(a_job(state=State.FAILED, reply=a_reply(private=True)), "It failed.")
    way, _, text = post.arrived[0]
    assert way == "person"
    assert "It failed." in text


async def test_a_refused_job_is_told_privately(delivery, post):
    await delivery.tell(a_job(state=State.REFUSED), "That picture is damaged.")
    ((way, _, text),) = post.arrived
    assert way == "answer privately"
    assert "That picture is damaged." in text


@pytest.mark.parametrize("ended_at", [None, NOW], ids=["not written down", "written down"])
@pytest.mark.parametrize("shown", [True, False])
async def test_a_card_is_taken_back_after_its_refusal_is_told_where_that_is_not_written_down(
    delivery, post, ended_at, shown
):
    job = a_job(state=State.REFUSED, ended_at=ended_at)
    card = delivery.live_card(job)
    if shown:
        card.show(_nothing)
        await card.answered.wait()
    await delivery.tell(job, "That picture is damaged.")
    assert post.told_first == (shown and ended_at is None)


async def test_a_refused_job_whose_token_is_used_up_is_told_in_a_direct_message_alone(delivery, post):
    post.shut = {"interaction": ExpiredError(), "answer privately": ExpiredError()}
    await delivery.tell(a_job(state=State.REFUSED), "That picture is damaged.")
    ((way, _, text),) = post.arrived
    assert way == "person"
    assert "That picture is damaged." in text
    assert "This picture could not be dreamed; its owner knows why." in post.pointers[0]
    assert "damaged" not in post.pointers[0]


_ID = "0123456789abcdef"


class Answer:
    """An interaction's answer as Discord has it."""

    def __init__(self, *names, text=""):
        self._names = names
        self._text = text

    def carries(self, stem):
        return f"{stem}.png" in self._names

    def says(self, sentence):
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
async def test_how_a_job_has_ended_is_read_from_its_message(delivery, post, answer, state):
    post.answer = answer
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
    delivery, post, before, trouble, state
):
    post.shut = {"look": trouble}
    assert await delivery.end_shown(a_job(state=before)) is state


@pytest.mark.parametrize("trouble", [ExpiredError(), GoneError(), DeliveryError()])
async def test_what_cannot_be_told_is_a_line_in_the_log(delivery, post, trouble, caplog):
    caplog.set_level("INFO", logger="bot")
    post.shut = dict.fromkeys(("interaction", "channel", "person", "answer privately"), trouble)
    await delivery.tell_paused(a_job())
    await delivery.tell(a_job(state=State.REFUSED), "That picture is damaged.")
    await delivery.tell(a_job(state=State.FAILED), "It failed.")
    assert [record.levelname for record in caplog.records] == ["INFO", "INFO"]


async def test_a_kept_dream_is_handed_over_privately_in_the_language_of_now(delivery, post):
    arrival = await delivery.hand_over(a_job(), an_outcome(), PICTURE, a_reply(locale="ko"))
    assert arrival is Arrival.YES
    way, content, text = post.arrived[0]
    assert (way, content) == ("privately", PICTURE)
    assert "더 깊이" in text


async def test_a_kept_dream_that_is_too_large_here_is_made_smaller(delivery, post):
    post.most_bytes = len(PICTURE) // 3
    assert await delivery.hand_over(a_job(), an_outcome(), PICTURE, a_reply()) is Arrival.YES
    assert len(post.arrived[0][1]) <= post.most_bytes


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
async def test_what_cannot_be_handed_over_says_so(delivery, post, shut, arrival):
    post.shut = {"privately": shut}
    assert await delivery.hand_over(a_job(), an_outcome(), PICTURE, a_reply()) is arrival


@pytest.mark.parametrize("state", [State.FAILED, State.REFUSED])
@pytest.mark.parametrize(("said_before", "sent"), [(True, []), (False, ["person"])])
async def test_what_a_direct_message_said_before_a_restart_is_not_said_again(
    delivery, post, state, said_before, sent
):
    post.shut = {"interaction": ExpiredError(), "answer privately": ExpiredError()}
    post.told = {"It is over."} if said_before else ()
    job = a_job(state=state, reply=a_reply(private=True))
    await delivery.tell(job, "It is over.", again=True)
    assert [way for way, _, _ in post.arrived] == sent


async def test_what_is_told_for_the_first_time_is_not_looked_for(delivery, post):
    post.shut = {"interaction": ExpiredError()}
    post.told = {"It is over."}
    await delivery.tell(a_job(state=State.FAILED, reply=a_reply(private=True)), "It is over.")
    assert [way for way, _, _ in post.arrived] == ["person"]


@pytest.mark.parametrize("state", [State.DELIVERED, State.KEPT])
async def test_what_is_left_to_say_of_a_dream_is_said_in_its_card_alone(delivery, post, state):
    await delivery.tell(a_job(state=state), "The dream is in a message of its own.", again=True)
    ((way, _, text),) = post.arrived
    assert way == "interaction"
    assert "The dream is in a message of its own." in text


async def test_many_jobs_have_cards_of_their_own(delivery):
    one, two = a_job(), a_job()
    assert delivery.live_card(one) is delivery.live_card(one)
    assert delivery.live_card(one) is not delivery.live_card(two)
    await asyncio.gather(delivery.close_card(one), delivery.close_card(two))


@pytest.mark.parametrize(("size", "asked"), [(20_000, [(20_000, 12_000)]), (19_999, [])])
async def test_a_file_of_few_bytes_is_not_made_smaller(delivery, post, monkeypatch, size, asked):
    wanted = []

    async def cut(image, most_bytes):
        wanted.append((len(image), most_bytes))
        return Rendition(image[:most_bytes], "webp", 12, 34)

    monkeypatch.setattr(delivery._refitter, "refit", cut)
    post.most_bytes = 10
    assert await delivery.hand_over(a_job(), an_outcome(), bytes(size), a_reply()) is Arrival.NO
    assert wanted == asked


async def test_of_a_job_that_goes_on_later_the_card_says_so(delivery, post):
    job = a_job()
    card = delivery.live_card(job)
    await delivery.tell_paused(job)
    ((way, _, text),) = post.arrived
    assert way == "interaction"
    assert "I have to rest for a moment." in text
    assert card._updates.done()


@pytest.mark.usefixtures("hasty")
async def test_of_a_job_that_goes_on_later_nothing_is_said_to_a_busy_discord_twice(delivery, post):
    post.shut = {"interaction": BusyError(0.0)}
    await delivery.tell_paused(a_job())
    assert post.tried == ["interaction"]


async def test_where_it_cannot_be_seen_what_was_told_it_is_told_once_more(delivery, post):
    post.shut = {"interaction": ExpiredError(), "look": ForbiddenError()}
    await delivery.tell(a_job(state=State.FAILED, reply=a_reply(private=True)), "It failed.", again=True)
    assert [way for way, _, _ in post.arrived] == ["person"]
