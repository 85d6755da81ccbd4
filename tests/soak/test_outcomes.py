"""The accountant of a soak run finds whatever is not as it should be."""

import time
from dataclasses import replace

import pytest

from bot.delivery import cards
from bot.models import State as JobState
from bot.texts.catalogue import packaged_catalogue
from fake_discord.calls import UploadedFile
from fake_discord.discord_server import DiscordServer
from fake_discord.interactions import COMMAND, Acknowledgement, Circumstances, Interaction
from fake_discord.messages import Message, State
from soak.downtime import Absence
from soak.interactions import Visit
from soak.outcomes import (
    ANSWERED,
    CANCELLED,
    CUT_OFF,
    DELETED,
    DOUBLED,
    FAILED,
    FORGOTTEN,
    LATE,
    LOST,
    MISJUDGED,
    NONSENSE,
    TAKEN_TWICE,
    UNFORGOTTEN,
    UNHEARD,
    Account,
    Asked,
    jobs_in,
)
from soak.request_plan import Order
from soak.store_monitor import Kept
from soak.uploads import Upload
from tests.bot.records import a_job, an_outcome, noise

JOB, OTHER = "0123456789abcdef", "fedcba9876543210"  # pragma: allowlist secret
TEXTS = packaged_catalogue().texts("en-US")
DONE = TEXTS("forget-done")
GOOD, BAD = Upload("cat.png", b"a cat"), Upload("notes.png", b"no cat", is_picture=False)


class Scene:
    """One request, and what came of it."""

    def __init__(self) -> None:
        self.discord = DiscordServer()
        circumstances = Circumstances(self.discord.user, self.discord.channel)
        self.interaction = Interaction(self.discord.world, self.discord._changes, circumstances, COMMAND, {})
        order = Order(1, 0.0, 0, GOOD, {"seed": 1})
        self.asked = Asked(order, self.interaction, time.monotonic())
        self.jobs: list[Kept] = []
        self.absences: list[Absence] = []
        self.visits: list[Visit] = []

    def acknowledge(self, *, refused: bool = False) -> None:
        self.interaction.acknowledgement = Acknowledgement(5, {}, (), 0.1, refused)

    def attach(self, upload: Upload) -> None:
        self.asked.order = replace(self.asked.order, upload=upload)

    def show(self, text: str = "", *, dream: bool = False, after: float = 0.0) -> None:
        """Let the bot write a message under the request, so many seconds after it."""
        files = (UploadedFile(f"dream-{JOB}.png", b"a dream"),) if dream else ()
        state = State(content=text, uploads=files, at=self.asked.at + after)
        message = Message(self.discord.channel, self.discord.world.bot, state)
        self.discord.world.post(message)
        self.interaction.followups.append(message)

    def away(self, since: float, until: float, *, ended: bool = False, gone: float | None = None) -> None:
        """Let the bot be away, from so many seconds after the request until so many."""
        gone_at = None if gone is None else self.asked.at + gone
        self.absences.append(Absence(self.asked.at + since, self.asked.at + until, ended, gone_at))

    def forget(self, *, asked: float, done: float) -> None:
        """Let its owner ask to be forgotten, and be told of it, so many seconds after the request."""
        circumstances = self.interaction.circumstances
        visit = Interaction(self.discord.world, self.discord._changes, circumstances, COMMAND, {})
        visit.sent_at = self.asked.at + asked
        told = State(content=DONE, at=self.asked.at + done)
        visit.message = Message(self.discord.channel, self.discord.world.bot, told)
        self.visits.append(Visit("forget-me", visit, visit.sent_at))

    @property
    def account(self) -> Account:
        return Account(self.discord, self.jobs, self.absences, self.visits)

    @property
    def end(self) -> str:
        return self.account.end_of(self.asked)


@pytest.fixture
def scene():
    scene = Scene()
    scene.acknowledge()
    return scene


@pytest.fixture
def ended(scene):
    """A request whose job ended in a state."""

    def end(state: JobState) -> Scene:
        scene.jobs = [Kept(JOB, state, seed=1)]
        return scene

    return end


def test_one_dream_is_an_answer(ended):
    scene = ended(JobState.DELIVERED)
    scene.show(dream=True)
    assert scene.end == ANSWERED


def test_two_are_one_too_many(ended):
    scene = ended(JobState.DELIVERED)
    scene.show(dream=True)
    scene.show(dream=True)
    assert scene.end == DOUBLED


@pytest.mark.parametrize("state", JobState)
def test_a_job_of_which_nobody_was_told_anything_is_lost(ended, state):
    assert ended(state).end == LOST


def test_two_jobs_of_one_interaction_are_one_too_many(scene):
    scene.jobs = [Kept(JOB, JobState.DELIVERED, seed=1), Kept(OTHER, JobState.DELIVERED, seed=1)]
    scene.show(dream=True)
    assert scene.end == TAKEN_TWICE


@pytest.mark.parametrize("known_by", ["token", "message_id"])
def test_a_job_without_a_seed_is_known_by_its_interaction(scene, known_by):
    scene.show()
    scene.interaction.message = scene.interaction.followups.pop()
    known = {"token": scene.interaction.token, "message_id": scene.interaction.message.id}
    scene.asked.order = replace(scene.asked.order, options={})
    scene.jobs = [Kept(OTHER, JobState.DELIVERED, seed=5), Kept(JOB, JobState.DELIVERED, seed=6)]
    assert scene.account.jobs_of(scene.asked) == frozenset()
    scene.jobs[1] = replace(scene.jobs[1], **{known_by: known[known_by]})
    assert scene.account.jobs_of(scene.asked) == {JOB}


