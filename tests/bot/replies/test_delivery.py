"""By which ways a dream is tried to be delivered, and how small it is made."""

import asyncio
import io

import pytest
from PIL import Image

from bot.background import Background
from bot.jobs.record import State
from bot.replies import cards, live
from bot.replies import delivery as delivery_module
from bot.replies.delivery import Delivery
from bot.replies.patience import BusyError, ExpiredError, ForbiddenError, GoneError, PostError, TooLargeError
from bot.texts import Catalogue
from dream_engine.errors import DamagedPictureError
from dream_engine.images.apart import ApartError, Refitter
from tests.bot.records import NOW, Clock, a_job, a_reply, an_outcome, noise

PICTURE = noise(120)


class Post:
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

    async def answer_privately(self, _, draw, __):
        self._carry("answer privately", draw())

    def _look(self, way, stem):
        assert stem.startswith("dream-")
        self.looked.append(way)
        if "look" in self.shut:
            raise self.shut["look"]
        return way in self.seen

    async def has_answered(self, _, stem):
        return self._look("interaction", stem)

    async def has_written_to_channel(self, _, stem):
        return self._look("channel", stem)

    async def has_written_to_person(self, _, stem):
        return self._look("person", stem)


@pytest.fixture
def post():
    return Post()


@pytest.fixture
async def delivery(post):
    background = Background()
    yield Delivery(post, Catalogue(), Refitter(), background, 0.001, Clock())
    await background.stop()


async def deliver(delivery, image=PICTURE, again=False, **reply):
    return await delivery.deliver(a_job(reply=a_reply(**reply)), an_outcome(), image, again=again)


async def test_the_interaction_comes_first(delivery, post):
    state, outcome = await deliver(delivery)
    assert (state, outcome) == (State.DELIVERED, an_outcome())
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
    state, _ = await deliver(delivery, **reply)
    assert state is State.KEPT
    assert post.tried[: len(ways)] == ways


async def test_of_a_dream_that_is_kept_the_card_says_how_it_is_had(delivery, post):
    post.shut = {"channel": ForbiddenError(), "person": ForbiddenError()}
    post.most_bytes = 10
    state, _ = await deliver(delivery, image=noise(64))
    assert state is State.KEPT
    (said,) = [text for way, _, text in post.arrived if way == "interaction"]
    assert "It is yours the next time you use `/queue` or `/dream`." in said


@pytest.mark.parametrize("shut", [GoneError(), ForbiddenError()])
async def test_a_deleted_answer_ends_the_job(delivery, post, shut):
    post.shut = {"interaction": shut}
    state, _ = await deliver(delivery)
    assert state is State.LOST
    assert post.arrived == []


@pytest.mark.parametrize("shut", [GoneError(), ForbiddenError(), PostError(), TooLargeError()])
async def test_a_shut_channel_leads_to_a_direct_message(delivery, post, shut):
    post.shut = {"interaction": ExpiredError(), "channel": shut}
    state, _ = await deliver(delivery)
    assert state is State.DELIVERED
    assert post.arrived[0][0] == "person"


async def test_a_way_that_stays_busy_until_its_time_is_over_is_left(delivery, post):
    post.shut = {"interaction": BusyError(0.0)}
    state, _ = await deliver(delivery, expires_at=NOW)
    assert state is State.DELIVERED
    assert post.arrived[0][0] == "channel"


async def test_a_dream_that_came_another_way_leaves_no_card_behind_that_waits_for_it(delivery, post):
    post.shut = {"interaction": ExpiredError()}
    await deliver(delivery)
    (pointer,) = post.pointers
    assert "custom_id" not in pointer


async def test_a_dream_that_came_by_the_interaction_needs_no_pointer(delivery, post):
    await deliver(delivery)
    assert post.pointers == []


async def test_what_is_too_large_is_made_smaller_until_it_fits_and_that_is_told(delivery, post):
    post.most_bytes = len(PICTURE) // 3
    state, outcome = await deliver(delivery)
    assert state is State.DELIVERED
    assert outcome.file_format == "webp"
    way, content, text = post.arrived[0]
    assert way == "interaction"
    assert len(content) <= post.most_bytes
    assert Image.open(io.BytesIO(content)).format == "WEBP"
    assert "so that the file is small enough for this place" in text
    assert "dream-" in text
    assert ".webp" in text


async def test_where_nothing_is_small_enough_the_next_way_is_tried(delivery, post):
    post.most_bytes = 10
    state, _ = await deliver(delivery, image=noise(64))
    assert state is State.KEPT
    assert set(post.tried) == {"interaction", "channel", "person"}


