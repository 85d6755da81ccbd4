"""How many workers a machine has memory and cores for."""

import pytest

from dream_engine import backbones, presets
from dream_engine.executors.local.devices import CPU
from dream_engine.executors.local.worker_count import bytes_for, choose_worker_count
from dream_engine.memory import Memory, worker_bytes
from dream_engine.settings import DreamSettings
from dream_engine.shapes import TILES

GIGABYTE = 10**9


@pytest.mark.parametrize(
    ("cores", "memory", "expected"), [(1, 64, 1), (2, 64, 2), (16, 64, 16), (16, 16, 8), (4, 3, 1), (2, 0, 1)]
)
def test_a_processor_has_a_worker_for_each_core_as_far_as_memory_suffices(cores, memory, expected):
    count = choose_worker_count([CPU], 2 * GIGABYTE, lambda: cores, lambda: memory * GIGABYTE)
    assert count == expected


def test_gpus_have_one_worker_each():
    assert choose_worker_count(["0", "1"], 1, cores=lambda: 16, available=lambda: 10**12) == 2


def test_every_device_that_was_asked_for_has_a_worker():
    assert choose_worker_count([CPU, CPU], GIGABYTE, cores=lambda: 1, available=lambda: 0) == 2


@pytest.mark.parametrize("backbone", ["efficientnet_lite0", "inception_v3", "vgg16"])
def test_a_worker_with_the_memory_that_it_needs_dreams_twelve_megapixels_at_full_size(backbone):
    step_bytes = backbones.get(backbone).step_bytes
    memory = Memory(worker_bytes(step_bytes), resident_bytes=lambda: 750 * 10**6)
    assert memory.fit_shape((3000, 4000), step_bytes, TILES[0]) == (3000, 4000)


def test_a_larger_network_needs_more_memory():
    settings = presets.get("mild").settings_for("vgg16")
    assert bytes_for(settings) > bytes_for(DreamSettings())
