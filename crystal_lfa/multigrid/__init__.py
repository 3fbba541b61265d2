"""Multigrid: from a model problem or a stencil to smoothing and convergence factors."""

from crystal_lfa.multigrid.problems import (
    Scheme,
    anisotropic,
    biharmonic,
    convection_diffusion,
    helmholtz,
    jumping,
    mehrstellen,
    poisson,
    q1_poisson,
    rotated_diffusion,
)
from crystal_lfa.multigrid.smoothers import (
    SOR,
    Chebyshev,
    Coloured,
    GaussSeidel,
    Jacobi,
    Kaczmarz,
    RedBlack,
    Richardson,
    Schwarz,
    Smoother,
    Vanka,
    cells,
    colouring,
    lines,
    planes,
)
from crystal_lfa.multigrid.cycles.k_grid import KGrid
from crystal_lfa.multigrid.cycles.levels import Level
from crystal_lfa.multigrid.cycles.two_grid import TwoGrid
from crystal_lfa.multigrid.factors.ellipticity import h_ellipticity
from crystal_lfa.multigrid.factors.smoothing import smoothing_factor
from crystal_lfa.multigrid.transfers import (
    cell_average,
    cell_centred,
    cubic_interpolation,
    full_weighting,
    half_weighting,
    injection,
    interpolation,
    operator_interpolation,
    piecewise_constant,
)
