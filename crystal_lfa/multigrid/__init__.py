"""Multigrid: model problems as operators on crystals."""

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
