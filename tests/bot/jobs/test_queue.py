"""The fair queue, without a clock: the order of serving and its forecasts."""

import random
from collections import Counter

from bot.jobs.queue import FairQueue, Forecast, Running, Slots

ANN, BEN, CLEO, DAN = 1, 2, 3, 4


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


def test_an_empty_queue_has_no_next_job():
    assert FairQueue().take(Counter()) is None
    assert len(FairQueue()) == 0


def test_jobs_of_a_single_user_are_served_in_order():
    line = SlotQueue()
    line.ask(ANN, 3)
    assert line.serve_all() == ["1.1", "1.2", "1.3"]


def test_users_take_turns():
    line = SlotQueue()
    line.ask(ANN, 3)
    line.ask(BEN, 2)
    line.ask(CLEO)
    assert line.serve_all() == ["1.1", "2.1", "3.1", "1.2", "2.2", "1.3"]


def test_twenty_jobs_of_one_user_delay_another_user_by_one_at_most():
    line = SlotQueue()
    line.ask(ANN, 20)
    assert line.serve() == "1.1"
    assert line.serve() == "1.2"
    line.ask(BEN)
    assert line.serve() == "2.1"
    assert line.serve() == "1.3"


def test_a_new_user_joins_the_current_round():
    line = SlotQueue()
    line.ask(ANN, 5)
    for _ in range(3):
        line.serve()
    line.ask(BEN, 2)
    assert line.serve_all() == ["2.1", "1.4", "2.2", "1.5"]


def test_a_user_served_in_this_round_waits_for_the_next():
    line = SlotQueue()
    line.ask(ANN, 4)
    line.serve()
    line.ask(BEN)
    line.serve_all()
    line.ask(BEN, 2)
    line.ask(ANN, 2)
    assert line.serve_all() == ["2.2", "2.3", "1.5", "1.6"]


def test_a_user_with_a_running_job_is_skipped_but_keeps_the_turn():
    line = SlotQueue()
    line.ask(ANN, 2)
    line.ask(BEN)
    assert line.serve(ANN) == "2.1"
    assert line.serve(ANN) is None
    assert line.serve() == "1.1"


def test_a_removed_job_is_not_served():
    line = SlotQueue()
    line.ask(ANN, 2)
    assert line.queue.remove("1.1")
    assert line.queue.remove("1.1") is False
    assert len(line.queue) == 1
    assert line.serve_all() == ["1.2"]


def test_a_user_with_two_running_jobs_allowed_is_skipped_at_the_third():
    line = SlotQueue()
    line.ask(ANN, 3, max_running=2)
    assert line.serve() == "1.1"
    assert line.serve(ANN) == "1.2"
    assert line.serve(ANN, ANN) is None
    assert line.serve(ANN) == "1.3"


def test_a_forecast_respects_the_limit_of_running_jobs():
    line = SlotQueue()
    line.ask(ANN, 3, max_running=2)
    forecasts = line.queue.forecast([Running(ANN, 5.0)], workers=4)
    assert [forecasts[f"1.{number}"].seconds for number in (1, 2, 3)] == [10.0, 15.0, 20.0]


def test_a_removed_job_returns_its_turn():
    line = SlotQueue()
    line.ask(ANN, 4)
    for job in ("1.2", "1.3", "1.4"):
        line.queue.remove(job)
    line.ask(BEN, 3)
    line.ask(ANN)
    assert line.serve_all() == ["1.1", "2.1", "2.2", "1.5", "2.3"]


def test_removing_all_jobs_does_not_put_a_served_user_first():
    line = SlotQueue()
    line.ask(ANN, 2)
    line.ask(BEN, 2)
    assert line.serve() == "1.1"
    line.queue.remove("1.2")
    line.ask(ANN)
    assert line.serve_all() == ["2.1", "2.2", "1.3"]


def test_a_user_who_removes_their_only_job_stays_in_the_current_round():
    line = SlotQueue()
    line.ask(ANN)
    line.queue.remove("1.1")
    line.ask(BEN)
    line.ask(ANN)
    line.ask(CLEO)
    assert line.serve_all() == ["2.1", "1.2", "3.1"]


def test_a_served_user_who_removes_the_rest_waits_for_the_next_round():
    line = SlotQueue()
    line.ask(ANN, 3)
    line.ask(BEN)
    assert line.serve() == "1.1"
    line.queue.remove("1.2")
    line.queue.remove("1.3")
    line.ask(ANN)
    line.ask(CLEO)
    assert line.serve_all() == ["2.1", "3.1", "1.4"]


def test_removing_a_job_does_not_change_the_turns_of_other_users():
    line = SlotQueue()
    line.ask(ANN, 3)
    line.ask(BEN, 3)
    line.queue.remove("1.3")
    line.ask(BEN)
    line.ask(ANN)
    assert line.serve_all() == ["1.1", "2.1", "1.2", "2.2", "2.3", "1.4", "2.4"]


def test_after_a_restart_turns_continue_from_each_users_last_job_in_any_order():
    line = SlotQueue()
    line.queue.resume([(ANN, 6), (ANN, 5), (BEN, 5)])
    assert line.queue.turn_for(ANN) == 7
    assert line.queue.turn_for(BEN) == 6
    assert line.queue.turn_for(CLEO) == 5


