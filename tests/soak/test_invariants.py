"""Invariants of a soak run beside the outcomes of requests."""

import pytest

from bot.models import State as JobState
from fake_discord.attachments import Attachment
from fake_discord.calls import UploadedFile
from fake_discord.interactions import COMMAND, COMPONENT, Acknowledgement
from fake_discord.messages import Message, State
from soak import invariants
from soak.interactions import SentInteraction
from soak.outcomes import SentRequest
from soak.request_plan import PlannedRequest
from soak.store_monitor import StoredJob
from tests.soak.request_scenario import BAD, GOOD, JOB, TEXTS, RequestScenario

PLACE = TEXTS("card-place", place=2)
ELSEWHERE, STAYS, CANCELLED = (TEXTS(key) for key in ("card-elsewhere", "card-stays", "card-cancelled"))
BUTTON = {"type": 2, "custom_id": f"dream:cancel:{JOB}", "label": "Cancel"}


class Scenario(RequestScenario):
    """One request of one user, with its cards and its stored job."""

    def __init__(self) -> None:
        super().__init__()
        self.interaction.acknowledgement = Acknowledgement(5, {}, (), 0.1, False)
        self.card = Message(
            self.discord.channel,
            self.discord.world.bot,
            State(at=0.0),
            interaction={"id": str(self.interaction.id)},
        )
        self.discord.world.post(self.card)
        self.interaction.message = self.card
        self.present: set[str] = set()

    def keep(self, state: JobState, *pictures: str, first: float = 0.5, present: bool = True) -> None:
        """Store its job, first seen this many seconds after the request."""
        seen = (self.request.at + first, self.request.at + 100)
        self.jobs = [StoredJob(JOB, state, 1, self.user.id, pictures=frozenset(pictures), seen=seen)]
        self.present = {JOB} if present else set()

    def show(self, text: str, at: float, *, dream: bool = False, on: Message | None = None) -> None:
        """Add a state to the card or to another message."""
        name = f"dream-{JOB}.png"
        upload, kept = UploadedFile(name, b""), Attachment(name, b"", "image/png", "", 1)
        files = {"uploads": (upload,), "attachments": (kept,)} if dream else {}
        buttons = (BUTTON,) if text == PLACE else ()
        (on or self.card).states.append(State(content=text, components=buttons, at=at, **files))

    def bring_elsewhere(self, at: float) -> None:
        other = Message(self.discord.channel, self.discord.world.bot, State(at=0.0))
        self.discord.world.post(other)
        self.show("", at, dream=True, on=other)

    def discard(self, *, deleted: bool) -> None:
        click = self.interacted(COMPONENT, self.card)
        self.request.delete_click = SentInteraction("delete", click, self.request.at + 1)
        if deleted:
            self.card.delete()

    def charged(self, paid: float, price: int = 1) -> list[str]:
        spent, prices = {self.user.id: paid}, {JOB: price}
        return list(invariants.charges(self.classifier, [self.request], spent, prices))

    def remains(self, *files: str) -> list[str]:
        return list(invariants.erased_data(self.classifier, [self.request], self.jobs, self.present, files))

    def violations(self, *dead: str, restarted_at: float | None = None) -> list[str]:
        restarts = [] if restarted_at is None else [restarted_at]
        return list(invariants.cards(self.discord, self.jobs, dead, restarts))


@pytest.fixture
def scenario():
    return Scenario()


