"""What the symbols tell: singular values, eigenvalues, norms, bands."""

from crystal_lfa.spectra.bands import Bands, DensityOfStates, bands, density_of_states
from crystal_lfa.spectra.decomposition import SVD
from crystal_lfa.spectra.eigenvalues import eigvals
from crystal_lfa.spectra.eigenvectors import Eig, eig
from crystal_lfa.spectra.extremes import norm, spectral_radius
from crystal_lfa.spectra.singular_values import svdvals
from crystal_lfa.spectra.suprema import Supremum, enclose_norm, norm_from_samples
from crystal_lfa.spectra.svd import svd

__all__ = [
    "SVD",
    "Bands",
    "DensityOfStates",
    "Eig",
    "Supremum",
    "bands",
    "density_of_states",
    "eig",
    "eigvals",
    "enclose_norm",
    "norm",
    "norm_from_samples",
    "spectral_radius",
    "svd",
    "svdvals",
]
