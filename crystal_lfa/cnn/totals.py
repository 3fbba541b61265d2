"""What the layers of a network have together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from crystal_lfa.cnn.layer_report import LayerReport

__all__ = ["NetworkTotals"]


@dataclass(frozen=True, slots=True)
class NetworkTotals:
    """Sums and products over the layers of a network.

    Attributes
    ----------
    layers, analysed : int
        How many convolutions there are, and how many of them have numbers.
    parameters : int
        Entries of all their weights.
    count : int
        Singular values of all layers together.
    largest_norm : float
        The largest of the layers' certified upper bounds.
    norm_product : float
        The product of the certified upper bounds of all layers: an upper bound of the gain of the convolutions of
        a network that is a plain chain of just these layers; of any other network it bounds nothing.
        Infinite where a layer has none.
    """

    layers: int
    analysed: int
    parameters: int
    count: int
    largest_norm: float
    norm_product: float

    @classmethod
    def of(cls, layers: Sequence[LayerReport]) -> Self:
        """Return the totals of some layers."""
        uppers = [math.inf if layer.norm is None else layer.norm.upper for layer in layers]
        return cls(
            layers=len(layers),
            analysed=sum(layer.is_analysed for layer in layers),
            parameters=sum(layer.parameters for layer in layers),
            count=sum(layer.count for layer in layers),
            largest_norm=max((x for x in uppers if math.isfinite(x)), default=math.nan),
            norm_product=math.prod(uppers),
        )
