"""Planned requests and scheduled faults of a soak run."""

import random
from collections import Counter
from typing import get_args

import pytest

from bot.thing_restrictions import ThingRestrictions
from dream_engine import image_classes
from dream_engine.errors import PictureError
from dream_engine.images import Limits, decode
from dream_engine.motion.clips import ClipLimits, is_moving, read_clip
from soak.fault_injection import ALL_FAULTS, FAULT_KINDS, schedule
from soak.request_plan import (
    AGE_RESTRICTED_THINGS,
    DREAMABLE_THINGS,
    MODERATED_PLACES,
    REFUSED_THINGS,
    STILL_MOTIONS,
    FollowUp,
    Method,
    Place,
    PlannedRequest,
    plan_requests,
)
from soak.uploads import Upload
from tests.soak.request_scenario import GOOD

LIMITS = Limits(megabytes=1.0)


@pytest.fixture(scope="module")
def many():
    return plan_requests(1, 600, 60.0, 10)


def test_the_same_seed_gives_the_same_plan():
    assert plan_requests(1, 20, 60.0, 10) == plan_requests(1, 20, 60.0, 10)
    assert plan_requests(1, 20, 60.0, 10) != plan_requests(2, 20, 60.0, 10)


def test_only_pictures_can_be_decoded(many):
    uploads = {upload.name: upload for plan in many for upload in plan.uploads}
    assert len(uploads) > 300
    for upload in uploads.values():
        if upload.moves:
            assert is_moving(upload.content)
        elif upload.is_picture:
            decode(upload.content, LIMITS)
        elif is_moving(upload.content):
            with pytest.raises(PictureError):
                read_clip(upload.content, ClipLimits(), fps=15, seconds=6, size=640)
        else:
            with pytest.raises(PictureError):
                decode(upload.content, LIMITS)


def test_requests_are_numbered_and_come_in_order_within_the_time(many):
    assert [plan.number for plan in many] == list(range(1, 601))
    assert all(plan.options["seed"] == plan.number for plan in many if plan.options)
    moments = [plan.at for plan in many]
    assert moments == sorted(moments)
    assert moments[-1] <= 60.0


def test_plans_cover_every_place_method_option_and_follow_up(many):
    assert {plan.follow_up for plan in many} == set(get_args(FollowUp))
    assert {plan.place for plan in many} == set(get_args(Place))
    assert {plan.method for plan in many} == set(get_args(Method))
    options = Counter(name for plan in many for name in plan.options)
    assert {"size", "strength", "layer", "keep-colour", "spoiler", "private"} <= options.keys()
    assert len({plan.options.get("layer") for plan in many}) > 20
    assert len({plan.options.get("preset") for plan in many}) > 10
    assert any(plan.guide for plan in many)
    assert any(plan.guide and not plan.guide.is_picture and not plan.is_valid for plan in many)
    assert any(plan.mask and plan.is_valid for plan in many)
    assert any(plan.mask and not plan.mask.is_picture and not plan.is_valid for plan in many)
    assert any(plan.sent_twice for plan in many)
    assert any(plan.fetch_seconds for plan in many)
    assert any(plan.age for plan in many)


def test_plans_cover_every_motion_of_moving_files_and_still_pictures(many):
    moving = [plan for plan in many if plan.moves]
    assert {plan.options.get("motion") for plan in moving if not plan.upload.moves} == set(STILL_MOTIONS)
    assert {plan.options.get("motion") for plan in many if plan.upload.moves} == {None, "clip", "still"}
    assert {plan.upload.name.rpartition(".")[2] for plan in moving if plan.upload.moves} >= {
        "gif",
        "webp",
        "png",
    }
    assert {plan.follow_up for plan in moving} >= {"nothing", "cancel", "delete", "again", "forget"}
    assert {plan.method for plan in moving} > {"slash"}
    assert not any(plan.moves for plan in many if plan.follow_up == "motion")
    assert all("seconds" in plan.options for plan in many if plan.follow_up == "motion")
    assert all(
        plan.options.get("seconds") == 6.0 for plan in moving if plan.follow_up == "cancel" and plan.options
    )


def test_a_request_moves_if_it_says_so_or_its_file_does_and_it_says_nothing():
    gif = Upload("a.gif", b"", moves=True)

    def moves(upload: Upload, **options: str) -> bool:
        return PlannedRequest(1, 0.0, 0, upload, options).moves

    assert [moves(gif), moves(gif, motion="clip"), moves(gif, motion="still")] == [True, True, False]
    assert [moves(GOOD), moves(GOOD, motion="zoom"), moves(GOOD, motion="still")] == [False, True, False]


def test_plans_cover_allowed_and_refused_things(many):
    named = [plan for plan in many if plan.thing]
    assert {plan.thing for plan in named if plan.is_thing_allowed} == {
        *DREAMABLE_THINGS,
        *AGE_RESTRICTED_THINGS,
    }
    assert {plan.thing for plan in named if not plan.is_thing_allowed} >= {
        *REFUSED_THINGS,
        *AGE_RESTRICTED_THINGS,
    }
    assert any(plan.guide for plan in named)
    assert any("preset" in plan.options for plan in named)
    assert any("preset" not in plan.options for plan in named)


def test_only_dreams_of_allowed_things_are_followed_up(many):
    assert all(plan.is_thing_allowed for plan in many if plan.follow_up != "nothing")
    assert all(plan.thing for plan in many if plan.follow_up == "thing")


@pytest.mark.parametrize("place", get_args(Place))
def test_a_restricted_thing_is_allowed_in_an_age_restricted_channel_only(place):
    plan = PlannedRequest(1, 0.0, 0, GOOD, {"of": AGE_RESTRICTED_THINGS[0]}, place)
    assert plan.is_thing_allowed is (place == "adults")


def test_the_planned_things_are_those_that_the_bot_allows():
    restrictions = ThingRestrictions.read()
    for typed in DREAMABLE_THINGS:
        name = image_classes.get(typed).name
        assert restrictions.allows(name, in_age_restricted_channel=False)
    for name in AGE_RESTRICTED_THINGS:
        assert restrictions.allows(name, in_age_restricted_channel=True)
        assert not restrictions.allows(name, in_age_restricted_channel=False)


def test_moderators_act_only_in_servers_and_on_visible_dreams(many):
    acted = [plan for plan in many if plan.follow_up in ("moderate", "remove", "delete")]
    assert {plan.place for plan in acted} <= set(MODERATED_PLACES)
    assert not [plan for plan in acted if plan.options.get("private")]


def test_request_faults_can_be_left_out():
    made = plan_requests(1, 150, 60.0, 10, ())
    assert all(plan.is_valid and plan.is_thing_allowed and not plan.sent_twice for plan in made)
    assert not {plan.follow_up for plan in made} & {"forget", "moderate", "remove", "delete", "intrude"}


def test_a_long_schedule_has_every_fault_and_ends_the_process_only_in_its_second_half():
    faults = list(schedule(random.Random(1), 400.0, 7.0))
    assert {name for _, name in faults} == set(FAULT_KINDS)
    assert all(at > 200 for at, name in faults if FAULT_KINDS[name].ends_process)
    assert sum(FAULT_KINDS[name].ends_process for _, name in faults) >= 5


def test_the_schedule_has_only_the_chosen_faults():
    assert {name for _, name in schedule(random.Random(1), 100.0, 7.0, ("worker", "bad"))} == {"worker"}
    assert not list(schedule(random.Random(1), 100.0, 7.0, ()))
    assert set(FAULT_KINDS) < set(ALL_FAULTS)
