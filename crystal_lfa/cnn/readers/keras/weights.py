"""The convolutions of a Keras model, from its configuration and where its kernels are stored."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.cnn.attributes import FoundLayer
from crystal_lfa.cnn.readers.keras.bare import bare_layers
from crystal_lfa.cnn.readers.keras.config import Node, Shape, walk
from crystal_lfa.cnn.readers.keras.geometry import FORMS, Geometry, geometry_of, in_our_layout
from crystal_lfa.cnn.readers.keras.outputs import spatial_axes
from crystal_lfa.cnn.readers.keras.places import Places, kernel_count
from crystal_lfa.cnn.readers.keras.store import Store
from crystal_lfa.errors import ModelFileError

__all__ = ["model_layers"]

_NO_CONVOLUTIONS = frozenset({
    "AdditiveAttention", "Attention", "BatchNormalization", "Dense", "EinsumDense", "Embedding", "GroupNormalization",
    "GroupQueryAttention", "LayerNormalization", "MultiHeadAttention", "Normalization", "PReLU", "RMSNormalization",
    "ReversibleEmbedding",
})  # fmt: skip
"""Keras's layers without convolution whose arrays can have as many axes as a kernel."""

_MODELS = frozenset({"Functional", "Model", "Sequential"})

_MOST_GUESSED = 100
"""Layers whose weights are looked for by shape; a file that tells the places of none of more is another model's."""

_NO_PLACE = "its weight is not in the file, or there is more than one that it can be"


@dataclass(frozen=True, slots=True)
class _Model:
    """A model with everything that its layers are made of."""

    store: Store
    kernels: Mapping[Node, tuple[str, ...]]
    told_by_shape: frozenset[Node]
    shapes: Mapping[Node, Sequence[Shape]]
    names: Mapping[Node, str]
    is_turned_round: bool


def model_layers(
    model: Node, places: Places, store: Store, shapes: Mapping[Node, list[Shape]], *, is_turned_round: bool
) -> list[FoundLayer]:
    """Return the convolutions of a model in the order of its configuration, then those that it does not describe.

    Parameters
    ----------
    model : Node
    places : Places
        Where its kernels are.
    store : Store
    shapes : mapping
        The shapes of the inputs of its convolutions, without batch.
    is_turned_round : bool
        Whether the kernels are those of convolutions in the sense of mathematics, as Theano applied them.
    """
    ways = list(walk(model))
    guessed = _by_shape(ways, places, store)
    kernels = {**places.kernels, **guessed}
    shared = dict(_twins(ways, kernels))
    joined = {node: list(found) for node, found in shapes.items()}
    for node, twin in shared.items():
        joined.setdefault(twin, []).extend(shapes.get(node, []))
    chosen = [way for way in ways if way[-1] not in shared]
    whole = _Model(store, kernels, frozenset(guessed), joined, _names(chosen), is_turned_round)
    layers = [layer for way in chosen for layer in _of_node(whole, way[-1])]
    claimed = {path for paths in guessed.values() for path in paths}
    return [*layers, *_left_over(whole, places, claimed)]


def _names(ways: Sequence[tuple[Node, ...]]) -> dict[Node, str]:
    """Return the names of layers, with those of the models around them where they alone are not unique."""
    listed = [way for way in ways if _is_listed(way[-1])]
    count = Counter(way[-1].name for way in listed)
    names: dict[Node, str] = {}
    taken: Counter[str] = Counter()
    for way in listed:
        own = way[-1].name
        name = own if count[own] == 1 else "/".join(node.name for node in way[1:]) or own
        taken[name] += 1
        names[way[-1]] = name if taken[name] == 1 else f"{name}#{taken[name]}"
    return names


def _is_listed(node: Node) -> bool:
    """Tell whether a layer is listed even where no array is found that can be its kernel."""
    name = node.kind.lower()
    return node.kind in FORMS or (node.is_own and ("conv" in name or "locallyconnected" in name) and "cell" not in name)


def _twins(ways: Sequence[tuple[Node, ...]], kernels: Mapping[Node, Any]) -> Iterator[tuple[Node, Node]]:
    """Yield the convolutions that stand in the model a second time, and have their weight where they stood first."""
    stored = {(node.kind, node.name): node for node in kernels}
    for way in ways:
        twin = stored.get((way[-1].kind, way[-1].name))
        if twin is not None and way[-1] not in kernels and _described(way[-1]) == _described(twin):
            yield way[-1], twin


def _described(node: Node) -> Geometry | None:
    try:
        return geometry_of(node)
    except ModelFileError:
        return None


