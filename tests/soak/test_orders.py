"""What people ask for in a soak run, and what goes wrong: decided by the seed."""

import random
from collections import Counter

import pytest

from dream_engine.errors import PictureError
from dream_engine.images import Limits, decode
from tests.soak.orders import orders
from tests.soak.troubles import timetable

LIMITS = Limits(megabytes=1.0)


def test_the_same_seed_asks_for_the_same():
    assert orders(1, 50, 60.0, 10) == orders(1, 50, 60.0, 10)
    assert orders(1, 50, 60.0, 10) != orders(2, 50, 60.0, 10)


def test_pictures_can_be_dreamed_and_the_rest_cannot():
    uploads = {order.upload.name: order.upload for order in orders(1, 600, 60.0, 10)}
    assert len(uploads) > 30
    for upload in uploads.values():
        if upload.is_picture:
            decode(upload.content, LIMITS)
        else:
            with pytest.raises(PictureError):
                decode(upload.content, LIMITS)


def test_requests_are_numbered_and_come_in_order_within_the_time():
    made = orders(1, 100, 60.0, 10)
    assert [order.options["seed"] for order in made] == list(range(1, 101))
    moments = [order.at for order in made]
    assert moments == sorted(moments)
    assert moments[-1] <= 60.0


def test_in_time_everything_goes_wrong_and_the_bot_is_ended_in_the_second_half_only():
    troubles = list(timetable(random.Random(1), 300.0, 7.0))
    counted = Counter(name for _, name in troubles)
    assert len(counted) == 10
    assert min(counted.values()) >= 1
    assert all(at > 150 for at, name in troubles if "started again" in name)
