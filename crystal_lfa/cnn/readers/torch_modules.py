"""Live PyTorch modules, which know everything about their convolutions but the size of their inputs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from crystal_lfa.cnn.attributes import FoundLayer
from crystal_lfa.cnn.convolution import one_an_axis
from crystal_lfa.cnn.readers.weights import layer_name, own_copy
from crystal_lfa.errors import InvalidArgumentError, ModelFileError

__all__ = ["blank_images", "convolutions_of", "evaluation_mode", "is_torch_module", "read_module"]


def is_torch_module(source: object) -> bool:
    """Tell whether something is a torch module, without importing torch."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(source, torch.nn.Module)


def read_module(module: Any, input_shape: Any) -> list[FoundLayer]:
    """Return the convolutions of a module, with their own input shapes where the network's is given.

    The network is run once on zeros, in evaluation mode; its state is as before afterwards.

    Raises
    ------
    InvalidArgumentError
        If the network does not run on an input of that shape.
    ModelFileError
        If it has uninitialised convolutions.
    """
    convolutions = dict(convolutions_of(module))
    if not convolutions:
        return []
    shapes: dict[str, list[tuple[int, ...]]] = {}
    if input_shape is not None:
        shapes = _input_shapes(module, convolutions, input_shape)
    ran = input_shape is not None
    return [_found(path, layer, shapes.get(path, []), ran=ran) for path, layer in convolutions.items()]


def convolutions_of(module: Any) -> Iterator[tuple[str, Any]]:
    """Yield (path, layer) for the convolutions of a module."""
    from torch import nn
    from torch.nn.parameter import is_lazy

    kinds = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
    for path, layer in module.named_modules():
        if isinstance(layer, kinds):
            if is_lazy(layer.weight):
                message = f"layer {layer_name(path)!r}: its weight is not initialised yet; run the network once first"
                raise ModelFileError(message)
            if layer.weight.is_meta:
                message = (
                    f"layer {layer_name(path)!r}: its weight is on the meta device, without values; load them first"
                )
                raise ModelFileError(message)
            yield path, layer


def _found(path: str, layer: Any, shapes: list[tuple[int, ...]], *, ran: bool) -> FoundLayer:
    known: dict[str, Any] = {
        "stride": layer.stride,
        "padding": _padding(layer),
        "dilation": layer.dilation,
        "groups": layer.groups,
        "transposed": layer.transposed,
        "output_padding": layer.output_padding,
        "padding_mode": layer.padding_mode,
    }
    notes = []
    if ran and not shapes:
        notes.append("the network did not run it; its input shape is assumed")
    if shapes:
        known["input_shape"] = shapes[0]
    if len(set(shapes)) > 1:
        listed = ", ".join("x".join(map(str, shape)) for shape in dict.fromkeys(shapes))
        notes.append(f"runs on inputs of several shapes ({listed}); the first is analysed")
    return FoundLayer(layer_name(path), own_copy(layer.weight), known, tuple(notes))


def _padding(layer: Any) -> tuple[int, ...] | None:
    """Return the padding in front of each axis; None for "same", which is the default centre."""
    if layer.padding == "same":
        return None
    if layer.padding == "valid":
        return tuple(0 for _ in layer.stride)
    padding: tuple[int, ...] = layer.padding
    return padding


def blank_images(convolutions: Iterable[Any], input_shape: Any) -> list[Any]:
    """Return batches of one blank image that a network might take: with the channels of each of its convolutions.

    The first convolution that is defined need not be the first that runs.
    """
    import torch

    every = list(convolutions)
    first = every[0].weight
    extents = one_an_axis(input_shape, first.ndim - 2, "input_shape", 1)
    channels = dict.fromkeys(layer.in_channels for layer in every if layer.weight.ndim == first.ndim)
    return [torch.zeros((1, c, *extents), dtype=first.dtype, device=first.device) for c in channels]


def _input_shapes(module: Any, convolutions: dict[str, Any], input_shape: Any) -> dict[str, list[tuple[int, ...]]]:
    """Return, for every convolution, the spatial shapes of the inputs that reach it."""
    import torch

    failures: list[InvalidArgumentError] = []
    for image in blank_images(convolutions.values(), input_shape):
        seen: dict[str, list[tuple[int, ...]]] = {}
        try:
            with _recording(convolutions, seen), evaluation_mode(module), torch.no_grad():
                module(image)
        except Exception as error:  # noqa: BLE001 - whatever a network makes of an image that is not meant for it
            message = (
                f"input_shape: the network does not run on one array of zeros of shape {tuple(image.shape)} (batch, "
                "channels, *input_shape); give every layer's own as attributes instead: "
                f"{str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__}"
            )
            failures.append(InvalidArgumentError(message))
            failures[-1].__cause__ = error
        else:
            return seen
    raise failures[0]


@contextmanager
def _recording(convolutions: dict[str, Any], seen: dict[str, list[tuple[int, ...]]]) -> Iterator[None]:
    def recorder(path: str) -> Any:
        def record(layer: Any, inputs: tuple[Any, ...], named: dict[str, Any]) -> None:
            image = inputs[0] if inputs else named["input"]
            axes = layer.weight.ndim - 2
            seen.setdefault(path, []).append(tuple(int(n) for n in image.shape[-axes:]))

        return record

    handles = [
        layer.register_forward_pre_hook(recorder(path), with_kwargs=True) for path, layer in convolutions.items()
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def evaluation_mode(module: Any) -> Iterator[None]:
    """Switch to evaluation and back: batch norms then keep their running statistics."""
    modes = [(layer, layer.training) for layer in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for layer, training in modes:
            layer.training = training
