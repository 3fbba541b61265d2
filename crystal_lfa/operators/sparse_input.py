"""Operators read from assembled matrices."""

from __future__ import annotations

import numbers
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.errors import InvalidArgumentError, NotFiniteError
from crystal_lfa.geometry import Crystal, Lattice, as_crystal
from crystal_lfa.operators.arrays import as_array, quiet_overflow
from crystal_lfa.operators.couplings import Entries, around_torus, within_box
from crystal_lfa.operators.row_means import RowMeans

if TYPE_CHECKING:
    from crystal_lfa.operators.finite_range import CrystalOperator

__all__ = ["operator_from_sparse"]

_ROUNDING = 16 * float(np.finfo(np.float64).eps)
"""What the division by a phase leaves of an imaginary part, relative to the largest entry."""


def operator_from_sparse(
    matrix: Any, crystal: Crystal | Lattice, N: Any, periodic: bool = True, rtol: float = 1e-12
) -> CrystalOperator:
    r"""Return the operator :math:`(L f)(z) = \sum_y m_y f(z + y)` whose matrix on a torus, or in a box, is given.

    Parameters
    ----------
    matrix : scipy sparse matrix or array of any format, or dense (n, n) array
        Rows and columns run through the points of ``lattice.torus(N)``, then sites, then channels, as `to_sparse`
        writes them; n = order * size. Entries that are missing, and explicit zeros, are zeros.
    crystal : Crystal or Lattice
        Domain and codomain.
    N : int, flat sequence of int, list of vectors or Torus
        The torus. With ``periodic=False`` the extents of a box: its points, in C order, are those of the torus.
    periodic : bool, default True
        True: every row is read, couplings go around the torus, and the phases of its twist are divided out.
        False: the matrix is that of a box with boundaries. Couplings are plain differences of points, and only rows
        away from the boundary are read: those at least as far from every side, axis by axis, as the farthest
        coupling of any row reaches along that axis. A twist plays no part.
    rtol : float, default 1e-12
        The largest deviation of an entry from the mean of all points, relative to the largest entry that is read.

    Returns
    -------
    CrystalOperator
        Its multipliers, float64 or complex128, are means over the points that are read; they are real if the matrix
        is, and for twists other than 0 and 1/2 if their imaginary parts are no more than rounding. Offsets whose
        multipliers are zero are left out. With ``periodic=True``, ``to_sparse(N)`` is the matrix again.

    Raises
    ------
    TranslationInvarianceError
        If the rows differ by more than `rtol`; the worst one is named.
    InvalidArgumentError
        If the matrix has the wrong shape or type, if `periodic` or `rtol` is something else than described, or, with
        ``periodic=False``, if N is not diagonal or the box is so small that every row is at the boundary.
    NotFiniteError
        If an entry is NaN or infinite.
    TorusError
        If N is not a torus of the crystal's lattice.

    Notes
    -----
    A matrix on a torus tells offsets only modulo the periods: the shortest (Cartesian) of the offsets
    :math:`y + N w` is taken. Of several shortest ones, y and -y are treated alike, unless they are equal modulo the
    periods: on a torus of two points 1 and -1 are, and the sum of both multipliers becomes that of the offset 1, the
    lexicographically greatest. For an operator to use on other tori, read the matrix of a torus more than twice as
    wide as couplings reach.

    Nothing small is taken for zero: couplings that cancel in an assembly up to rounding stay, at rounding's size.

    References
    ----------
    van Betteray, Rottmann, Kahl: LFA applied to CNNs (ECAI 2025), equation 2: the definition
    :math:`(L f)(z) = \sum_y m_y f(z + y)`, read backwards.

    Examples
    --------
    >>> import scipy.sparse
    >>> import crystal_lfa as lfa
    >>> second_difference = scipy.sparse.diags_array([-1.0, 2.0, -1.0], offsets=[-1, 0, 1], shape=(5, 5))
    >>> operator = operator_from_sparse(second_difference, lfa.lattices.integer(1), 5, periodic=False)
    >>> operator.offsets.ravel().tolist(), operator.multipliers.ravel().tolist()
    ([-1, 0, 1], [-1.0, 2.0, -1.0])
    """
    home = as_crystal(crystal, "crystal")
    torus = home.lattice.torus(N)
    _check_options(periodic, rtol)
    entries = _read_entries(matrix, torus.order, home.size)
    couplings = around_torus(entries, torus) if periodic else within_box(entries, torus)
    means = RowMeans.of(couplings)
    means.require_invariance(float(rtol), home)
    return _operator(means, home)


def _check_options(periodic: Any, rtol: Any) -> None:
    if not isinstance(periodic, bool | np.bool_):
        raise InvalidArgumentError(f"periodic: got {periodic!r}; True or False is needed")
    if isinstance(rtol, bool) or not isinstance(rtol, numbers.Real) or not float(rtol) >= 0:
        raise InvalidArgumentError(f"rtol: got {rtol!r}; a number that is not negative is needed")


def _read_entries(matrix: Any, order: int, size: int) -> Entries:
    csr = _as_csr(matrix, order, size)
    value, column = _in_double(csr.data), csr.indices.astype(np.int64)
    row = np.repeat(np.arange(order * size), np.diff(csr.indptr))
    bad = ~np.isfinite(value)
    if bad.any():
        place = (int(row[bad][0]), int(column[bad][0]))
        message = f"matrix: {np.count_nonzero(bad)} entries are NaN or infinite, the first at {place}"
        raise NotFiniteError(f"{message}; finite numbers are needed")
    return Entries.of(row, column, value, size)


def _as_csr(matrix: Any, order: int, size: int) -> Any:
    """Return a matrix as CSR without duplicates; the user's own is not changed."""
    from scipy.sparse import csr_array, issparse

    if not issparse(matrix):
        if not isinstance(matrix, np.ndarray | list | tuple):
            kind = type(matrix).__name__
            raise InvalidArgumentError(f"matrix: got {kind}; a scipy sparse matrix or a numpy array is needed")
        matrix = as_array(matrix, "matrix")
    needed = (order * size, order * size)
    if tuple(matrix.shape) != needed:
        message = (
            f"matrix: got shape {tuple(matrix.shape)}; {needed} is needed, for {order} lattice points (of the torus N) "
            f"with {size} unknowns each (of the crystal)"
        )
        raise InvalidArgumentError(message)
    csr = csr_array(matrix)
    if not csr.has_canonical_format:
        csr = csr.copy()
        csr.sum_duplicates()
    return csr


def _in_double(data: NDArray[Any]) -> NDArray[Any]:
    """Return entries in double precision, whatever numbers they are."""
    numeric = as_array(data, "matrix")
    with quiet_overflow():
        return np.asarray(numeric, dtype=np.complex128 if numeric.dtype.kind == "c" else np.float64)


def _operator(means: RowMeans, crystal: Crystal) -> CrystalOperator:
    from crystal_lfa.operators.finite_range import CrystalOperator

    couplings = means.couplings
    distinct, which = np.unique(means.offset, return_inverse=True)
    offsets, phases = couplings.vectors(distinct)
    size = crystal.size
    multipliers = np.zeros((len(offsets), size * size), dtype=np.result_type(means.mean, phases))
    multipliers[which, means.place] = means.mean * phases[which]
    if phases.dtype.kind == "c" and (np.abs(multipliers.imag) <= _ROUNDING * couplings.entries.largest).all():
        multipliers = multipliers.real.copy()
    present = multipliers.any(axis=1)
    blocks = multipliers[present].reshape(-1, size, size) * couplings.entries.unit
    return CrystalOperator.from_arrays(crystal, crystal, offsets[present], blocks)
