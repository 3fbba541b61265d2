"""Model problems of multigrid as ordinary operators: diffusion, convection, higher order, jumping coefficients."""

from crystal_lfa.multigrid.problems.coefficients import jumping
from crystal_lfa.multigrid.problems.compact import mehrstellen, q1_poisson
from crystal_lfa.multigrid.problems.convection import Scheme, convection_diffusion
from crystal_lfa.multigrid.problems.diffusion import anisotropic, helmholtz, poisson, rotated_diffusion
from crystal_lfa.multigrid.problems.fourth_order import biharmonic

__all__ = [
    "Scheme",
    "anisotropic",
    "biharmonic",
    "convection_diffusion",
    "helmholtz",
    "jumping",
    "mehrstellen",
    "poisson",
    "q1_poisson",
    "rotated_diffusion",
]
