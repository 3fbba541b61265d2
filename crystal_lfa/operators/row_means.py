"""What the rows of an assembled matrix have in common, and how far they are from being all the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.errors import TranslationInvarianceError
from crystal_lfa.geometry import Crystal
from crystal_lfa.geometry.exact.integers import box_points
from crystal_lfa.operators.couplings import Couplings

__all__ = ["RowMeans"]


@dataclass(frozen=True, slots=True)
class RowMeans:
    """The entries of all multipliers: means over the lattice points whose rows are read.

    Attributes
    ----------
    couplings : Couplings
    offset, place : (k,) which entry of which multiplier, numbered as in the couplings
    mean : (k,)
    missing : (k,) in how many rows there is no such entry
    group : (nnz,) which of the k each entry of the matrix is
    """

    couplings: Couplings
    offset: NDArray[np.int64]
    place: NDArray[np.int64]
    mean: NDArray[Any]
    missing: NDArray[np.int64]
    group: NDArray[np.int64]

    @classmethod
    def of(cls, couplings: Couplings) -> RowMeans:
        """Sum the entries up by offset and place."""
        entries, count = couplings.entries, couplings.rows
        block = entries.size**2
        offsets, which = _distinct(couplings.offset)
        keys, group = _distinct(which * block + entries.place)
        missing = count - np.bincount(group, minlength=len(keys))
        # Differences from one of the values are summed, so that the mean of equal values is that value.
        one = np.zeros(len(keys), dtype=entries.value.dtype)
        one[group] = entries.value
        mean = one + _sums(group, entries.value - one[group], len(keys)) / count - missing / count * one
        return cls(couplings, offsets[keys // block], keys % block, mean, missing, group)

    def require_invariance(self, rtol: float, crystal: Crystal) -> None:
        """Raise unless every entry is the mean up to `rtol` times the largest entry; name the worst one.

        Raises
        ------
        TranslationInvarianceError
            If one is not.
        """
        entries = self.couplings.entries
        deviation = np.abs(entries.value - self.mean[self.group])
        absent = np.where(self.missing > 0, np.abs(self.mean), 0.0)
        largest = max(deviation.max(initial=0.0), absent.max(initial=0.0))
        if not largest > rtol * entries.largest:  # rtol may be infinite, and the matrix zero
            return
        if deviation.max() == largest:
            worst = int(deviation.argmax())
            point, group, value = int(entries.row[worst]), int(self.group[worst]), entries.value[worst].item()
        else:
            group, value = int(absent.argmax()), 0.0
            point = int(np.setdiff1d(self.couplings.points(), entries.row[self.group == group])[0])
        around = self.couplings.reach is None
        hint = "; a matrix of a box with boundaries needs periodic=False" if around else ""
        if crystal.size > 1:
            hint += "; rows run point by point, the unknowns of a point side by side"
        mean = self.mean[group].item()
        raise TranslationInvarianceError(
            f"matrix: got rows that deviate from their mean by up to {largest / entries.largest:.3g} of the largest "
            f"entry; at most rtol = {rtol:.3g} is needed for one operator: worst is "
            f"{self._place(point, group, crystal)}, {value * entries.unit:.8g} where the mean is "
            f"{mean * entries.unit:.8g}{hint}"
        )

    def _place(self, point: int, group: int, crystal: Crystal) -> str:
        """Describe an entry of the matrix."""
        row, column = divmod(int(self.place[group]), crystal.size)
        shape = self.couplings.torus.shape
        where = tuple(box_points(shape, np.array(point)).tolist())
        offset = tuple(self.couplings.vectors(self.offset[group : group + 1])[0][0].tolist())
        return (
            f"row {point * crystal.size + row} (lattice point {where}, {_unknown(crystal, row)}), coupled to the "
            f"offset {offset}, {_unknown(crystal, column)}"
        )


def _unknown(crystal: Crystal, number: int) -> str:
    """Describe an unknown of a lattice point."""
    site = int(np.searchsorted(np.cumsum(crystal.dof), number, side="right"))
    channel = number - sum(crystal.dof[:site])
    return f"site {site}" if crystal.dof[site] == 1 else f"site {site}, channel {channel}"


def _distinct(numbers: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the different ones of numbers that are not negative, ascending, and which of them each is."""
    largest = int(numbers.max(initial=0))
    if largest > 4 * len(numbers):
        return np.unique(numbers, return_inverse=True)
    # Few values: a table of them is faster than sorting.
    distinct = np.flatnonzero(np.bincount(numbers))
    places = np.zeros(largest + 1, dtype=np.int64)
    places[distinct] = np.arange(len(distinct))
    return distinct, places[numbers]


def _sums(group: NDArray[np.int64], values: NDArray[Any], groups: int) -> NDArray[Any]:
    real = np.bincount(group, values.real, groups)
    return real + 1j * np.bincount(group, values.imag, groups) if np.iscomplexobj(values) else real
