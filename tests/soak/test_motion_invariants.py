"""Invariants of motions in a soak run."""

import pytest

from bot.models import State as JobState
from fake_discord.attachments import Attachment
from fake_discord.calls import UploadedFile
from fake_discord.interactions import Acknowledgement
from fake_discord.messages import Message, State
from soak import motion_invariants
from soak.request_plan import PlannedRequest
from soak.store_monitor import StoredJob
from tests.moving import moving
from tests.soak.request_scenario import GOOD, JOB, TEXTS, RequestScenario

MOVED = TEXTS("card-moved", motion="Zoom", frames=12, fps="8")


@pytest.fixture
def scenario():
    return RequestScenario()


def violations(scenario, *, motion: str | None, content: bytes, text: str) -> list[str]:
    """The violations if a request for a motion is answered by this file and this text."""
    scenario.request.plan = PlannedRequest(1, 0.0, 0, GOOD, {"seed": 1, "motion": motion})
    scenario.interaction.acknowledgement = Acknowledgement(5, {}, (), 0.1, False)
    scenario.jobs = [StoredJob(JOB, JobState.DELIVERED, 1, scenario.user.id)]
    name = f"dream-{JOB}.gif"
    files = {
        "uploads": (UploadedFile(name, content),),
        "attachments": (Attachment(name, content, "image/gif", "", 1),),
    }
    card = Message(scenario.discord.channel, scenario.discord.world.bot, State(content=text, at=1.0, **files))
    scenario.discord.world.post(card)
    return list(motion_invariants.moving_dreams(scenario.discord, scenario.classifier, [scenario.request]))


@pytest.mark.parametrize(("motion", "content", "text"), [("zoom", moving(3), MOVED), (None, moving(1), "")])
def test_dreams_pass_that_move_as_they_were_to(scenario, motion, content, text):
    assert violations(scenario, motion=motion, content=content, text=text) == []


def test_a_motion_must_move_and_its_card_say_so(scenario):
    assert len(violations(scenario, motion="grow", content=moving(1), text="")) == 2


def test_a_still_must_not_move(scenario):
    (violation,) = violations(scenario, motion="still", content=moving(3), text="")
    assert violation == "the dream of request 1 should not move"


def test_only_unfinished_motions_keep_frames():
    jobs = [
        StoredJob("a", JobState.RUNNING),
        StoredJob("b", JobState.DELIVERED),
        StoredJob("c", JobState.RUNNING),
    ]
    (first, second) = motion_invariants.leftover_folders(jobs, ("a", "b"), ["c", "b", "a"])
    assert (first.endswith(" b"), second.endswith(" c")) == (True, True)
