"""Convolutions in TorchScript files: weights from their storages, arguments from the text of their code."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.cnn.attributes import FoundLayer
from crystal_lfa.cnn.readers.torchscript.code import ConvolutionCall, convolution_calls, parse_classes
from crystal_lfa.cnn.readers.torchscript.pickles import StoredTensor, TorchScriptObject, unpickle
from crystal_lfa.cnn.readers.weights import CONVOLUTION_AXES
from crystal_lfa.errors import ModelFileError

__all__ = ["read_torchscript"]

_LARGEST_TEXT = 50_000_000
"""Bytes of code or of a pickle: numbers are stored elsewhere."""


def read_torchscript(path: Path) -> list[FoundLayer]:
    """Return the convolutions that the modules of a TorchScript file call.

    The program is not run, and PyTorch is not needed: modules are read as names and attributes, and their code as
    text, in which a call such as ``torch.conv2d(input, weight, bias, [2, 2], [1, 1], [1, 1])`` tells the arguments.

    Raises
    ------
    ModelFileError
        If the file is damaged.
    UnsafeFileError
        If its pickle names anything but what TorchScript stores.
    """
    try:
        with zipfile.ZipFile(path) as file:
            archive = _Archive.of(file)
            root = unpickle(archive.read("data.pkl"))
            constants = unpickle(archive.read("constants.pkl")) if archive.has("constants.pkl") else ()
            reader = _Reader(archive, constants if isinstance(constants, tuple | list) else ())
            return list(reader.layers(root))
    except ModelFileError as error:
        raise type(error)(f"{path}: {error}") from error
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, RecursionError) as error:
        raise ModelFileError(f"{path}: the archive is damaged: {str(error) or type(error).__name__}") from error


@dataclass(frozen=True, slots=True)
class _Archive:
    """The files of a TorchScript program, all in one folder."""

    file: zipfile.ZipFile
    folder: str

    @classmethod
    def of(cls, file: zipfile.ZipFile) -> _Archive:
        found = [name for name in file.namelist() if name.endswith("/data.pkl") and name.count("/") == 1]
        if not found:
            raise ModelFileError("there is no data.pkl in it, which holds the modules")
        return cls(file, found[0].removesuffix("data.pkl"))

    def has(self, name: str) -> bool:
        return self.folder + name in self.file.namelist()

    def read(self, name: str, largest: int = _LARGEST_TEXT) -> bytes:
        try:
            member = self.file.getinfo(self.folder + name)
        except KeyError:
            raise ModelFileError(f"there is no {name} in it") from None
        if member.file_size > largest:
            raise ModelFileError(f"{name} in it has {member.file_size} bytes; up to {largest} are needed")
        return self.file.read(member)

    def size(self, name: str) -> int:
        return self.file.getinfo(self.folder + name).file_size if self.has(name) else 0


@dataclass(frozen=True, slots=True)
class _Reader:
    """Goes through the modules of a program."""

    archive: _Archive
    constants: Any

    def layers(self, root: Any) -> Iterator[FoundLayer]:
        if not isinstance(root, TorchScriptObject):
            raise ModelFileError("its data.pkl holds no module")
        for path, module in _modules(root):
            calls = self._calls(module)
            seen = []
            for call in calls:
                # Code that stands twice, for training and evaluation, calls one layer.
                if call.weight not in seen:
                    seen.append(call.weight)
                    yield self._layer(path, module, call)
            if not calls and "Conv" in module.kind.rpartition(".")[2]:
                reason = "its code calls no convolution with a weight of its own (quantised modules keep theirs packed)"
                yield FoundLayer(path or "weight", None, {}, (), reason)

    def _calls(self, module: TorchScriptObject) -> list[ConvolutionCall]:
        folder, _, name = module.kind.rpartition(".")
        place = f"code/{folder.replace('.', '/')}.py"
        if not self.archive.has(place):
            return []
        text = self.archive.read(place).decode(errors="replace")
        definition = parse_classes(text, place).get(name)
        return [] if definition is None else convolution_calls(definition, module.attributes)

    def _layer(self, path: str, module: TorchScriptObject, call: ConvolutionCall) -> FoundLayer:
        if call.weight is None:
            name = ".".join(part for part in (path, "weight") if part)
            return FoundLayer(name, None, call.known, (), "its weight is computed by the program")
        own = "" if call.weight == "weight" else call.weight
        name = ".".join(part for part in (path, own) if part) or "weight"
        stored, folder = self._stored(module, call.weight)
        if not isinstance(stored, StoredTensor):
            return FoundLayer(name, None, call.known, (), f"its weight {call.weight!r} is no tensor")
        if stored.storage.dtype.startswith("q"):
            return FoundLayer(name, None, call.known, (), f"its weight is quantised ({stored.storage.dtype})")
        if len(stored.shape) not in CONVOLUTION_AXES:
            reason = f"its weight has shape {stored.shape}; 3 to 5 axes are needed"
            return FoundLayer(name, None, call.known, (), reason)
        return FoundLayer(name, self._numbers(stored, folder, name), call.known)

    def _stored(self, module: TorchScriptObject, name: str) -> tuple[Any, str]:
        """Return a stored weight, and the folder of its numbers."""
        if not name.startswith("CONSTANTS.c"):
            return module.attributes.get(name), "data"
        number = name.removeprefix("CONSTANTS.c")
        inside = number.isdigit() and int(number) < len(self.constants)
        return self.constants[int(number)] if inside else None, "constants"

    def _numbers(self, tensor: StoredTensor, folder: str, name: str) -> NDArray[Any]:
        place = f"{folder}/{tensor.storage.key}"
        brain = tensor.storage.dtype == "bfloat16"
        dtype = np.dtype("<u2" if brain else tensor.storage.dtype)
        size = self.archive.size(place)
        reach = tensor.offset + 1 + sum(s * (n - 1) for s, n in zip(tensor.strides, tensor.shape, strict=True))
        if not tensor.size or reach * dtype.itemsize > size or tensor.size * dtype.itemsize > size:
            message = f"{name!r} of shape {tensor.shape} does not lie in its storage of {size} bytes"
            raise ModelFileError(message)
        storage = np.frombuffer(self.archive.read(place, size), dtype=self._in_order(dtype))
        strides = [stride * dtype.itemsize for stride in tensor.strides]
        values = np.lib.stride_tricks.as_strided(storage[tensor.offset :], tensor.shape, strides)
        plain = (values.astype(np.uint32) << 16).view(np.float32) if brain else values.astype(dtype.newbyteorder("="))
        return plain.reshape(tensor.shape)

    def _in_order(self, dtype: np.dtype[Any]) -> np.dtype[Any]:
        big = self.archive.has("byteorder") and self.archive.read("byteorder").strip() == b"big"
        return dtype.newbyteorder(">") if big else dtype


def _modules(root: TorchScriptObject) -> Iterator[tuple[str, TorchScriptObject]]:
    """Yield every module once, with its path, in the order in which they are stored."""
    seen: set[int] = set()
    stack = [("", root)]
    while stack:
        path, module = stack.pop()
        if id(module) in seen:
            continue
        seen.add(id(module))
        yield path, module
        inner = [(k, v) for k, v in module.attributes.items() if isinstance(v, TorchScriptObject)]
        stack += [(f"{path}.{key}" if path else key, value) for key, value in reversed(inner)]
