"""Which shapes reach the convolutions of a Keras model, once that of its input is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from crystal_lfa.cnn.convolution import one_an_axis
from crystal_lfa.cnn.readers.keras.config import Node, Shape, Tensor, shape_of, tensors_in, walk
from crystal_lfa.cnn.readers.keras.geometry import FORMS
from crystal_lfa.cnn.readers.keras.outputs import is_channels_first, output_shape
from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.geometry.exact.integers import axes_of

__all__ = ["reaching_shapes"]

_MOST_RUNS = 100_000
"""Layers run; models that call each other twice, many times over, end here."""

_PASSES = 12
"""Passes over a functional model, whose layers are stored in the order of their calls but for shared ones."""


def reaching_shapes(model: Node, input_shape: Any) -> dict[Node, list[Shape]]:
    """Return the shapes, without batch, of the inputs that reach each convolution, in the order of its calls.

    Parameters
    ----------
    model : Node
    input_shape : int or sequence of int, optional
        Spatial, of the network's input; None leaves the model's own.

    Raises
    ------
    InvalidArgumentError
        If no input of the model has so many axes.
    """
    first = next((path[-1] for path in walk(model) if path[-1].kind in FORMS), None)
    if first is None:
        return {}
    run = _Run(None if input_shape is None else _Override(input_shape, first))
    given = _own_inputs(model)
    if run.override is not None:
        given = run.override.applied(given)
    run.layer(model, given)
    return run.found


@dataclass(frozen=True, slots=True)
class _Override:
    """A network's input as the user wants it."""

    extents: Any
    first: Node

    def applied(self, shapes: Sequence[Shape | None]) -> list[Shape | None]:
        """Return the shapes of the network's inputs with the user's extents in those that can be meant."""
        axes = FORMS[self.first.kind].axes
        listed = [shape if shape is not None else (None,) * (axes + 1) for shape in shapes]
        images = [self._fitting(shape, axes) for shape in listed]
        if not any(images):
            shown = ", ".join(str(tuple("?" if n is None else n for n in shape)) for shape in listed).replace("'", "")
            message = (
                f"input_shape: got {self.extents!r}; the network's inputs are {shown} without batch, and the spatial "
                "extents of one of them are needed"
            )
            raise InvalidArgumentError(message)
        return [image or own for image, own in zip(images, shapes, strict=True)]

    def _fitting(self, shape: Shape, axes: int) -> Shape | None:
        """Return a shape with the extents in it, if it has that many axes."""
        count = len(list(self.extents)) if axes_of(self.extents) else None
        if len(shape) <= axes:
            # Words or samples without channels, of which a layer makes something that has them.
            count = len(shape) if count is None else count
            return one_an_axis(self.extents, count, "input_shape", 1) if count == len(shape) else None
        extents = one_an_axis(self.extents, axes if count is None else count, "input_shape", 1)
        end = len(shape) if is_channels_first(self.first.config) else len(shape) - 1
        start = end - len(extents)
        if len(extents) < axes or start < (1 if end == len(shape) else 0):
            return None
        return (*shape[:start], *extents, *shape[end:])


