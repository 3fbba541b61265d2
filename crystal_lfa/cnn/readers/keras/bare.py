"""Kernels in files of Keras that no configuration describes: what their places and shapes tell of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

import numpy as np

from crystal_lfa.cnn.attributes import FoundLayer
from crystal_lfa.cnn.readers.keras.config import snake_case
from crystal_lfa.cnn.readers.keras.geometry import FORMS, in_our_layout
from crystal_lfa.cnn.readers.keras.places import legacy_arrays
from crystal_lfa.cnn.readers.keras.store import Store

__all__ = ["bare_layers", "legacy_weights", "weights"]

_CLASSES = {snake_case(kind): form.kind for kind, form in FORMS.items()}

_PARTS = {"depthwise_kernel": "depthwise", "pointwise_kernel": "pointwise"}

_RECURRENT = re.compile(r"(?:^|/)conv_?lstm[^/]*(?:/|$)")

_NO_CONVOLUTIONS = re.compile(
    r"attention|(?:^|/)(?:einsum|(?:query|key|value|output)(?:_dense)?(?:/|$)|embedding|dense|p_re_lu|prelu|normalization"
    r"|layer_norm|batch_norm)"
)
"""Layers without convolution whose arrays can have as many axes as a kernel."""

_OTHER_ARRAYS = re.compile(r"^(?:alpha|beta|gamma|moving_mean|moving_variance|embeddings|bias|recurrent_kernel)$")


@dataclass(frozen=True, slots=True)
class _Kernel:
    """A kernel in a file: its path, that of its layer, and what it is called in it."""

    path: str
    layer: str
    name: str


def weights(store: Store, patterns: Iterable[str]) -> list[FoundLayer]:
    """Return the convolutions in a file of weights of Keras 3, called after their groups."""
    return bare_layers(
        store, (path for path in store.arrays if store.is_kernel(path) and "vars" in path.split("/")[-2:-1]), patterns
    )


def legacy_weights(store: Store, root: str, patterns: Iterable[str]) -> list[FoundLayer]:
    """Return the convolutions in a file of weights as Keras 1 and 2 wrote them, called after their groups."""
    asked = tuple(patterns)
    groups = [f"{root}/{name}".lstrip("/") for name in store.texts(root, "layer_names") or []]
    found = [layer for group in groups for layer in bare_layers(store, legacy_arrays(store, group), asked, group)]
    is_turned_round = store.text(root, "backend") == "theano"
    return [_inside(layer, root, is_turned_round=is_turned_round) for layer in found]


def bare_layers(
    store: Store, arrays: Iterable[str], patterns: Iterable[str], group: str | None = None
) -> list[FoundLayer]:
    """Return those of some arrays that are kernels, with what their places tell.

    Parameters
    ----------
    store : Store
    arrays : iterable of str
        Paths of arrays with the axes of a kernel.
    patterns : iterable of str
        Names of layers that the user asks for, whatever they look like.
    group : str, optional
        In files before Keras 3, the group of the layer that they belong to.
    """
    listed = [_named(path, group) for path in arrays]
    asked = [pattern for pattern in patterns if "*" not in pattern]
    chosen = [
        kernel
        for kernel in listed
        if _can_be_one(kernel) or any(fnmatchcase(kernel.layer, pattern) for pattern in asked)
    ]
    layers = [_layer(kernel, store) for kernel in chosen]
    count = Counter(layer.name for layer in layers)
    return [
        layer if count[layer.name] == 1 else replace(layer, name=kernel.path)
        for kernel, layer in zip(chosen, layers, strict=True)
    ]


def _named(path: str, group: str | None) -> _Kernel:
    place, _, last = path.rpartition("/")
    last = re.sub(r":[0-9]+$", "", last)
    if group is None:
        return _Kernel(path, re.sub(r"(?:^|/)vars$", "", place) or "weight", last)
    parts = place.removeprefix(group).strip("/").split("/")
    own = group.rpartition("/")[2]
    # The path of a variable names its model and its layer, which is what the group is called after.
    inner = parts[parts.index(own) + 1 :] if own in parts else parts
    return _Kernel(path, "/".join([group, *(part for part in inner if part)]), last)


def _inside(layer: FoundLayer, root: str, *, is_turned_round: bool) -> FoundLayer:
    """Return a layer called after its path below the root, its kernel as it is applied to images."""
    weight, name = layer.weight, layer.name.removeprefix(f"{root}/") if root else layer.name
    if is_turned_round and weight is not None:
        weight = np.flip(weight, axis=tuple(range(2, weight.ndim)))
    return replace(layer, name=name, weight=weight)


def _can_be_one(kernel: _Kernel) -> bool:
    if _OTHER_ARRAYS.search(kernel.name) or (_RECURRENT.search(kernel.layer) and kernel.name not in {"0", "kernel"}):
        return False
    return _class_of(kernel.layer) is not None or not _NO_CONVOLUTIONS.search(kernel.layer)


def _class_of(layer: str) -> str | None:
    """Return the kind of convolution that the innermost group called after a class is."""
    names = (re.sub(r"_[0-9]+$", "", part) for part in reversed(layer.split("/")))
    return next((_CLASSES[name] for name in names if name in _CLASSES), None)


def _layer(kernel: _Kernel, store: Store) -> FoundLayer:
    if _RECURRENT.search(kernel.layer):
        return FoundLayer(kernel.layer, None, {}, (), "it is recurrent: its output is no linear function of its input")
    kind, notes = _kind(kernel, store)
    name = kernel.layer
    if kind == "separable":
        kind = "depthwise" if kernel.name in {"0", "depthwise_kernel"} else "pointwise"
        name = f"{name}/{kind}"
    elif kernel.name in _PARTS and _class_of(kernel.layer) != "depthwise":
        name = f"{name}/{kind}" if _has_both(kernel, store) else name
    known = _known(kind, store.shape(kernel.path))
    reason = store.unreadable(kernel.path)
    if reason is None and 0 in store.shape(kernel.path):
        reason = f"its weight has shape {store.shape(kernel.path)}, without numbers"
    if reason is not None:
        return FoundLayer(name, None, known, notes, reason)
    return FoundLayer(name, in_our_layout(store.numbers(kernel.path), kind), known, notes)


def _has_both(kernel: _Kernel, store: Store) -> bool:
    other = "pointwise" if kernel.name == "depthwise_kernel" else "depthwise"
    path = kernel.path.replace(f"{_PARTS[kernel.name]}_kernel", f"{other}_kernel")
    return path in store.arrays


def _kind(kernel: _Kernel, store: Store) -> tuple[str, tuple[str, ...]]:
    """Return what kind of convolution a kernel is, and what to say of how that is known."""
    if kernel.name in _PARTS:
        return _PARTS[kernel.name], ()
    told = _class_of(kernel.layer)
    if told is not None:
        return told, ()
    kind = _by_bias(store.shape(kernel.path), _bias(kernel, store))
    if kind is None:
        return "unknown", ()
    return kind, (f"read as a {kind} convolution, as the length of its bias tells",)


def _bias(kernel: _Kernel, store: Store) -> int | None:
    place, _, last = kernel.path.rpartition("/")
    path = f"{place}/{int(last) + 1}" if last.isdecimal() else f"{place}/{last.replace('kernel', 'bias')}"
    shape = store.shape(path) if path in store.arrays else ()
    return shape[0] if len(shape) == 1 else None


def _by_bias(shape: tuple[int, ...], bias: int | None) -> str | None:
    """Return the kind of a kernel whose outputs are not its last axis, as the length of its bias tells."""
    before, last = shape[-2:]
    if bias is None or bias == last:
        return None
    return "transposed" if bias == before else "depthwise" if bias == before * last else None


def _known(kind: str, shape: tuple[int, ...]) -> dict[str, Any]:
    match kind:
        case "plain":
            return {"transposed": False}
        case "transposed":
            return {"transposed": True, "groups": 1}
        case "depthwise":
            return {"transposed": False, "groups": shape[-2]}
        case "pointwise":
            return {"transposed": False, "groups": 1, "stride": 1, "dilation": 1, "padding": 0}
        case _:
            return {}
