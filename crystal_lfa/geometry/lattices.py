"""Named lattices: functions that return the general type."""

from __future__ import annotations

import numpy as np

from crystal_lfa.errors import LatticeError
from crystal_lfa.geometry.integers import as_integer
from crystal_lfa.geometry.lattice import Lattice

__all__ = ["integer"]


def integer(dimension: int) -> Lattice:
    """Return the lattice of integer vectors Z^d: the pixels of an image (d = 2), the samples of a signal (d = 1).

    Raises
    ------
    LatticeError
        If the dimension is not positive.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> lfa.lattices.integer(2)
    Lattice([[1.0, 0.0], [0.0, 1.0]])
    """
    size = as_integer(dimension, "dimension")
    if size < 1:
        raise LatticeError(f"dimension: got {size}; a positive integer is needed")
    return Lattice(np.eye(size))