async def test_what_may_have_arrived_is_looked_for_first(delivery, post):
    post.seen = {"interaction"}
    state, _ = await deliver(delivery, again=True)
    assert state is State.DELIVERED
    assert post.tried == []


@pytest.mark.parametrize("way", ["channel", "person"])
async def test_it_is_looked_for_wherever_it_may_have_come(delivery, post, way):
    post.shut = {"interaction": ExpiredError(), "channel": ForbiddenError()}
    post.seen = {way}
    state, _ = await deliver(delivery, again=True)
    assert state is State.DELIVERED
    assert post.looked[-1] == way
    assert post.arrived == []


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
    card.show(lambda: pytest.fail("the card came after the dream") if post.arrived else _nothing())
    await delivery.deliver(job, an_outcome(), PICTURE)
    assert post.arrived[-1][1] == PICTURE
    assert delivery.live_card(job) is not card
    await delivery.close_card(job)


def _nothing():
    return cards.ended("still here")


async def broken_off(delivery, post, monkeypatch):
    """A dream that was delivered while an edit of its card was under way and did not end."""
    monkeypatch.setattr(live, "_GRACE", 0.0)
    monkeypatch.setattr(delivery_module, "_AFTERWARDS", 0.0)
    post.card_hangs = True
    job = a_job()
    delivery.live_card(job).show(_nothing)
    await post.begun.wait()
    state, _ = await delivery.deliver(job, an_outcome(), PICTURE)
    assert state is State.DELIVERED


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


async def test_where_no_edit_was_broken_off_nothing_is_looked_after(delivery, post, monkeypatch):
    monkeypatch.setattr(delivery_module, "_AFTERWARDS", 0.0)
    job = a_job()
    delivery.live_card(job)
    await delivery.deliver(job, an_outcome(), PICTURE)
    for _ in range(5):
        await asyncio.sleep(0)
    assert post.looked == []


@pytest.mark.parametrize("error", [ApartError("killed"), DamagedPictureError()])
async def test_what_cannot_be_made_smaller_is_tried_another_way(delivery, post, monkeypatch, error):
    async def broken(*_):
        raise error

    monkeypatch.setattr(delivery._refitter, "refit", broken)
    post.most_bytes = len(PICTURE) // 3
    state, _ = await deliver(delivery)
    assert state is State.KEPT
    assert set(post.tried) == {"interaction", "channel", "person"}


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


async def test_a_refused_job_whose_token_is_used_up_is_told_in_a_direct_message_alone(delivery, post):
    post.shut = {"interaction": ExpiredError(), "answer privately": ExpiredError()}
    await delivery.tell(a_job(state=State.REFUSED), "That picture is damaged.")
    ((way, _, text),) = post.arrived
    assert way == "person"
    assert "That picture is damaged." in text
    assert "This picture could not be dreamed; its owner knows why." in post.pointers[0]
    assert "damaged" not in post.pointers[0]


@pytest.mark.parametrize("trouble", [ExpiredError(), GoneError(), PostError()])
async def test_what_cannot_be_told_is_a_line_in_the_log(delivery, post, trouble, caplog):
    caplog.set_level("INFO", logger="bot")
    post.shut = dict.fromkeys(("interaction", "channel", "person", "answer privately"), trouble)
    await delivery.tell_paused(a_job())
    await delivery.tell(a_job(state=State.REFUSED), "That picture is damaged.")
    await delivery.tell(a_job(state=State.FAILED), "It failed.")
    assert [record.levelname for record in caplog.records] == ["INFO", "INFO"]


async def test_a_kept_dream_is_handed_over_privately_in_the_language_of_now(delivery, post):
    arrived = await delivery.hand_over(a_job(), an_outcome(), PICTURE, a_reply(locale="ko"))
    assert arrived
    way, content, text = post.arrived[0]
    assert (way, content) == ("privately", PICTURE)
    assert "더 깊이" in text


async def test_a_kept_dream_that_is_too_large_here_is_made_smaller(delivery, post):
    post.most_bytes = len(PICTURE) // 3
    assert await delivery.hand_over(a_job(), an_outcome(), PICTURE, a_reply())
    assert len(post.arrived[0][1]) <= post.most_bytes


async def test_what_cannot_be_handed_over_says_so(delivery, post):
    post.shut = {"privately": ExpiredError()}
    assert not await delivery.hand_over(a_job(), an_outcome(), PICTURE, a_reply())


async def test_many_jobs_have_cards_of_their_own(delivery):
    one, two = a_job(), a_job()
    assert delivery.live_card(one) is delivery.live_card(one)
    assert delivery.live_card(one) is not delivery.live_card(two)
    await asyncio.gather(delivery.close_card(one), delivery.close_card(two))