def _by_shape(ways: Sequence[tuple[Node, ...]], places: Places, store: Store) -> dict[Node, tuple[str, ...]]:
    """Return the kernels of layers whose place is not known, where one alone has the shape, and it fits no other."""
    lost = [way[-1] for way in ways if way[-1].kind in FORMS and way[-1] not in places.kernels]
    lost = [node for node in lost if kernel_count(node) == 1][:_MOST_GUESSED]
    fitting = {node: [path for path in places.left if _fits(node, store.shape(path))] for node in lost}
    every = [path for paths in fitting.values() for path in paths]
    return {node: (paths[0],) for node, paths in fitting.items() if len(paths) == 1 and every.count(paths[0]) == 1}


def _fits(node: Node, shape: tuple[int, ...]) -> bool:
    geometry = _described(node)
    return geometry is not None and _mismatch(geometry, shape, None) is None


def _of_node(model: _Model, node: Node) -> Iterator[FoundLayer]:
    """Yield what is listed of a layer: nothing of one without convolution."""
    if not _is_listed(node):
        return
    name = model.names[node]
    if node.kind not in FORMS:
        yield FoundLayer(name, None, {}, (), _reason(node))
        return
    try:
        geometry = geometry_of(node)
    except ModelFileError as error:
        yield FoundLayer(name, None, {}, (), str(error))
        return
    yield from _of_convolution(model, node, geometry)


def _reason(node: Node) -> str:
    if "lstm" in node.kind.lower():
        return "it is recurrent: its output is no linear function of its input"
    if "locally" in node.kind.lower():
        return "it is locally connected: every pixel has a kernel of its own"
    return f"{node.kind} is no convolution known here"


def _of_convolution(model: _Model, node: Node, geometry: Geometry) -> Iterator[FoundLayer]:
    name = model.names[node]
    inputs = [shape for shape in model.shapes.get(node, []) if len(shape) == geometry.form.axes + 1]
    seen = list(dict.fromkeys(shape[spatial_axes(node, shape)] for shape in inputs))
    static = [extents for extents in seen if None not in extents]
    extents = static[0] if static else next(iter(seen), None)
    known = geometry.known(extents)
    if static:
        known["input_shape"] = static[0]
    notes = tuple(_notes(static, is_guessed=node in model.told_by_shape))
    kernels = model.kernels.get(node)
    if kernels is None or not node.is_own:
        reason = _NO_PLACE if node.is_own else _foreign(node)
        yield FoundLayer(name, None, known, notes, reason)
        return
    if geometry.form.kind != "separable":
        yield _part(model, node, geometry, kernels[0], FoundLayer(name, None, known, notes))
        return
    yield _part(model, node, geometry, kernels[0], FoundLayer(f"{name}/depthwise", None, known, notes))
    after = _pointwise(geometry, static[0] if static else None)
    yield _part(model, node, geometry, kernels[1], FoundLayer(f"{name}/pointwise", None, after, notes))


def _pointwise(geometry: Geometry, extents: tuple[int | None, ...] | None) -> dict[str, Any]:
    """Return the keywords of the second part of a separable convolution."""
    ones, zeros = (1,) * geometry.form.axes, (0,) * geometry.form.axes
    known: dict[str, Any] = {
        "stride": ones, "dilation": ones, "groups": 1, "transposed": False, "padding": zeros, "padding_mode": "zeros",
    }  # fmt: skip
    made = () if extents is None else geometry.out(extents)
    if made and all(n is not None and n > 0 for n in made):
        known["input_shape"] = made
    return known


def _foreign(node: Node) -> str:
    return f"its class {node.kind} is not Keras's own; what it does with its weight is in its code, which is not run"


def _notes(static: Sequence[tuple[int | None, ...]], *, is_guessed: bool) -> Iterator[str]:
    if len(static) > 1:
        listed = ", ".join("x".join(map(str, extents)) for extents in static)
        yield f"runs on inputs of several shapes ({listed}); the first is analysed"
    if is_guessed:
        yield "its weight is the only one in the file of such a shape; its place does not tell"


def _part(model: _Model, node: Node, geometry: Geometry, path: str, layer: FoundLayer) -> FoundLayer:
    """Return a layer with the weight at a path, or with the reason why it cannot be its own."""
    kind = geometry.form.kind
    if kind == "separable":
        kind = "pointwise" if layer.name.endswith("/pointwise") else "depthwise"
    reason = model.store.unreadable(path)
    if reason is None and f"{path.rpartition('/')[0]}/lora_kernel_a" in model.store.arrays:
        reason = "its weight is stored in parts (LoRA), which only Keras puts together"
    if reason is not None:
        return FoundLayer(layer.name, None, layer.known, layer.notes, reason)
    kernel = _as_keras_2(model.store.numbers(path), node, geometry)
    if kind == "pointwise":
        mismatch = _pointwise_mismatch(geometry, kernel.shape)
    else:
        mismatch = _mismatch(geometry, kernel.shape, _channels(model, node))
    if mismatch is not None:
        reason = f"its weight has shape {kernel.shape} in the file; its configuration says {mismatch}"
        return FoundLayer(layer.name, None, layer.known, layer.notes, reason)
    known = {**layer.known, "groups": int(kernel.shape[-2])} if kind == "depthwise" else layer.known
    if model.is_turned_round and kind in {"plain", "transposed"}:
        kernel = np.flip(kernel, axis=tuple(range(geometry.form.axes)))
    return FoundLayer(layer.name, in_our_layout(kernel, kind), known, layer.notes)


