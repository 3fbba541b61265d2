"""What the singular values of one layer say."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.cnn.layer import ConvLayer
from crystal_lfa.cnn.meanings import UNBOUNDED
from crystal_lfa.geometry import Torus
from crystal_lfa.operators.arrays import read_only
from crystal_lfa.spectra import Supremum

__all__ = ["LayerReport"]


@dataclass(frozen=True, slots=True, eq=False)
class LayerReport:
    """The singular values of one layer with circular boundary, and what follows from them.

    Attributes
    ----------
    layer : ConvLayer
    torus : Torus or None
        Of the input pixels; where the stride does not divide the input, a little larger than it.
    values : (order, r) float64, read-only
        All singular values, as `svdvals` returns them.
    norm : Supremum or None
        The norm on the infinite lattice: a bound of the largest singular value for every input size, with
        circular and with zero padding.

    Notes
    -----
    A layer that cannot be analysed has a `reason`, no values, and NaN for every number.
    """

    layer: ConvLayer
    torus: Torus | None
    values: NDArray[np.float64]
    norm: Supremum | None

    @classmethod
    def unreadable(cls, layer: ConvLayer) -> Self:
        """Return the report of a layer that cannot be analysed."""
        return cls(layer, None, read_only(np.empty((0, 0))), None)

    @property
    def reason(self) -> str | None:
        """Why there are no numbers, where there are none."""
        return self.layer.reason

    @property
    def is_analysed(self) -> bool:
        """Whether there are numbers."""
        return self.layer.reason is None

    @property
    def name(self) -> str:
        """The layer's name in the model."""
        return self.layer.name

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the weight as stored."""
        return self.layer.shape

    @property
    def parameters(self) -> int:
        """The number of entries of the weight."""
        return math.prod(self.shape) if self.shape else 0

    @property
    def dof(self) -> tuple[int, int]:
        """The degrees of freedom of input and output: pixels times channels, on the torus."""
        if self.torus is None:
            return (0, 0)
        first, second = self.shape[0], self.shape[1] * self.layer.groups
        fine, coarse = self.torus.order, self.layer.frequencies()
        if self.layer.transposed:
            return coarse * first, coarse * math.prod(self.layer.stride) * second
        return fine * second, coarse * first

    @property
    def count(self) -> int:
        """The number of singular values."""
        return self.values.size

    @property
    def sigma_max(self) -> float:
        """The largest singular value on the torus."""
        return float(self.values.max()) if self.values.size else math.nan

    @property
    def sigma_min(self) -> float:
        """The smallest singular value on the torus."""
        return float(self.values.min()) if self.values.size else math.nan

    @property
    def condition(self) -> float:
        """The condition number sigma_max / sigma_min; infinite for a singular operator, NaN for a zero one."""
        if self.sigma_max == 0 or not self.is_analysed:
            return math.nan
        return self.sigma_max / self.sigma_min if self.sigma_min else math.inf

    @property
    def frobenius(self) -> float:
        """The Frobenius norm on the torus, sqrt(sum of sigma^2)."""
        top = self.sigma_max
        if not self.is_analysed:
            return math.nan
        if top == 0 or 1e-140 < top < 1e140:
            return float(np.linalg.norm(self.values))
        # Squares that would overflow or vanish.
        return top * float(np.linalg.norm(self.values / top))

    @property
    def stable_rank(self) -> float:
        """The stable rank sum of sigma^2 / sigma_max^2; 0 for a zero operator."""
        return (self.frobenius / self.sigma_max) ** 2 if self.sigma_max else 0.0

    @property
    def entropy(self) -> float:
        """The entropy of the shares sigma / sum of sigma, in nats; 0 for a zero operator."""
        positive = self.values[self.values > 0]
        if not positive.size:
            return 0.0 if self.is_analysed else math.nan
        scaled = positive / positive.max()
        shares = scaled / scaled.sum()
        return float(-np.sum(shares * np.log(shares)))

    @property
    def effective_rank(self) -> float:
        """The effective rank of Roy and Vetterli (2007): exp of the entropy; 0 for a zero operator."""
        return math.exp(self.entropy) if self.sigma_max != 0 else 0.0

    @property
    def share_above_one(self) -> float:
        """The share of singular values above 1: how much of the input's space is stretched."""
        return float(np.mean(self.values > 1)) if self.values.size else math.nan

    @property
    def notes(self) -> tuple[str, ...]:
        """What else a reader of the numbers should know."""
        notes = list(self.layer.notes)
        if self.layer.is_stretched and self.torus is not None:
            extents = "x".join(str(n) for n in self.torus.shape)
            stride = "x".join(str(n) for n in self.layer.stride)
            notes.append(
                f"the stride {stride} does not divide the input: analysed on {extents} pixels, ceil(n / s) outputs"
            )
        if self.layer.padding_mode in UNBOUNDED:
            notes.append(f"it runs with {self.layer.padding_mode} padding, of which no number here is a bound")
        return tuple(notes)

    def __repr__(self) -> str:
        if self.reason is not None:
            return f"LayerReport({self.name!r}, not analysed: {self.reason})"
        return (
            f"LayerReport({self.name!r}, {self.count} singular values from {self.sigma_min:.6g} to "
            f"{self.sigma_max:.6g}, {self.norm!r})"
        )
