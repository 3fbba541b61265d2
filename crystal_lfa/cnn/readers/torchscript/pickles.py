"""The objects in a TorchScript file: modules as names and attributes, tensors as places in storages; nothing is run."""

from __future__ import annotations

import io
import math
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from crystal_lfa.errors import ModelFileError, UnsafeFileError

__all__ = ["Storage", "StoredTensor", "TorchScriptObject", "unpickle"]

_STORAGES = {
    "DoubleStorage": "<f8", "FloatStorage": "<f4", "HalfStorage": "<f2", "BFloat16Storage": "bfloat16",
    "LongStorage": "<i8", "IntStorage": "<i4", "ShortStorage": "<i2", "CharStorage": "<i1", "ByteStorage": "<u1",
    "BoolStorage": "?", "ComplexFloatStorage": "<c8", "ComplexDoubleStorage": "<c16",
    "QInt8Storage": "qint8", "QUInt8Storage": "quint8", "QInt32Storage": "qint32",
}  # fmt: skip


class TorchScriptObject:
    """An object of a class that the file's code defines: its class's name, and its attributes."""

    kind = ""

    def __init__(self, *_arguments: object) -> None:
        self.attributes: dict[str, Any] = {}

    def __setstate__(self, state: object) -> None:
        if isinstance(state, dict):
            self.attributes = {str(key): value for key, value in state.items()}


@dataclass(frozen=True, slots=True)
class Storage:
    """A file of numbers in the archive."""

    dtype: str
    key: str


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """A tensor: where its numbers are. Strides count elements."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    @property
    def size(self) -> int:
        """The number of elements."""
        return math.prod(self.shape)


def _rebuild_tensor(storage: Any, offset: Any, shape: Any, strides: Any, *_rest: object) -> StoredTensor:
    numbers = (offset, *shape, *strides)
    if not isinstance(storage, Storage) or not all(isinstance(n, int) and n >= 0 for n in numbers):
        raise ModelFileError("a tensor in it has no storage, or a shape that is none")
    return StoredTensor(storage, offset, tuple(shape), tuple(strides))


def _rebuild_quantised(storage: Any, offset: Any, shape: Any, strides: Any, *_rest: object) -> StoredTensor:
    return _rebuild_tensor(storage, offset, shape, strides)


def _first(*arguments: Any) -> Any:
    return arguments[0] if arguments else None


_HARMLESS: dict[tuple[str, str], Callable[..., Any]] = {
    ("collections", "OrderedDict"): dict,
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
    ("torch._utils", "_rebuild_qtensor"): _rebuild_quantised,
    ("torch._utils", "_rebuild_parameter"): _first,
    ("torch.jit._pickle", "build_intlist"): list,
    ("torch.jit._pickle", "build_boollist"): list,
    ("torch.jit._pickle", "build_doublelist"): list,
    ("torch.jit._pickle", "build_tensorlist"): list,
    ("torch.jit._pickle", "restore_type_tag"): _first,
    ("torch", "device"): _first,
    ("torch", "per_tensor_affine"): _first,
    ("torch", "per_channel_affine"): _first,
}
"""What the pickles of TorchScript name, each with a stand-in of ours."""


class _Unpickler(pickle.Unpickler):
    """Makes objects of stand-ins only: no name in the file leads to code."""

    def find_class(self, module: str, name: str) -> Any:
        if module.startswith("__torch__"):
            return type(name, (TorchScriptObject,), {"kind": f"{module}.{name}"})
        if module == "torch" and name in _STORAGES:
            return _STORAGES[name]
        if (module, name) in _HARMLESS:
            return _HARMLESS[module, name]
        message = f"its pickle wants to run {module}.{name}, and is not opened; save the state dict instead"
        raise UnsafeFileError(message)

    def persistent_load(self, pid: Any) -> Storage:
        match pid:
            case ("storage", str(dtype), str(key), *_):
                return Storage(dtype, key)
            case _:
                raise ModelFileError("a storage in it is of no known kind")


def unpickle(content: bytes) -> Any:
    """Return the object in a pickle of a TorchScript file, made of stand-ins.

    Raises
    ------
    ModelFileError
        If the pickle is damaged.
    UnsafeFileError
        If it names anything but what TorchScript stores.
    """
    try:
        return _Unpickler(io.BytesIO(content)).load()
    except (ModelFileError, MemoryError):
        raise
    except Exception as error:
        # A damaged pickle makes the unpickler raise nearly anything.
        raise ModelFileError(f"its pickle is damaged: {str(error) or type(error).__name__}") from error
