"""By which ways a dream is tried to be delivered, and how small it is made."""

import asyncio
import io

import pytest
from PIL import Image

from bot.background import Background
from bot.jobs.record import State
from bot.replies.delivery import Delivery
from bot.replies.post import BusyError, ExpiredError, ForbiddenError, GoneError, PostError, TooLargeError
from bot.texts import Catalogue
from dream_engine.errors import DamagedPictureError
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
        self.answered = False

    def _carry(self, way, card):
        self.tried.append(way)
        if way in self.shut:
            raise self.shut[way]
        content = b"".join(file.fp.read() for file in card.files)
        if len(content) > self.most_bytes:
            raise TooLargeError
        text = str(card.view.to_components())
        self.arrived.append((way, content, text))

    async def edit(self, _, card):
        self._carry("interaction", card)

    async def edit_in_channel(self, _, card):
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

    async def has_answered(self, _, name):
        if "look" in self.shut:
            raise self.shut["look"]
        return self.answered and name.startswith("dream-")


@pytest.fixture
def post():
    return Post()


@pytest.fixture
async def delivery(post):
    background = Background()
    yield Delivery(post, Catalogue(), background, 0.001, Clock())
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
    assert post.tried == ways


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
    post.answered = True
    state, _ = await deliver(delivery, again=True)
    assert state is State.DELIVERED
    assert post.tried == []


@pytest.mark.parametrize("trouble", [None, ExpiredError(), GoneError()], ids=str)
async def test_what_has_not_arrived_or_cannot_be_seen_is_sent(delivery, post, trouble):
    if trouble:
        post.shut = {"look": trouble}
    await deliver(delivery, again=True)
    assert post.tried == ["interaction"]


async def test_the_card_is_closed_before_the_dream_is_sent(delivery, post):
    job = a_job()
    card = delivery.card(job)
    card.show(lambda: pytest.fail("the card came after the dream") if post.arrived else _nothing())
    await delivery.deliver(job, an_outcome(), PICTURE)
    assert post.arrived[-1][1] == PICTURE
    assert delivery.card(job) is not card
    await delivery.close_card(job)


def _nothing():
    from bot.replies import cards

    return cards.ended("still here")


async def test_a_cancelled_job_is_told_by_the_interaction_alone(delivery, post):
    post.shut = {"interaction": ExpiredError()}
    await delivery.tell_cancelled(a_job())
    assert post.tried == ["interaction"]


async def test_a_failed_job_is_told_by_any_way_with_its_reference(delivery, post):
    post.shut = {"interaction": ExpiredError()}
    await delivery.tell_failed(a_job(), "deadbeef")
    way, _, text = post.arrived[0]
    assert way == "channel"
    assert "`deadbeef`" in text


async def test_a_refused_job_is_told_privately(delivery, post):
    await delivery.tell_refused(a_job(), DamagedPictureError())
    way, _, text = post.arrived[0]
    assert way == "answer privately"
    assert "That picture is damaged" in text


@pytest.mark.parametrize("trouble", [ExpiredError(), GoneError(), PostError()])
async def test_what_cannot_be_told_is_a_line_in_the_log(delivery, post, trouble, caplog):
    caplog.set_level("INFO", logger="bot")
    post.shut = dict.fromkeys(("interaction", "channel", "person", "answer privately"), trouble)
    await delivery.tell_paused(a_job())
    await delivery.tell_refused(a_job(), DamagedPictureError())
    assert len(caplog.records) == 2
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


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
    assert delivery.card(one) is delivery.card(one)
    assert delivery.card(one) is not delivery.card(two)
    await asyncio.gather(delivery.close_card(one), delivery.close_card(two))
