"""Stacks of matrices by the kernels: scaled on the way in and out, and completed by LAPACK where a kernel gave up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "MOST_STEPS",
    "FactorTables",
    "found_values",
    "kernel_eigenvalues",
    "kernel_factors",
    "kernel_values",
    "times_powers",
]

MOST_STEPS = 30
"""Of dqds or of sweeps, for each singular value; about four and two are usual."""

_LARGEST_EXPONENT = 126
"""Two to smaller powers, and to their opposites, is a normal number in every precision."""


def kernel_values(matrices: NDArray[Any]) -> NDArray[Any]:
    """Return the singular values of finite complex matrices (b, m, n), descending: (b, min(m, n))."""
    scaled, exponents = _scaled(matrices)
    none = np.empty((0, 0, 1), scaled.dtype)
    found = found_values((scaled, none, none[None], none[None]), (len(scaled), 1, min(scaled.shape[1:3])))
    return times_powers(found[:, 0], exponents[:, None]).astype(scaled.dtype, copy=False)


def found_values(symbols: tuple[NDArray[Any], ...], shape: tuple[int, int, int]) -> NDArray[np.float64]:
    """Return the singular values (b, count, r), descending, of matrices or sums of functions, as kernels take them."""
    from crystal_lfa.spectra.kernels.catalogue import KERNELS

    found = np.empty(shape)
    b, count, r = shape
    diagonals, aboves = np.empty((2, b * count, r))
    missing = np.empty(b * count, np.bool_)
    KERNELS["values"](symbols[1].dtype.name, *symbols, found, diagonals, aboves, missing, MOST_STEPS)
    _complete(found, diagonals, aboves, missing)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class FactorTables:
    """Where U and V^H of a batch of matrices are written.

    Attributes
    ----------
    u, vh : (., m, r), (., r, n) complex numpy arrays, r = min(m, n)
    rows : (b,) int64
        The places in them.
    opposite : (b or 0,) int64
        The places of the conjugates, of symbols of a real operator; what is its own opposite is written twice there.
    """

    u: NDArray[Any]
    vh: NDArray[Any]
    rows: NDArray[np.int64]
    opposite: NDArray[np.int64]

    @classmethod
    def of_batch(cls, b: int, m: int, n: int, number: Any) -> FactorTables:
        """Return tables of nothing but one batch."""
        r = min(m, n)
        none = np.empty(0, np.int64)
        return cls(np.empty((b, m, r), number), np.empty((b, r, n), number), np.arange(b), none)

    def fill(self, symbols: tuple[NDArray[Any], ...]) -> tuple[NDArray[Any], NDArray[np.int64]]:
        """Write the factors of matrices, or sums of functions, as the kernel takes them.

        Returns
        -------
        values : (b, r), descending
        missing : (k,) int64
            The places in the batch of what was not found: there all is wrong.
        """
        from crystal_lfa.spectra.kernels.catalogue import KERNELS

        kind = self.u.real.dtype
        left, right = (x.view(kind).reshape(*x.shape, 2) for x in (self.u, self.vh))
        values = np.empty((len(self.rows), self.u.shape[2]), kind)
        given = (np.require(x, np.int64, ["C", "W"]) for x in (self.rows, self.opposite))
        missing = np.empty(len(values), np.bool_)
        KERNELS["factors"](kind.name, *symbols, left, values, right, *given, missing, MOST_STEPS)
        return values, np.flatnonzero(missing)

    def put(self, places: NDArray[np.int64], u: NDArray[Any], vh: NDArray[Any]) -> None:
        """Write the factors of some of the batch, found otherwise."""
        for table, factor in ((self.u, u), (self.vh, vh)):
            table[self.rows[places]] = factor
            if len(self.opposite):
                table[self.opposite[places]] = factor.conj()


def kernel_factors(matrices: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return U (b, m, r), the singular values (b, r), descending, and V^H (b, r, n) of finite complex matrices."""
    scaled, exponents = _scaled(matrices)
    b, m, n = matrices.shape
    tables = FactorTables.of_batch(b, m, n, matrices.dtype)
    none = np.empty((0, 0, 1), scaled.dtype)
    values, missing = tables.fill((scaled, none, none[None], none[None]))
    times_powers(values, exponents[:, None])
    for number in missing:
        tables.u[number], values[number], tables.vh[number] = np.linalg.svd(matrices[number], full_matrices=False)
    return tables.u, values, tables.vh


def kernel_eigenvalues(matrices: NDArray[Any]) -> NDArray[Any]:
    """Return the eigenvalues of finite complex matrices (b, n, n), in no order: (b, n)."""
    from crystal_lfa.spectra.kernels.catalogue import KERNELS

    scaled, exponents = _scaled(matrices)
    found = np.empty((*matrices.shape[:2], 2), scaled.dtype)
    missing = np.empty(len(found), np.bool_)
    KERNELS["eigenvalues"](scaled.dtype.name, scaled, found, missing, MOST_STEPS)
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


def _complete(
    values: NDArray[np.float64], diagonals: NDArray[np.float64], aboves: NDArray[np.float64], missing: NDArray[np.bool_]
) -> None:
    """Write by LAPACK the singular values of those bidiagonal matrices that a kernel has given up."""
    rows = values.reshape(len(missing), -1)
    for number in np.flatnonzero(missing):
        bidiagonal = np.diag(diagonals[number]) + np.diag(aboves[number, :-1], 1)
        rows[number] = np.linalg.svd(bidiagonal, compute_uv=False)
