"""All kernels by name. Importing this module loads numba."""

from __future__ import annotations

from crystal_lfa.spectra.kernels.eigenvalues import eigenvalues_kernel
from crystal_lfa.spectra.kernels.singular_values import values_kernel
from crystal_lfa.spectra.kernels.singular_vectors import factors_kernel
from crystal_lfa.spectra.kernels.wave_functions import waves_kernel

__all__ = ["KERNELS"]

KERNELS = {
    "eigenvalues": eigenvalues_kernel,
    "factors": factors_kernel,
    "values": values_kernel,
    "waves": waves_kernel,
}
