"""What the attributes of an ONNX convolution say, as keywords of `conv`."""

from __future__ import annotations

from typing import Any

from crystal_lfa.errors import ModelFileError

__all__ = ["geometry_of"]


def geometry_of(node: Any, shape: tuple[int, ...] | None) -> dict[str, Any]:
    """Return stride, dilation, groups, padding and the like of a convolution.

    Parameters
    ----------
    node : NodeProto
    shape : tuple of int or None
        Of the weight, which tells the number of axes where no attribute does.

    Raises
    ------
    ModelFileError
        If attributes are of other lengths than the kernel, or negative.

    References
    ----------
    ONNX operators, Conv and ConvTranspose.
    """
    told = {attribute.name: attribute for attribute in node.attribute}
    axes = _axes(told, shape)
    if axes is None:
        return {}
    stride = _integers(told, "strides", axes, 1)
    dilation = _integers(told, "dilations", axes, 1)
    known: dict[str, Any] = {
        "stride": stride,
        "dilation": dilation,
        "groups": int(told["group"].i) if "group" in told else 1,
        "transposed": node.op_type == "ConvTranspose",
        "padding": _padding(told, axes),
        "padding_mode": "zeros",
    }
    if node.op_type == "ConvTranspose":
        known["output_padding"] = _integers(told, "output_padding", axes, 0)
    kernel = _integers(told, "kernel_shape", axes, 0)
    if shape is not None and "kernel_shape" in told and kernel != shape[2:]:
        raise ModelFileError(f"its kernel_shape is {kernel}, but its weight has shape {shape}")
    return known


def _axes(told: dict[str, Any], shape: tuple[int, ...] | None) -> int | None:
    if shape is not None:
        return len(shape) - 2
    lengths = [len(told[key].ints) for key in ("kernel_shape", "strides", "dilations") if key in told]
    return lengths[0] if lengths else None


def _integers(told: dict[str, Any], key: str, axes: int, default: int) -> tuple[int, ...]:
    if key not in told:
        return (default,) * axes
    numbers = tuple(int(n) for n in told[key].ints)
    if len(numbers) != axes or min(numbers) < 0:
        raise ModelFileError(f"its {key} are {numbers}; {axes} numbers, one for each axis of the kernel, are needed")
    return numbers


def _padding(told: dict[str, Any], axes: int) -> tuple[int, ...] | None:
    """Return the padding in front of each axis; None for "same", which is the default centre."""
    mode = told["auto_pad"].s if "auto_pad" in told else b"NOTSET"
    if mode in {b"SAME_UPPER", b"SAME_LOWER"} or "output_shape" in told:
        return None
    if mode == b"VALID" or "pads" not in told:
        return (0,) * axes
    pads = tuple(int(n) for n in told["pads"].ints)
    if len(pads) != 2 * axes:
        raise ModelFileError(f"its pads are {pads}; {2 * axes} numbers, of both ends of each axis, are needed")
    # Negative padding cuts pixels off: the centre stays where the kernel's first tap is.
    return tuple(max(n, 0) for n in pads[:axes])
