"""What people ask for in a soak run, and what goes wrong: decided by the seed."""

import random
from collections import Counter
from typing import get_args

import pytest

from dream_engine.errors import PictureError
from dream_engine.images import Limits, decode
from soak.fault_injection import ALL, KINDS, timetable
from soak.request_plan import WITH_MODERATORS, How, Place, Then, orders

LIMITS = Limits(megabytes=1.0)


@pytest.fixture(scope="module")
def many():
    return orders(1, 600, 60.0, 10)


def test_the_same_seed_asks_for_the_same():
    assert orders(1, 20, 60.0, 10) == orders(1, 20, 60.0, 10)
    assert orders(1, 20, 60.0, 10) != orders(2, 20, 60.0, 10)


def test_pictures_can_be_dreamed_and_the_rest_cannot(many):
    uploads = {upload.name: upload for order in many for upload in (order.upload, order.guide) if upload}
    assert len(uploads) > 300
    for upload in uploads.values():
        if upload.is_picture:
            decode(upload.content, LIMITS)
        else:
            with pytest.raises(PictureError):
                decode(upload.content, LIMITS)


def test_requests_are_numbered_and_come_in_order_within_the_time(many):
    assert [order.number for order in many] == list(range(1, 601))
    assert all(order.options["seed"] == order.number for order in many if order.options)
    moments = [order.at for order in many]
    assert moments == sorted(moments)
    assert moments[-1] <= 60.0


def test_people_ask_everywhere_for_everything_in_every_way(many):
    assert {order.then for order in many} == set(get_args(Then))
    assert {order.place for order in many} == set(get_args(Place))
    assert {order.how for order in many} == set(get_args(How))
    options = Counter(name for order in many for name in order.options)
    assert {"size", "strength", "layer", "keep-colour", "spoiler", "private"} <= options.keys()
    assert len({order.options.get("layer") for order in many}) > 20
    assert len({order.options.get("preset") for order in many}) > 10
    assert any(order.guide for order in many)
    assert any(order.guide and not order.guide.is_picture and not order.is_good for order in many)
    assert any(order.repeated for order in many)
    assert any(order.fetch_seconds for order in many)
    assert any(order.age for order in many)


def test_moderators_act_only_where_there_are_any_and_on_what_they_see(many):
    acted = [order for order in many if order.then in ("moderate", "remove", "delete")]
    assert {order.place for order in acted} <= set(WITH_MODERATORS)
    assert not [order for order in acted if order.options.get("private")]


def test_a_trouble_that_people_make_can_be_left_out():
    made = orders(1, 300, 60.0, 10, ())
    assert all(order.is_good and not order.repeated for order in made)
    assert not {order.then for order in made} & {"forget", "moderate", "remove", "delete", "intrude"}


def test_in_time_everything_goes_wrong_and_the_bot_is_ended_in_the_second_half_only():
    troubles = list(timetable(random.Random(1), 400.0, 7.0))
    assert {name for _, name in troubles} == set(KINDS)
    assert all(at > 200 for at, name in troubles if KINDS[name].ends_process)
    assert sum(KINDS[name].ends_process for _, name in troubles) >= 5


def test_the_timetable_has_the_chosen_troubles_only():
    assert {name for _, name in timetable(random.Random(1), 100.0, 7.0, ("worker", "bad"))} == {"worker"}
    assert not list(timetable(random.Random(1), 100.0, 7.0, ()))
    assert set(KINDS) < set(ALL)
