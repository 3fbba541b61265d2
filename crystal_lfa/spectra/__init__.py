"""What the symbols tell: singular values, eigenvalues, norms, bands."""

from crystal_lfa.spectra.bands import Bands, bands
from crystal_lfa.spectra.decompositions.decomposition import SVD
from crystal_lfa.spectra.decompositions.eigenvectors import Eig, eig
from crystal_lfa.spectra.decompositions.svd import svd
from crystal_lfa.spectra.densities import (
    DensityOfSingularValues,
    DensityOfStates,
    density_of_singular_values,
    density_of_states,
)
from crystal_lfa.spectra.eigenvalues import eigvals
from crystal_lfa.spectra.norms.extremes import norm, spectral_radius
from crystal_lfa.spectra.norms.sampled import enclosed_beside_samples, norm_from_samples
from crystal_lfa.spectra.norms.smallest import condition_number, extreme_eigenvalues, smallest_singular_value
from crystal_lfa.spectra.norms.suprema import Infimum, Supremum
from crystal_lfa.spectra.numerical_range import NumericalRange, numerical_range
from crystal_lfa.spectra.schatten import schatten_norm
from crystal_lfa.spectra.singular_values import svdvals
from crystal_lfa.spectra.storage import load

__all__ = [
    "SVD",
    "Bands",
    "DensityOfSingularValues",
    "DensityOfStates",
    "Eig",
    "Infimum",
    "NumericalRange",
    "Supremum",
    "bands",
    "condition_number",
    "density_of_singular_values",
    "density_of_states",
    "eig",
    "eigvals",
    "enclosed_beside_samples",
    "extreme_eigenvalues",
    "load",
    "norm",
    "norm_from_samples",
    "numerical_range",
    "schatten_norm",
    "smallest_singular_value",
    "spectral_radius",
    "svd",
    "svdvals",
]
