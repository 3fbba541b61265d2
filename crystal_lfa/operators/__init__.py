"""What acts on crystals: operators, their algebra, their matrices on tori."""

from crystal_lfa.operators.base import Operator
from crystal_lfa.operators.blocks import IndependentBlocks, independent_blocks
from crystal_lfa.operators.finite_range import CrystalOperator

__all__ = ["CrystalOperator", "IndependentBlocks", "Operator", "independent_blocks"]
