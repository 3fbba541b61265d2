"""Operators by name: stencils, adjacency of neighbours, identities, diagonals."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from array_api_compat import array_namespace

from crystal_lfa.errors import InvalidArgumentError, MultiplierError
from crystal_lfa.geometry import Crystal, Lattice, as_crystal, lattices
from crystal_lfa.geometry.exact.integers import as_integer, axes_of
from crystal_lfa.operators.arrays import as_array, is_symbolic, to_numpy
from crystal_lfa.operators.finite_range import CrystalOperator

__all__ = ["adjacency", "diagonal", "identity", "operator_from_couplings", "stencil", "zero"]


def stencil(array: Any, lattice: Lattice | None = None, centre: Any = None) -> CrystalOperator:
    r"""Return the operator of a stencil: :math:`(L f)(z) = \sum_j a_j f(z + j - c)`.

    Parameters
    ----------
    array : (n_1, ..., n_d) array_like, or (n_1, ..., n_d, k, k)
        Axis i is direction i of the lattice, from low to high coordinates. Matrices on the last two axes, for k
        unknowns a point, only with a `lattice` given.
    lattice : Lattice, optional
        Default the integer lattice of the array's dimension.
    centre : int or sequence of d int, optional
        The index c of offset 0, default (n - 1) // 2.

    Raises
    ------
    MultiplierError
        If the array has not the lattice's dimension, its matrices are not square, or `centre` is no index.

    References
    ----------
    Trottenberg, Oosterlee, Schueller: Multigrid (2001), section 1.3.4.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> laplacian = lfa.stencil([[0, -1, 0], [-1, 4, -1], [0, -1, 0]])
    >>> laplacian.symbol([0.5, 0.5]).real.item()
    8.0
    """
    numbers = as_array(array, "array")
    where = lattices.integer(max(numbers.ndim, 1)) if lattice is None else as_crystal(lattice, "lattice").lattice
    matrices = numbers.ndim - where.dim
    if numbers.ndim == 0 or matrices not in {0, 2} or (matrices == 2 and numbers.shape[-1] != numbers.shape[-2]):
        message = f"array: got shape {tuple(numbers.shape)}; a lattice of dimension {where.dim} needs {where.dim} axes"
        raise MultiplierError(f"{message}, or two more for square matrices")
    extents = tuple(int(n) for n in numbers.shape[: where.dim])
    origin = [(n - 1) // 2 for n in extents] if centre is None else _read_centre(centre, extents)
    crystal = Crystal(where, dof=int(numbers.shape[-1]) if matrices else 1)
    terms = {}
    for index in np.ndindex(*extents):
        value = numbers[(*index, ...)] if matrices else array_namespace(numbers).reshape(numbers[index], (1, 1))
        if is_symbolic(value) or to_numpy(value).any():
            terms[tuple(int(i - c) for i, c in zip(index, origin, strict=True))] = value
    return CrystalOperator(crystal, crystal, terms)


def _read_centre(centre: Any, extents: tuple[int, ...]) -> list[int]:
    entries = [centre] if axes_of(centre) == 0 else list(centre)
    numbers = [as_integer(entry, "centre") for entry in entries]
    if len(numbers) != len(extents):
        raise MultiplierError(f"centre: got {numbers}; one integer an axis ({len(extents)}) is needed")
    return numbers


def identity(crystal: Crystal | Lattice) -> CrystalOperator:
    """Return the operator that maps every function on a crystal to itself.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> lfa.identity(lfa.lattices.square()).multipliers.tolist()
    [[[1.0]]]
    """
    where = as_crystal(crystal, "crystal")
    return CrystalOperator(where, where, {(0,) * where.lattice.dim: np.eye(where.size)})


def zero(domain: Crystal | Lattice, codomain: Crystal | Lattice) -> CrystalOperator:
    """Return the operator that maps every function on `domain` to zero on `codomain`."""
    return CrystalOperator(domain, codomain, {})


def diagonal(values: Any, crystal: Crystal | Lattice) -> CrystalOperator:
    """Return the operator that multiplies each unknown of the cell by its own number.

    Parameters
    ----------
    values : number, or (size,) array_like
    crystal : Crystal or Lattice

    Raises
    ------
    MultiplierError
        If there are not as many values as unknowns.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> lfa.diagonal([1, 2], lfa.crystals.honeycomb()).multipliers.tolist()
    [[[1.0, 0.0], [0.0, 2.0]]]
    """
    where = as_crystal(crystal, "crystal")
    numbers = as_array(values, "values")
    xp = array_namespace(numbers)
    if numbers.ndim > 1 or (numbers.ndim == 1 and numbers.shape[0] != where.size):
        message = f"values: got shape {tuple(numbers.shape)}; one number, or one an unknown ({where.size}), is needed"
        raise MultiplierError(message)
    return CrystalOperator(where, where, {(0,) * where.lattice.dim: xp.eye(where.size) * numbers})


def adjacency(crystal: Crystal | Lattice, shell: int = 1) -> CrystalOperator:
    """Return the operator that adds up the values at the neighbours of each site.

    Parameters
    ----------
    crystal : Crystal or Lattice
    shell : int
        1 for the nearest neighbours in the whole crystal, 2 for the next distance, and so on.

    Raises
    ------
    InvalidArgumentError
        If `shell` is no positive integer, or neighbours differ in their number of unknowns.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> lfa.adjacency(lfa.lattices.triangular()).symbol([0, 0]).real.item()
    6.0
    """
    where = as_crystal(crystal, "crystal")
    number = as_integer(shell, "shell")
    if number < 1:
        raise InvalidArgumentError(f"shell: got {number}; 1 for nearest neighbours, 2 for the next, ... is needed")
    bonds = where.shells(number)[-1].bonds
    for a, b, _ in bonds:
        if where.dof[a] != where.dof[b]:
            message = f"crystal: the neighbours {a} and {b} have {where.dof[a]} and {where.dof[b]} unknowns; "
            raise InvalidArgumentError(f"{message}CrystalOperator.from_couplings takes a matrix for each pair")
    couplings = [(a, b, offset, np.eye(where.dof[a])) for a, b, offset in bonds]
    return operator_from_couplings(where, where, couplings)


def operator_from_couplings(
    domain: Crystal, codomain: Crystal, couplings: Any, *, hermitian: bool = False
) -> CrystalOperator:
    """Return the operator with these couplings: `CrystalOperator.from_couplings`."""
    if hermitian and not domain.is_same_as(codomain):
        raise MultiplierError(f"hermitian: the codomain has to be the domain, {domain!r}; got {codomain!r}")
    if not isinstance(couplings, Iterable):
        message = f"couplings: got {couplings!r}; a list of (row site, column site, offset, value) is needed"
        raise MultiplierError(message)
    rows = np.concatenate([[0], np.cumsum(codomain.dof)])
    columns = np.concatenate([[0], np.cumsum(domain.dof)])
    matrices: dict[tuple[int, ...], Any] = {}

    def add(a: int, b: int, offset: tuple[int, ...], block: Any) -> None:
        kind = np.result_type(block.dtype, np.float64) if block.dtype != object else object
        matrix = matrices.get(offset, np.zeros((codomain.size, domain.size)))
        matrix = matrix.astype(np.result_type(matrix.dtype, kind))
        matrix[rows[a] : rows[a + 1], columns[b] : columns[b + 1]] += block
        matrices[offset] = matrix

    for coupling in couplings:
        a, b, offset, block = _read_coupling(coupling, domain, codomain)
        add(a, b, offset, block)
        if hermitian and not (a == b and not any(offset)):
            add(b, a, tuple(-y for y in offset), block.conj().T)
    operator = CrystalOperator(domain, codomain, matrices)
    if hermitian and not is_symbolic(operator.multipliers) and not operator.is_hermitian:
        message = "couplings: of a site with itself at offset 0 a Hermitian matrix, or a real number, is needed"
        raise MultiplierError(message)
    return operator


def _read_coupling(coupling: Any, domain: Crystal, codomain: Crystal) -> tuple[int, int, tuple[int, ...], Any]:
    try:
        row, column, offset, value = coupling
    except (TypeError, ValueError):
        message = f"couplings: got {coupling!r}; (row site, column site, offset, value) is needed"
        raise MultiplierError(message) from None
    a, b = as_integer(row, "couplings: row site"), as_integer(column, "couplings: column site")
    for site, crystal, name in ((a, codomain, "row"), (b, domain, "column")):
        if not 0 <= site < len(crystal.dof):
            message = f"couplings: got {name} site {site} in {coupling!r}; sites are 0 to {len(crystal.dof) - 1}"
            raise MultiplierError(message)
    entries = [offset] if axes_of(offset) == 0 else list(offset)
    steps = tuple(as_integer(entry, "couplings: offset") for entry in entries)
    if len(steps) != domain.lattice.dim:
        raise MultiplierError(f"couplings: got the offset {offset!r}; {domain.lattice.dim} integers are needed")
    block = to_numpy(as_array(value, "couplings: value"))
    shape = (codomain.dof[a], domain.dof[b])
    if block.ndim == 0 and shape == (1, 1):
        block = block.reshape(1, 1)
    if block.shape != shape:
        raise MultiplierError(f"couplings: got a value of shape {block.shape} in {coupling!r}; {shape} is needed")
    return a, b, steps, block
