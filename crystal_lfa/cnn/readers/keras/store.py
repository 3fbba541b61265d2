"""The numbers and texts in an HDF5 file of Keras, none of them from any other file."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.cnn.readers.weights import CONVOLUTION_AXES, is_a_lie
from crystal_lfa.errors import ModelFileError

__all__ = ["Store", "index", "natural"]

_DEEPEST = 64
"""Groups in groups; models in models in models are some ten deep."""

_OF_TRAINING = frozenset({"optimizer", "optimizer_weights", "_optimizer"})
"""Groups at the root with what the optimizer keeps, as large as the weights and of their shapes."""

_BRAIN = np.dtype("V2")
"""How bfloat16, which HDF5 does not know, is stored: two bytes."""


@dataclass(frozen=True, slots=True)
class Store:
    """What a file holds, by path: groups, and arrays with the shapes that they claim.

    Attributes
    ----------
    groups : mapping from paths ("" is the root) to h5py groups
    children : mapping from paths of groups to the names of the groups in them
    arrays : mapping from paths to h5py datasets, in the order of their names, numbers as numbers
    size : int
        Bytes of the file.
    """

    groups: Mapping[str, Any]
    children: Mapping[str, Sequence[str]]
    arrays: Mapping[str, Any]
    size: int

    def shape(self, path: str) -> tuple[int, ...]:
        """Return the shape of an array."""
        return tuple(int(n) for n in self.arrays[path].shape)

    def is_kernel(self, path: str) -> bool:
        """Tell whether an array has the axes of a convolution's kernel."""
        return len(self.shape(path)) in CONVOLUTION_AXES

    def text(self, group: str, name: str) -> str | None:
        """Return an attribute that is a text; None where there is none of that name."""
        value = self._attribute(group, name)
        if isinstance(value, np.ndarray) and value.size == 1:
            value = value.reshape(-1)[0]
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, bytes):
            return value.decode(errors="replace")
        raise ModelFileError(f"its attribute {name!r} is a {type(value).__name__}; a text is needed")

    def texts(self, group: str, name: str) -> list[str] | None:
        """Return an attribute that is a list of texts, long ones stored in pieces; None where there is none."""
        whole = self._attribute(group, name)
        pieces = [] if whole is None else [whole]
        while whole is None and (piece := self._attribute(group, f"{name}{len(pieces)}")) is not None:
            pieces.append(piece)
        if not pieces:
            return None
        texts = [text for piece in pieces for text in np.asarray(piece).reshape(-1).tolist()]
        if not all(isinstance(text, str | bytes) for text in texts):
            raise ModelFileError(f"its attribute {name!r} is no list of texts")
        return [text.decode(errors="replace") if isinstance(text, bytes) else text for text in texts]

    def _attribute(self, group: str, name: str) -> Any:
        attributes = self.groups[group].attrs if group in self.groups else None
        if attributes is None or name not in attributes:
            return None
        stored = attributes.get_id(name)
        if (claimed := math.prod(stored.shape) * stored.get_type().get_size()) > self.size:
            raise ModelFileError(f"its attribute {name!r} claims {claimed} bytes; the file has {self.size}")
        return attributes[name]

    def unreadable(self, path: str) -> str | None:
        """Return why an array holds no numbers to compute with, if it does not."""
        kind = self.arrays[path].dtype
        if kind.kind == "f" or (kind == _BRAIN and kind.names is None):
            return None
        return f"its weight {path!r} is of type {kind}; floating point of 16 bits or more is needed"

    def numbers(self, path: str) -> NDArray[Any]:
        """Return the values of an array, bfloat16 as float32, which holds them exactly."""
        array = self.arrays[path]
        if array.dtype == _BRAIN:
            bits = np.asarray(array[()]).view("<u2").reshape(self.shape(path))
            return (bits.astype(np.uint32) << 16).view(np.float32)
        values: NDArray[Any] = np.asarray(array[()])
        return values.astype(values.dtype.newbyteorder("="), copy=False)


