"""What every writer asks of the layers that it puts into a model."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.cnn.attributes import shortened
from crystal_lfa.cnn.layer import ConvLayer
from crystal_lfa.errors import InvalidArgumentError, UnreadableLayerError
from crystal_lfa.operators.arrays import to_numpy

__all__ = ["by_name", "check_shared", "in_type", "matched"]


def by_name(layers: Iterable[Any]) -> dict[str, ConvLayer]:
    """Return layers under their names.

    Raises
    ------
    InvalidArgumentError
        If there are none, something else is among them, or two have one name.
    UnreadableLayerError
        If one has no weight.
    """
    named: dict[str, ConvLayer] = {}
    for layer in layers:
        if not isinstance(layer, ConvLayer):
            raise InvalidArgumentError(f"layers: got {type(layer).__name__} among them; ConvLayers are needed")
        if layer.reason is not None:
            raise UnreadableLayerError(f"layer {layer.name!r} cannot be stored: {layer.reason}")
        if layer.name in named:
            raise InvalidArgumentError(f"layers: two are called {layer.name!r}; each name once is needed")
        named[layer.name] = layer
    if not named:
        raise InvalidArgumentError("layers: there are none; at least one is needed")
    return named


def matched(
    layers: Mapping[str, ConvLayer], shapes: Mapping[str, Sequence[int]], to_layer: Callable[[str], str], where: str
) -> dict[str, ConvLayer]:
    """Return layers under the names that a model's own arrays have.

    Parameters
    ----------
    layers : mapping from layer names
    shapes : mapping
        From the names of the model's arrays, such as "conv1.weight", to their shapes.
    to_layer : callable
        From the name of an array to that of its layer.
    where : str
        What messages call the model.

    Raises
    ------
    InvalidArgumentError
        If a layer is not in the model, or has another shape there.
    """
    arrays = {to_layer(name): name for name in shapes}
    found = {}
    for name, layer in layers.items():
        array = arrays.get(name)
        if array is None:
            message = f"layers: {where} has none called {name!r}; those in it are {shortened(sorted(arrays))}"
            raise InvalidArgumentError(message)
        if tuple(shapes[array]) != layer.shape:
            here = tuple(shapes[array])
            message = f"layers: {name!r} has shape {layer.shape}, in {where} {here}; equal ones are needed"
            raise InvalidArgumentError(message)
        found[array] = layer
    return found


def check_shared(chosen: Mapping[str, ConvLayer], places: Mapping[str, Hashable]) -> None:
    """Raise if numbers that several layers use would become one layer's weight, and not be the others'.

    Parameters
    ----------
    chosen : mapping from names to layers that are to be stored
    places : mapping from the names of all weights to what tells where their numbers are

    Raises
    ------
    InvalidArgumentError
        Naming two layers that share a weight and are not given the same one.
    """
    for name, layer in chosen.items():
        for other, place in places.items():
            if place == places[name] and not (other in chosen and _equal(chosen[other], layer)):
                message = f"layers: {name!r} and {other!r} share one weight; both with the same new one are needed"
                raise InvalidArgumentError(message)


def _equal(one: ConvLayer, other: ConvLayer) -> bool:
    return np.array_equal(to_numpy(one.weight), to_numpy(other.weight))


def in_type(layer: ConvLayer, dtype: Any) -> NDArray[Any]:
    """Return a layer's weight as a numpy array of the type that a model has.

    Raises
    ------
    InvalidArgumentError
        If the type cannot hold it: a real one a complex weight, or half precision a large one.
    """
    values = to_numpy(layer.weight)
    target = np.dtype(dtype)
    if np.iscomplexobj(values) and target.kind != "c":
        raise InvalidArgumentError(f"layers: {layer.name!r} has a complex weight; {target} holds real numbers only")
    if target.kind in "iub":
        raise InvalidArgumentError(f"layers: {layer.name!r} is stored in {target} there; a floating type is needed")
    with np.errstate(over="ignore"):
        cast = values.astype(target)
    if not np.isfinite(cast.astype(np.complex128)).all():
        raise InvalidArgumentError(f"layers: the weight of {layer.name!r} overflows {target}, which the model has")
    return np.asarray(cast, order="C")
