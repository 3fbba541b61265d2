"""The configuration of a Keras model, of any version, as a tree of layers; nothing in it is evaluated."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from crystal_lfa.errors import ModelFileError

__all__ = ["Branch", "Node", "Shape", "Tensor", "parse_config", "shape_of", "snake_case", "tensors_in", "walk"]

Shape = tuple[int | None, ...]
"""Of a tensor; None where an extent is open."""

_ALIASES = {
    "AtrousConvolution1D": "Conv1D", "AtrousConvolution2D": "Conv2D",
    "Convolution1D": "Conv1D", "Convolution2D": "Conv2D", "Convolution3D": "Conv3D",
    "Convolution1DTranspose": "Conv1DTranspose", "Convolution2DTranspose": "Conv2DTranspose",
    "Convolution3DTranspose": "Conv3DTranspose",
    "Deconvolution2D": "Conv2DTranspose", "Deconvolution3D": "Conv3DTranspose",
    "DepthwiseConvolution1D": "DepthwiseConv1D", "DepthwiseConvolution2D": "DepthwiseConv2D",
    "SeparableConvolution1D": "SeparableConv1D", "SeparableConvolution2D": "SeparableConv2D",
}  # fmt: skip
"""Names that classes had in Keras 1, and synonyms that outlived it."""

_OWN_MODULES = frozenset({"keras", "tf_keras", "tensorflow"})

_NO_LAYERS = re.compile(r"(?:initializer|regularizer|constraint|activation|dtype|function)$")
"""Keys of a configuration under which serialised objects stand that are no layers."""

_LARGEST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Tensor:
    """What a layer is called on: an output of another layer, of its call of that number."""

    layer: str
    call: int
    output: int
    shape: Shape | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A layer or model: its class, name and configuration.

    Attributes
    ----------
    kind : str
        The name of its class, as Keras calls it today.
    name : str
    config : mapping
    is_own : bool
        Whether the class can be one of Keras's own.
    built_on : shape, optional
        Of the input, batch first, with which Keras 3 says that it was built.
    calls : tuple of tuple of Tensor
        In a functional model, what each of its calls takes.
    branches : tuple of Branch
        The layers in it.
    """

    kind: str
    name: str
    config: Mapping[str, Any]
    is_own: bool
    built_on: Shape | None
    calls: tuple[tuple[Tensor, ...], ...]
    branches: tuple[Branch, ...]


@dataclass(frozen=True, slots=True)
class Branch:
    """Layers in a layer: the attribute that holds them, and whether it holds a list of them."""

    attribute: str
    nodes: tuple[Node, ...]
    is_list: bool


def parse_config(text: str) -> Node:
    """Return the model that a configuration in JSON describes.

    Raises
    ------
    ModelFileError
        If it is no JSON, or describes no model.
    """
    try:
        entry = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ModelFileError(f"its configuration is damaged: {error}") from None
    if not _is_layer(entry):
        raise ModelFileError("its configuration describes no model; a class_name and a config are needed")
    return _node(entry)


def walk(node: Node, path: tuple[Node, ...] = ()) -> Iterator[tuple[Node, ...]]:
    """Yield the ways that lead to every layer, from the model to the layer itself, in order."""
    here = (*path, node)
    yield here
    for branch in node.branches:
        for inner in branch.nodes:
            yield from walk(inner, here)


def snake_case(name: str) -> str:
    """Return the name of a class as Keras calls groups after it: "conv2d_transpose" for "Conv2DTranspose".

    Examples
    --------
    >>> snake_case("Conv2DTranspose"), snake_case("MaxPooling2D"), snake_case("ReLU")
    ('conv2d_transpose', 'max_pooling2d', 're_lu')
    """
    name = re.sub(r"\W+", "", name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def shape_of(value: Any) -> Shape | None:
    """Return a shape, if something in a configuration is one."""
    if not isinstance(value, list | tuple) or not 1 <= len(value) <= 8:
        return None
    fits = all(n is None or (isinstance(n, int) and not isinstance(n, bool) and 0 < n <= _LARGEST) for n in value)
    return tuple(value) if fits else None


def tensors_in(value: Any) -> Iterator[Tensor]:
    """Yield the tensors in the arguments of a call, as Keras 1 to 3 write them."""
    match value:
        case {"class_name": "__keras_tensor__", "config": {"keras_history": [str(layer), int(call), int(output)]}}:
            yield Tensor(layer, call, output, shape_of(value["config"].get("shape")))
        case [str(layer), int(call), int(output), *keywords]:
            yield Tensor(layer, call, output)
            yield from tensors_in(keywords)
        case list():
            for entry in value:
                yield from tensors_in(entry)
        case dict():
            for entry in value.values():
                yield from tensors_in(entry)


def _is_layer(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("class_name"), str)
        and not entry["class_name"].startswith("__")
        and isinstance(entry.get("config"), dict | list)
    )


def _node(entry: Mapping[str, Any]) -> Node:
    kind = entry["class_name"].rpartition(">")[2]
    config = entry["config"]
    # Keras 1 and early versions of Keras 2 keep of a Sequential only the list of its layers.
    config = {"layers": config} if isinstance(config, list) else config
    module = entry.get("module")
    name = config.get("name", entry.get("name"))
    built = entry.get("build_config")
    calls = entry.get("inbound_nodes")
    return Node(
        kind=_ALIASES.get(kind, kind),
        name=name if isinstance(name, str) and name else snake_case(kind),
        config=config,
        is_own=kind == entry["class_name"] and (module is None or str(module).split(".")[0] in _OWN_MODULES),
        built_on=shape_of(built.get("input_shape")) if isinstance(built, dict) else None,
        calls=tuple(tuple(tensors_in(call)) for call in calls) if isinstance(calls, list) else (),
        branches=tuple(_branches(config)),
    )


def _branches(config: Mapping[str, Any]) -> Iterator[Branch]:
    for key, value in config.items():
        if _NO_LAYERS.search(key):
            continue
        if _is_layer(value):
            yield Branch(key, (_node(value),), is_list=False)
        elif isinstance(value, list) and any(_is_layer(entry) for entry in value):
            yield Branch(key, tuple(_node(entry) for entry in value if _is_layer(entry)), is_list=True)