def index(file: Any, size: int) -> Store:
    """Return what an open HDF5 file holds, without the optimizer's state.

    Raises
    ------
    ModelFileError
        If a group or an array lies in another file or in two places, groups are nested without end, or an array
        claims to be larger than what is stored of it can be.
    """
    groups: dict[str, Any] = {"": file}
    children: dict[str, list[str]] = {}
    arrays: dict[str, Any] = {}
    seen: set[int] = set()
    waiting = [""]
    while waiting:
        path = waiting.pop()
        children[path] = []
        for name, entry, address in _entries(path, groups[path]):
            # Keras 2 on Windows wrote paths with backslashes as names.
            full = f"{path}/{name}".lstrip("/").replace("\\", "/")
            if address is None:
                arrays[full] = entry
                continue
            if full.count("/") >= _DEEPEST:
                raise ModelFileError(f"its groups are nested more than {_DEEPEST} deep; those of models are not")
            if address in seen:
                raise ModelFileError(f"its group {full!r} stands in two places, maybe in itself; one place is needed")
            seen.add(address)
            groups[full] = entry
            children[path].append(name.replace("\\", "/"))
            waiting.append(full)
    ordered = {path: arrays[path] for path in sorted(arrays, key=natural)}
    _require_stored(ordered)
    for path, names in _split(groups):
        children.setdefault(path, []).append(names)
    return Store(groups, {path: sorted(set(names), key=natural) for path, names in children.items()}, ordered, size)


def natural(name: str) -> list[str | int]:
    """Return a key that sorts names with the numbers in them as numbers; texts and numbers take turns."""
    return [int(part) if place % 2 else part for place, part in enumerate(re.split(r"([0-9]{1,18})", name))]


def _split(groups: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return, for paths that were written as one name, each part with the path that leads to it."""
    found = []
    for path in groups:
        parts = path.split("/")
        found += [("/".join(parts[:place]), parts[place]) for place in range(len(parts)) if path]
    return found


def _entries(path: str, group: Any) -> list[tuple[str, Any, int | None]]:
    """Return the groups and arrays in a group: (name, object, address in the file if it is a group)."""
    import h5py

    found: list[tuple[str, Any, int | None]] = []
    for name in group:
        if not path and name in _OF_TRAINING:
            continue
        full = f"{path}/{name}".lstrip("/")
        link = group.get(name, getlink=True)
        if not isinstance(link, h5py.HardLink):
            where = f"file {link.filename!r}" if isinstance(link, h5py.ExternalLink) else f"place, {link.path!r}"
            message = f"{full!r} in it is a link to another {where}, and is not followed; "
            raise ModelFileError(f"{message}a file that holds its weights itself is needed")
        entry = group[name]
        if isinstance(entry, h5py.Group):
            # The link tells the address; asked for it, the group would go through all that it holds.
            found.append((name, entry, int(group.id.links.get_info(name.encode(errors="surrogateescape")).u)))
        elif isinstance(entry, h5py.Dataset) and _has_own_numbers(full, entry):
            found.append((name, entry, None))
    return found


def _has_own_numbers(path: str, dataset: Any) -> bool:
    """Tell whether an array has a shape; raise if its numbers lie in other files, before they are opened."""
    import h5py

    layout = dataset.id.get_create_plist()
    if layout.get_layout() == h5py.h5d.VIRTUAL or layout.get_external_count():
        message = f"the numbers of {path!r} in it lie in another file, which is not opened; "
        raise ModelFileError(f"{message}a file that holds its weights itself is needed")
    return dataset.shape is not None


def _require_stored(arrays: Mapping[str, Any]) -> None:
    """Raise where kernels, one or all together, are meant to fill the memory."""
    claimed_of_all = held_of_all = 0
    for path, array in arrays.items():
        if len(array.shape) not in CONVOLUTION_AXES:
            continue
        width = array.dtype.itemsize
        # A chunk is read as a whole, whatever part of it lies in the array.
        claimed = max(math.prod(array.shape), math.prod(array.chunks) if array.chunks else 0) * width
        held = int(array.id.get_storage_size())
        claimed_of_all, held_of_all = claimed_of_all + claimed, held_of_all + held
        if is_a_lie(claimed, held) or (claimed and not held):
            message = f"{path!r} of shape {array.shape} in it claims {claimed} bytes, of which {held} are stored; "
            raise ModelFileError(f"{message}a weight of its own values is needed")
    if is_a_lie(claimed_of_all, held_of_all):
        message = f"its arrays claim {claimed_of_all} bytes together, of which {held_of_all} are stored; "
        raise ModelFileError(f"{message}weights of their own values are needed")
