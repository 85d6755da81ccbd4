"""The fair queue, without any clock: who is next, and what those who wait are told."""

import random
from collections import Counter

from bot.jobs.queue import FairQueue, Forecast, Running

ANN, BEN, CLEO = 1, 2, 3


class SlotQueue:
    """A queue whose jobs are named by their owner and number."""

    def __init__(self):
        self.queue = FairQueue()
        self.counts = {}

    def ask(self, user, times=1, seconds=10.0, max_running=1):
        for _ in range(times):
            number = self.counts[user] = self.counts.get(user, 0) + 1
            self.queue.add(f"{user}.{number}", user, self.queue.turn_for(user), seconds, max_running)

    def serve(self, *busy):
        return self.queue.take(Counter(busy))

    def serve_all(self):
        served = []
        while (job := self.serve()) is not None:
            served.append(job)
        return served


def test_nobody_waits_in_an_empty_queue():
    assert FairQueue().take(Counter()) is None
    assert len(FairQueue()) == 0


def test_alone_one_is_served_in_ones_own_order():
    line = SlotQueue()
    line.ask(ANN, 3)
    assert line.serve_all() == ["1.1", "1.2", "1.3"]


def test_people_take_turns():
    line = SlotQueue()
    line.ask(ANN, 3)
    line.ask(BEN, 2)
    line.ask(CLEO)
    assert line.serve_all() == ["1.1", "2.1", "3.1", "1.2", "2.2", "1.3"]


def test_twenty_of_one_delay_another_by_one_at_most():
    line = SlotQueue()
    line.ask(ANN, 20)
    assert line.serve() == "1.1"
    assert line.serve() == "1.2"
    line.ask(BEN)
    assert line.serve() == "2.1"
    assert line.serve() == "1.3"


def test_a_newcomer_enters_the_round_that_is_being_served():
    line = SlotQueue()
    line.ask(ANN, 5)
    for _ in range(3):
        line.serve()
    line.ask(BEN, 2)
    assert line.serve_all() == ["2.1", "1.4", "2.2", "1.5"]


def test_who_was_served_in_a_round_waits_for_the_next_one():
    line = SlotQueue()
    line.ask(ANN, 4)
    line.serve()
    line.ask(BEN)
    line.serve_all()
    line.ask(BEN, 2)
    line.ask(ANN, 2)
    assert line.serve_all() == ["2.2", "2.3", "1.5", "1.6"]


def test_who_has_a_job_running_is_passed_over_but_not_forgotten():
    line = SlotQueue()
    line.ask(ANN, 2)
    line.ask(BEN)
    assert line.serve(ANN) == "2.1"
    assert line.serve(ANN) is None
    assert line.serve() == "1.1"


def test_what_is_removed_is_served_no_more():
    line = SlotQueue()
    line.ask(ANN, 2)
    assert line.queue.remove("1.1")
    assert line.queue.remove("1.1") is False
    assert len(line.queue) == 1
    assert line.serve_all() == ["1.2"]


def test_who_may_have_two_dreamed_at_once_is_passed_over_at_the_third():
    line = SlotQueue()
    line.ask(ANN, 3, max_running=2)
    assert line.serve() == "1.1"
    assert line.serve(ANN) == "1.2"
    assert line.serve(ANN, ANN) is None
    assert line.serve(ANN) == "1.3"


def test_a_forecast_knows_how_many_of_ones_own_jobs_are_dreamed_at_once():
    line = SlotQueue()
    line.ask(ANN, 3, max_running=2)
    forecasts = line.queue.forecast([Running(ANN, 5.0)], workers=4)
    assert [forecasts[f"1.{number}"].seconds for number in (1, 2, 3)] == [10.0, 15.0, 20.0]


def test_what_is_removed_gives_its_turn_back():
    line = SlotQueue()
    line.ask(ANN, 4)
    for job in ("1.2", "1.3", "1.4"):
        line.queue.remove(job)
    line.ask(BEN, 3)
    line.ask(ANN)
    assert line.serve_all() == ["1.1", "2.1", "2.2", "1.5", "2.3"]


def test_who_removes_all_of_theirs_does_not_get_before_those_who_were_served_less():
    line = SlotQueue()
    line.ask(ANN, 2)
    line.ask(BEN, 2)
    assert line.serve() == "1.1"
    line.queue.remove("1.2")
    line.ask(ANN)
    assert line.serve_all() == ["2.1", "2.2", "1.3"]


def test_who_takes_back_the_only_job_asks_in_the_round_that_is_being_served():
    line = SlotQueue()
    line.ask(ANN)
    line.queue.remove("1.1")
    line.ask(BEN)
    line.ask(ANN)
    line.ask(CLEO)
    assert line.serve_all() == ["2.1", "1.2", "3.1"]


