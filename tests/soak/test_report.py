"""The report of a soak run."""

from collections import Counter
from dataclasses import replace

import pytest

from soak.interactions import RESPONDED, UNANSWERED
from soak.outcomes import ANSWERED, LOST
from soak.report import find_failures, outcome_table, page
from soak.run import Result
from soak.supervised_bot import ProcessRecord, Sample


def a_record(*, seconds: int = 120, growth: float = 0.0, opened: int = 0) -> ProcessRecord:
    """A process that has 100 MB and 20 open files at first, and grows by these amounts."""
    samples = [
        Sample(float(at), 100 + growth * at / seconds, 20 + round(opened * at / seconds))
        for at in range(seconds)
    ]
    return ProcessRecord(samples, workers=[700.0])


def a_result(*processes: ProcessRecord, seconds: float = 300.0, **outcomes: int) -> Result:
    return Result(
        7,
        seconds,
        Counter({ANSWERED: 10} | outcomes),
        {"the disk was full": 2},
        list(processes or [a_record()]),
    )


def test_a_good_run_has_no_failures():
    assert find_failures(a_result()) == []


def test_a_lost_request_is_a_failure():
    assert find_failures(a_result(**{LOST: 1})) == ["1 requests: lost"]


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (a_record(growth=150), "memory grew"),
        (a_record(opened=40), "open files grew"),
        (a_record(seconds=40), "no process lived for 60 seconds"),
    ],
)
def test_growth_or_a_lack_of_samples_is_a_failure(record, message):
    (failure,) = find_failures(a_result(record))
    assert message in failure


def test_a_short_run_needs_no_long_lived_process():
    assert find_failures(a_result(a_record(seconds=40), seconds=60.0)) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"interactions": Counter({UNANSWERED: 3})}, "3 clicks: never answered"),
        ({"violations": ["a picture is still there"]}, "a picture is still there"),
        ({"unneeded_bytes": 8_100_000}, "8.1 MB of unneeded pictures were stored, above the limit of 8 MB"),
        ({"max_lag": 1.6}, "the event loop kept its tasks waiting for 1.6 s"),
        (
            {"processes": [ProcessRecord(a_record().samples, workers=[700.0, 1501.0])]},
            "a worker held 1501 MB",
        ),
    ],
)
def test_an_exceeded_limit_is_a_failure(changes, message):
    (failure,) = find_failures(replace(a_result(), **changes))
    assert message in failure


def test_a_value_at_its_limit_is_no_failure():
    record = ProcessRecord(a_record().samples, workers=[1500.0])
    assert (
        find_failures(
            replace(
                a_result(record), unneeded_bytes=8_000_000, max_lag=1.5, interactions=Counter({RESPONDED: 3})
            )
        )
        == []
    )


def test_the_table_counts_every_request_and_lists_failures_that_did_not_occur():
    table = outcome_table(a_result())
    assert "| answered with one dream | 10 |" in table
    assert "| lost | 0 |" in table
    assert "| **all** | **10** |" in table


def test_the_page_has_the_seed_and_all_tables():
    result = replace(
        a_result(), interactions=Counter({RESPONDED: 3}), unneeded_bytes=12_300_000, max_lag=0.25
    )
    text = page(result, 256)
    assert "make soak SEED=7" in text
    assert "| the disk was full | 2 |" in text
    assert "| memory, 10⁶ bytes | 100 | 100 |" in text
    words = " ".join(text.split())
    assert "A worker held 700 MB at most, and may hold 1500 MB." in words
    assert "kept 12.3 MB of pictures at most that no open job needed, and may keep 8 MB" in words
    assert "for more than 250 ms" in words
    assert "| answered | 3 |" in text
