"""Outcomes of the requests of a soak run."""

from dataclasses import replace

import pytest

from bot.delivery import cards
from bot.delivery.result_card import result
from bot.models import State as JobState
from fake_discord.calls import UploadedFile
from fake_discord.interactions import Acknowledgement
from fake_discord.messages import Message, State
from soak.downtime import Downtime
from soak.outcomes import (
    ACCEPTED_TWICE,
    ANSWERED,
    ANSWERED_AFTER_DELETION,
    ANSWERED_TWICE,
    CANCELLED,
    DATA_DELETED,
    DELETED,
    FAILED,
    INTERRUPTED,
    LATE,
    LOST,
    MISSED,
    THING_WRONGLY_DREAMED,
    THING_WRONGLY_REFUSED,
    WRONGLY_DREAMED,
    WRONGLY_REFUSED,
    jobs_in,
)
from soak.store_monitor import StoredJob
from soak.uploads import Upload
from tests.bot.records import a_job, an_outcome, noise
from tests.soak.request_scenario import BAD, GOOD, JOB, TEXTS, RequestScenario

OTHER = "fedcba9876543210"  # pragma: allowlist secret


class Scenario(RequestScenario):
    """One request and the bot's answers to it."""

    def acknowledge(self, *, refused: bool = False) -> None:
        self.interaction.acknowledgement = Acknowledgement(5, {}, (), 0.1, refused)

    def attach(self, upload: Upload) -> None:
        self.request.plan = replace(self.request.plan, upload=upload)

    def show(self, text: str = "", *, dream: bool = False, after: float = 0.0) -> None:
        """Have the bot answer the request with a message, this many seconds after it."""
        files = (UploadedFile(f"dream-{JOB}.png", b"a dream"),) if dream else ()
        state = State(content=text, uploads=files, at=self.request.at + after)
        message = Message(self.discord.channel, self.discord.world.bot, state)
        self.discord.world.post(message)
        self.interaction.followups.append(message)

    def away(
        self, since: float, until: float, *, process_ended: bool = False, exited: float | None = None
    ) -> None:
        """Record a downtime between these seconds after the request."""
        exited_at = None if exited is None else self.request.at + exited
        self.downtimes.append(
            Downtime(self.request.at + since, self.request.at + until, process_ended, exited_at)
        )

    @property
    def outcome(self) -> str:
        return self.classifier.outcome_of(self.request)


@pytest.fixture
def scenario():
    scenario = Scenario()
    scenario.acknowledge()
    return scenario


@pytest.fixture
def ended(scenario):
    """Stores the request's job in a final state."""

    def end(state: JobState) -> Scenario:
        scenario.jobs = [StoredJob(JOB, state, seed=1)]
        return scenario

    return end


def test_one_dream_counts_as_answered(ended):
    scenario = ended(JobState.DELIVERED)
    scenario.show(dream=True)
    assert scenario.outcome == ANSWERED


def test_two_dreams_count_as_answered_twice(ended):
    scenario = ended(JobState.DELIVERED)
    scenario.show(dream=True)
    scenario.show(dream=True)
    assert scenario.outcome == ANSWERED_TWICE


@pytest.mark.parametrize("state", JobState)
def test_a_job_without_any_message_to_its_owner_is_lost(ended, state):
    assert ended(state).outcome == LOST


def test_two_jobs_of_one_interaction_count_as_accepted_twice(scenario):
    scenario.jobs = [StoredJob(JOB, JobState.DELIVERED, seed=1), StoredJob(OTHER, JobState.DELIVERED, seed=1)]
    scenario.show(dream=True)
    assert scenario.outcome == ACCEPTED_TWICE


def test_a_motion_of_a_dream_that_keeps_its_seed_belongs_to_the_interaction_that_selected_it(scenario):
    own, selected = scenario.interaction.token, "a-selection"
    scenario.jobs = [StoredJob(JOB, JobState.DELIVERED, seed=1, token=own)]
    scenario.jobs.append(StoredJob(OTHER, JobState.DELIVERED, seed=1, token=selected, motion="zoom"))
    scenario.show(dream=True)
    assert scenario.classifier.jobs_of(scenario.request) == {JOB}
    assert scenario.outcome == ANSWERED


@pytest.mark.parametrize("known_by", ["token", "message_id"])
def test_a_job_without_a_seed_is_found_by_its_interaction(scenario, known_by):
    scenario.show()
    scenario.interaction.message = scenario.interaction.followups.pop()
    known = {"token": scenario.interaction.token, "message_id": scenario.interaction.message.id}
    scenario.request.plan = replace(scenario.request.plan, options={})
    scenario.jobs = [StoredJob(OTHER, JobState.DELIVERED, seed=5), StoredJob(JOB, JobState.DELIVERED, seed=6)]
    assert scenario.classifier.jobs_of(scenario.request) == frozenset()
    scenario.jobs[1] = replace(scenario.jobs[1], **{known_by: known[known_by]})
    assert scenario.classifier.jobs_of(scenario.request) == {JOB}


