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


class TestDreamsThatShareTheCores:
    def test_do_not_change_the_speed_of_a_dream_alone(self):
        speeds = Speeds({("lite0", "mild"): 1.0})
        assert speeds.learn("lite0", "mild", work=98, seconds=180, sharers=2) == 1.0
        assert speeds.estimate("lite0", "mild", 98) == 100

    def test_teach_how_much_sharing_costs(self):
        speeds = Speeds({("lite0", "mild"): 1.0})
        for _ in range(40):
            speeds.learn("lite0", "mild", work=98, seconds=160, sharers=2)
        assert speeds.slowdown(2) == pytest.approx(1.6, rel=0.01)
        assert speeds.slowdown(4) == pytest.approx(2.56, rel=0.01)

    @pytest.mark.parametrize(("seconds", "slowdown"), [(50, 1.0), (900, 2.0)])
    def test_are_never_faster_than_alone_nor_slower_than_one_after_the_other(self, seconds, slowdown):
        speeds = Speeds({("lite0", "mild"): 1.0})
        for _ in range(40):
            speeds.learn("lite0", "mild", work=98, seconds=seconds, sharers=2)
        assert speeds.slowdown(2) == pytest.approx(slowdown, rel=0.01)

    def test_give_a_first_estimate_of_a_dream_alone(self):
        speeds = Speeds()
        speeds.learn("lite0", "mild", work=98, seconds=100 * speeds.slowdown(2), sharers=2)
        assert speeds.estimate("lite0", "mild", 98) == pytest.approx(100)

    def test_cost_nothing_if_there_is_one(self):
        assert Speeds().slowdown(1) == Speeds().slowdown(0) == 1
