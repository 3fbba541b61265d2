"""What is measured of each symbol: by LAPACK, or by kernels where a job is one for them."""

from __future__ import annotations

from typing import Any

import numpy as np
from array_api_compat import array_namespace, is_numpy_array
from numpy.typing import NDArray

from crystal_lfa.operators import WholeSymbols
from crystal_lfa.spectra.kernels.job import suits_kernel
from crystal_lfa.spectra.kernels.matrices import kernel_eigenvalues, kernel_values
from crystal_lfa.spectra.stacks import values_of
from crystal_lfa.spectra.symbol_task import Measure

__all__ = ["measured_by_kernel", "norms_of", "radii_of"]


def norms_of(symbols: Any) -> Any:
    """Return the largest singular value of each matrix."""
    return values_of(symbols)[..., 0]


def radii_of(symbols: Any) -> Any:
    """Return the largest modulus of the eigenvalues of each matrix."""
    xp = array_namespace(symbols)
    if symbols.shape[-1] == 1:
        return xp.abs(symbols[..., 0, 0])
    values = np.linalg.eigvals(symbols) if is_numpy_array(symbols) else xp.linalg.eigvals(symbols)
    return xp.max(xp.abs(values), axis=-1)


def measured_by_kernel(measure: Measure, symbols: WholeSymbols, frequencies: int) -> Measure:
    """Return what measures the same of the symbols at so many frequencies, by a kernel if it is a job for one."""
    if measure not in _BY_KERNEL or min(symbols.shape[1:]) < 2:
        return measure
    name, other = _BY_KERNEL[measure]
    return other if suits_kernel(name, symbols, frequencies) else measure


def _norms_by_kernel(symbols: NDArray[Any]) -> NDArray[Any]:
    return kernel_values(symbols)[:, 0]


def _radii_by_kernel(symbols: NDArray[Any]) -> NDArray[Any]:
    radii: NDArray[Any] = np.abs(kernel_eigenvalues(symbols)).max(axis=-1)
    return radii


_BY_KERNEL: dict[Measure, tuple[str, Measure]] = {
    norms_of: ("values", _norms_by_kernel),
    radii_of: ("eigenvalues", _radii_by_kernel),
}
