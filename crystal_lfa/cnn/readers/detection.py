"""Which format a file has, by its content; its name is not trusted."""

from __future__ import annotations

import stat
import zipfile
from enum import Enum
from pathlib import Path

from crystal_lfa.cnn.readers.protobuf import outer_fields
from crystal_lfa.cnn.readers.weights import is_a_lie
from crystal_lfa.errors import ModelFileError, UnsafeFileError

__all__ = ["Format", "detect"]


class Format(Enum):
    """The formats that are told apart; the value is what an error message calls it."""

    SAFETENSORS = "safetensors"
    NPY = "a numpy array"
    NPZ = "a numpy archive"
    TORCH = "a PyTorch file"
    TORCHSCRIPT = "a TorchScript program"
    ONNX = "an ONNX model"
    KERAS = "a Keras model"


READABLE = ".onnx, .safetensors, .keras, .h5, .hdf5, .pt, .pth, .npz or .npy"

_SIGNATURES = {
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"%PDF": "a PDF document",
    b"\x1f\x8b": "a gzip archive",
    b"\x7fELF": "a program",
    b"version https://git-lfs": "a Git LFS pointer (git lfs pull fetches the file)",
}

_HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"

_TORCH_MAGIC = b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19"
"""The number, pickled, with which torch began files before 1.6."""


def detect(path: Path) -> Format:
    """Return the format of a model file.

    Raises
    ------
    ModelFileError
        If the file cannot be opened, or is not a model file that can be read.
    UnsafeFileError
        If it is a pickle that torch did not write.
    """
    head, size = _opened(path)
    if head.startswith(b"\x93NUMPY"):
        return Format.NPY
    if head.startswith(b"PK"):
        return _detect_archive(path)
    if head.startswith(_HDF5_MAGIC):
        return Format.KERAS
    if _looks_like_safetensors(head, size):
        return Format.SAFETENSORS
    if _TORCH_MAGIC in head:
        return Format.TORCH
    if head[:1] == b"\x80" and head[1:2] in {b"\x02", b"\x03", b"\x04", b"\x05"}:
        message = f"{path}: this is a plain pickle, which can run code and is never opened; {READABLE} is needed"
        raise UnsafeFileError(message)
    if _looks_like_onnx(path, size):
        return Format.ONNX
    raise ModelFileError(f"{path}: this is {_description(path, head, size)}, not a model file; {READABLE} is needed")


def _opened(path: Path) -> tuple[bytes, int]:
    """Return the first bytes of a regular file, and how many it has."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise ModelFileError(f"{path}: this is a folder; a model file ({READABLE}) is needed")
        if not stat.S_ISREG(status.st_mode):
            # A pipe would be waited for, and a device may have no end.
            raise ModelFileError(f"{path}: this is no regular file; a model file ({READABLE}) is needed")
        size = status.st_size
        with path.open("rb") as file:
            head = file.read(32)
    except OSError as error:
        raise ModelFileError(f"{path}: it cannot be opened: {error.strerror or error}") from None
    return head, size


def _looks_like_onnx(path: Path, size: int) -> bool:
    """Tell whether a file is a message with a graph (field 7) as ONNX models are; their other fields vary."""
    with path.open("rb") as file:
        fields = outer_fields(file, size)
    return fields is not None and (7, 2) in fields


def _looks_like_safetensors(head: bytes, size: int) -> bool:
    """Eight bytes with the length of a header in JSON, then the header."""
    return head[8:9] == b"{" and 0 < int.from_bytes(head[:8], "little") <= size - 8


def _detect_archive(path: Path) -> Format:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise ModelFileError(f"{path}: the archive is damaged: {error}") from None
    names = [member.filename for member in members]
    for member in members:
        if is_a_lie(member.file_size, member.compress_size):
            message = (
                f"{path}: {member.filename} has {member.file_size} bytes packed into {member.compress_size}; no "
                f"weights are so empty, and a model file ({READABLE}) is needed"
            )
            raise ModelFileError(message)
    if len(set(names)) < len(names):
        raise ModelFileError(f"{path}: the archive holds two files of one name; every array needs a name of its own")
    if any("/code/" in name or name.endswith("constants.pkl") for name in names):
        return Format.TORCHSCRIPT
    if any(name.endswith("data.pkl") for name in names):
        return Format.TORCH
    if names and all(name.endswith(".npy") for name in names):
        return Format.NPZ
    if "model.weights.h5" in names:
        return Format.KERAS
    message = f"{path}: this zip archive holds {len(names)} files but no model; {READABLE} is needed"
    raise ModelFileError(message)


def _description(path: Path, head: bytes, size: int) -> str:
    told = [name for signature, name in _SIGNATURES.items() if head.startswith(signature)]
    if not head:
        told.append("an empty file")
    elif head[4:8] == b"TFL3":
        told.append("a TensorFlow Lite model (tf2onnx turns it into ONNX)")
    elif path.suffix.lower() == ".pb":
        told.append("a TensorFlow graph by its name (tf2onnx turns it into ONNX)")
    elif all(byte in b"\t\n\r" or 32 <= byte < 127 for byte in head):
        told.append("a text file")
    elif path.suffix.lower() == ".onnx":
        told.append(f"a damaged ONNX file or none (its fields do not fit its {size} bytes, or it has no graph)")
    elif path.suffix.lower() == ".safetensors":
        told.append(f"a damaged or mislabelled file (its header does not fit its {size} bytes)")
    return told[0] if told else "of no known format"
