"""How many workers a machine has memory and cores for."""

import pytest

from dream_engine.executors.local.devices import CPU
from dream_engine.executors.local.worker_count import WORKER_BYTES, choose_worker_count

GIGABYTE = 10**9


@pytest.mark.parametrize(
    ("cores", "memory", "expected"), [(1, 64, 1), (2, 64, 2), (16, 64, 16), (16, 16, 8), (4, 3, 1), (2, 0, 1)]
)
def test_a_processor_has_a_worker_for_each_core_as_far_as_memory_suffices(cores, memory, expected):
    count = choose_worker_count([CPU], cores=lambda: cores, available=lambda: memory * GIGABYTE)
    assert count == expected


def test_workers_with_a_limit_need_no_more_than_that():
    count = choose_worker_count([CPU], WORKER_BYTES // 2, cores=lambda: 8, available=lambda: 3 * WORKER_BYTES)
    assert count == 6


def test_gpus_have_one_worker_each():
    assert choose_worker_count(["0", "1"], cores=lambda: 16, available=lambda: 10**12) == 2


def test_every_device_that_was_asked_for_has_a_worker():
    assert choose_worker_count([CPU, CPU], cores=lambda: 1, available=lambda: 0) == 2
