"""Transfers between a crystal and a coarser one; each is a function of the crystal and the coarser lattice."""

from crystal_lfa.multigrid.transfers.interpolations import cell_centred, cubic_interpolation, piecewise_constant
from crystal_lfa.multigrid.transfers.operator_dependent import operator_interpolation
from crystal_lfa.multigrid.transfers.weightings import cell_average, full_weighting, half_weighting
from crystal_lfa.operators import injection, interpolation

__all__ = [
    "cell_average",
    "cell_centred",
    "cubic_interpolation",
    "full_weighting",
    "half_weighting",
    "injection",
    "interpolation",
    "operator_interpolation",
    "piecewise_constant",
]
