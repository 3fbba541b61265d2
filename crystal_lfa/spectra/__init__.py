"""What the symbols tell: singular values, eigenvalues, norms, bands."""

from crystal_lfa.spectra.bands import Bands, DensityOfStates, bands, density_of_states
from crystal_lfa.spectra.eigenvalues import eigvals
from crystal_lfa.spectra.extremes import norm, spectral_radius
from crystal_lfa.spectra.singular_values import svdvals
from crystal_lfa.spectra.suprema import Supremum, enclose_norm, norm_from_samples

__all__ = [
    "Bands",
    "DensityOfStates",
    "Supremum",
    "bands",
    "density_of_states",
    "eigvals",
    "enclose_norm",
    "norm",
    "norm_from_samples",
    "spectral_radius",
    "svdvals",
]
