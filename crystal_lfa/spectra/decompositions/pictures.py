"""Pictures of decompositions: what `SVD` and `Eig` draw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crystal_lfa.drawing.bands import draw_density
from crystal_lfa.drawing.images import value_range
from crystal_lfa.drawing.spectra import draw_plane, draw_sorted
from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.geometry.exact.integers import as_integer
from crystal_lfa.geometry.pictures.functions import check_function_drawable, draw_function
from crystal_lfa.geometry.pictures.limits import check_over_zone
from crystal_lfa.geometry.pictures.zone_functions import draw_over_zone
from crystal_lfa.operators.arrays import to_numpy

if TYPE_CHECKING:
    from crystal_lfa.spectra.decompositions.eigenvectors import Eig
    from crystal_lfa.spectra.decompositions.singular_vectors import SingularVectors

__all__ = [
    "draw_eigenvalues",
    "draw_eigenvector",
    "draw_histogram",
    "draw_singular_values",
    "draw_singular_vector",
    "draw_zone_values",
]

_MOST_BINS = 10_000
_ROUNDING = 100
"""Units of rounding of the largest singular value, below which others count as zero on a logarithmic axis."""


def draw_singular_values(found: SingularVectors, ax: Any = None) -> list[Any]:
    """Draw the sorted singular values; see `SVD.plot`."""
    values = np.sort(to_numpy(found.values), axis=None)[::-1]
    rounding = _ROUNDING * float(np.finfo(values.dtype).eps)
    return draw_sorted(values, ("number of the singular value", "singular value"), ax, rounding=rounding)


def draw_histogram(found: SingularVectors, ax: Any = None, bins: int = 60) -> list[Any]:
    """Draw how many singular values lie in each of several intervals; see `SVD.plot_histogram`."""
    count = as_integer(bins, "bins")
    if not 1 <= count <= _MOST_BINS:
        raise InvalidArgumentError(f"bins: got {count}; a positive integer up to {_MOST_BINS} is needed")
    values = to_numpy(found.values).ravel().astype(np.float64)
    lower, upper = value_range(values)
    # Values that differ by rounding only are one, and lie in the middle of one interval, not where two meet.
    count = count | 1 if lower < values.min() else count
    numbers, edges = np.histogram(values, bins=count, range=(lower, upper))
    return draw_density(edges, numbers.astype(np.float64), ax, names=("singular value", "number of singular values"))


def draw_zone_values(found: SingularVectors, ax: Any = None, place: int = 0) -> list[Any]:
    """Draw one singular value of each symbol over the Brillouin zone; see `SVD.plot_zone`."""
    check_over_zone(found.torus.lattice.dim, ", and in every dimension plot() draws all of them, sorted")
    values = to_numpy(found.values)
    number, count = as_integer(place, "place"), values.shape[1]
    if not 0 <= number < count:
        message = f"place: got {number}; 0 to {count - 1} are the places of the {count} singular values of a symbol"
        raise InvalidArgumentError(message)
    name = f"singular value {number + 1} of {count}"
    if count == 1 or number in {0, count - 1}:
        name = "singular value" if count == 1 else "smallest singular value" if number else "largest singular value"
    return draw_over_zone(found.torus, values[:, number].astype(np.float64), name, ax)


def draw_singular_vector(
    found: SingularVectors, i: int, ax: Any = None, side: str = "right", component: int | None = None
) -> list[Any]:
    """Draw one singular vector on its crystal; see `SVD.plot_vector`."""
    if str(side) not in {"left", "right"}:
        raise InvalidArgumentError(f"side: got {side!r}; 'left' or 'right' is needed")
    row, column = found.locate(i)
    crystal = found.domain if side == "right" else found.codomain
    check_function_drawable(crystal, found.torus, component)
    vector = to_numpy(found.right(i) if side == "right" else found.left(i))
    name = f"{side} singular vector {i}\n\u03c3 = {float(to_numpy(found.values)[row, column]):.4g}"
    return draw_function(vector, crystal, found.torus, name, ax, component)


def draw_eigenvalues(found: Eig, ax: Any = None) -> list[Any]:
    """Draw the eigenvalues, sorted or in the complex plane; see `Eig.plot`."""
    values = to_numpy(found.values).ravel()
    if not found.is_hermitian:
        return draw_plane(values, ax)
    return draw_sorted(np.sort(values), ("number of the eigenvalue", "eigenvalue"), ax)


def draw_eigenvector(found: Eig, i: int, ax: Any = None, component: int | None = None) -> list[Any]:
    """Draw one eigenvector on its crystal; see `Eig.plot_vector`."""
    row, column = found.locate(i)
    crystal = found.operator.domain
    check_function_drawable(crystal, found.torus, component)
    value = to_numpy(found.values)[row, column]
    shown = f"{value.real:.4g}" if found.is_hermitian else f"{value:.4g}"
    name = f"eigenvector {i}\n\u03bb = {shown}"
    return draw_function(to_numpy(found.vector(i)), crystal, found.torus, name, ax, component)
