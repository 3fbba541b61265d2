"""The outermost fields of a protobuf message, by which ONNX and TensorFlow files are told apart; nothing is parsed."""

from __future__ import annotations

from typing import IO

__all__ = ["outer_fields"]

_LONGEST_VARINT = 10
_MOST_FIELDS = 100_000


def outer_fields(file: IO[bytes], size: int) -> list[tuple[int, int]] | None:
    """Return (number, wire type) of the outermost fields of a message; None if the file is no message.

    Parameters
    ----------
    file : open for reading bytes
        Read from its beginning; contents of fields are skipped.
    size : int
        Bytes of the file.

    References
    ----------
    Protocol Buffers, "Encoding".
    """
    file.seek(0)
    found: list[tuple[int, int]] = []
    while file.tell() < size:
        tag = _varint(file)
        if tag is None or tag >> 3 == 0 or len(found) >= _MOST_FIELDS:
            return None
        wire = tag & 7
        length = _length(file, wire)
        if length is None or file.tell() + length > size:
            return None
        file.seek(length, 1)
        found.append((tag >> 3, wire))
    return found or None


def _length(file: IO[bytes], wire: int) -> int | None:
    """Return how many bytes of a field follow, its length and a varint read."""
    match wire:
        case 0:
            return None if _varint(file) is None else 0
        case 1:
            return 8
        case 2:
            return _varint(file)
        case 5:
            return 4
        case _:
            return None


def _varint(file: IO[bytes]) -> int | None:
    number = 0
    for place in range(_LONGEST_VARINT):
        byte = file.read(1)
        if not byte:
            return None
        number |= (byte[0] & 0x7F) << (7 * place)
        if byte[0] < 0x80:
            return number
    return None