class TestCharges:
    @pytest.mark.parametrize(
        ("paid", "fits"), [(1, True), (0, False), (2, False), (0.94, False), (1.04, True)]
    )
    def test_a_dream_costs_one(self, scenario, paid, fits):
        scenario.keep(JobState.DELIVERED)
        scenario.show("", 1, dream=True)
        assert (scenario.charged(paid) == []) is fits

    @pytest.mark.parametrize(("paid", "fits"), [(3, True), (1, False), (4, False)])
    def test_a_motion_costs_its_price(self, scenario, paid, fits):
        scenario.keep(JobState.DELIVERED)
        scenario.show("", 1, dream=True)
        assert (scenario.charged(paid, price=3) == []) is fits

    @pytest.mark.parametrize(("paid", "fits"), [(0, True), (1, False)])
    def test_a_refusal_costs_nothing(self, scenario, paid, fits):
        scenario.show(TEXTS("error-queue-full", when="later"), 1)
        assert (scenario.charged(paid) == []) is fits

    @pytest.mark.parametrize(("paid", "fits"), [(0, True), (1, True), (2, False)])
    def test_a_cancelled_dream_may_have_been_charged(self, scenario, paid, fits):
        scenario.keep(JobState.CANCELLED)
        scenario.request.cancelled = True
        scenario.show(CANCELLED, 1)
        assert (scenario.charged(paid) == []) is fits

    def test_a_lost_request_is_not_reported_twice(self, scenario):
        assert scenario.charged(5) == []


class TestDataDeletion:
    def test_leaves_nothing(self, scenario):
        scenario.keep(JobState.DELIVERED, "source", "dream")
        scenario.delete_data(asked=2, done=3)
        assert len(scenario.remains("source", "dream", GOOD.digest, "other")) == 4
        scenario.present = set()
        assert scenario.remains("other") == []

    def test_does_not_affect_later_requests(self, scenario):
        scenario.keep(JobState.DELIVERED, "source", first=3.0)
        scenario.delete_data(asked=2, done=3)
        assert scenario.remains("source") == []

    def test_keeps_pictures_that_another_user_needs(self, scenario):
        scenario.keep(JobState.DELIVERED, "source", present=False)
        scenario.delete_data(asked=2, done=3)
        stranger = Scenario()
        stranger.user = stranger.discord.add_user("stranger")
        stranger.interaction = stranger.interacted(COMMAND)
        both = [
            scenario.request,
            SentRequest(
                PlannedRequest(2, 0.0, 1, GOOD, {"seed": 2}), stranger.interaction, scenario.request.at
            ),
        ]
        assert not list(
            invariants.erased_data(scenario.classifier, both, scenario.jobs, set(), [GOOD.digest])
        )

    def test_includes_a_dream_that_was_deleted_by_its_button(self, scenario):
        scenario.keep(JobState.DELIVERED, "source")
        scenario.discard(deleted=False)
        assert scenario.remains("source") == []
        scenario.discard(deleted=True)
        assert len(scenario.remains("source")) == 2


def test_every_picture_belongs_to_a_stored_job(scenario):
    scenario.keep(JobState.DELIVERED, "source", "dream")
    assert list(invariants.unreferenced_pictures(scenario.jobs, scenario.present, ["source", "dream"])) == []
    (complaint,) = invariants.unreferenced_pictures(scenario.jobs, scenario.present, ["source", "stray"])
    assert "stray" in complaint
    assert len(list(invariants.unreferenced_pictures(scenario.jobs, set(), ["source"]))) == 1


@pytest.mark.parametrize(("shown", "fits"), [("peafowl", True), ("tiger", False), (None, False)])
def test_the_card_of_a_dream_of_a_thing_names_it(scenario, shown, fits):
    scenario.request.plan = PlannedRequest(1, 0.0, 0, GOOD, {"seed": 1, "of": "peacock"})
    scenario.keep(JobState.DELIVERED)
    scenario.show("" if shown is None else TEXTS("card-dreamed", preset=shown, seconds=1), 1, dream=True)
    found = list(invariants.things(scenario.discord, scenario.classifier, [scenario.request]))
    assert (found == []) is fits


def test_invalid_files_are_not_stored(scenario):
    scenario.request.plan = PlannedRequest(1, 0.0, 0, GOOD, {}, guide=BAD)
    assert list(invariants.stored_invalid_files([scenario.request], [], [GOOD.digest])) == []
    files = [GOOD.digest, BAD.digest]
    assert len(list(invariants.stored_invalid_files([scenario.request], [], files))) == 1


