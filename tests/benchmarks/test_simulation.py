"""The simulation compared with queueing theory."""

import math
import statistics

import pytest

from benchmarks.cluster.simulation import (
    BOT,
    DISCORD,
    DRIVER,
    NETWORK,
    WORKERS,
    Costs,
    Load,
    demands,
    max_throughput,
    saturation_point,
    simulate,
)

MILD = Load(seconds=3.0, events=10.0)
CHEAP = Costs(
    bot_dream=0.001, bot_event=1e-5, bot_edit=1e-4, driver_dream=0.001, driver_event=1e-5, image_bytes=1e4
)


def erlang_c(workers: int, offered: float) -> float:
    """The probability that a request has to wait."""
    terms = [offered**n / math.factorial(n) for n in range(workers)]
    last = offered**workers / math.factorial(workers) * workers / (workers - offered)
    return last / (sum(terms) + last)


@pytest.mark.parametrize(("workers", "busy"), [(1, 0.6), (4, 0.7), (8, 0.8)])
def test_with_workers_alone_waits_follow_the_erlang_c_formula(workers, busy):
    load = Load(seconds=2.0, edit_seconds=100.0)
    rate = busy * workers / load.seconds
    outcomes = [simulate(Costs(), load, workers, rate, 20_000, seed) for seed in range(4)]
    waits = [seconds for outcome in outcomes for seconds in outcome.waits]
    expected = erlang_c(workers, busy * workers)
    assert sum(seconds > 1e-9 for seconds in waits) / len(waits) == pytest.approx(expected, rel=0.05)
    mean = expected * load.seconds / (workers * (1 - busy))
    assert statistics.fmean(waits) == pytest.approx(mean, rel=0.1)
    assert outcomes[0].busy[WORKERS] == pytest.approx(busy, rel=0.03)


def test_the_seed_decides_everything():
    one, other, third = (simulate(CHEAP, MILD, 8, 2.0, 500, seed) for seed in (7, 7, 8))
    assert one == other
    assert one != third


def test_more_workers_serve_no_fewer_dreams():
    rates = [max_throughput(CHEAP, MILD, workers, 10.0).rate for workers in (1, 4, 16, 64)]
    assert rates == sorted(rates)
    assert rates[2] > 3 * rates[1]


def test_the_simulated_load_matches_the_computed_demand():
    found = simulate(CHEAP, MILD, 16, 4.0, 20_000)
    for name, seconds in demands(CHEAP, MILD, 16).items():
        assert found.busy[name] == pytest.approx(4.0 * seconds, rel=0.05)


@pytest.mark.parametrize(
    ("dear", "name"),
    [
        ({}, WORKERS),
        ({"bot_dream": 1.0}, BOT),
        ({"bot_edit": 1.0}, BOT),
        ({"driver_event": 0.1}, DRIVER),
        ({"driver_look": 0.01}, DRIVER),
        ({"image_bytes": 1e9, "bandwidth": 1e9}, NETWORK),
        ({"discord_request": 1.0}, DISCORD),
    ],
)
def test_an_expensive_resource_is_the_bottleneck(dear, name):
    costs = Costs(**vars(CHEAP) | dear)
    assert max_throughput(costs, MILD, 16, 10.0).bottleneck == name


def test_the_workers_are_the_bottleneck_until_the_driver_is():
    costs = Costs(driver_dream=0.1)
    assert saturation_point(costs, Load(seconds=10.0)) == (101, DRIVER)
    assert saturation_point(Costs(), Load(seconds=10.0)) is None


def test_a_long_queue_makes_forecasts_expensive_but_one_covers_all_changes():
    costs = Costs(bot_forecast=1e-3)
    slow = simulate(costs, MILD, 16, 5.0, 3000)
    quick = simulate(Costs(), MILD, 16, 5.0, 3000)
    assert slow.forecasting > 0.1
    assert slow.waited(0.5) >= quick.waited(0.5)
    assert slow.busy[WORKERS] == pytest.approx(quick.busy[WORKERS], rel=0.01)
