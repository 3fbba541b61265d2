"""What acts on crystals: operators, their algebra, their matrices on tori."""

from crystal_lfa.operators.base import Operator
from crystal_lfa.operators.blocks import IndependentBlocks, WholeSymbols, independent_blocks
from crystal_lfa.operators.constructors import adjacency, diagonal, identity, stencil, zero
from crystal_lfa.operators.finite_range import CrystalOperator
from crystal_lfa.operators.systems import block
from crystal_lfa.operators.torus_operator import TorusOperator
from crystal_lfa.operators.transfers import averaging, injection, interpolation

__all__ = [
    "CrystalOperator",
    "IndependentBlocks",
    "Operator",
    "TorusOperator",
    "WholeSymbols",
    "adjacency",
    "averaging",
    "block",
    "diagonal",
    "identity",
    "independent_blocks",
    "injection",
    "interpolation",
    "stencil",
    "zero",
]
