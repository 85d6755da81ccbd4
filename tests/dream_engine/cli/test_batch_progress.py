from pathlib import Path

import pytest

from dream_engine.cli.batch_progress import BatchProgress
from dream_engine.cli.files import FileTask
from tests.dream_engine.cli.manual_executor import progress


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


def task(name: str) -> FileTask:
    return FileTask(Path(f"{name}.jpg"), Path(f"{name}.png"), "png")


A, B, C = task("a"), task("b"), task("c")


def test_the_fraction_is_the_mean_of_all_pictures_including_those_not_started(clock):
    batch = BatchProgress(4, clock)
    batch.update(A, progress(0.5))
    batch.finish(B)
    assert (batch.fraction, batch.ended, batch.running) == (0.375, 1, 1)


def test_a_failed_picture_counts_as_done(clock):
    batch = BatchProgress(2, clock)
    batch.update(A, progress(0.5))
    batch.fail(A)
    batch.fail(B)
    assert (batch.fraction, batch.ended) == (1.0, 2)


def test_a_dream_that_is_being_encoded_is_not_running(clock):
    batch = BatchProgress(2, clock)
    batch.update(A, progress(1.0))
    assert batch.running == 0


def test_the_time_left_is_that_of_all_pictures_at_the_speed_so_far(clock):
    batch = BatchProgress(10, clock)
    batch.update(A, progress(0.0))
    batch.update(B, progress(0.0))
    clock.now += 10
    batch.finish(A)
    batch.finish(B)
    assert batch.seconds_left() == pytest.approx(40)


def test_no_time_left_is_known_before_anything_is_measured(clock):
    batch = BatchProgress(10, clock)
    assert batch.seconds_left() is None
    batch.update(A, progress(0.1))
    clock.now += 2
    batch.update(A, progress(0.2))
    assert batch.seconds_left() is None


def test_no_time_left_is_known_after_a_minute_without_progress(clock):
    batch = BatchProgress(10, clock)
    for second in range(100):
        clock.now += 1
        batch.update(A, progress(min(0.9, second / 20)))
    assert batch.seconds_left() is None


def test_additional_workers_count_after_a_minute(clock):
    batch = BatchProgress(100, clock)
    batch.update(A, progress(0.0))
    for _ in range(30):  # one picture each 20 seconds, for 10 minutes
        clock.now += 20
        batch.finish(A)
    for _ in range(65):  # then one each second
        clock.now += 1
        batch.finish(A)
    assert batch.seconds_left() == pytest.approx(5, abs=0.5)


def test_failed_pictures_do_not_count_as_speed(clock):
    batch = BatchProgress(10, clock)
    batch.update(A, progress(0.0))
    clock.now += 10
    batch.finish(A)
    for _ in range(5):
        batch.fail(B)
    assert batch.seconds_left() == pytest.approx(40)


def test_the_slowest_dream_determines_the_time_left_at_the_end(clock):
    batch = BatchProgress(3, clock)
    batch.update(A, progress(0.0))
    clock.now += 10
    batch.finish(A)
    batch.finish(B)
    batch.update(C, progress(0.9, seconds_left=30.0))
    clock.now += 4
    assert batch.seconds_left() == pytest.approx(26)
