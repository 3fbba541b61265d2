"""Overlapping block smoothers: a small problem on every translate of a patch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from crystal_lfa.errors import InvalidArgumentError, SingularSymbolError
from crystal_lfa.geometry import Crystal, Lattice
from crystal_lfa.geometry.exact.integers import as_integer, axes_of
from crystal_lfa.multigrid.smoothers.base import Smoother, composition, finite_range, relaxation
from crystal_lfa.multigrid.transfers.coarsening import read_coarse
from crystal_lfa.operators import CrystalOperator, Operator
from crystal_lfa.operators.algebra import add
from crystal_lfa.operators.arrays import is_complex, is_symbolic, to_numpy
from crystal_lfa.operators.reading import read_number

__all__ = ["Patch", "Schwarz", "Vanka"]

Patch = tuple[tuple[tuple[int, ...], int], ...]
"""The sites of a patch: (offset of the cell, number of the site)."""

_KINDS = ("additive", "multiplicative")


@dataclass(frozen=True)
class Schwarz(Smoother):
    r"""Overlapping block relaxation: the equations of each patch solved for its unknowns, at every lattice point.

    Additive, all at one time:

    .. math:: S = I - \omega \sum_p \sum_z R_{p,z}^T (R_{p,z} A R_{p,z}^T)^{-1} R_{p,z} A,

    :math:`R_{p,z}` the restriction to the unknowns of patch p moved by z. Where patches overlap, corrections add:
    `omega` is about one over the number of patches that an unknown lies in.
    Multiplicative by colours: patches one after the other, of each those of one coset of a sublattice at one time.

    Parameters
    ----------
    patches : sequence of patches
        Each a sequence of (offset, site): all unknowns of that site, in the cell at that offset. One patch alone may be
        given as it is.
    omega : number
    kind : "additive" or "multiplicative"
    coarse : int, flat sequence of int, list of vectors (rows) or Lattice, optional
        For the multiplicative kind: patches moved by its vectors are solved at one time. Default the smallest multiple
        of the lattice for which no such patches share or couple unknowns.

    References
    ----------
    Kahl, Kintscher: Automated local Fourier analysis (aLFA), BIT 60 (2020); Trottenberg, Oosterlee,
    Schueller: Multigrid (2001), section 8.7.

    Examples
    --------
    Patches of one unknown are Jacobi's method:

    >>> from crystal_lfa import multigrid as mg
    >>> A = mg.poisson(2)
    >>> mg.Schwarz([[((0, 0), 0)]], omega=0.8)(A).allclose(mg.Jacobi(0.8)(A))
    True
    """

    patches: Any
    omega: Any = 1.0
    kind: str = "additive"
    coarse: Any = None

    def __post_init__(self) -> None:
        read_number(self.omega, "omega")
        if self.kind not in _KINDS:
            raise InvalidArgumentError(f"kind: got {self.kind!r}; one of {', '.join(_KINDS)} is needed")
        if self.coarse is not None and self.kind != "multiplicative":
            raise InvalidArgumentError("coarse: colours are those of kind='multiplicative'")

    def __call__(self, A: Operator) -> Operator:
        """Return the error propagator of one pass over all patches."""
        operator = finite_range(A, self)
        patches = _read_patches(self.patches, operator)
        inverses = [np.linalg.inv(_local(operator, patch, number)) for number, patch in enumerate(patches)]
        if self.kind == "additive":
            solves = [_solves_everywhere(operator, *pair) for pair in zip(patches, inverses, strict=True)]
            return relaxation(operator, self.omega * reduce(add, solves))
        reach = [_smallest_multiple(operator, patch) for patch in patches]
        coarse = read_coarse(operator.lattice, max(reach) if self.coarse is None else self.coarse)
        described = operator.on(coarse)
        points = coarse.index_in(operator.lattice)
        factors = []
        for patch, inverse in zip(patches, inverses, strict=True):
            for point in range(points):
                placed = _solves_at(operator, patch, inverse, coarse, point)
                factors.append(relaxation(described, self.omega * placed))
        return composition(factors[::-1])


@dataclass(frozen=True)
class Vanka(Smoother):
    """Vanka's smoother of a scalar problem: patches of all unknowns that the equations of one site hold.

    Parameters
    ----------
    centre : int
        The number of the site.
    omega : number
    kind, coarse : as of `Schwarz`

    References
    ----------
    Vanka: Block-implicit multigrid solution of Navier-Stokes equations, J. Comput. Phys. 65 (1986).

    Examples
    --------
    >>> from crystal_lfa import multigrid as mg
    >>> A = mg.poisson(2)
    >>> cross = [((0, 0), 0), ((-1, 0), 0), ((1, 0), 0), ((0, -1), 0), ((0, 1), 0)]
    >>> mg.Vanka(0, omega=0.2)(A).allclose(mg.Schwarz([cross], omega=0.2)(A))
    True
    """

    centre: int = 0
    omega: Any = 1.0
    kind: str = "additive"
    coarse: Any = None

    def __post_init__(self) -> None:
        Schwarz((), self.omega, self.kind, self.coarse)

    def __call__(self, A: Operator) -> Operator:
        """Return the error propagator of one pass over all patches."""
        operator = finite_range(A, self)
        site = as_integer(self.centre, "centre")
        if not 0 <= site < len(operator.domain.dof):
            raise InvalidArgumentError(f"centre: got {site}; sites are 0 to {len(operator.domain.dof) - 1}")
        owners = _owners(operator)
        rows = np.flatnonzero(owners == site)
        patch = [
            (tuple(offset), other)
            for offset, matrix in zip(operator.offsets.tolist(), to_numpy(operator.multipliers), strict=True)
            for other in sorted(set(owners[(matrix[rows] != 0).any(axis=0)].tolist()))
        ]
        return Schwarz([patch], self.omega, self.kind, self.coarse)(operator)


def _owners(A: CrystalOperator) -> Any:
    """Return the site of each unknown of the cell."""
    return np.repeat(np.arange(len(A.domain.dof)), A.domain.dof)


def _read_patches(patches: Any, A: CrystalOperator) -> list[Patch]:
    try:
        entries = list(patches)
        alone = bool(entries) and len(entries[0]) == 2 and axes_of(entries[0][1]) == 0
        read = [_read_patch(patch, A) for patch in ([entries] if alone else entries)]
    except InvalidArgumentError:
        raise
    except (TypeError, ValueError, IndexError, KeyError):
        message = f"patches: got {patches!r}; a list of patches, each a list of (offset, site), is needed"
        raise InvalidArgumentError(message) from None
    if not read:
        raise InvalidArgumentError("patches: got none; at least one is needed")
    held = {site for patch in read for _, site in patch}
    missing = sorted(set(range(len(A.domain.dof))) - held)
    if missing:
        message = f"patches: the sites {missing} are in none; each of the sites 0 to {len(A.domain.dof) - 1} has to be"
        raise InvalidArgumentError(message)
    return read


def _read_patch(patch: Sequence[Any], A: CrystalOperator) -> Patch:
    entries = []
    for offset, site in patch:
        steps = (offset,) if axes_of(offset) == 0 else tuple(offset)
        place = tuple(as_integer(step, "patches: offset") for step in steps)
        number = as_integer(site, "patches: site")
        if len(place) != A.lattice.dim or not 0 <= number < len(A.domain.dof):
            message = (
                f"patches: got ({offset!r}, {site!r}); an offset of {A.lattice.dim} integers and a site from 0 to "
            )
            raise InvalidArgumentError(f"{message}{len(A.domain.dof) - 1} are needed")
        entries.append((place, number))
    if not entries or len(set(entries)) < len(entries):
        raise InvalidArgumentError(f"patches: got {list(patch)!r}; different sites, at least one, are needed")
    return tuple(entries)


def _unknowns(A: CrystalOperator, patch: Patch) -> list[tuple[tuple[int, ...], int]]:
    """Return the unknowns of a patch: (offset, number of the unknown)."""
    owners = _owners(A)
    return [(offset, int(unknown)) for offset, site in patch for unknown in np.flatnonzero(owners == site)]


def _local(A: CrystalOperator, patch: Patch, number: int) -> Any:
    """Return the matrix of the patch's equations, of its unknowns alone.

    Raises
    ------
    SingularSymbolError
        If it is singular.
    """
    if is_symbolic(A.multipliers):
        raise InvalidArgumentError(f"A: patches need numbers; got the free parameters {A.parameters}")
    known = {tuple(offset): matrix for offset, matrix in zip(A.offsets.tolist(), to_numpy(A.multipliers), strict=True)}
    unknowns = _unknowns(A, patch)
    local = np.zeros((len(unknowns), len(unknowns)), dtype=np.complex128)
    for i, (here, row) in enumerate(unknowns):
        for j, (there, column) in enumerate(unknowns):
            matrix = known.get(tuple(b - a for a, b in zip(here, there, strict=True)))
            local[i, j] = 0 if matrix is None else matrix[row, column]
    rank = int(np.linalg.matrix_rank(local))
    if rank < len(local):
        message = f"patches: the equations of patch {number}, {list(patch)}, have rank {rank} of {len(local)}"
        raise SingularSymbolError(f"{message}; its matrix has to be invertible")
    return local if is_complex(A.multipliers) else local.real


def _solves_everywhere(A: CrystalOperator, patch: Patch, inverse: Any) -> CrystalOperator:
    """Return the sum over all translates of a patch of the solves on it."""
    unknowns = _unknowns(A, patch)
    return _summed(A.domain, [unknown for _, unknown in unknowns], [offset for offset, _ in unknowns], inverse)


def _solves_at(A: CrystalOperator, patch: Patch, inverse: Any, coarse: Lattice, point: int) -> CrystalOperator:
    """Return the sum of the solves on the translates of a patch that begin at the points of one coset alone."""
    cosets = A.lattice.torus(A.lattice.integer_vectors(coarse))
    unknowns = _unknowns(A, patch)
    places = np.array([offset for offset, _ in unknowns]) + cosets.points[point]
    numbers, cells = cosets.locate(places)
    rows = numbers * A.shape[0] + np.array([unknown for _, unknown in unknowns])
    return _summed(A.domain.supercell(coarse), rows.tolist(), cells.tolist(), inverse)


def _summed(crystal: Crystal, unknowns: Sequence[int], cells: Sequence[Sequence[int]], inverse: Any) -> CrystalOperator:
    """Return the operator that applies a matrix to unknowns of some cells, in every cell, and adds up the results."""
    multipliers: dict[tuple[int, ...], Any] = {}
    for i, (row, here) in enumerate(zip(unknowns, cells, strict=True)):
        for j, (column, there) in enumerate(zip(unknowns, cells, strict=True)):
            step = tuple(b - a for a, b in zip(here, there, strict=True))
            matrix = multipliers.setdefault(step, np.zeros((crystal.size, crystal.size), dtype=inverse.dtype))
            matrix[row, column] += inverse[i, j]
    return CrystalOperator(crystal, crystal, multipliers)


def _smallest_multiple(A: CrystalOperator, patch: Patch) -> int:
    """Return the smallest n for which patches moved by n times lattice vectors are neither shared nor coupled."""
    places = np.array([offset for offset, _ in patch])
    apart = (places[:, None, None, :] - places[None, :, None, :]) + np.concatenate([A.offsets, 0 * A.offsets[:1]])
    return int(np.abs(apart).max()) + 1
