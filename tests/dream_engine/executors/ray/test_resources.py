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
def test_a_machine_has_room_for_as_many_as_its_scarcest_share_is_enough_for(resources, workers):
    assert slots_in([machine(CPU=6.0, GPU=2.0, memory=16.0)], resources) == workers


def test_a_worker_does_not_stand_on_two_machines():
    assert slots_in([machine(CPU=3.0), machine(CPU=3.0)], WorkerResources(2, 0)) == 2


def test_a_machine_without_cores_for_others_or_that_is_gone_has_no_room():
    assert slots_in([machine(memory=9e9), machine(alive=False, CPU=8.0)], WorkerResources(1, 0)) == 0


def test_a_gpu_that_is_gone_is_none():
    assert has_gpu([machine(CPU=1.0), machine(GPU=1.0)])
    assert not has_gpu([machine(CPU=1.0), machine(alive=False, GPU=1.0)])


def test_what_a_worker_needs_is_told_in_words():
    assert str(WorkerResources(2, 0)) == "2 CPU"
    assert str(WorkerResources(1, 0.5, 2_000_000_000)) == "1 CPU, 0.5 GPU, 2000 MB of memory"
