"""Reads tensors from PyTorch's legacy file format, without PyTorch and without running code from the file.

Such a file is a sequence of pickles: a magic number, a protocol number, a dictionary about the machine that
wrote it, the tensors by name, and the list of storage keys. The storages follow in that order, each as an
8-byte little-endian count and the raw values. A tensor is a view of a storage: offset, size and stride,
and not every one is contiguous.

A pickle can run code. This reader resolves only the four names that a file of plain tensors needs.
"""

import math
import pickle
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from dream_engine.errors import UnsafeWeightsError

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
_DTYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


@dataclass(frozen=True, slots=True)
class _TensorView:
    storage: str
    dtype: np.dtype[Any]
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]


def _rebuild_tensor(
    storage: tuple[str, np.dtype[Any]],
    offset: int,
    size: tuple[int, ...],
    stride: tuple[int, ...],
    *_unused: object,
) -> _TensorView:
    key, dtype = storage
    return _TensorView(key, dtype, offset, size, stride)


class _TensorUnpickler(pickle.Unpickler):
    """Resolves ordered dictionaries, two storage types and the function that rebuilds a tensor."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild_tensor
        if module == "torch" and name in _DTYPES:
            return _DTYPES[name]
        raise pickle.UnpicklingError(f"it asks for {module}.{name}")

    def persistent_load(self, pid: Any) -> tuple[str, np.dtype[Any]]:
        kind, dtype, key, _device, _count, _view = pid
        if kind != "storage" or not isinstance(dtype, np.dtype):
            raise pickle.UnpicklingError(f"it refers to a {kind}")
        return key, dtype


def read_tensors(path: Path) -> dict[str, np.ndarray]:
    """Read every tensor of a legacy PyTorch file.

    Args:
        path: The file.

    Returns:
        The tensors by name, each an array that owns its values.

    Raises:
        UnsafeWeightsError: The file has another format, is damaged, or names anything but tensors.
    """
    try:
        with path.open("rb") as file:
            return _read(file, path.stat().st_size)
    except Exception as error:
        raise UnsafeWeightsError(path=path, reason=" ".join(str(error).split())[:200]) from error


def _read(file: BinaryIO, file_size: int) -> dict[str, np.ndarray]:
    def unpickle() -> Any:
        return _TensorUnpickler(file).load()

    if unpickle() != _MAGIC or unpickle() != _PROTOCOL or not unpickle()["little_endian"]:
        raise ValueError("it is not a PyTorch file of the legacy kind")
    views: dict[str, _TensorView] = unpickle()
    keys: list[str] = unpickle()
    dtypes = {view.storage: view.dtype for view in views.values()}
    storages = {}
    for key in keys:
        count = int.from_bytes(file.read(8), "little")
        if count * dtypes[key].itemsize > file_size - file.tell():
            raise ValueError("it is cut short")
        storages[key] = np.frombuffer(file.read(count * dtypes[key].itemsize), dtypes[key])
    return {name: _view(storages[view.storage], view) for name, view in views.items()}


def _view(storage: np.ndarray, view: _TensorView) -> np.ndarray:
    if len(view.size) != len(view.stride) or min((view.offset, *view.size, *view.stride), default=0) < 0:
        raise ValueError("a tensor has an impossible shape")
    last = view.offset + sum((n - 1) * step for n, step in zip(view.size, view.stride, strict=True))
    elements: int = math.prod(view.size)
    if elements > storage.size or (elements and last >= storage.size):
        raise ValueError("a tensor reaches past its storage")
    strides = tuple(step * storage.itemsize for step in view.stride)
    return np.lib.stride_tricks.as_strided(storage[view.offset :], view.size, strides).copy()
