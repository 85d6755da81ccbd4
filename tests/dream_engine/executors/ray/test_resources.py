import pytest

from dream_engine.executors.ray.resources import WorkerResources, has_gpu, slots_in


def machine(*, alive=True, **resources):
    return {"Alive": alive, "NodeID": "0a", "Resources": resources}


@pytest.mark.parametrize(
    ("resources", "workers"),
    [
        (WorkerResources(1, 0), 6),
        (WorkerResources(4, 0), 1),
        (WorkerResources(1, 1), 2),
        (WorkerResources(1, 0.5), 4),
        (WorkerResources(0.5, 1 / 3), 6),
        (WorkerResources(1, 1, memory=9), 1),
        (WorkerResources(16, 0), 0),
    ],
)
def test_the_scarcest_resource_limits_how_many_workers_fit(resources, workers):
    assert slots_in([machine(CPU=6.0, GPU=2.0, memory=16.0)], resources) == workers


def test_a_worker_does_not_span_two_machines():
    assert slots_in([machine(CPU=3.0), machine(CPU=3.0)], WorkerResources(2, 0)) == 2


def test_a_machine_without_cores_or_that_is_gone_has_no_slots():
    assert slots_in([machine(memory=9e9), machine(alive=False, CPU=8.0)], WorkerResources(1, 0)) == 0


def test_a_gpu_on_a_lost_machine_does_not_count():
    assert has_gpu([machine(CPU=1.0), machine(GPU=1.0)])
    assert not has_gpu([machine(CPU=1.0), machine(alive=False, GPU=1.0)])


def test_resources_are_described_in_words():
    assert str(WorkerResources(2, 0)) == "2 CPU"
    assert str(WorkerResources(1, 0.5, 2_000_000_000)) == "1 CPU, 0.5 GPU, 2000 MB of memory"
