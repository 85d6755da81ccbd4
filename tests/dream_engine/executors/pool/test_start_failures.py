"""The pauses after failed starts, and when they count as lasting."""

import pytest

from dream_engine.errors import WeightsNotFoundError
from dream_engine.executors.base import ExecutorError, NoWorkerError, WorkerLostError
from dream_engine.executors.pool.start_failures import StartFailures

LOST = WorkerLostError("The worker was ended by SIGKILL.")


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def failures(clock):
    return StartFailures(clock)


def fail_in_a_row(failures, clock, times):
    """Record a number of failures in a row; returns the pauses."""
    pauses = []
    for _ in range(times):
        pauses.append(failures.failed(failures.now()))
        clock.seconds += pauses[-1]
    return pauses


def test_the_first_start_does_not_wait(failures):
    assert failures.may_start


def test_a_start_begins_at_the_time_of_the_clock(failures, clock):
    assert failures.now() == clock.seconds


def test_the_next_start_waits_until_the_pause_is_over(failures, clock):
    assert failures.failed(failures.now()) == 1.0
    assert not failures.may_start
    clock.seconds += 0.9
    assert not failures.may_start
    clock.seconds += 0.1
    assert failures.may_start


def test_each_pause_is_twice_as_long_and_none_longer_than_a_minute(failures, clock):
    assert fail_in_a_row(failures, clock, 8) == [1, 2, 4, 8, 16, 32, 60, 60]


def test_the_pause_stays_at_a_minute_after_thousands_of_failures(failures, clock):
    assert fail_in_a_row(failures, clock, 2000)[-1] == 60


def test_after_a_success_the_pauses_are_short_again(failures, clock):
    fail_in_a_row(failures, clock, 4)
    failures.succeeded()
    assert fail_in_a_row(failures, clock, 2) == [1, 2]


def test_starts_that_fail_together_count_once(failures, clock):
    began = failures.now()
    clock.seconds += 5
    assert failures.failed(began) == 1.0
    clock.seconds += 0.25
    assert failures.failed(began) == 0.75
    clock.seconds += 9
    assert failures.failed(began) == 0
    assert failures.may_start
    assert failures.failed(failures.now()) == 2.0


def test_a_lost_worker_is_lasting_only_at_the_fifth_time_in_a_row(failures, clock):
    fail_in_a_row(failures, clock, 4)
    assert not failures.is_lasting(LOST)
    fail_in_a_row(failures, clock, 1)
    assert failures.is_lasting(LOST)
    assert failures.is_lasting(ExecutorError("The worker was not ready within 180 seconds."))
    assert failures.is_lasting(ValueError("anything"))
    failures.succeeded()
    fail_in_a_row(failures, clock, 4)
    assert not failures.is_lasting(LOST)


def test_a_full_cluster_is_never_lasting(failures, clock):
    fail_in_a_row(failures, clock, 9)
    assert not failures.is_lasting(NoWorkerError("The cluster is full."))


def test_wrong_weights_are_lasting_at_once(failures):
    failures.failed(failures.now())
    assert failures.is_lasting(WeightsNotFoundError(path="gone"))
