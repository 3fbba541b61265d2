"""Bare weights in .safetensors files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from crystal_lfa.cnn.attributes import FoundLayer
from crystal_lfa.cnn.readers.weights import layer_name, refuse_quantised, select_weights
from crystal_lfa.errors import MissingLibraryError, ModelFileError

__all__ = ["read_safetensors"]

_FLOATING = {"F16": "float16", "BF16": "bfloat16", "F32": "float32", "F64": "float64"}


def read_safetensors(path: Path, patterns: Iterable[str]) -> list[FoundLayer]:
    """Return the tensors that are weights of convolutions, one at a time from the file."""
    try:
        from safetensors import SafetensorError, safe_open
    except ImportError:
        raise MissingLibraryError.for_extra("safetensors", f"reading {path}", "safetensors") from None
    try:
        with safe_open(path, framework="numpy") as file:
            # Files keep tensors sorted as text; by numbers, features.2 comes before features.10 again.
            names = sorted(file.keys(), key=_natural)
            slices = {name: file.get_slice(name) for name in names}
            shapes = [(name, tuple(part.get_shape())) for name, part in slices.items()]
            chosen = select_weights(shapes, patterns, named=True)
            types = {name: str(slices[name].get_dtype()) for name in chosen}
            refuse_quantised(str(path), ((name, _FLOATING.get(kind, kind)) for name, kind in types.items()), named=True)
            brain = [name for name in chosen if types[name] == "BF16"]
            plain = {name: file.get_tensor(name) for name in chosen if name not in brain}
        plain.update(_bfloat16(path, brain))
    except ModelFileError:
        raise
    except (SafetensorError, OSError, ValueError) as error:
        raise ModelFileError(f"{path}: this is not a sound safetensors file: {error}") from None
    return [FoundLayer(layer_name(name), plain[name]) for name in chosen]


def _natural(name: str) -> list[str | int]:
    """Return a key that sorts names with the numbers in them as numbers; texts and numbers take turns."""
    return [int(part) if place % 2 else part for place, part in enumerate(re.split(r"([0-9]+)", name))]


def _bfloat16(path: Path, names: list[str]) -> dict[str, Any]:
    """Return bfloat16 tensors as float32, which holds them exactly and numpy knows."""
    if not names:
        return {}
    from safetensors import deserialize

    tensors = dict(deserialize(path.read_bytes()))  # type: ignore[no-untyped-call]
    found = {}
    for name in names:
        bits = np.frombuffer(bytes(tensors[name]["data"]), dtype="<u2").astype(np.uint32) << 16
        found[name] = bits.view(np.float32).reshape(tensors[name]["shape"])
    return found
