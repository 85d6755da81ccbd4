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


def errand(name: str) -> FileTask:
    return FileTask(Path(f"{name}.jpg"), Path(f"{name}.png"), "png")


A, B, C = errand("a"), errand("b"), errand("c")


def test_the_fraction_is_the_mean_of_all_pictures_also_of_those_to_come(clock):
    course = BatchProgress(4, clock)
    course.go_on(A, progress(0.5))
    course.finish(B)
    assert (course.fraction, course.ended, course.growing) == (0.375, 1, 1)


def test_a_picture_that_cannot_be_dreamed_is_done_with(clock):
    course = BatchProgress(2, clock)
    course.go_on(A, progress(0.5))
    course.give_up(A)
    course.give_up(B)
    assert (course.fraction, course.ended) == (1.0, 2)


def test_a_dream_that_lacks_but_its_file_does_not_grow_any_more(clock):
    course = BatchProgress(2, clock)
    course.go_on(A, progress(1.0))
    assert course.growing == 0


def test_the_time_left_is_that_of_all_pictures_at_the_speed_so_far(clock):
    course = BatchProgress(10, clock)
    course.go_on(A, progress(0.0))
    course.go_on(B, progress(0.0))
    clock.now += 10
    course.finish(A)
    course.finish(B)
    assert course.seconds_left() == pytest.approx(40)


def test_no_time_left_is_told_while_nothing_is_measured(clock):
    course = BatchProgress(10, clock)
    assert course.seconds_left() is None
    course.go_on(A, progress(0.1))
    clock.now += 2
    course.go_on(A, progress(0.2))
    assert course.seconds_left() is None


def test_no_time_left_is_told_where_a_minute_has_brought_nothing(clock):
    course = BatchProgress(10, clock)
    for second in range(100):
        clock.now += 1
        course.go_on(A, progress(min(0.9, second / 20)))
    assert course.seconds_left() is None


def test_workers_that_come_later_are_reckoned_with_after_a_minute(clock):
    course = BatchProgress(100, clock)
    course.go_on(A, progress(0.0))
    for _ in range(30):  # one picture each 20 seconds, for 10 minutes
        clock.now += 20
        course.finish(A)
    for _ in range(65):  # then one each second
        clock.now += 1
        course.finish(A)
    assert course.seconds_left() == pytest.approx(5, abs=0.5)


def test_pictures_that_could_not_be_dreamed_make_the_others_no_quicker(clock):
    course = BatchProgress(10, clock)
    course.go_on(A, progress(0.0))
    clock.now += 10
    course.finish(A)
    for _ in range(5):
        course.give_up(B)
    assert course.seconds_left() == pytest.approx(40)


def test_at_the_end_the_slowest_dream_is_waited_for(clock):
    course = BatchProgress(3, clock)
    course.go_on(A, progress(0.0))
    clock.now += 10
    course.finish(A)
    course.finish(B)
    course.go_on(C, progress(0.9, seconds_left=30.0))
    clock.now += 4
    assert course.seconds_left() == pytest.approx(26)
