"""Cells: the parallelepipeds that vectors span."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["corners", "edges", "outline"]


def corners(vectors: ArrayLike) -> NDArray[np.float64]:
    """Return the corners of the parallelepiped that vectors (d, d), one a row, span from 0: shape (2^d, d)."""
    rows = np.asarray(vectors, dtype=np.float64)
    return np.array(list(product((0, 1), repeat=len(rows)))) @ rows


def edges(vectors: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return starts and ends of the edges of that parallelepiped, shape (d 2^(d-1), d) each."""
    rows = np.asarray(vectors, dtype=np.float64)
    choices = np.array(list(product((0, 1), repeat=len(rows))))
    pairs = [(c, i) for i in range(len(rows)) for c in choices if c[i] == 0]
    starts = np.array([c for c, _ in pairs]) @ rows
    return starts, starts + rows[[i for _, i in pairs]]


def outline(vectors: ArrayLike) -> NDArray[np.float64]:
    """Return the corners of the parallelogram that two vectors (2, 2) span from 0, in their order around it."""
    first, second = np.asarray(vectors, dtype=np.float64)
    return np.array([0 * first, first, first + second, second])
