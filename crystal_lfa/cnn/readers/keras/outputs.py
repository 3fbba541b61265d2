"""Which shapes Keras's layers make of those of their inputs, as far as it is plain."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from crystal_lfa.cnn.readers.keras.config import Node, Shape, shape_of
from crystal_lfa.cnn.readers.keras.geometry import FORMS, entries, geometry_of
from crystal_lfa.errors import ModelFileError

__all__ = ["is_channels_first", "output_shape", "spatial_axes"]

_UNCHANGED = frozenset({
    "activation", "activityregularization", "alphadropout", "batchnormalization",
    "dropout", "elu", "gaussiandropout", "gaussiannoise", "gelu", "groupnormalization",
    "hardsigmoid", "identity", "layernormalization", "leakyrelu", "masking", "normalization",
    "prelu", "randombrightness", "randomcontrast", "randomflip", "randomrotation", "randomtranslation",
    "randomzoom", "relu", "relu6", "rescaling", "rmsnormalization", "selu", "sigmoid", "silu", "softmax",
    "softplus", "spatialdropout1d", "spatialdropout2d", "spatialdropout3d", "swish", "tanh", "thresholdedrelu",
    "unitnormalization",
})  # fmt: skip
_MERGED = frozenset({"add", "average", "divide", "maximum", "minimum", "multiply", "subtract"})

_Rule = Callable[[Node, Shape], Shape | None]


def is_channels_first(config: Mapping[str, Any]) -> bool:
    """Tell whether a layer takes (batch, channels, *spatial)."""
    return config.get("data_format") == "channels_first" or config.get("dim_ordering") == "th"


def spatial_axes(node: Node, shape: Shape) -> slice:
    """Return where the spatial extents stand in a shape without batch."""
    return slice(1, None) if is_channels_first(node.config) else slice(0, len(shape) - 1)


def output_shape(node: Node, inputs: Sequence[Shape | None]) -> Shape | None:
    """Return the shape of the output, without batch; None where it cannot be told."""
    kind = node.kind.lower()
    try:
        if kind in _MERGED:
            return _broadcast(inputs)
        if kind == "concatenate":
            return _concatenated(node, inputs)
        shape = inputs[0] if inputs else None
        if not shape:
            return None
        if kind in _UNCHANGED:
            return shape
        rule = _convolved if node.kind in FORMS else _RULES.get(kind)
        found = None if rule is None else rule(node, shape)
    except (ModelFileError, ValueError):
        # A layer that is configured wrongly is said so elsewhere, if it matters.
        return None
    return shape_of(found)


def _spatially(node: Node, shape: Shape, change: Callable[[int, int], int | None], *, axes: int | None = None) -> Shape:
    """Return a shape with every known spatial extent changed: a function of axis and extent."""
    place = spatial_axes(node, shape)
    old = shape[place]
    if axes is not None and len(old) != axes:
        raise ValueError(axes)
    new = [None if n is None else change(axis, n) for axis, n in enumerate(old)]
    return (*shape[:1], *new) if place.start else (*new, shape[-1])


def _convolved(node: Node, shape: Shape) -> Shape | None:
    geometry = geometry_of(node)
    place = spatial_axes(node, shape)
    if len(shape) != geometry.form.axes + 1:
        return None
    new = geometry.out(shape[place])
    # Of a depthwise convolution, the channels depend on its input's; no spatial extent depends on them.
    return (geometry.filters, *new) if place.start else (*new, geometry.filters)


def _pooled(node: Node, shape: Shape) -> Shape:
    axes = len(shape) - 1
    size = entries(node.config, "pool_size", axes, 2)
    given = node.config.get("strides", node.config.get("stride"))
    stride = size if given is None else entries({"strides": given}, "strides", axes, 1)
    same = "same" in {node.config.get("padding"), node.config.get("border_mode")}

    def change(axis: int, n: int) -> int:
        return -(-n // stride[axis]) if same else (n - size[axis]) // stride[axis] + 1

    return _spatially(node, shape, change)


def _globally_pooled(node: Node, shape: Shape) -> Shape:
    place = spatial_axes(node, shape)
    if node.config.get("keepdims") is True:
        return _spatially(node, tuple(n or 1 for n in shape), lambda _axis, _n: 1)
    return (shape[0],) if place.start else (shape[-1],)


def _upsampled(node: Node, shape: Shape) -> Shape:
    size = entries({"size": node.config.get("size", node.config.get("length"))}, "size", len(shape) - 1, 2)
    return _spatially(node, shape, lambda axis, n: n * size[axis])


def _ends(node: Node, key: str, axes: int) -> list[int]:
    """Return how many pixels a layer adds or cuts along each axis, at both ends together."""
    value = node.config.get(key, 1)
    listed = value if isinstance(value, list) else [value] * axes
    if axes == 1 and all(isinstance(n, int) for n in listed) and len(listed) == 2:
        listed = [listed]
    pairs = [entries({key: n}, key, 2, None, least=0) for n in listed]
    if len(pairs) != axes:
        raise ValueError(key)
    return [sum(pair) for pair in pairs]


def _padded(node: Node, shape: Shape) -> Shape:
    added = _ends(node, "padding", len(shape) - 1)
    return _spatially(node, shape, lambda axis, n: n + added[axis])


def _cropped(node: Node, shape: Shape) -> Shape:
    cut = _ends(node, "cropping", len(shape) - 1)
    return _spatially(node, shape, lambda axis, n: n - cut[axis])


def _resized(node: Node, shape: Shape) -> Shape:
    size = [node.config.get("height"), node.config.get("width")]
    return _spatially(node, tuple(n or 1 for n in shape), lambda axis, _n: size[axis], axes=2)


def _dense(node: Node, shape: Shape) -> Shape:
    return (*shape[:-1], node.config.get("units", node.config.get("output_dim")))


def _attending(_node: Node, shape: Shape) -> Shape:
    # As many as the query has; how long each is depends on the values.
    return (*shape[:-1], None)


def _embedded(node: Node, shape: Shape) -> Shape:
    return (*shape, node.config.get("output_dim"))


def _flat(_node: Node, shape: Shape) -> Shape:
    known = [n for n in shape if n is not None]
    return (math.prod(known) if len(known) == len(shape) else None,)


def _reshaped(node: Node, shape: Shape) -> Shape | None:
    target = node.config.get("target_shape")
    if not isinstance(target, list) or not all(isinstance(n, int) for n in target) or target.count(-1) > 1:
        return None
    if -1 not in target:
        return tuple(target)
    (size,) = _flat(node, shape)
    rest = math.prod(n for n in target if n != -1)
    return None if size is None or rest < 1 else tuple(size // rest if n == -1 else n for n in target)


def _permuted(node: Node, shape: Shape) -> Shape | None:
    order = node.config.get("dims")
    if not isinstance(order, list) or sorted(order) != list(range(1, len(shape) + 1)):
        return None
    return tuple(shape[place - 1] for place in order)


def _repeated(node: Node, shape: Shape) -> Shape:
    return (node.config.get("n"), *shape)


def _broadcast(inputs: Sequence[Shape | None]) -> Shape | None:
    known = [shape for shape in inputs if shape is not None]
    if not known or len(known) < len(inputs) or len({len(shape) for shape in known}) > 1:
        return None
    return tuple(_common(extents) for extents in zip(*known, strict=True))


def _common(extents: Sequence[int | None]) -> int | None:
    large = {n for n in extents if n not in {None, 1}}
    if len(large) == 1:
        return large.pop()
    return 1 if set(extents) == {1} else None


def _concatenated(node: Node, inputs: Sequence[Shape | None]) -> Shape | None:
    known = [shape for shape in inputs if shape is not None]
    axis = node.config.get("axis", -1)
    if not known or len(known) < len(inputs) or len({len(shape) for shape in known}) > 1 or not isinstance(axis, int):
        return None
    place = axis + len(known[0]) if axis < 0 else axis - 1
    together = [list(extents) for extents in zip(*known, strict=True)]
    return tuple(_total(n) if along == place else _common(n) for along, n in enumerate(together))


def _total(extents: Sequence[int | None]) -> int | None:
    known = [n for n in extents if n is not None]
    return sum(known) if len(known) == len(extents) else None


_RULES: dict[str, _Rule] = {
    **dict.fromkeys(("additiveattention", "attention", "groupqueryattention", "multiheadattention"), _attending),
    "centercrop": _resized,
    "dense": _dense,
    "embedding": _embedded,
    "flatten": _flat,
    "permute": _permuted,
    "repeatvector": _repeated,
    "reshape": _reshaped,
    "resizing": _resized,
    **{f"{kind}{axes}d": rule
       for axes in (1, 2, 3)
       for kind, rule in {
           "averagepooling": _pooled, "cropping": _cropped, "globalaveragepooling": _globally_pooled,
           "globalmaxpooling": _globally_pooled, "maxpooling": _pooled, "upsampling": _upsampled,
           "zeropadding": _padded,
       }.items()},
}  # fmt: skip
"""By classes' names in lower case."""
