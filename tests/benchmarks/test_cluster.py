"""Tables and plots of the cluster's benchmarks, from invented results."""

import copy
import functools
import subprocess
import sys

import pytest
from PIL import Image

from benchmarks import results
from benchmarks.cluster import bot_work, efficiency, fairness, forwarding, network, projection
from benchmarks.cluster.__main__ import PATH
from benchmarks.cluster.document import BEGIN, END, PAGE, insert_results, tables
from benchmarks.cluster.registry import MEASUREMENTS, PROJECTION_INPUTS
from benchmarks.cluster.scale import QUICK
from benchmarks.cluster.simulation import DRIVER
from benchmarks.cluster.sleeping_actor import SleepingDreamer, sleep_request
from benchmarks.cluster.workload import inversions, percentile
from benchmarks.document import NOT_YET
from benchmarks.processes import ROOT, BenchmarkError
from dream_engine.dreams import Dream, Progress
from dream_engine.unencoded_dream import UnencodedDream
from tests.benchmarks.test_documents import MACHINE

IDLE = {"dreams": 0, "events": 0, "edits": 0, "wall": 4.0, "cpu": 0.4}


def cpu_times(seconds: float) -> dict[str, float]:
    return {"caller": seconds, "driver": 2 * seconds, "driver_loop": seconds}


def forwarding_result() -> dict:
    """A dream costs the caller 2 ms and a progress event 1 ms. A tenth of a core is idle load."""
    crowds = [
        {"dreams": dreams, "events": events, "wall": 10.0, "spent": cpu_times(seconds + 1.0)}
        for dreams, events, seconds in ((100, 200, 0.4), (10, 1000, 1.02))
    ]
    idle = {"dreams": 0, "events": 0, "wall": 4.0, "spent": cpu_times(0.4)}
    sizes = {"request": 60_000, "progress": 100, "preview": 30_000, "dream": 300_000}
    return {"crowds": [idle, *crowds], "looks": [[10, 1e-6], [1010, 1.01e-4]], "bytes": sizes}


def bot_work_result() -> dict:
    """A dream costs the bot 20 ms, a progress event 0.5 ms and an edit 4 ms."""
    kinds = [
        {
            "dreams": dreams,
            "events": events,
            "edits": edits,
            "wall": 10.0,
            "cpu": 1.0 + 0.02 * dreams + 0.0005 * events + 0.004 * edits,
        }
        for dreams, events, edits in ((30, 30, 30), (6, 2400, 12), (3, 150, 45))
    ]
    return {"kinds": [IDLE, *kinds], "queues": [[10, 10, 1e-4], [1000, 1000, 0.1]]}


def network_result() -> dict:
    rounds = [{"period": 1.0, "steps": [1.9, 2.0, 2.1], "events": 36}]
    return dict.fromkeys((network.LOCAL, network.WHOLE, network.SHARED), rounds)


def some_results() -> dict:
    """Results of every measurement, copied for each test."""
    return copy.deepcopy(_some_results())


@functools.cache
def _some_results() -> dict:
    size = {"workers": 4, "dreams": 12, "wall": 12.5, "events": 492, "spent": cpu_times(1.25)}
    size |= {"machine": 15.0}
    watched = [[2.1, 2.06, 2.0], [2.2, 2.08, 2.0], [2.12, 2.07, 2.0]]
    order = [0.0, 0.1, 0.3, 0.25]
    way = [[0, 0.0, 1.0], [1, 0.5, 1.5], [0, 1.0, 2.0]]
    found = {
        "efficiency": {"seconds": 4.0, "alone": [0.002] * 3, "sizes": [size | {"watched": watched}]},
        "fairness": {
            "workers": 2,
            "orders": [2, 1],
            "order": order,
            "ways": {"first come, first served": way, "the bot's queue": way},
        },
        "network": network_result(),
        "capacity": [{"preset": "mild", "side": 512, "seconds": [1.4, 1.6]}],
        "passing_on": forwarding_result(),
        "bot_work": bot_work_result(),
    }
    found["foresight"] = projection.measure(QUICK, {name: found[name] for name in PROJECTION_INPUTS})
    return {
        "machine": MACHINE | {"ray": "2.99.0"},
        "measurements": {
            name: {"date": "2030-01-02", "rounds": 1, "result": result} for name, result in found.items()
        },
    }


def test_the_page_in_the_repository_matches_the_results():
    text = PAGE.read_text()
    assert text == insert_results(text, results.load(PATH)), "run python -m benchmarks.cluster --write-docs"