def test_the_buttons_of_a_dream_name_only_its_job():
    job = a_job(id=JOB)
    card = result(TEXTS, job, an_outcome(), noise(64))
    assert cards.owner_mark(JOB, job.user_id) in str(card.view.to_components())
    assert jobs_in(State(components=tuple(card.view.to_components()))) == {JOB}


def test_a_dream_and_a_refusal_count_as_answered_twice(ended):
    scenario = ended(JobState.DELIVERED)
    scenario.show(dream=True)
    scenario.show(TEXTS("error-queue-full", when="later"))
    assert scenario.outcome == ANSWERED_TWICE


@pytest.mark.parametrize(
    ("key", "killed_after", "outcome"),
    [
        ("error-no-room", 1, ANSWERED),
        ("error-no-room", 3, ANSWERED_TWICE),
        ("error-damaged-picture", 1, ANSWERED_TWICE),
    ],
)
def test_a_dream_after_a_full_disk_counts_once_if_the_bot_was_killed_in_between(
    ended, key, killed_after, outcome
):
    scenario = ended(JobState.DELIVERED)
    scenario.away(killed_after, killed_after + 0.5, process_ended=True)
    scenario.show(TEXTS(key), after=0.5)
    scenario.show(dream=True, after=2)
    assert scenario.outcome == outcome


def test_a_kept_dream_that_is_delivered_later_does_not_answer_another_request(ended):
    scenario = ended(JobState.CANCELLED)
    scenario.request.cancelled = True
    scenario.show(TEXTS("card-cancelled"))
    scenario.show(TEXTS("card-kept") + TEXTS("error-empty-picture"))
    assert scenario.outcome == CANCELLED


class TestAUserWhoseDataWasDeleted:
    def test_may_get_an_answer_to_a_later_request(self, ended):
        scenario = ended(JobState.DELIVERED)
        scenario.jobs = [replace(scenario.jobs[0], seen=(scenario.request.at + 1.5, 0.0))]
        scenario.delete_data(asked=1, done=2)
        scenario.show(dream=True, after=3.5)
        assert scenario.outcome == ANSWERED

    def test_may_get_no_answer(self, scenario):
        scenario.delete_data(asked=1, done=2)
        assert scenario.outcome == DATA_DELETED

    def test_may_have_been_answered_before(self, ended):
        scenario = ended(JobState.DELIVERED)
        scenario.delete_data(asked=1, done=2)
        scenario.show(dream=True, after=2.5)
        assert scenario.outcome == ANSWERED

    def test_must_not_be_answered_afterwards(self, ended):
        scenario = ended(JobState.DELIVERED)
        scenario.delete_data(asked=1, done=2)
        scenario.show(dream=True, after=3.5)
        assert scenario.outcome == ANSWERED_AFTER_DELETION

    def test_must_be_answered_if_the_deletion_came_before_the_request(self, ended):
        scenario = ended(JobState.DELIVERED)
        scenario.delete_data(asked=-2, done=-1)
        assert scenario.outcome == LOST


def test_a_dream_of_an_invalid_file_is_wrong(ended):
    scenario = ended(JobState.DELIVERED)
    scenario.attach(BAD)
    scenario.show(dream=True)
    assert scenario.outcome == WRONGLY_DREAMED


class TestAThing:
    @pytest.fixture
    def naming(self, scenario):
        """Has the request name a thing."""

        def name(thing: str, **changes: object) -> Scenario:
            options = {"seed": 1, "of": thing}
            scenario.request.plan = replace(scenario.request.plan, options=options, **changes)
            return scenario

        return name

    def test_is_dreamed(self, scenario, naming, ended):
        naming("jellyfish")
        ended(JobState.DELIVERED).show(dream=True)
        assert scenario.outcome == ANSWERED

    @pytest.mark.parametrize("thing", ["jelyfish", "bikini", "rifle"])
    def test_that_the_bot_has_to_refuse_is_wrongly_dreamed(self, scenario, naming, ended, thing):
        naming(thing)
        ended(JobState.DELIVERED).show(dream=True)
        assert scenario.outcome == THING_WRONGLY_DREAMED

    def test_beside_a_guide_is_wrongly_dreamed(self, scenario, naming, ended):
        naming("jellyfish", guide=GOOD)
        ended(JobState.DELIVERED).show(dream=True)
        assert scenario.outcome == THING_WRONGLY_DREAMED

    @pytest.mark.parametrize(
        ("thing", "key", "outcome"),
        [
            ("jelyfish", "error-unknown-thing", "refused: an unknown thing"),
            ("bikini", "error-never-offered-thing", "refused: a thing that is never offered"),
            (
                "rifle",
                "error-age-restricted-thing",
                "refused: a thing for age-restricted channels only",
            ),
            ("jellyfish", "error-unknown-thing", THING_WRONGLY_REFUSED),
            ("jellyfish", "error-no-things", THING_WRONGLY_REFUSED),
        ],
    )
    def test_is_refused_only_if_it_is_not_allowed(self, naming, thing, key, outcome):
        scenario = naming(thing)
        scenario.show(TEXTS(key, thing=thing, suggestions="jellyfish"))
        assert scenario.outcome == outcome


