"""Damage to an HDF5 file that makes the library read it without end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from crystal_lfa.errors import ModelFileError

__all__ = ["Searchable", "refuse_endless"]

_NODE = b"TREE"

_NO_MORE = 1
"""The offset that ends a heap's list of free blocks."""


class Searchable(Protocol):
    """The bytes of a file, in memory or mapped."""

    def find(self, sub: bytes, start: int, /) -> int:
        """Return where bytes stand, from a place on; -1 where they do not."""

    def __getitem__(self, part: slice, /) -> bytes:
        """Return a part."""


def refuse_endless(content: Searchable) -> None:
    """Raise if parts of an HDF5 file that lead to the next one never come to an end.

    The library goes from node to node of a tree of names, from free block to free block in a heap of them, and from
    object to object in a collection of texts, until there is none, and cannot be interrupted.

    References
    ----------
    HDF5 file format specification 3.0, III.A.1, version 1 B-trees, III.D, local heaps, and III.E, global heaps.
    """
    _refuse_endless_trees(content)
    _refuse_endless_heaps(content)
    for place in _places(content, b"GCOL\1\0\0\0"):
        _refuse_endless_collection(content, place)


def _refuse_endless_trees(content: Searchable) -> None:
    done: set[int] = set()
    for place in _places(content, _NODE):
        chain: set[int] = set()
        node = place
        while node not in done and content[node : node + 4] == _NODE:
            _refuse_again(node, chain, place)
            node = _number(content, node + 16)
        # Chains that join an older one are not gone through twice.
        done |= chain


def _refuse_endless_heaps(content: Searchable) -> None:
    done: set[tuple[int, int, int]] = set()
    for place in _places(content, b"HEAP\0\0\0\0"):
        size, block, start = (_number(content, place + 8 * part) for part in (1, 2, 3))
        blocks: set[int] = set()
        while block != _NO_MORE and block + 16 <= size and (size, start, block) not in done:
            _refuse_again(block, blocks, place)
            block = _number(content, start + block)
        done |= {(size, start, block) for block in blocks}


def _refuse_endless_collection(content: Searchable, place: int) -> None:
    """Raise if an object in a collection claims no bytes, or more than the collection has left."""
    end = place + _number(content, place + 8)
    here = place + 16
    while here + 16 <= end and len(index := content[here : here + 2]) == 2:
        size = _number(content, here + 8)
        # Object 0 is what is free, with its own header.
        step = 16 + -(-size // 8) * 8 if any(index) else size
        if not 0 < step <= end - here:
            raise ModelFileError(f"the file is damaged: what the collection at byte {place} holds does not fit into it")
        here += step


def _refuse_again(part: int, seen: set[int], place: int) -> None:
    if part in seen:
        raise ModelFileError(f"the file is damaged: what follows byte {place} goes in a circle")
    seen.add(part)


def _places(content: Searchable, signature: bytes) -> Iterator[int]:
    place = content.find(signature, 0)
    while place >= 0:
        yield place
        place = content.find(signature, place + len(signature))


def _number(content: Searchable, place: int) -> int:
    """Return the number at a place; outside of the file, what ends a list."""
    held = content[place : place + 8] if place < 2**62 else b""
    return int.from_bytes(held, "little") if len(held) == 8 else _NO_MORE