def test_the_buttons_of_a_dream_name_one_job_alone():
    job = a_job(id=JOB)
    card = cards.result(TEXTS, job, an_outcome(), noise(64))
    assert cards.owner_mark(JOB, job.user_id) in str(card.view.to_components())
    assert jobs_in(State(components=tuple(card.view.to_components()))) == {JOB}


def test_a_dream_and_a_refusal_are_one_too_many(ended):
    scene = ended(JobState.DELIVERED)
    scene.show(dream=True)
    scene.show(TEXTS("error-queue-full", when="later"))
    assert scene.end == DOUBLED


def test_a_dream_of_before_that_is_handed_over_is_no_answer_to_this(ended):
    scene = ended(JobState.CANCELLED)
    scene.asked.cancelled = True
    scene.show(TEXTS("card-cancelled"))
    scene.show(TEXTS("card-kept") + TEXTS("error-empty-picture"))
    assert scene.end == CANCELLED


class TestWhoIsForgotten:
    def test_may_have_an_answer_to_what_came_later(self, ended):
        scene = ended(JobState.DELIVERED)
        scene.jobs = [replace(scene.jobs[0], seen=(scene.asked.at + 1.5, 0.0))]
        scene.forget(asked=1, done=2)
        scene.show(dream=True, after=3.5)
        assert scene.end == ANSWERED

    def test_has_no_answer_any_more(self, scene):
        scene.forget(asked=1, done=2)
        assert scene.end == FORGOTTEN

    def test_may_have_had_an_answer_before(self, ended):
        scene = ended(JobState.DELIVERED)
        scene.forget(asked=1, done=2)
        scene.show(dream=True, after=2.5)
        assert scene.end == ANSWERED

    def test_gets_none_afterwards(self, ended):
        scene = ended(JobState.DELIVERED)
        scene.forget(asked=1, done=2)
        scene.show(dream=True, after=3.5)
        assert scene.end == UNFORGOTTEN

    def test_is_remembered_if_it_was_before_the_request(self, ended):
        scene = ended(JobState.DELIVERED)
        scene.forget(asked=-2, done=-1)
        assert scene.end == LOST


def test_a_dream_of_what_is_no_picture_is_nonsense(ended):
    scene = ended(JobState.DELIVERED)
    scene.attach(BAD)
    scene.show(dream=True)
    assert scene.end == NONSENSE


def test_a_direct_message_about_something_else_is_no_answer_where_there_is_one(scene):
    scene.show(TEXTS("error-queue-full", when="later"))
    direct = scene.discord.direct_channel(scene.discord.user)
    for text in (TEXTS("error-empty-picture"), TEXTS("card-cancelled")):
        state = State(content=text, at=scene.asked.at + 1)
        scene.discord.world.post(Message(direct, scene.discord.world.bot, state))
    assert scene.end == "refused: the queue was full"
    scene.interaction.followups.clear()
    assert scene.end == MISJUDGED
    direct.messages.clear()
    assert scene.end == LOST


@pytest.mark.parametrize("state", [None, JobState.REFUSED, JobState.LOST])
def test_a_refusal_has_a_reason(scene, ended, state):
    if state is not None:
        ended(state)
    scene.show(TEXTS("error-queue-full", when="later"))
    assert scene.end == "refused: the queue was full"


def test_a_refusal_in_words_that_nobody_knows_is_none(scene):
    scene.show("Not today.")
    assert scene.end == LOST


def test_a_bad_picture_is_refused_as_one_and_a_good_one_is_not(ended):
    scene = ended(JobState.REFUSED)
    scene.show("That file is empty.")
    assert scene.end == MISJUDGED
    scene.attach(BAD)
    assert scene.end == "refused: an empty file"


def test_only_who_cancelled_has_a_cancelled_dream(ended):
    scene = ended(JobState.CANCELLED)
    scene.show("This dream was cancelled.")
    assert scene.end == LOST
    scene.asked.cancelled = True
    assert scene.end == CANCELLED


def test_only_a_deleted_message_ends_a_job_without_a_word(ended):
    scene = ended(JobState.LOST)
    assert scene.end == LOST
    scene.asked.deleted = True
    assert scene.end == DELETED


def test_a_failure_is_told(ended):
    scene = ended(JobState.FAILED)
    assert scene.end == LOST
    scene.show(TEXTS("card-failed", reference="0a"))
    assert scene.end == FAILED


class TestWithoutAnAcknowledgement:
    def test_a_request_is_lost(self, scene):
        scene.interaction.acknowledgement = None
        assert scene.end == LOST
        scene.acknowledge(refused=True)
        assert scene.end == LATE

    def test_it_is_unheard_if_the_bot_was_away(self, scene):
        scene.interaction.acknowledgement = None
        scene.away(-5, -2)
        assert scene.end == LOST
        scene.away(1, 5)
        assert scene.end == UNHEARD

    def test_it_is_unheard_if_there_was_no_bot_at_all(self, scene):
        scene.asked.interaction = None
        assert scene.end == UNHEARD


class TestWhatWasAcknowledgedAndNeverDecided:
    def test_is_cut_off_if_the_bot_ended_soon(self, scene):
        assert scene.end == LOST
        scene.away(1, 5, ended=True)
        assert scene.end == CUT_OFF

    def test_is_lost_if_only_its_connection_was_dropped(self, scene):
        scene.away(1, 5)
        assert scene.end == LOST

    @pytest.mark.parametrize("since", [-1, 20])
    def test_is_lost_if_the_bot_ended_before_or_long_after(self, scene, since):
        scene.away(since, since + 5, ended=True)
        assert scene.end == LOST

    def test_is_cut_off_if_the_bot_was_about_to_end_and_not_gone_yet(self, scene):
        scene.away(-1, 5, ended=True, gone=2)
        assert scene.end == CUT_OFF
