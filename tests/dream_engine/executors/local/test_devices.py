from dream_engine.executors.local.devices import CPU, environment_for
from dream_engine.executors.local.devices import find_devices as find


def find_devices(environment, folder, *, gpu_build=True):
    return find(environment, folder, lambda: gpu_build)


def test_every_gpu_is_a_device_with_the_number_that_cuda_gives_it(tmp_path):
    for name in ("nvidia3", "nvidia10", "nvidia4", "nvidiactl", "nvidia-uvm"):
        (tmp_path / name).touch()
    assert find_devices({}, tmp_path) == ("0", "1", "2")


def test_a_build_for_the_cpu_finds_no_gpu(tmp_path):
    (tmp_path / "nvidia0").touch()
    assert find_devices({"CUDA_VISIBLE_DEVICES": "0"}, tmp_path, gpu_build=False) == (CPU,)


def test_without_a_gpu_the_cpu_is_the_device(tmp_path):
    assert find_devices({}, tmp_path) == (CPU,)


def test_the_operator_may_restrict_the_choice(tmp_path):
    (tmp_path / "nvidia0").touch()
    assert find_devices({"CUDA_VISIBLE_DEVICES": "1, 3"}, tmp_path) == ("1", "3")
    assert find_devices({"CUDA_VISIBLE_DEVICES": ""}, tmp_path) == (CPU,)
    assert find_devices({"CUDA_VISIBLE_DEVICES": "-1"}, tmp_path) == (CPU,)
    assert find_devices({"CUDA_VISIBLE_DEVICES": "2,-1,0"}, tmp_path) == ("2",)


def test_a_worker_sees_its_own_device_only():
    assert environment_for("3") == {"CUDA_VISIBLE_DEVICES": "3"}
    assert environment_for(CPU) == {"CUDA_VISIBLE_DEVICES": "-1"}
