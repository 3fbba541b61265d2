"""Stacks of matrices by the kernels: scaled on the way in and out, and completed by LAPACK where a kernel gave up."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "MOST_STEPS",
    "complete",
    "kernel_eigenvalues",
    "kernel_factors",
    "kernel_values",
    "room_for_factors",
    "times_powers",
]

MOST_STEPS = 30
"""Of dqds or of sweeps, for each singular value; about four and two are usual."""

_LARGEST_EXPONENT = 126
"""Two to smaller powers, and to their opposites, is a normal number in every precision."""


def kernel_values(matrices: NDArray[Any]) -> NDArray[Any]:
    """Return the singular values of finite complex matrices (b, m, n), descending: (b, min(m, n))."""
    from crystal_lfa.spectra.kernels.catalogue import KERNELS

    scaled, exponents = _scaled(matrices)
    found = np.empty((len(scaled), 1, min(scaled.shape[1:3])))
    none = np.empty((0, 0, 1), scaled.dtype)
    complete(found, *KERNELS["values"](scaled.dtype.name, scaled, none, none[None], none[None], found, MOST_STEPS))
    return times_powers(found[:, 0], exponents[:, None]).astype(scaled.dtype, copy=False)


def kernel_factors(matrices: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return U (b, m, r), the singular values (b, r), descending, and V^H (b, r, n) of finite complex matrices."""
    from crystal_lfa.spectra.kernels.catalogue import KERNELS

    scaled, exponents = _scaled(matrices)
    kind = scaled.dtype
    b, m, n = matrices.shape
    left, values, right = room_for_factors(b, m, n, kind)
    none = np.empty((0, 0, 1), kind)
    missing = KERNELS["factors"](kind.name, scaled, none, none[None], none[None], left, values, right, MOST_STEPS)
    u, vh = (factor.view(matrices.dtype)[..., 0] for factor in (left, right))
    times_powers(values, exponents[:, None])
    for number in np.flatnonzero(missing):
        u[number], values[number], vh[number] = np.linalg.svd(matrices[number], full_matrices=False)
    return u, values, vh


def room_for_factors(b: int, m: int, n: int, kind: np.dtype[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return arrays for U, the singular values and V^H of matrices, real and imaginary parts last."""
    r = min(m, n)
    return np.empty((b, m, r, 2), kind), np.empty((b, r), kind), np.empty((b, r, n, 2), kind)


def kernel_eigenvalues(matrices: NDArray[Any]) -> NDArray[Any]:
    """Return the eigenvalues of finite complex matrices (b, n, n), in no order: (b, n)."""
    from crystal_lfa.spectra.kernels.catalogue import KERNELS

    scaled, exponents = _scaled(matrices)
    found = np.empty((*matrices.shape[:2], 2), scaled.dtype)
    missing = KERNELS["eigenvalues"](scaled.dtype.name, scaled, found, MOST_STEPS)
    times_powers(found, exponents[:, None, None])
    values: NDArray[Any] = found.view(matrices.dtype)[..., 0]
    if missing.any():
        values[missing] = np.linalg.eigvals(matrices[missing])
    return values


def times_powers(numbers: NDArray[Any], exponents: NDArray[np.integer[Any]]) -> NDArray[Any]:
    """Multiply real numbers by two to powers, in place; only what falls below the normal numbers is rounded."""
    if np.abs(exponents).max(initial=0) < _LARGEST_EXPONENT:
        # A product takes a tenth of the time.
        numbers *= np.ldexp(np.ones((), numbers.dtype), exponents)
    else:
        np.ldexp(numbers, exponents, out=numbers)
    return numbers


def _scaled(matrices: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return matrices over powers of two, near 1, real and imaginary parts last; and the powers (b,)."""
    parts = np.ascontiguousarray(matrices).view(matrices.real.dtype).reshape(*matrices.shape, 2)
    # Of the smallest numbers the reciprocal is not finite.
    exponents = np.maximum(np.frexp(np.abs(parts).max(axis=(1, 2, 3)))[1], np.finfo(parts.dtype).minexp)
    return np.ldexp(parts, -exponents[:, None, None, None]), exponents


def complete(
    values: NDArray[np.float64], diagonals: NDArray[np.float64], aboves: NDArray[np.float64], missing: NDArray[np.bool_]
) -> None:
    """Write by LAPACK the singular values of those bidiagonal matrices that a kernel has given up."""
    rows = values.reshape(len(missing), -1)
    for number in np.flatnonzero(missing):
        bidiagonal = np.diag(diagonals[number]) + np.diag(aboves[number, :-1], 1)
        rows[number] = np.linalg.svd(bidiagonal, compute_uv=False)
