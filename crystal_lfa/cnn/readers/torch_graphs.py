"""The graph of a live PyTorch module as far as norms are concerned, where tracing it shows one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crystal_lfa.cnn.network_graph import GraphNode, NetworkGraph, NodeKind
from crystal_lfa.cnn.normalization import batch_norm_scale
from crystal_lfa.cnn.readers.factors import matrix_norm, pooling_factor
from crystal_lfa.cnn.readers.weights import layer_name
from crystal_lfa.operators.arrays import to_numpy

__all__ = ["trace_module"]

_ACTIVATIONS = frozenset({
    "relu", "relu6", "relu_", "leaky_relu", "prelu", "sigmoid", "tanh", "hardtanh", "elu", "selu", "celu", "gelu",
    "silu", "mish", "softplus", "softsign", "hardswish", "hardsigmoid", "logsigmoid", "threshold", "rrelu", "clamp",
})  # fmt: skip

_ISOMETRIES = frozenset({
    "identity", "dropout", "dropout1d", "dropout2d", "dropout3d", "alphadropout", "flatten", "view", "reshape",
    "unflatten", "permute", "transpose", "squeeze", "unsqueeze", "contiguous", "adaptiveavgpool1d", "adaptiveavgpool2d",
    "adaptiveavgpool3d", "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d", "mean",
    "pixelshuffle", "pixelunshuffle", "pixel_shuffle", "pixel_unshuffle", "channelshuffle", "stochasticdepth",
    "stochastic_depth", "to", "float", "zeropad1d", "zeropad2d", "zeropad3d",
})  # fmt: skip
"""Operations that stretch nothing in evaluation: they move, add zeros, or average."""


def trace_module(module: Any) -> NetworkGraph | None:
    """Return the graph of a module as ``torch.fx`` traces it; None where control flow depends on the input."""
    import warnings

    from torch import fx

    try:
        # What tracing warns of is nothing that a user could mend.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            traced = fx.Tracer().trace(module)
    except Exception:  # noqa: BLE001 - whatever a module's own code makes of a tracer
        return None
    modules = dict(module.named_modules())
    numbers: dict[Any, int] = {}
    nodes: list[GraphNode] = []
    outputs: tuple[int, ...] = ()
    for entry in traced.nodes:
        sources = tuple(numbers[source] for source in _arguments(entry) if source in numbers)
        if entry.op == "output":
            outputs = sources
        elif entry.op == "placeholder" or sources:
            numbers[entry] = len(nodes)
            nodes.append(_node(entry, sources, modules))
    return NetworkGraph(tuple(nodes), outputs) if outputs else None


def _arguments(entry: Any) -> Iterator[Any]:
    """Yield the results that an operation takes, one that it takes twice twice."""
    for value in (*entry.args, *entry.kwargs.values()):
        yield from _flat(value)


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, list | tuple):
        for part in value:
            yield from _flat(part)
    elif isinstance(value, dict):
        yield from _flat(list(value.values()))
    else:
        yield value


def _node(entry: Any, sources: tuple[int, ...], modules: dict[str, Any]) -> GraphNode:
    if entry.op == "placeholder":
        return GraphNode(entry.name, NodeKind.INPUT)
    if entry.op == "call_module":
        return _module_node(str(entry.target), modules[entry.target], sources)
    name = entry.target if isinstance(entry.target, str) else getattr(entry.target, "__name__", str(entry.target))
    return _function_node(entry.name, name, sources)


def _function_node(label: str, name: str, sources: tuple[int, ...]) -> GraphNode:
    if name in {"add", "add_", "iadd", "sub", "isub"}:
        kind = NodeKind.SUM if len(sources) > 1 else NodeKind.SCALING
    elif name in {"cat", "concat"}:
        kind = NodeKind.CONCATENATION
    elif len(sources) == 1 and name in _ACTIVATIONS:
        kind = NodeKind.ACTIVATION
    elif len(sources) == 1 and name in _ISOMETRIES:
        kind = NodeKind.SCALING
    else:
        kind = NodeKind.UNKNOWN
    return GraphNode(label, kind, sources, operation=name)


def _module_node(path: str, layer: Any, sources: tuple[int, ...]) -> GraphNode:
    name = type(layer).__name__
    if name in {f"{kind}{axes}d" for kind in ("Conv", "ConvTranspose") for axes in (1, 2, 3)}:
        # Padding by reflected or repeated pixels is bounded by no norm on the infinite lattice.
        sound = layer.padding_mode in {"zeros", "circular"} and len(sources) == 1
        kind = NodeKind.LAYER if sound else NodeKind.UNKNOWN
        return GraphNode(path, kind, sources, layer=layer_name(path), operation=name)
    kind, factor = _module_factor(layer, name.lower()) if len(sources) == 1 else (NodeKind.UNKNOWN, 1.0)
    return GraphNode(path, kind, sources, factor=factor, operation=name)


def _module_factor(layer: Any, name: str) -> tuple[NodeKind, float]:
    if name in _ACTIVATIONS:
        return NodeKind.ACTIVATION, 1.0
    if name in _ISOMETRIES:
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
    return pooling_factor(listed(layer.kernel_size), listed(layer.stride), mean=counted)
