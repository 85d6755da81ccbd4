import pytest

from dream_engine.eta import EtaEstimator


def test_the_fraction_counts_pixels_and_the_time_left_follows_from_the_speed_since_the_first_step():
    now = 100.0
    pace = EtaEstimator([(10, 10), (10, 30)], steps=5, clock=lambda: now)
    assert pace.fraction(0, 5) == pytest.approx(0.25)
    assert pace.fraction(1, 2.5) == pytest.approx(0.625)
    assert pace.fraction(1, 5) == 1.0
    # The first call comes after the compilation, whose time says nothing about the steps.
    assert pace.seconds_left(0.05) is None
    now = 102.0
    assert pace.seconds_left(0.25) == pytest.approx(7.5)
    assert pace.seconds_left(1.0) == 0.0
