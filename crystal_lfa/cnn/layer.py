"""One convolutional layer of a model: its weight, and everything needed to make it an operator."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from crystal_lfa.cnn.convolution import conv
from crystal_lfa.errors import UnreadableLayerError
from crystal_lfa.geometry import Crystal, Torus, lattices
from crystal_lfa.operators import CrystalOperator, TorusOperator

__all__ = ["ConvLayer"]


@dataclass(frozen=True, slots=True, eq=False)
class ConvLayer:
    """A convolutional layer as it stands in a model.

    Attributes
    ----------
    name : str
        The module path in the model.
    weight : array
        ``(c_out, c_in / groups, *kernel)``, transposed ``(c_in, c_out / groups, *kernel)``, in the array library it
        came in.
    stride, padding, dilation, output_padding : tuple of int, one an axis
    groups : int
    transposed : bool
    padding_mode : str
        "zeros", "circular", "reflect", "replicate", or "unknown".
    input_shape : tuple of int
        The spatial extents of the layer's input, in pixels.
    assumed : tuple of str
        Names of those of the attributes above that the source did not tell and nobody gave.
    notes : tuple of str
        What else a reader of the numbers should know.
    reason : str or None
        Why the layer cannot be analysed, where it cannot: then `weight` may be None, and what the source does not
        tell is empty.
    """

    name: str
    weight: Any
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    padding_mode: str
    dilation: tuple[int, ...]
    groups: int
    transposed: bool
    output_padding: tuple[int, ...]
    input_shape: tuple[int, ...]
    assumed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    reason: str | None = None

    @classmethod
    def unreadable(cls, name: str, reason: str, weight: Any = None, known: Mapping[str, Any] | None = None) -> Self:
        """Return a layer that cannot be analysed, with what is known of it."""
        told = {"padding_mode": "unknown", "groups": 1, "transposed": False, **(known or {})}
        listed = ("stride", "padding", "dilation", "output_padding", "input_shape")
        told.update({key: _listed(told.get(key)) for key in listed})
        return cls(name=name, weight=weight, reason=reason, **told)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the weight as stored; empty where there is none."""
        return () if self.weight is None else tuple(int(n) for n in self.weight.shape)

    def operator(self, domain: Crystal | None = None) -> CrystalOperator:
        """Return the layer as an operator, with circular boundary; `domain` as in `conv`.

        Raises
        ------
        UnreadableLayerError
            If the layer cannot be analysed, with the reason.
        """
        if self.reason is not None:
            raise UnreadableLayerError(f"layer {self.name!r} cannot be analysed: {self.reason}")
        return conv(
            self.weight,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            groups=self.groups,
            transposed=self.transposed,
            output_padding=self.output_padding,
            domain=domain,
        )

    def with_operator(self, operator: CrystalOperator | TorusOperator) -> ConvLayer:
        r"""Return the layer with the kernel that is nearest to an operator, in the Frobenius norm.

        Each entry of the weight stands at one place of the layer's multipliers. Of an operator on the infinite lattice
        the nearest kernel has the entries at those places; of one on a torus, such as ``svd(A, T).clip(0, 1)
        .to_operator()``, it is the least-squares solution there; of the several where taps meet, the one that is
        nearest to the layer's own weight.

        Parameters
        ----------
        operator : CrystalOperator or TorusOperator
            Between the crystals of the layer's own operator.

        Raises
        ------
        CrystalMismatchError
            If it lives on other crystals.
        InvalidArgumentError
            If it is complex and the weight is real.

        Examples
        --------
        >>> import numpy as np
        >>> import crystal_lfa as lfa
        >>> weight = np.arange(18.0).reshape(2, 1, 3, 3)
        >>> (layer,) = lfa.cnn.load({"conv.weight": weight}, attributes={"conv": {"stride": 2}})
        >>> float(abs(layer.with_operator(2 * layer.operator()).weight - 2 * layer.weight).max())
        0.0
        """
        from crystal_lfa.cnn.projection import with_nearest_weight

        return with_nearest_weight(self, operator)

    def torus(self) -> Torus:
        """Return the torus of the input pixels on which the layer is analysed.

        Where the stride s does not divide an extent n, it is ceil(n / s) * s pixels, for ceil(n / s) outputs.
        """
        extents = self.input_shape
        if not self.transposed:
            extents = tuple(-(-n // s) * s for n, s in zip(extents, self.stride, strict=True))
        return lattices.integer(len(extents)).torus(extents)

    def frequencies(self) -> int:
        """Return the number of frequencies at which the layer has a symbol: the pixels of its smaller side."""
        if self.reason is not None:
            return 0
        return self.torus().order // (1 if self.transposed else math.prod(self.stride))

    def count(self) -> int:
        """Return the number of singular values on `torus`."""
        if self.reason is not None:
            return 0
        first, second = self.shape[0], self.shape[1] * self.groups
        return self.frequencies() * min(first, second * math.prod(self.stride))

    @property
    def is_stretched(self) -> bool:
        """Whether the stride does not divide the input, so that the torus is larger than it."""
        return self.reason is None and self.torus().shape != self.input_shape

    def __repr__(self) -> str:
        kind = "ConvLayer(transposed, " if self.transposed else "ConvLayer("
        if self.reason is not None:
            return f"{kind}{self.name!r}, not analysed: {self.reason})"
        assumed = f", assumed: {', '.join(self.assumed)}" if self.assumed else ""
        return (
            f"{kind}{self.name!r}, weight {self.shape}, stride {self.stride}, dilation {self.dilation}, "
            f"groups {self.groups}, input {self.input_shape}{assumed})"
        )


def _listed(value: Any) -> tuple[Any, ...]:
    """Return an attribute of an unreadable layer as a tuple, whatever the source has."""
    if value is None:
        return ()
    return tuple(value) if isinstance(value, Sequence) else (value,)
