"""What the configuration of a Keras convolution says of it, and how its kernel is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.cnn.readers.keras.config import Node
from crystal_lfa.errors import ModelFileError

__all__ = ["FORMS", "Form", "Geometry", "begin", "entries", "filters_of", "geometry_of", "in_our_layout"]

_LARGEST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of convolution: plain, transposed, depthwise or separable, and the axes of its kernel."""

    kind: str
    axes: int


FORMS = {
    f"{before}Conv{axes}D{after}": Form(kind, axes)
    for kind, before, after, most in (
        ("plain", "", "", 3),
        ("transposed", "", "Transpose", 3),
        ("depthwise", "Depthwise", "", 3),
        ("separable", "Separable", "", 2),
    )
    for axes in range(1, most + 1)
}
"""Keras's convolutions by the names of their classes."""

_BEFORE_2 = {
    "kernel_size": ("filter_length", "nb_row", "nb_col", "kernel_dim1", "kernel_dim2", "kernel_dim3"),
    "strides": ("subsample", "subsample_length"),
    "dilation_rate": ("atrous_rate",),
    "padding": ("border_mode",),
    "filters": ("nb_filter",),
    "pool_size": ("pool_length",),
}
"""What parameters were called in Keras 1."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """A convolution as its configuration describes it."""

    form: Form
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int
    filters: int | None
    border: str
    output_padding: tuple[int, ...] | None
    is_channels_first: bool

    @property
    def reach(self) -> tuple[int, ...]:
        """The pixels that the kernel spans along each axis."""
        return tuple(d * (k - 1) + 1 for d, k in zip(self.dilation, self.kernel, strict=True))

    def known(self, extents: tuple[int | None, ...] | None) -> dict[str, Any]:
        """Return the keywords of `conv` that follow, on an input of such extents."""
        told: dict[str, Any] = {
            "stride": self.stride,
            "dilation": self.dilation,
            "groups": self.groups,
            "transposed": self.form.kind == "transposed",
            "padding_mode": "zeros",
        }
        if self.output_padding is not None:
            told["output_padding"] = self.output_padding
        padding = self.padding(extents)
        return told if padding is None else {**told, "padding": padding}

    def padding(self, extents: tuple[int | None, ...] | None) -> tuple[int, ...] | None:
        """Return the padding in front of each axis, or None where "same" depends on an extent that is not known."""
        if self.form.kind == "transposed":
            return tuple(self._cropped(axis) for axis in range(self.form.axes))
        if self.border == "causal":
            return tuple(n - 1 for n in self.reach)
        if self.border != "same":
            return (0,) * self.form.axes
        open_extents = extents or (None,) * self.form.axes
        found = [begin(n, r, s) for n, r, s in zip(open_extents, self.reach, self.stride, strict=True)]
        return tuple(n for n in found if n is not None) if None not in found else None

    def _cropped(self, axis: int) -> int:
        """Return what a transposed convolution cuts off in front of an axis."""
        reach, stride = self.reach[axis], self.stride[axis]
        if self.border != "same":
            return 0
        total = stride + reach - 2
        if self.output_padding is not None:
            total = reach + reach % 2 - 2 + self.output_padding[axis]
        return max(reach - 1 - (total + 1) // 2, 0)

    def out(self, extents: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the extents of the output."""
        return tuple(
            None if n is None else self._out_along(axis, n) for axis, n in enumerate(extents[: self.form.axes])
        )

    def _out_along(self, axis: int, n: int) -> int:
        reach, stride = self.reach[axis], self.stride[axis]
        if self.form.kind != "transposed":
            return -(-n // stride) if self.border in {"same", "causal"} else (n - reach) // stride + 1
        if self.output_padding is not None:
            kept = reach if self.border == "valid" else reach % 2
            return (n - 1) * stride + kept + self.output_padding[axis]
        return n * stride if self.border == "same" else (n - 1) * stride + max(reach, stride)


def begin(extent: int | None, reach: int, stride: int) -> int | None:
    """Return the zeros that "same" puts in front of an axis: half of those needed, the odd one behind."""
    if stride == 1:
        return (reach - 1) // 2
    if extent is None:
        return None
    return max((-(-extent // stride) - 1) * stride + reach - extent, 0) // 2


def geometry_of(node: Node) -> Geometry:
    """Return what the configuration of a convolution says.

    Raises
    ------
    ModelFileError
        If it lacks the kernel's size, or its numbers are none.
    """
    form, config = FORMS[node.kind], node.config
    output_padding = config.get("output_padding")
    border = _called(config, "padding") or "valid"
    if border not in ("valid", "same", "causal"):
        raise ModelFileError(f"its padding is {border!r}; valid, same or causal is needed")
    return Geometry(
        form=form,
        kernel=entries(config, "kernel_size", form.axes, None),
        stride=entries(config, "strides", form.axes, 1),
        dilation=entries(config, "dilation_rate", form.axes, 1),
        groups=_integer(config.get("groups", 1), "groups"),
        filters=filters_of(config),
        border=str(border),
        output_padding=None if output_padding is None else entries(config, "output_padding", form.axes, 0, least=0),
        is_channels_first=config.get("data_format") == "channels_first" or config.get("dim_ordering") == "th",
    )


def filters_of(config: Mapping[str, Any]) -> int | None:
    """Return the number of filters, where it is told; a depthwise convolution has none."""
    value = _called(config, "filters")
    return None if value is None else _integer(value, "filters")


def entries(config: Mapping[str, Any], key: str, axes: int, default: int | None, least: int = 1) -> tuple[int, ...]:
    """Return one number an axis, from one for all or a list, under any name that the parameter ever had."""
    value = _called(config, key)
    if value is None:
        value = default
    numbers = value if isinstance(value, list) else [value] * axes
    if len(numbers) == 1 and axes > 1:
        numbers = numbers * axes
    found = tuple(_integer(n, key, least) for n in numbers)
    if len(found) != axes:
        raise ModelFileError(f"its {key} is {value}; a number for each of {axes} axes is needed")
    return found


def _called(config: Mapping[str, Any], key: str) -> Any:
    if config.get(key) is not None:
        return config[key]
    old = [config[name] for name in _BEFORE_2.get(key, ()) if config.get(name) is not None]
    return old if key == "kernel_size" and old else next(iter(old), None)


def _integer(value: Any, key: str, least: int = 1) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= _LARGEST:
        raise ModelFileError(f"its {key} is {str(value)[:40]}; integers from {least} to {_LARGEST} are needed")
    return value


def in_our_layout(kernel: NDArray[Any], kind: str) -> NDArray[Any]:
    r"""Return a kernel (\*kernel, in, out) as (out, in, \*kernel), of a depthwise one each channel's in its order.

    Keras stores a transposed one as (\*kernel, out, in), which becomes (in, out, \*kernel): the same permutation.
    """
    if kind == "depthwise":
        channels, multiplier = kernel.shape[-2:]
        kernel = kernel.reshape((*kernel.shape[:-2], 1, channels * multiplier))
    return np.ascontiguousarray(np.moveaxis(kernel, (-1, -2), (0, 1)))