@dataclass(slots=True)
class _Run:
    """Runs layers on shapes, and keeps those that reach convolutions."""

    override: _Override | None
    found: dict[Node, list[Shape]] = field(default_factory=dict)
    left: int = _MOST_RUNS

    def layer(self, node: Node, inputs: Sequence[Shape | None]) -> list[Shape | None]:
        """Return the shapes of a layer's outputs."""
        self.left -= 1
        if self.left < 0:
            return [None]
        first = self._told(inputs[0] if inputs else None, node.built_on)
        inner = {branch.attribute: branch.nodes for branch in node.branches}
        if node.kind in FORMS:
            if first is not None:
                self.found.setdefault(node, []).append(first)
        elif "layers" in inner and "input_layers" in node.config:
            return self._functional(node, inputs)
        elif "layers" in inner:
            return self._sequential(node, inner["layers"], first) if node.kind == "Sequential" else [None]
        elif "layer" in inner and len(node.branches) == 1:
            return self._wrapped(node, inner["layer"][0], first)
        return [output_shape(node, [first, *inputs[1:]])]

    def _told(self, shape: Shape | None, own: Shape | None) -> Shape | None:
        """Return a shape, or where it is open the one that the file tells for the model's own input."""
        if self.override is not None or own is None or (shape is not None and None not in shape):
            return shape
        return own[1:] if shape is None or len(own) == len(shape) + 1 else shape

    def _told_of_call(self, shape: Shape | None, tensor: Tensor) -> Shape | None:
        """Return the shape of a tensor as Keras 3 recorded it, or where it is open the one that follows."""
        if self.override is None and tensor.shape is not None and None not in tensor.shape[1:]:
            return tensor.shape[1:]
        return self._told(shape, tensor.shape)

    def _sequential(self, node: Node, layers: Sequence[Node], first: Shape | None) -> list[Shape | None]:
        shapes: list[Shape | None] = [first if first is not None else _own_inputs(node)[0]]
        for layer in layers:
            shapes = shapes if layer.kind == "InputLayer" else self.layer(layer, shapes)
        return shapes

    def _wrapped(self, node: Node, layer: Node, first: Shape | None) -> list[Shape | None]:
        if node.kind != "TimeDistributed":
            return self.layer(layer, [first])
        (inner, *_) = self.layer(layer, [None if first is None else first[1:]])
        return [None if first is None or inner is None else (first[0], *inner)]

    def _functional(self, node: Node, inputs: Sequence[Shape | None]) -> list[Shape | None]:
        layers = {inner.name: inner for branch in node.branches for inner in branch.nodes}
        values: dict[tuple[str, int], list[Shape | None]] = {}
        for place, tensor in enumerate(tensors_in(node.config["input_layers"])):
            own = _declared(layers[tensor.layer]) if tensor.layer in layers else None
            given = inputs[place] if place < len(inputs) else None
            values[tensor.layer, tensor.call] = [given if given is not None else own]
        waiting = [(inner, number) for inner in layers.values() for number in range(len(inner.calls))]
        for last in (*(False,) * (_PASSES - 1), True):
            waiting = [call for call in waiting if not self._called(*call, layers, values, whatever=last)]
        return [self._value(tensor, values) for tensor in tensors_in(node.config.get("output_layers"))] or [None]

    def _called(
        self, node: Node, number: int, layers: dict[str, Node], values: dict[Any, Any], *, whatever: bool
    ) -> bool:
        """Run a call of a layer if its inputs are known, or `whatever` is known; tell whether it ran."""
        tensors = [tensor for tensor in node.calls[number] if tensor.layer in layers]
        if not whatever and any((tensor.layer, tensor.call) not in values for tensor in tensors):
            return False
        if tensors:
            shapes = [self._told_of_call(self._value(tensor, values), tensor) for tensor in tensors]
            values[node.name, number] = self.layer(node, shapes)
        return True

    @staticmethod
    def _value(tensor: Tensor, values: dict[Any, Any]) -> Shape | None:
        outputs: list[Shape | None] = values.get((tensor.layer, tensor.call), [])
        return outputs[tensor.output] if 0 <= tensor.output < len(outputs) else None


def _own_inputs(node: Node) -> list[Shape | None]:
    """Return the shapes, without batch, that a model says its inputs have."""
    layers = next((branch.nodes for branch in node.branches if branch.attribute == "layers"), ())
    if "input_layers" in node.config:
        named = {layer.name: layer for layer in layers}
        tensors = list(tensors_in(node.config["input_layers"]))
        return [_declared(named[tensor.layer]) if tensor.layer in named else None for tensor in tensors] or [None]
    told = [_declared(node), shape_of(node.config.get("build_input_shape")), node.built_on]
    if layers:
        own = _declared(layers[0])
        return [own if own is not None else _own_inputs(layers[0])[0] or _without_batch(told)]
    return [_without_batch(told) if told[0] is None else told[0]]


def _without_batch(told: Sequence[Shape | None]) -> Shape | None:
    found = next((shape for shape in told[1:] if shape is not None), None)
    return None if found is None else found[1:]


def _declared(node: Node) -> Shape | None:
    """Return the shape, without batch, that a layer says its input has."""
    for key in ("batch_shape", "batch_input_shape"):
        shape = shape_of(node.config.get(key))
        if shape is not None:
            return shape[1:]
    return None
