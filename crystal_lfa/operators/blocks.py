"""Unknowns that an operator never couples: its symbols are block-diagonal, in the same way at every frequency.

A depthwise convolution, a grouped one, a system of two equations that do not meet: each block is a small operator
of its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from array_api_compat import array_namespace, is_numpy_array
from numpy.typing import NDArray

from crystal_lfa.frequencies import WaveFunctions
from crystal_lfa.operators.arrays import constant_like, to_complex, to_numpy
from crystal_lfa.operators.base import Operator
from crystal_lfa.operators.evaluation import Program
from crystal_lfa.operators.finite_range import CrystalOperator
from crystal_lfa.operators.tables import symbol_cost
from crystal_lfa.operators.tabulated import Tabulated

__all__ = ["IndependentBlocks", "WholeSymbols", "independent_blocks"]


@dataclass(frozen=True, slots=True, eq=False)
class IndependentBlocks:
    """Diagonal blocks of one shape, all of them in one array.

    Attributes
    ----------
    offsets : (k, d) int64
    multipliers : (k, count, p, q) complex array
    """

    offsets: NDArray[np.int64]
    multipliers: Any

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        numbers = self.multipliers
        # Half of the bytes for another process; a zero with a minus sign counts as well: the same bits come back.
        if is_numpy_array(numbers) and not (numbers.imag.any() or np.signbit(numbers.imag).any()):
            return _real_blocks, (self.offsets, numbers.real.copy(), numbers.dtype)
        return IndependentBlocks, (self.offsets, numbers)

    def part(self, _numbers: NDArray[np.int64]) -> IndependentBlocks:
        """Return what the symbols at some frequencies of a torus are made of: all."""
        return self

    @property
    def shape(self) -> tuple[int, int, int]:
        """(count, p, q): how many blocks, and the shape of each."""
        _, count, p, q = self.multipliers.shape
        return count, p, q

    def working_bytes(self, itemsize: int) -> int:
        """Return what a symbol and its wave functions take while it is built."""
        return itemsize * math.prod(self.shape) + 64 * len(self.offsets)

    def fixed_bytes(self, itemsize: int) -> int:
        """Return what the multipliers take, in the type that is computed in."""
        return itemsize * len(self.offsets) * math.prod(self.shape)

    def symbols(self, waves: WaveFunctions) -> Any:
        """Return the blocks' symbols at a batch of b frequencies: (b, count, p, q)."""
        xp = array_namespace(self.multipliers)
        phases = constant_like(waves(self.offsets), self.multipliers)
        phases = xp.astype(phases, self.multipliers.dtype, copy=False)
        flat = xp.matmul(phases, xp.reshape(self.multipliers, (len(self.offsets), -1)))
        return xp.reshape(flat, (phases.shape[0], *self.shape))


def _real_blocks(offsets: NDArray[np.int64], multipliers: NDArray[Any], dtype: np.dtype[Any]) -> IndependentBlocks:
    return IndependentBlocks(offsets, multipliers.astype(dtype))


@dataclass(frozen=True, slots=True, eq=False)
class WholeSymbols:
    """The symbols of any operator, as one block.

    Attributes
    ----------
    program : Program
    dtype : the precision to compute in
    """

    program: Program
    dtype: Any = None

    def part(self, numbers: NDArray[np.int64]) -> WholeSymbols:
        """Return what the symbols at some frequencies of a torus are made of: all, but of a table its rows."""
        operator = self.program.steps[-1].operator
        if not isinstance(operator, Tabulated):
            return self
        return replace(self, program=Program.of(operator.part(numbers)))

    @property
    def shape(self) -> tuple[int, int, int]:
        """(1, m, n)."""
        return 1, *self.program.steps[-1].operator.shape

    def working_bytes(self, itemsize: int) -> int:
        """Return what a symbol and all its parts take while it is built."""
        return symbol_cost(self.program, itemsize)

    def fixed_bytes(self, itemsize: int) -> int:
        """Return what all multipliers take, in the type that is computed in."""
        leaves = (step.operator for step in self.program.steps if not step.inputs)
        return sum(itemsize * leaf.shape[0] * leaf.shape[1] * leaf.wave_functions for leaf in leaves)

    def symbols(self, waves: WaveFunctions) -> Any:
        """Return the symbols at a batch of b frequencies: (b, 1, m, n)."""
        values = self.program(waves, self.dtype)
        return array_namespace(values).expand_dims(values, axis=-3)


def independent_blocks(operator: Operator, dtype: Any = None) -> tuple[IndependentBlocks | WholeSymbols, ...]:
    """Divide an operator into the blocks that it does not couple, grouped by their shape.

    Parameters
    ----------
    operator : Operator
        Only of finite range is it known which unknowns are coupled.
    dtype : the precision to compute in

    Returns
    -------
    tuple of IndependentBlocks or WholeSymbols
        Rows and columns that are zero at every offset are in no block.
    """
    if not isinstance(operator, CrystalOperator):
        return (WholeSymbols(Program.of(operator), dtype),)
    multipliers = operator.multipliers
    pattern = np.zeros(operator.shape, dtype=np.bool_)
    for matrix in to_numpy(multipliers):
        pattern |= matrix != 0
    # Of a zero operator whose numbers have gradients, the values have some too.
    if pattern.all() or (not pattern.any() and getattr(multipliers, "requires_grad", False)):
        xp = array_namespace(multipliers)
        return (IndependentBlocks(operator.offsets, to_complex(xp.expand_dims(multipliers, axis=1), dtype)),)
    groups: dict[tuple[int, int], list[tuple[NDArray[np.int64], NDArray[np.int64]]]] = {}
    for rows, columns in _components(pattern):
        groups.setdefault((len(rows), len(columns)), []).append((rows, columns))
    # Selected before they are cast: of a depthwise layer's multipliers nearly all are zeros between blocks.
    return tuple(
        IndependentBlocks(operator.offsets, to_complex(_selected(multipliers, members), dtype))
        for _, members in sorted(groups.items())
    )


def _components(pattern: NDArray[np.bool_]) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Return the rows and columns of the connected components that couple anything."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    m = len(pattern)
    n = pattern.shape[1]
    rows, columns = np.nonzero(pattern)
    graph = coo_array((np.ones(len(rows), dtype=np.int8), (rows, m + columns)), shape=(m + n, m + n))
    count, labels = connected_components(graph, directed=False)
    order = np.argsort(labels, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(labels, minlength=count))[:-1])
    divided = ((group[group < m], group[group >= m] - m) for group in members)
    return [(rows, columns) for rows, columns in divided if len(rows) and len(columns)]


def _selected(multipliers: Any, members: list[tuple[NDArray[np.int64], NDArray[np.int64]]]) -> Any:
    """Return the multipliers (k, count, p, q) of blocks of one shape."""
    xp = array_namespace(multipliers)
    k, m, n = multipliers.shape
    rows = np.stack([rows for rows, _ in members])
    columns = np.stack([columns for _, columns in members])
    places = rows[:, :, None] * n + columns[:, None, :]
    flat = xp.reshape(multipliers, (k, m * n))
    taken = xp.take(flat, constant_like(places.ravel(), multipliers), axis=1)
    return xp.reshape(taken, (k, *places.shape))
