"""Which frequencies of a torus a sublattice cannot tell apart: aliases, and harmonics the other way round."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.geometry.exact.integers import transpose

if TYPE_CHECKING:
    from crystal_lfa.geometry.torus import Torus

__all__ = ["alias_numbers", "harmonic_numbers"]


def alias_numbers(fine: Torus, coarse: Torus) -> NDArray[Any]:
    """Return, for every frequency kappa of a torus, the number of M^T kappa on the same torus of a sublattice."""
    vectors = transpose(fine.lattice.integer_vectors(coarse.lattice))
    return fine.characters.folded(coarse.characters, vectors)


def harmonic_numbers(fine: Torus, coarse: Torus, numbers: NDArray[np.int64]) -> NDArray[Any]:
    """Return the numbers of a torus's frequencies M^-T (kappa + g), for some kappa of the same torus of a sublattice.

    Parameters
    ----------
    fine, coarse : the same torus, seen from a lattice and from its sublattice with vectors M
    numbers : (...) integers, of frequencies kappa of `coarse`

    Returns
    -------
    (..., index) integers, the shifts g always in the same order.
    """
    vectors = transpose(fine.lattice.integer_vectors(coarse.lattice))
    return coarse.characters.unfolded(fine.characters, vectors, numbers)
