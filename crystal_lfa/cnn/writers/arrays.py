"""Weights in archives of named arrays: numpy's and safetensors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from crystal_lfa.cnn.attributes import complete
from crystal_lfa.cnn.layer import ConvLayer
from crystal_lfa.cnn.readers.safetensors_file import read_safetensors
from crystal_lfa.cnn.readers.weights import layer_name
from crystal_lfa.cnn.tables import check_archive_names, write_archive
from crystal_lfa.cnn.writers.weights import in_type, matched
from crystal_lfa.errors import InvalidArgumentError, MissingLibraryError, ModelFileError
from crystal_lfa.files import write_whole
from crystal_lfa.operators.arrays import to_numpy

__all__ = ["replace_in_npz", "replace_in_safetensors", "write_new"]

_NUMPY_NAMES = {"F16": "float16", "F32": "float32", "F64": "float64"}


def write_new(layers: dict[str, ConvLayer], path: Path) -> None:
    """Write a new file with weights alone, called "name.weight"."""
    arrays = {"weight" if name == "weight" else f"{name}.weight": to_numpy(x.weight) for name, x in layers.items()}
    if path.suffix == ".npz":
        check_archive_names(list(arrays))
        write_whole(path, lambda file: write_archive(file, arrays))
        return
    if path.suffix != ".safetensors":
        message = f"target: there is no model {path}; a new file is called .safetensors or .npz"
        raise InvalidArgumentError(message)
    from_library = _saver(path)
    kinds = {str(array.dtype) for array in arrays.values()}
    if not kinds <= set(_NUMPY_NAMES.values()):
        raise InvalidArgumentError(f"layers: safetensors holds no {', '.join(sorted(kinds))}; real weights are needed")
    content = from_library({name: np.ascontiguousarray(array) for name, array in arrays.items()})
    write_whole(path, lambda file: file.write(content))


def _saver(path: Path) -> Any:
    try:
        from safetensors.numpy import save
    except ImportError:
        raise MissingLibraryError.for_extra("safetensors", f"writing {path}", "safetensors") from None
    return save


def replace_in_npz(layers: dict[str, ConvLayer], path: Path) -> None:
    """Write an archive again with some of its arrays replaced."""
    try:
        with np.load(path, allow_pickle=False) as content:
            arrays = dict(content)
    except MemoryError:
        raise
    except Exception as error:
        # A damaged archive makes zipfile, zlib and numpy raise nearly anything.
        raise ModelFileError(f"{path}: the archive is damaged: {str(error) or type(error).__name__}") from error
    shapes = {name: array.shape for name, array in arrays.items()}
    for name, layer in matched(layers, shapes, layer_name, str(path)).items():
        arrays[name] = in_type(layer, arrays[name].dtype)
    write_whole(path, lambda file: write_archive(file, arrays))


def replace_in_safetensors(layers: dict[str, ConvLayer], path: Path) -> None:
    """Write a file again with the bytes of some of its tensors replaced, all others where they are."""
    # The library's reader sees that the file is sound: after it, the header can be trusted.
    known = {layer.name: layer.weight.shape for layer in complete(read_safetensors(path, layers), None, {})}
    content = bytearray(path.read_bytes())
    start = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:start])
    header.pop("__metadata__", None)
    shapes = {name: entry["shape"] for name, entry in header.items() if layer_name(name) in known}
    for name, layer in matched(layers, shapes, layer_name, str(path)).items():
        first, last = header[name]["data_offsets"]
        content[start + first : start + last] = _bytes(layer, header[name]["dtype"])
    write_whole(path, lambda file: file.write(content))


def _bytes(layer: ConvLayer, kind: str) -> bytes:
    """Return a weight's numbers as a type of safetensors stores them."""
    if kind == "BF16":
        # The upper halves of single precision, rounded to the nearest even one.
        bits = in_type(layer, np.float32).view(np.uint32)
        return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2").tobytes()
    if kind not in _NUMPY_NAMES:
        raise InvalidArgumentError(f"layers: {layer.name!r} is stored as {kind} there; a floating type is needed")
    return in_type(layer, np.dtype(_NUMPY_NAMES[kind]).newbyteorder("<")).tobytes()
