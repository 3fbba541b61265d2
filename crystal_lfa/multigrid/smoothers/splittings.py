"""The splitting of an operator by an ordering of its unknowns or blocks: own part, and what is visited before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from crystal_lfa.errors import InvalidArgumentError, SingularSymbolError
from crystal_lfa.multigrid.smoothers.base import Smoother, finite_range, inverse_of_diagonal
from crystal_lfa.multigrid.smoothers.blocks import Along, Blocks
from crystal_lfa.operators import CrystalOperator, Operator
from crystal_lfa.operators.arrays import is_symbolic, to_numpy

__all__ = ["Splitting", "read_blocks", "split"]


@dataclass(frozen=True, slots=True, eq=False)
class Splitting:
    """An operator, and what it couples within blocks; a block without a name is a single unknown.

    Attributes
    ----------
    operator : CrystalOperator
        A, with a cell that parts no finite block.
    own : CrystalOperator
        D: what couples unknowns of one block.
    own_inverse : Operator
        The inverse of D.
    blocks : Blocks or None
    """

    operator: CrystalOperator
    own: CrystalOperator
    own_inverse: Operator
    blocks: Blocks | None

    def before(self, order: Any, unknowns: Any = None) -> CrystalOperator:
        """Return L: what couples a block to those that a sweep visits before it."""
        if self.blocks is None:
            return self.operator.strictly_lower(order, unknowns)
        if unknowns is not None:
            raise InvalidArgumentError("unknowns: got an order of unknowns as well as blocks; one of them is needed")
        return self.blocks.before(self.operator, order)


def read_blocks(blocks: object) -> Blocks | None:
    """Return blocks.

    Raises
    ------
    InvalidArgumentError
        If they are none.
    """
    if blocks is not None and not isinstance(blocks, Blocks):
        raise InvalidArgumentError(f"blocks: got {blocks!r}; None, lines(axis), planes(i, j) or cells(shape) is needed")
    return blocks


def split(A: object, blocks: Blocks | None, who: Smoother) -> Splitting:
    """Return the splitting of an operator by blocks.

    Raises
    ------
    SingularSymbolError
        If a diagonal entry, or a finite block, is singular.
    """
    operator = finite_range(A, who)
    if blocks is None:
        return Splitting(operator, operator.diagonal(), inverse_of_diagonal(operator, who), None)
    described = blocks.described(operator)
    own = blocks.own(described)
    if not isinstance(blocks, Along):
        _check_block(own, who)
    return Splitting(described, own, own.inv(), blocks)


def _check_block(own: CrystalOperator, who: Smoother) -> None:
    """Refuse a block of finitely many unknowns that is singular, and say which."""
    if len(own.offsets) and is_symbolic(own.multipliers):
        return
    matrix = to_numpy(own.multipliers)[0] if len(own.offsets) else np.zeros(own.shape)
    rank = int(np.linalg.matrix_rank(matrix))
    if rank < len(matrix):
        message = f"A: the block of the {len(matrix)} unknowns of {own.domain!r} has rank {rank}"
        raise SingularSymbolError(f"{message}; {type(who).__name__} inverts it")