def _channels(model: _Model, node: Node) -> int | None:
    shape = next((shape for shape in model.shapes.get(node, []) if len(shape) == FORMS[node.kind].axes + 1), None)
    if shape is None:
        return None
    return shape[0] if spatial_axes(node, shape).start else shape[-1]


def _mismatch(geometry: Geometry, shape: tuple[int, ...], channels: int | None) -> str | None:
    """Return the shape of the kernel that a configuration asks for, if the one in the file is another."""
    wanted: tuple[int | None, ...]
    match geometry.form.kind:
        case "plain":
            inner = channels // geometry.groups if channels is not None else None
            wanted = (*geometry.kernel, inner, geometry.filters)
        case "transposed":
            wanted = (*geometry.kernel, geometry.filters, channels)
        case _:
            wanted = (*geometry.kernel, channels, None)
    fits = len(shape) == len(wanted) and all(want in {None, have} for want, have in zip(wanted, shape, strict=True))
    if fits and 0 not in shape and (geometry.form.kind != "plain" or shape[-1] % geometry.groups == 0):
        return None
    told = ", ".join("?" if n is None else str(n) for n in wanted)
    return f"({told})" if geometry.groups == 1 else f"({told}) in {geometry.groups} groups"


def _pointwise_mismatch(geometry: Geometry, shape: tuple[int, ...]) -> str | None:
    ones = (1,) * geometry.form.axes
    fits = len(shape) == len(ones) + 2 and shape[:-2] == ones and geometry.filters in {None, shape[-1]}
    return None if fits and 0 not in shape else f"({', '.join('1' for _ in ones)}, ?, {geometry.filters or '?'})"


def _as_keras_2(kernel: NDArray[Any], node: Node, geometry: Geometry) -> NDArray[Any]:
    """Return the kernel of a layer of Keras 1 with its axes as they are since Keras 2.

    References
    ----------
    Keras 2, keras/engine/saving.py, preprocess_weights_for_loading.
    """
    if "nb_filter" not in node.config:
        return kernel
    axes, is_first = geometry.form.axes, node.config.get("dim_ordering") == "th"
    if geometry.form.kind == "transposed" and kernel.ndim == axes + 2:
        return np.moveaxis(kernel, (0, 1), (-2, -1)) if is_first else np.swapaxes(kernel, -1, -2)
    if geometry.form.kind != "plain":
        return kernel
    if axes == 1 and kernel.ndim == 4:
        is_known = kernel.shape[:2] == (*geometry.kernel, 1) and geometry.filters == kernel.shape[3]
        return (kernel if is_known else np.transpose(kernel, (2, 3, 1, 0)))[:, 0]
    return np.moveaxis(kernel, (0, 1), (-1, -2)) if is_first and kernel.ndim == axes + 2 else kernel


def _left_over(model: _Model, places: Places, claimed: set[str]) -> Iterator[FoundLayer]:
    """Yield the kernels that no configuration describes, those of layers without convolution left out."""
    for path, node in places.left.items():
        if path in claimed or _is_listed(node) or (node.is_own and node.kind in _NO_CONVOLUTIONS):
            continue
        if node.kind not in _MODELS and node.branches and node.is_own and _has_listed(node):
            continue
        if path in places.own and node.kind not in _MODELS:
            is_alone = (
                sum(other is node for other in places.left.values()) == 1 and node.name not in model.names.values()
            )
            yield FoundLayer(node.name if is_alone else _unnumbered(path), None, {}, (), _foreign(node))
            continue
        for layer in bare_layers(model.store, [path], ()):
            note = f"inside {node.name}, of class {node.kind}, whose configuration does not tell of it"
            yield FoundLayer(layer.name, layer.weight, layer.known, (*layer.notes, note), layer.reason)


def _has_listed(node: Node) -> bool:
    return any(_is_listed(way[-1]) for way in walk(node))


def _unnumbered(path: str) -> str:
    return re.sub(r"/vars/0$", "", path)