def test_who_was_served_and_takes_back_the_rest_waits_for_the_round_after_that():
    line = SlotQueue()
    line.ask(ANN, 3)
    line.ask(BEN)
    assert line.serve() == "1.1"
    line.queue.remove("1.2")
    line.queue.remove("1.3")
    line.ask(ANN)
    line.ask(CLEO)
    assert line.serve_all() == ["2.1", "3.1", "1.4"]


def test_taking_back_leaves_the_turns_of_everybody_else_alone():
    line = SlotQueue()
    line.ask(ANN, 3)
    line.ask(BEN, 3)
    line.queue.remove("1.3")
    line.ask(BEN)
    line.ask(ANN)
    assert line.serve_all() == ["1.1", "2.1", "1.2", "2.2", "2.3", "1.4", "2.4"]


def test_after_a_restart_a_person_goes_on_after_the_last_of_their_jobs_in_whatever_order_they_are_told():
    line = SlotQueue()
    line.queue.resume([(ANN, 6), (ANN, 5), (BEN, 5)])
    assert line.queue.turn_for(ANN) == 7
    assert line.queue.turn_for(BEN) == 6
    assert line.queue.turn_for(CLEO) == 5


def test_after_a_restart_that_left_nothing_the_first_turn_is_the_first():
    line = SlotQueue()
    line.queue.resume([])
    assert [line.queue.turn_for(ANN), line.queue.turn_for(ANN), line.queue.turn_for(BEN)] == [1, 2, 1]


def test_after_a_restart_the_rounds_go_on():
    line = SlotQueue()
    left = {"1.8": (ANN, 4), "1.9": (ANN, 5), "2.8": (BEN, 4)}
    line.queue.resume(list(left.values()))
    for job, (user, turn) in left.items():
        line.queue.add(job, user, turn)
    line.ask(CLEO, 2)
    line.ask(ANN)
    assert line.serve_all() == ["1.8", "2.8", "3.1", "1.9", "3.2", "1.1"]


def test_in_any_crowd_nobody_waits_for_more_than_one_of_each_other_person():
    chance = random.Random(7)
    for _ in range(50):
        line, users = SlotQueue(), range(1, 8)
        for _ in range(60):
            line.ask(chance.choice(users))
            if chance.random() < 0.5:
                line.serve()
        line.ask(99)
        served = line.serve_all()
        before = served[: served.index("99.1")]
        owners = [job.split(".")[0] for job in before]
        assert all(owners.count(owner) <= 1 for owner in owners)


def test_a_forecast_tells_places_and_seconds_with_one_worker():
    line = SlotQueue()
    line.ask(ANN, 2)
    line.ask(BEN)
    assert line.queue.forecast([Running(CLEO, 4.0)], workers=1) == {
        "1.1": Forecast(1, 14.0),
        "2.1": Forecast(2, 24.0),
        "1.2": Forecast(3, 34.0),
    }


def test_a_forecast_begins_with_the_worker_that_is_free_first():
    line = SlotQueue()
    line.ask(ANN, 2)
    forecasts = line.queue.forecast([Running(BEN, 9.0), Running(CLEO, 5.0), Running(BEN, 1.0)], workers=3)
    assert forecasts == {"1.1": Forecast(1, 11.0), "1.2": Forecast(2, 21.0)}


def test_a_forecast_changes_nothing():
    line = SlotQueue()
    line.ask(ANN, 2)
    line.queue.forecast([], workers=1)
    assert line.serve_all() == ["1.1", "1.2"]


def test_a_forecast_counts_all_workers():
    line = SlotQueue()
    line.ask(ANN)
    line.ask(BEN)
    forecasts = line.queue.forecast([Running(CLEO, 4.0)], workers=2)
    assert forecasts == {"1.1": Forecast(1, 10.0), "2.1": Forecast(2, 14.0)}


def test_a_forecast_knows_that_ones_own_jobs_come_one_after_the_other():
    line = SlotQueue()
    line.ask(ANN, 3)
    forecasts = line.queue.forecast([Running(ANN, 5.0)], workers=4)
    assert [forecasts[f"1.{number}"].seconds for number in (1, 2, 3)] == [15.0, 25.0, 35.0]


def test_a_place_is_told_even_where_no_time_can_be():
    line = SlotQueue()
    line.ask(ANN, seconds=None)
    line.ask(BEN)
    forecasts = line.queue.forecast([Running(CLEO, None)], workers=1)
    assert forecasts == {"1.1": Forecast(1, None), "2.1": Forecast(2, None)}


def test_a_forecast_is_the_order_in_which_all_are_served():
    chance = random.Random(3)
    line = SlotQueue()
    for _ in range(30):
        line.ask(chance.randrange(6), seconds=chance.random())
    forecasts = line.queue.forecast([], workers=1)
    told = sorted(forecasts, key=lambda job: forecasts[job].place)
    assert told == sorted(forecasts, key=lambda job: forecasts[job].seconds)
    assert told == line.serve_all()
