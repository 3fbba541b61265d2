"""The graph of a live PyTorch module as far as norms are concerned, where tracing it shows one."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, suppress
from typing import Any

from crystal_lfa.cnn.network_graph import GraphNode, NetworkGraph, NodeKind
from crystal_lfa.cnn.normalization import batch_norm_scale
from crystal_lfa.cnn.readers.factors import matrix_norm, pooling_factor
from crystal_lfa.cnn.readers.torch_modules import blank_images, convolutions_of, evaluation_mode
from crystal_lfa.cnn.readers.weights import layer_name
from crystal_lfa.operators.arrays import to_numpy

__all__ = ["trace_module"]

_ACTIVATIONS = frozenset({
    "relu", "relu6", "relu_", "leaky_relu", "prelu", "sigmoid", "tanh", "hardtanh", "elu", "selu", "celu", "gelu",
    "silu", "mish", "softplus", "softsign", "hardswish", "hardsigmoid", "logsigmoid", "threshold", "rrelu", "clamp",
})  # fmt: skip

_ISOMETRIES = frozenset({
    "identity", "dropout", "dropout1d", "dropout2d", "dropout3d", "alphadropout", "flatten", "reshape", "unflatten",
    "permute", "transpose", "squeeze", "unsqueeze", "contiguous", "mean", "pixelshuffle", "pixelunshuffle",
    "pixel_shuffle", "pixel_unshuffle", "channelshuffle", "stochasticdepth", "view", "zeropad1d", "zeropad2d",
    "zeropad3d",
})  # fmt: skip
"""Operations that stretch nothing in evaluation: they move, add zeros, or average."""

_ADAPTIVE = frozenset(f"adaptive{gap}avg{gap}pool{axes}d" for gap in ("", "_") for axes in (1, 2, 3))

_CONVOLUTIONS = frozenset(f"{kind}{axes}d" for kind in ("Conv", "ConvTranspose") for axes in (1, 2, 3))


def trace_module(module: Any, input_shape: Any) -> NetworkGraph | None:
    """Return the graph of a module as ``torch.fx`` traces it.

    None where control flow depends on the input, or its shape is not given: sums of images of different shapes repeat
    numbers, which only a run shows.
    """
    import torch
    from torch import fx
    from torch.fx.passes.shape_prop import ShapeProp

    convolutions = dict(convolutions_of(module))
    if input_shape is None or not convolutions:
        return None
    for image in blank_images(convolutions.values(), input_shape):
        # What a module's own code makes of a tracer, or of an image that is not meant for it, may be anything.
        with _quietly(), evaluation_mode(module), torch.no_grad(), suppress(Exception):
            traced = fx.GraphModule(module, fx.Tracer().trace(module))
            ShapeProp(traced).propagate(image)
            return _graph(list(traced.graph.nodes), dict(module.named_modules()))
    return None


@contextmanager
def _quietly() -> Iterator[None]:
    """Let nothing be printed or warned of that a user could not mend: a tracer prints what it then raises."""
    with warnings.catch_warnings(), redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


def _graph(entries: list[Any], modules: dict[str, Any]) -> NetworkGraph | None:
    numbers: dict[Any, int] = {}
    nodes: list[GraphNode] = []
    outputs: tuple[int, ...] = ()
    for entry in entries:
        sources = tuple(numbers[source] for source in _arguments(entry) if source in numbers)
        if entry.op == "output":
            outputs = sources
        elif (entry.op == "placeholder" or sources) and not _is_of_shapes(entry):
            numbers[entry] = len(nodes)
            nodes.append(_node(entry, sources, modules))
    return NetworkGraph(tuple(nodes), outputs) if outputs else None


def _is_of_shapes(entry: Any) -> bool:
    """Tell whether an operation makes no tensor: sizes are constants for images of one size."""
    return entry.op in {"call_function", "call_method"} and "tensor_meta" not in entry.meta


def _arguments(entry: Any) -> list[Any]:
    """Return the results that an operation takes, one that it takes twice twice."""
    from torch import fx

    found: list[Any] = []
    fx.map_arg((entry.args, entry.kwargs), found.append)
    return found


def _node(entry: Any, sources: tuple[int, ...], modules: dict[str, Any]) -> GraphNode:
    if entry.op == "placeholder":
        return GraphNode(entry.name, NodeKind.INPUT)
    if entry.op == "call_module":
        return _module_node(str(entry.target), modules[entry.target], sources)
    name = entry.target if isinstance(entry.target, str) else getattr(entry.target, "__name__", str(entry.target))
    kind, factor = _function(entry, name, len(sources))
    return GraphNode(entry.name, kind, sources, factor=factor, operation=name)


def _function(entry: Any, name: str, sources: int) -> tuple[NodeKind, float]:
    """Return what a function or a method does to norms."""
    if name in {"add", "add_", "iadd", "sub", "isub"} and not _repeats(entry) and "alpha" not in entry.kwargs:
        return (NodeKind.SUM if sources > 1 else NodeKind.SCALING), 1.0
    if name in {"cat", "concat"}:
        return NodeKind.CONCATENATION, 1.0
    if sources != 1:
        return NodeKind.UNKNOWN, 1.0
    if name in {"mul", "truediv"}:
        return _scaled(entry, name)
    if name in _ACTIVATIONS:
        return NodeKind.ACTIVATION, 1.0
    averaged_to_one = name in _ADAPTIVE and _is_one(entry.args[1] if len(entry.args) > 1 else entry.kwargs)
    moved = name in _ISOMETRIES and not _is_active_dropout(entry, name) and not entry.kwargs.get("dtype")
    return (NodeKind.SCALING if averaged_to_one or moved else NodeKind.UNKNOWN), 1.0


def _scaled(entry: Any, name: str) -> tuple[NodeKind, float]:
    """Return the factor of a product with a number, or a quotient by one."""
    numbers = [value for value in entry.args if isinstance(value, int | float)]
    if len(numbers) != 1 or (name == "truediv" and (not numbers[0] or entry.args[0] is numbers[0])):
        return NodeKind.UNKNOWN, 1.0
    return NodeKind.SCALING, abs(numbers[0]) if name == "mul" else 1 / abs(numbers[0])


def _repeats(entry: Any) -> bool:
    """Tell whether an operation repeats the numbers of an argument, to fit those of another."""
    result = entry.meta["tensor_meta"].shape
    # What the module holds itself is a constant, and shifts only.
    tensors = [value for value in _arguments(entry) if value.op != "get_attr"]
    return any("tensor_meta" not in value.meta or value.meta["tensor_meta"].shape != result for value in tensors)


def _is_active_dropout(entry: Any, name: str) -> bool:
    """Tell whether a functional dropout works in evaluation too, as it does unless told."""
    return "dropout" in name and entry.op == "call_function" and entry.kwargs.get("training", True) is not False


def _is_one(size: Any) -> bool:
    """Tell whether an adaptive pooling makes one pixel: the mean of all, not repeated to more."""
    size = size.get("output_size") if isinstance(size, dict) else size
    return bool(size == 1 or (isinstance(size, list | tuple) and set(size) == {1}))


def _module_node(path: str, layer: Any, sources: tuple[int, ...]) -> GraphNode:
    name = type(layer).__name__
    if name in _CONVOLUTIONS:
        # Padding by reflected or repeated pixels is bounded by no norm on the infinite lattice.
        sound = layer.padding_mode in {"zeros", "circular"} and len(sources) == 1
        kind = NodeKind.LAYER if sound else NodeKind.UNKNOWN
        return GraphNode(path, kind, sources, layer=layer_name(path), operation=name)
    kind, factor = _module_factor(layer, name.lower()) if len(sources) == 1 else (NodeKind.UNKNOWN, 1.0)
    return GraphNode(path, kind, sources, factor=factor, operation=name)


def _module_factor(layer: Any, name: str) -> tuple[NodeKind, float]:
    if name in _ACTIVATIONS:
        return NodeKind.ACTIVATION, 1.0
    if name in _ISOMETRIES or (name in _ADAPTIVE and _is_one(layer.output_size)):
        return NodeKind.SCALING, 1.0
    if name.startswith("batchnorm") and layer.running_var is not None:
        weight = None if layer.weight is None else to_numpy(layer.weight)
        scale = batch_norm_scale(to_numpy(layer.running_var), weight, layer.eps, layer.num_features)
        return NodeKind.SCALING, float(abs(scale).max())
    if name == "linear":
        return NodeKind.SCALING, matrix_norm(to_numpy(layer.weight))
    if name.startswith(("avgpool", "maxpool")) and getattr(layer, "divisor_override", None) is None:
        return NodeKind.SCALING, _pool_factor(layer, int(name[-2]), mean=name.startswith("avg"))
    return NodeKind.UNKNOWN, 1.0


def _pool_factor(layer: Any, axes: int, *, mean: bool) -> float:
    def listed(value: Any) -> list[int]:
        return [int(n) for n in value] if isinstance(value, list | tuple) else [int(value)] * axes

    # Where fewer pixels count at the border, the mean's own bound does not hold.
    counted = mean and not layer.ceil_mode and (layer.count_include_pad or not any(listed(layer.padding)))
    dilated = set(listed(getattr(layer, "dilation", 1))) != {1}
    return pooling_factor(listed(layer.kernel_size), listed(layer.stride), mean=counted, dilated=dilated)
