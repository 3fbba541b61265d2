"""Scalar stencils, numbers by offset, with the few operations that formulas of differences need."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Any

import numpy as np

from crystal_lfa.geometry import Crystal
from crystal_lfa.operators import CrystalOperator
from crystal_lfa.operators.symbolic.expressions import is_expression

__all__ = ["Stencil", "combination", "on_every_unknown", "product"]

Stencil = Mapping[tuple[int, ...], Any]
"""Numbers, or SymPy expressions, by offset."""


def combination(*terms: tuple[Any, Stencil]) -> Stencil:
    """Return a linear combination of stencils, given as pairs of a number and a stencil; zeros are dropped."""
    total: dict[tuple[int, ...], Any] = {}
    for factor, stencil in terms:
        for offset, value in stencil.items():
            total[offset] = total[offset] + factor * value if offset in total else factor * value
    return {offset: value for offset, value in total.items() if value != 0}


def product(*stencils: Stencil) -> Stencil:
    """Return the stencil of the product of translation-invariant operators."""
    return reduce(_product_of_two, stencils)


def _product_of_two(left: Stencil, right: Stencil) -> Stencil:
    total: dict[tuple[int, ...], Any] = {}
    for y, first in left.items():
        for x, second in right.items():
            offset = tuple(a + b for a, b in zip(y, x, strict=True))
            total[offset] = total[offset] + first * second if offset in total else first * second
    return total


def on_every_unknown(stencil: Stencil, crystal: Crystal) -> CrystalOperator:
    """Return the operator that applies a stencil to every unknown of a crystal of one site by itself."""
    # Integer zeros and ones leave expressions as they are.
    unit = np.eye(crystal.size, dtype=np.int64)
    expressions = any(is_expression(value) for value in stencil.values())
    matrices = unit.astype(object) if expressions else unit
    return CrystalOperator(crystal, crystal, {offset: value * matrices for offset, value in stencil.items()})
