import pytest

from bot.jobs.speeds import Speeds


def test_there_is_no_estimate_before_the_first_measurement():
    assert Speeds().estimate("lite0", "mild", 10) is None


def test_an_estimate_is_proportional_to_the_work():
    speeds = Speeds()
    speeds.learn("lite0", "mild", work=98, seconds=50)
    assert speeds.estimate("lite0", "mild", 398) == 200


def test_a_small_dream_gives_a_plausible_estimate_for_a_large_one():
    speeds = Speeds()
    speeds.learn("lite0", "mild", work=0.006, seconds=0.1)
    estimate = speeds.estimate("lite0", "mild", 140)
    assert estimate is not None
    assert estimate < 10


def test_an_unmeasured_preset_has_the_mean_speed_of_the_others():
    speeds = Speeds({("lite0", "mild"): 1.0, ("lite0", "webs"): 3.0, ("vgg16", "mild"): 100.0})
    assert speeds.estimate("lite0", "fur", 8) == 20


def test_a_speed_gives_no_estimate_for_another_backbone():
    assert Speeds({("lite0", "mild"): 1.0}).estimate("vgg16", "mild", 10) is None


def test_a_new_measurement_moves_the_average():
    speeds = Speeds({("lite0", "mild"): 1.0})
    assert 1.0 < speeds.learn("lite0", "mild", 98, 200.0) < 2.0
    for _ in range(50):
        speed = speeds.learn("lite0", "mild", 98, 200.0)
    assert speed == pytest.approx(2.0)