@pytest.mark.parametrize(("state", "violations"), [(JobState.CANCELLED, 0), (JobState.REFUSED, 1)])
def test_only_a_cancelled_job_may_keep_a_file_that_nobody_has_read(scenario, state, violations):
    scenario.request.plan = PlannedRequest(1, 0.0, 0, BAD, {})
    jobs = [StoredJob(JOB, state, pictures=frozenset({BAD.digest}))]
    assert len(list(invariants.stored_invalid_files([scenario.request], jobs, [BAD.digest]))) == violations


def test_the_log_reports_no_bug():
    assert list(invariants.log_lines(["All is well.", "Tracebacks are rare."])) == []
    assert len(list(invariants.log_lines(["a", 'b: "Traceback (most recent call last):\\n"']))) == 1


def test_the_worst_lag_is_found():
    lines = [f"The event loop kept its tasks waiting for {ms} ms." for ms in (120, 1500, 300)]
    assert invariants.max_lag(lines) == 1.5
    assert invariants.max_lag(["never"]) == 0.0


class TestCards:
    def test_pass_if_they_are_true(self, scenario):
        scenario.keep(JobState.DELIVERED)
        scenario.show(PLACE, 1)
        scenario.show("", 2, dream=True)
        assert scenario.violations() == []

    def test_must_not_say_that_a_dream_is_elsewhere_before_it_is(self, scenario):
        scenario.show(PLACE, 1)
        scenario.show(ELSEWHERE, 2)
        scenario.bring_elsewhere(3)
        assert ["before it was delivered" in complaint for complaint in scenario.violations()] == [True]

    def test_may_say_so_afterwards(self, scenario):
        scenario.show(PLACE, 1)
        scenario.bring_elsewhere(2)
        scenario.show(ELSEWHERE, 3)
        assert scenario.violations() == []

    def test_must_not_say_so_and_show_it(self, scenario):
        scenario.show(PLACE, 1)
        scenario.bring_elsewhere(2)
        scenario.show(ELSEWHERE, 3)
        scenario.show("", 4, dream=True)
        assert any("shows it itself" in complaint for complaint in scenario.violations())

    def test_must_not_say_that_a_delivered_dream_could_not_be_delivered(self, scenario):
        scenario.show(PLACE, 1)
        scenario.bring_elsewhere(2)
        scenario.show(STAYS, 3)
        assert ["could not be delivered" in complaint for complaint in scenario.violations()] == [True]

    def test_may_say_so_before_it_is_delivered(self, scenario):
        scenario.show(PLACE, 1)
        scenario.show(STAYS, 2)
        scenario.bring_elsewhere(3)
        assert scenario.violations() == []

    def test_must_not_say_that_a_dream_was_cancelled_which_is_delivered_later(self, scenario):
        scenario.show(PLACE, 1)
        scenario.show(CANCELLED, 2)
        assert scenario.violations() == []
        scenario.bring_elsewhere(3)
        assert ["delivered later" in complaint for complaint in scenario.violations()] == [True]

    def test_must_not_replace_a_dream(self, scenario):
        scenario.show("", 1, dream=True)
        scenario.show(PLACE, 2)
        assert ["replaced a dream" in complaint for complaint in scenario.violations()] == [True]
        scenario.show("", 3, dream=True)
        assert scenario.violations() == []

    def test_must_not_show_a_finished_dream_as_running(self, scenario):
        scenario.keep(JobState.DELIVERED)
        scenario.show(PLACE, 1)
        assert ["finished dream as running" in complaint for complaint in scenario.violations()] == [True]
        assert scenario.violations(str(scenario.interaction.id)) == []
        scenario.card.delete()
        assert scenario.violations() == []

    def test_must_not_lose_progress_unless_the_dream_was_restarted(self, scenario):
        for at, percent in ((1, 5), (2, 50), (3, 50), (4, 6), (5, 100)):
            scenario.show(f"`███░░░` {percent}%", at)
        assert ["lost progress" in complaint for complaint in scenario.violations()] == [True]
        assert ["lost progress" in complaint for complaint in scenario.violations(restarted_at=6)] == [True]
        assert scenario.violations(restarted_at=3.5) == []