def test_a_direct_message_counts_only_without_another_answer(scenario):
    scenario.show(TEXTS("error-queue-full", when="later"))
    direct = scenario.discord.direct_channel(scenario.discord.user)
    for text in (TEXTS("error-empty-picture"), TEXTS("card-cancelled")):
        state = State(content=text, at=scenario.request.at + 1)
        scenario.discord.world.post(Message(direct, scenario.discord.world.bot, state))
    assert scenario.outcome == "refused: the queue was full"
    scenario.interaction.followups.clear()
    assert scenario.outcome == WRONGLY_REFUSED
    direct.messages.clear()
    assert scenario.outcome == LOST


@pytest.mark.parametrize("state", [None, JobState.REFUSED, JobState.LOST])
def test_a_refusal_has_a_reason(scenario, ended, state):
    if state is not None:
        ended(state)
    scenario.show(TEXTS("error-queue-full", when="later"))
    assert scenario.outcome == "refused: the queue was full"


def test_an_unknown_message_is_not_a_refusal(scenario):
    scenario.show("Not today.")
    assert scenario.outcome == LOST


def test_only_an_invalid_file_may_be_refused_as_one(ended):
    scenario = ended(JobState.REFUSED)
    scenario.show("That file is empty.")
    assert scenario.outcome == WRONGLY_REFUSED
    scenario.attach(BAD)
    assert scenario.outcome == "refused: an empty file"


def test_a_dream_is_cancelled_only_by_a_click(ended):
    scenario = ended(JobState.CANCELLED)
    scenario.show("I stopped this dream.")
    assert scenario.outcome == LOST
    scenario.request.cancelled = True
    assert scenario.outcome == CANCELLED


def test_only_a_deleted_message_ends_a_job_silently(ended):
    scenario = ended(JobState.LOST)
    assert scenario.outcome == LOST
    scenario.request.deleted = True
    assert scenario.outcome == DELETED


def test_a_failure_must_be_reported_to_the_user(ended):
    scenario = ended(JobState.FAILED)
    assert scenario.outcome == LOST
    scenario.show(TEXTS("card-failed", reference="0a"))
    assert scenario.outcome == FAILED


class TestWithoutAnAcknowledgement:
    def test_a_request_is_lost(self, scenario):
        scenario.interaction.acknowledgement = None
        assert scenario.outcome == LOST
        scenario.acknowledge(refused=True)
        assert scenario.outcome == LATE

    def test_it_is_missed_if_the_bot_was_down(self, scenario):
        scenario.interaction.acknowledgement = None
        scenario.away(-5, -2)
        assert scenario.outcome == LOST
        scenario.away(1, 5)
        assert scenario.outcome == MISSED

    def test_it_is_missed_if_no_bot_was_connected(self, scenario):
        scenario.request.interaction = None
        assert scenario.outcome == MISSED


class TestAnUndecidedRequest:
    def test_is_interrupted_if_the_bot_exited_soon(self, scenario):
        assert scenario.outcome == LOST
        scenario.away(1, 5, process_ended=True)
        assert scenario.outcome == INTERRUPTED

    def test_is_lost_if_only_its_connection_was_dropped(self, scenario):
        scenario.away(1, 5)
        assert scenario.outcome == LOST

    @pytest.mark.parametrize("since", [-1, 20])
    def test_is_lost_if_the_bot_exited_before_or_long_after(self, scenario, since):
        scenario.away(since, since + 5, process_ended=True)
        assert scenario.outcome == LOST

    def test_is_interrupted_if_the_bot_was_stopping_and_still_ran(self, scenario):
        scenario.away(-1, 5, process_ended=True, exited=2)
        assert scenario.outcome == INTERRUPTED