def test_after_a_restart_without_jobs_turns_start_at_one():
    line = SlotQueue()
    line.queue.resume([])
    assert [line.queue.turn_for(ANN), line.queue.turn_for(ANN), line.queue.turn_for(BEN)] == [1, 2, 1]


def test_rounds_continue_after_a_restart():
    line = SlotQueue()
    left = {"1.8": (ANN, 4), "1.9": (ANN, 5), "2.8": (BEN, 4)}
    line.queue.resume(list(left.values()))
    for job, (user, turn) in left.items():
        line.queue.add(job, user, turn)
    line.ask(CLEO, 2)
    line.ask(ANN)
    assert line.serve_all() == ["1.8", "2.8", "3.1", "1.9", "3.2", "1.1"]


def test_any_user_waits_for_at_most_one_job_of_each_other_user():
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


def test_a_forecast_gives_places_and_seconds_for_one_worker():
    line = SlotQueue()
    line.ask(ANN, 2)
    line.ask(BEN)
    assert line.queue.forecast([Running(CLEO, 4.0)], workers=1) == {
        "1.1": Forecast(1, 14.0),
        "2.1": Forecast(2, 24.0),
        "1.2": Forecast(3, 34.0),
    }


def test_a_forecast_starts_with_the_first_free_worker():
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


def test_in_a_forecast_each_job_takes_longer_among_jobs_that_run_at_once():
    line = SlotQueue()
    for person in (ANN, BEN, DAN):
        line.ask(person)
    forecasts = line.queue.forecast([Running(CLEO, 4.0)], 2, lambda jobs: {1: 1.0, 2: 1.5}[jobs])
    assert [forecasts[f"{person}.1"].seconds for person in (ANN, BEN, DAN)] == [15.0, 19.0, 30.0]


def test_a_forecast_runs_the_jobs_of_one_user_one_after_the_other():
    line = SlotQueue()
    line.ask(ANN, 3)
    forecasts = line.queue.forecast([Running(ANN, 5.0)], workers=4)
    assert [forecasts[f"1.{number}"].seconds for number in (1, 2, 3)] == [15.0, 25.0, 35.0]


def test_a_forecast_gives_the_place_even_if_the_time_is_unknown():
    line = SlotQueue()
    line.ask(ANN, seconds=None)
    line.ask(BEN)
    forecasts = line.queue.forecast([Running(CLEO, None)], workers=1)
    assert forecasts == {"1.1": Forecast(1, None), "2.1": Forecast(2, None)}


def test_a_forecast_matches_the_order_of_serving():
    chance = random.Random(3)
    line = SlotQueue()
    for _ in range(30):
        line.ask(chance.randrange(6), seconds=chance.random())
    forecasts = line.queue.forecast([], workers=1)
    told = sorted(forecasts, key=lambda job: forecasts[job].place)
    assert told == sorted(forecasts, key=lambda job: forecasts[job].seconds)
    assert told == line.serve_all()


class TestMotions:
    def test_a_still_starts_beside_a_motion(self):
        queue = FairQueue()
        queue.add("still", BEN, queue.turn_for(BEN))
        assert queue.take(Counter([ANN]), Slots(workers=1, motions=1)) == "still"

    def test_only_one_still_at_a_time_starts_beside_a_motion(self):
        queue = FairQueue()
        queue.add("still", BEN, queue.turn_for(BEN))
        assert queue.take(Counter([ANN, CLEO]), Slots(workers=1, stills=1, motions=1)) is None

    def test_a_motion_waits_for_a_free_worker(self):
        queue = FairQueue()
        queue.add("motion", BEN, queue.turn_for(BEN), is_motion=True)
        assert queue.take(Counter([ANN]), Slots(workers=1, motions=1)) is None
        assert queue.take(Counter([ANN]), Slots(workers=1, stills=1)) is None
        assert queue.take(Counter(), Slots(workers=1)) == "motion"

    def test_a_still_does_not_start_beside_a_motion_of_its_own_owner(self):
        queue = FairQueue()
        queue.add("still", ANN, queue.turn_for(ANN))
        assert queue.take(Counter([ANN]), Slots(workers=1, motions=1)) is None

    def test_the_forecast_of_a_still_counts_one_chunk_of_the_motion(self):
        queue = FairQueue()
        queue.add("still", BEN, queue.turn_for(BEN), 10.0)
        motion = Running(ANN, 300.0, is_motion=True, chunk_seconds=4.0)
        assert queue.forecast([motion], workers=1) == {"still": Forecast(1, 14.0)}

    def test_the_forecast_of_a_still_with_a_free_worker_counts_no_chunk(self):
        queue = FairQueue()
        queue.add("still", BEN, queue.turn_for(BEN), 10.0)
        motion = Running(ANN, 300.0, is_motion=True, chunk_seconds=4.0)
        assert queue.forecast([motion], workers=2) == {"still": Forecast(1, 10.0)}

    def test_the_forecast_of_a_waiting_motion_counts_the_stills_that_run_beside_the_one_before(self):
        queue = FairQueue()
        queue.add("still", BEN, queue.turn_for(BEN), 10.0)
        queue.add("motion", CLEO, queue.turn_for(CLEO), 50.0, is_motion=True)
        motion = Running(ANN, 300.0, is_motion=True, chunk_seconds=4.0)
        assert queue.forecast([motion], workers=1)["motion"] == Forecast(2, 360.0)
