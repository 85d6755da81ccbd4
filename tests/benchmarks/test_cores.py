"""The tables about threads and workers, from invented results."""

import pytest

from benchmarks import hourly, threads, workers


def test_threads_show_the_choice_beside_one_and_all():
    count = len(threads.WIDTHS)
    result = {
        threads.ONE: [{"seconds": [0.010] * count, "threads": [1] * count}] * 2,
        threads.ALL: [{"seconds": [0.020] * count, "threads": [2] * count}] * 2,
        threads.CHOSEN: [
            {"seconds": [0.010] * count, "threads": [1] * count},
            {"seconds": [0.008] * count, "threads": [1] * (count - 1) + [2]},
        ],
    }
    lines = threads.render(result).splitlines()
    assert lines[2] == "| 128 × 85 | 10.0 | 20.0 | 9.0 | 1 | 0.90 | 0.45 |"
    assert lines[-1] == "| 960 × 640 | 10.0 | 20.0 | 9.0 | 1 or 2 | 0.90 | 0.45 |"


def test_the_choice_of_threads_is_recorded_or_overridden():
    from dream_engine.compute.threads import ThreadShare, thread_count  # loads TensorFlow

    share = ThreadShare(threads=2)
    with threads.choices(always_all=False) as chosen:
        assert share.for_step(10_000, 120_000) == 1
        assert share.for_step(1_000_000, 120_000) == 2
    assert chosen == [1, 2]
    with threads.choices(always_all=True):
        assert share.for_step(10_000, 120_000) == thread_count()
    assert share.for_step(10_000, 120_000) == 1


def queue(seconds, **more):
    return {"seconds": seconds, "peaks": [900.0, 1300.0], **more}


def test_workers_are_compared_round_by_round_with_and_without_their_start():
    result = {
        "workers": 2,
        "queues": {
            "512": {
                "dreams": 12,
                "one": [queue(20.0, with_start=24.0), queue(40.0, with_start=48.0)],
                "several": [queue(11.0, with_start=18.0), queue(22.0, with_start=36.0)],
            }
        },
        "alone": {"one": [{"each": [2.0, 2.2, 2.4]}], "several": [{"each": [2.2, 2.3, 2.2]}]},
    }
    text = workers.render(result)
    assert "| 12 pictures of 512 pixels | 30.0 | 16.5 | 0.55 |" in text
    assert "| 12 pictures of 512 pixels, from the executor's start | 36.0 | 27.0 | 0.75 |" in text
    assert "| one picture of 512 pixels while no other waits | 2.2 | 2.2 | 1.00 |" in text
    assert text.endswith("The largest peak of a worker was 1300 MiB.")


def hourly_report(cores, seconds):
    times = {preset: dict.fromkeys(("512", "1024"), seconds) for preset in hourly.PRESETS}
    dreams = {str(side): cores * each for side, each in hourly.DREAMS_PER_WORKER.items()}
    report = {"workers": cores, "dreams": dreams, "seconds": times, "peaks": [1250.0]}
    return report | {"worker_bytes": 2_000_000_000}


def test_more_cores_than_measured_are_computed_and_marked():
    result = {"1": [hourly_report(1, 8.0)], "2": [hourly_report(2, 10.0)]}
    assert hourly.rates(result, "mild", 512) == {1: 900.0, 2: 1440.0}
    assert hourly.efficiency(result, "mild", 512) == pytest.approx(0.8)
    head, _, first, *_, memory_sentence = hourly.render(result).splitlines()
    assert head.startswith(
        "| dreams in an hour | 1 core, measured | 2 cores, measured "
        "| *4 cores, computed* | *8 cores, computed* | *16 cores, computed* |"
    )
    assert first == "| `mild`, 512 pixels | 900 | 1440 | *2900* | *5800* | *12000* | 80% |"
    assert "reached 1250 MiB" in memory_sentence
    assert "2 GB for 1 core, 4 GB for 2 cores" in memory_sentence


def test_a_machine_of_many_cores_computes_nothing():
    result = {str(cores): [hourly_report(cores, 8.0)] for cores in (1, 2, 4, 8, 16, 24)}
    text = hourly.render(result)
    assert "computed" not in text
    assert "| 24 cores, measured |" in text
