"""Bare weights in .npy and .npz files, never unpickled."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

import numpy as np

from crystal_lfa.cnn.attributes import FoundLayer
from crystal_lfa.cnn.readers.weights import layer_name, named_by_modules, refuse_quantised, select_weights
from crystal_lfa.errors import CrystalError, ModelFileError, UnsafeFileError

__all__ = ["read_npy", "read_npz"]


def read_npy(path: Path) -> list[FoundLayer]:
    """Return the one array of a file as a layer called after the file."""
    with path.open("rb") as file:
        shape, dtype = _header(file, str(path))
        _require_length(path.stat().st_size - file.tell(), shape, dtype, str(path))
    if not select_weights([(path.stem, shape)], (), named=False):
        return []
    try:
        return [FoundLayer(path.stem, np.load(path, allow_pickle=False))]
    except MemoryError:
        raise
    except Exception as error:
        # What a damaged header promises makes numpy raise nearly anything.
        raise ModelFileError(f"{path}: the array is damaged: {error}") from error


def read_npz(path: Path, patterns: Iterable[str]) -> list[FoundLayer]:
    """Return the arrays of an archive that can be weights."""
    try:
        with zipfile.ZipFile(path) as archive:
            headers = {}
            for member in archive.infolist():
                with archive.open(member) as file:
                    where = f"{path}, {member.filename}"
                    shape, dtype = _header(file, where)
                    _require_length(member.file_size - file.tell(), shape, dtype, where)
                    headers[member.filename.removesuffix(".npy")] = shape, dtype
        shapes = [(name, shape) for name, (shape, dtype) in headers.items() if dtype.kind in "iufc"]
        # An archive that calls something weight follows the names of modules; else every name is as good.
        named = named_by_modules(headers)
        chosen = select_weights(shapes, patterns, named=named)
        refuse_quantised(str(path), ((name, headers[name][1].name) for name in chosen), named=named)
        with np.load(path, allow_pickle=False) as arrays:
            return [FoundLayer(layer_name(name), arrays[f"{name}.npy"]) for name in chosen]
    except (CrystalError, MemoryError):
        raise
    except Exception as error:
        # A damaged archive makes zipfile, zlib and numpy raise nearly anything.
        raise ModelFileError(f"{path}: the archive is damaged: {str(error) or type(error).__name__}") from error


def _header(file: IO[bytes], where: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Return shape and type of an array, from its header alone."""
    try:
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = read(file)
    except Exception as error:
        # The header is Python source, and its parser raises nearly anything.
        raise ModelFileError(f"{where}: the array's header is damaged: {error}") from error
    if min(shape, default=0) < 0:
        raise ModelFileError(f"{where}: the array's header is damaged: its shape is {shape}")
    if dtype.hasobject:
        message = f"{where}: it holds pickled objects, which can run code and are never read; save arrays of numbers"
        raise UnsafeFileError(message)
    return shape, dtype


def _require_length(length: int, shape: tuple[int, ...], dtype: np.dtype[Any], where: str) -> None:
    needed = math.prod(shape) * dtype.itemsize
    if length < needed:
        message = f"{where}: cut short: its header says {shape} of {dtype}, {needed} bytes, but {length} follow"
        raise ModelFileError(message)
