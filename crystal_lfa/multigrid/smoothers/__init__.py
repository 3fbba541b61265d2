"""Smoothers: relaxation methods, each a frozen object that maps an operator to its error propagator."""

from crystal_lfa.multigrid.smoothers.base import Smoother
from crystal_lfa.multigrid.smoothers.blocks import cells, lines, planes
from crystal_lfa.multigrid.smoothers.coloured import Coloured, RedBlack, colouring
from crystal_lfa.multigrid.smoothers.patches import Schwarz, Vanka
from crystal_lfa.multigrid.smoothers.pointwise import Jacobi, Richardson
from crystal_lfa.multigrid.smoothers.polynomial import Chebyshev
from crystal_lfa.multigrid.smoothers.sweeps import SOR, GaussSeidel, Kaczmarz

__all__ = [
    "SOR",
    "Chebyshev",
    "Coloured",
    "GaussSeidel",
    "Jacobi",
    "Kaczmarz",
    "RedBlack",
    "Richardson",
    "Schwarz",
    "Smoother",
    "Vanka",
    "cells",
    "colouring",
    "lines",
    "planes",
]
