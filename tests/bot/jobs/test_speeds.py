import pytest

from bot.jobs.speeds import Speeds


def test_before_anything_was_measured_nothing_is_told():
    assert Speeds().estimate("lite0", "mild", 10) is None


def test_an_estimate_is_as_long_as_the_work():
    speeds = Speeds()
    speeds.learn("lite0", "mild", work=98, seconds=50)
    assert speeds.estimate("lite0", "mild", 398) == 200


def test_a_small_dream_tells_a_bearable_time_for_a_large_one():
    speeds = Speeds()
    speeds.learn("lite0", "mild", work=0.006, seconds=0.1)
    estimate = speeds.estimate("lite0", "mild", 140)
    assert estimate is not None
    assert estimate < 10


def test_a_preset_that_was_never_dreamed_is_taken_for_the_mean_of_the_others():
    speeds = Speeds({("lite0", "mild"): 1.0, ("lite0", "webs"): 3.0, ("vgg16", "mild"): 100.0})
    assert speeds.estimate("lite0", "fur", 8) == 20


def test_another_backbone_tells_nothing():
    assert Speeds({("lite0", "mild"): 1.0}).estimate("vgg16", "mild", 10) is None


def test_the_newest_counts_but_not_alone():
    speeds = Speeds({("lite0", "mild"): 1.0})
    assert 1.0 < speeds.learn("lite0", "mild", 98, 200.0) < 2.0
    for _ in range(50):
        speed = speeds.learn("lite0", "mild", 98, 200.0)
    assert speed == pytest.approx(2.0)