def test_the_page_has_every_part_between_its_marks_and_the_rest_stays():
    text = insert_results(f"before\n\n{BEGIN}\nold\n{END}\n\nafter\n", some_results())
    assert text.startswith(f"before\n\n{BEGIN}\n")
    assert text.endswith(f"\n{END}\n\nafter\n")
    assert "\nold\n" not in text
    assert NOT_YET not in text
    assert "Ray 2.99.0" in text
    for part in MEASUREMENTS.values():
        assert f"### {part.heading}\n" in text


def test_the_plot_has_a_panel_for_each_result(tmp_path):
    from benchmarks.cluster import plot  # loads Matplotlib, which collecting tests does not need

    kept = some_results()
    plot.draw(kept, tmp_path / "whole.png")
    del kept["measurements"]["foresight"]
    plot.draw(kept, tmp_path / "half.png")
    with Image.open(tmp_path / "whole.png") as whole, Image.open(tmp_path / "half.png") as half:
        assert whole.width == pytest.approx(2 * half.width, rel=0.01)


def test_a_page_without_marks_is_left_alone():
    with pytest.raises(BenchmarkError):
        insert_results("nothing", some_results())


def test_a_missing_measurement_is_stated():
    kept = some_results()
    del kept["measurements"]["network"]
    assert NOT_YET in tables(kept)


def test_efficiency_is_the_time_of_steps_by_the_time_of_workers():
    found = some_results()["measurements"]["efficiency"]["result"]
    assert efficiency.efficiency(found["seconds"], found["sizes"][0]) == pytest.approx(12 * 4 / (4 * 12.5))
    assert "| 4 | 12 | 96.0% | 3456 | 0.10 | 0.20 | 1.20 |" in efficiency.render(found)


def test_the_costs_of_dreams_and_of_progress_are_separated():
    assert forwarding.costs(forwarding_result(), "caller") == pytest.approx((0.002, 0.001))
    assert forwarding.costs(forwarding_result(), "driver") == pytest.approx((0.004, 0.002))
    assert forwarding.scan_seconds_per_worker(forwarding_result()) == pytest.approx(1e-7)
    assert bot_work.costs(bot_work_result()) == pytest.approx((0.02, 0.0005, 0.004))


def test_the_projection_uses_the_measured_costs():
    kept = some_results()
    found = {name: kept["measurements"][name]["result"] for name in PROJECTION_INPUTS}
    assert projection.measured_costs(found).bot_forecast == pytest.approx(1e-7)
    load = projection.measured_load(found)
    assert (load.seconds, load.events) == (2.0, 18.0)
    first = kept["measurements"]["foresight"]["result"]["ways"][0]
    assert (first["name"], first["turn"][1]) == (projection.AS_MEASURED, DRIVER)


def test_shares_count_only_while_every_user_waits():
    owners = [0, 1, 0, 2, 0, 0, 0, 1]
    begun = [(owner, float(moment), 9.0) for moment, owner in enumerate(owners)]
    assert fairness.shares(begun, 3) == pytest.approx([1 / 2, 1 / 4, 1 / 4])


def test_pairs_in_the_wrong_order_are_counted():
    assert inversions([1.0, 2.0, 3.0]) == 0
    assert inversions([3.0, 1.0, 2.0]) == 2
    assert percentile(range(100), 0.95) == 95


def test_the_sleeping_dreamer_reports_what_a_dreamer_would():
    *progress, last = SleepingDreamer().dream_unencoded(sleep_request(0.2))
    assert all(isinstance(event, Progress) for event in progress)
    assert [event.fraction for event in progress] == [0.0, 0.5, 1.0]
    assert progress[0].preview
    assert isinstance(last, UnencodedDream)
    dream = last.encode()
    assert isinstance(dream, Dream)
    assert 0.2 <= dream.seconds < 1.0


@pytest.mark.cluster
def test_everything_that_needs_a_cluster_can_be_measured(tmp_path):
    pytest.importorskip("ray")
    log = tmp_path / "log"  # not a pipe, which processes that Ray leaves behind would hold open
    command = [sys.executable, "-m", "benchmarks.cluster", "--quick", "--only", "efficiency,fairness"]
    with log.open("w") as said:
        done = subprocess.run(command, check=False, stdout=said, stderr=said, cwd=ROOT, timeout=180)
    assert done.returncode == 0, log.read_text()
    assert "efficiency" in log.read_text()
