"""Named arrays in ``.npz`` files: plain numbers, never pickled, not compressed, with a content hash."""

from __future__ import annotations

import hashlib
import io
import math
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.errors import OperatorFileError
from crystal_lfa.files import as_path, is_special, write_together

__all__ = ["Arrays", "digest_of", "read_archive", "text_array", "write_archive"]

Arrays = dict[str, NDArray[Any]]

_BAD_ARCHIVE = (
    ValueError, OSError, EOFError, TypeError, NotImplementedError, RuntimeError, MemoryError, KeyError, SyntaxError,
    zipfile.BadZipFile,
)  # fmt: skip
"""What reading damaged archives was seen to raise."""


def text_array(text: str) -> NDArray[np.uint8]:
    """Return text as an array of bytes."""
    return np.frombuffer(text.encode(), dtype=np.uint8)


def digest_of(arrays: Mapping[str, NDArray[Any]]) -> str:
    """Return a SHA-256 of names, types, shapes and numbers, whatever the order of the bytes in memory."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        little = array.astype(array.dtype.newbyteorder("<"), copy=False)
        digest.update(f"{name} {little.dtype.str} {little.shape};".encode())
        digest.update(little.reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def write_archive(arrays: Mapping[str, NDArray[Any]], path: str | Path) -> None:
    """Write arrays and their hash into a file; the same arrays give the same bytes."""
    hashed = {**arrays, "hash": text_array(digest_of(arrays))}

    def write(file: IO[bytes]) -> None:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for name, array in hashed.items():
                with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, array, allow_pickle=False)

    write_together({as_path(path, "path"): write})


def read_archive(path: str | Path) -> Arrays:
    """Return the arrays of a file, read-only, without the hash, which is checked.

    Raises
    ------
    OperatorFileError
        If the file is no such file, is damaged, or claims to hold more than it has bytes.
    """
    target = as_path(path, "path")
    try:
        arrays = _members(target)
    except FileNotFoundError:
        raise OperatorFileError(f"path: {path} does not exist") from None
    except _BAD_ARCHIVE as error:
        raise OperatorFileError(f"path: {path} is no file of an operator or a result: {error}") from None
    stored = arrays.pop("hash", np.zeros(0, dtype=np.uint8)).tobytes().decode("ascii", "replace")
    if "description" not in arrays or stored != digest_of(arrays):
        message = f"path: {path} is no file of an operator or a result, or its content does not have its hash"
        raise OperatorFileError(message)
    return arrays


def _members(path: Path) -> Arrays:
    if is_special(path):
        raise ValueError("this is no regular file")
    with path.open("rb") as file, zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        plain = all(m.compress_type == zipfile.ZIP_STORED and m.compress_size == m.file_size for m in members)
        # So no member can ask for more memory than the file has bytes, however its header lies.
        if not plain or sum(m.file_size for m in members) > file.seek(0, os.SEEK_END):
            raise ValueError("its members are compressed, or larger than the file")
        return {m.filename.removesuffix(".npy"): _array(m.filename, archive.read(m)) for m in members}


def _array(name: str, content: bytes) -> NDArray[Any]:
    """Return the array that a member of an archive is, on the bytes that were read."""
    stream = io.BytesIO(content)
    version = np.lib.format.read_magic(stream)
    if version != (1, 0):
        raise ValueError(f"{name} has version {version} of the format; 1.0 is written here")
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream)
    start = stream.tell()
    if dtype.kind not in "biufc" or math.prod(shape) * dtype.itemsize != len(content) - start:
        raise ValueError(f"{name} holds no numbers, or not as many as it says")
    array: NDArray[Any] = np.ndarray(shape, dtype, content, start, order="F" if fortran else "C")
    native = array.astype(dtype.newbyteorder("="), copy=False)
    native.flags.writeable = False
    return native
