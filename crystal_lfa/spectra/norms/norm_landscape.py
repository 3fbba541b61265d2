"""The norm of a finite-range operator's symbol, as a function to be searched over all frequencies."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.frequencies import Cost, FrequencyWaves, measure_at
from crystal_lfa.frequencies.branch_and_bound import ABOVE, BELOW, BETWEEN
from crystal_lfa.operators import IndependentBlocks
from crystal_lfa.spectra.kernels.job import SymbolStacks, SymbolSums
from crystal_lfa.spectra.stacks import values_of

__all__ = ["NormLandscape", "Norms"]

_SMALL = 12
"""Up to this size singular values are computed; larger matrices are compared with thresholds by Cholesky."""

_NEWTON_STEPS = 4
_LONGEST_STEP = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class NormLandscape:
    """The norm of a symbol at frequencies in coordinates that belong to `offsets`.

    Attributes
    ----------
    blocks : tuple of IndependentBlocks
        What the operator does not couple, with numpy multipliers; at least one.
    even : bool
        Whether the operator is real.
    memory : int
    executor : Executor, optional
    batched : tuple, optional
        The blocks as kernels take them, where all singular values cost less than a comparison.
    """

    blocks: tuple[IndependentBlocks, ...]
    even: bool
    memory: int
    executor: Executor | None = None
    batched: tuple[SymbolSums | SymbolStacks, ...] | None = None

    @property
    def offsets(self) -> NDArray[np.int64]:
        """The offsets, (k, d)."""
        return self.blocks[0].offsets

    @property
    def size(self) -> int:
        """The smaller side of the largest block."""
        return max(min(block.shape[1:]) for block in self.blocks)

    def _cost(self) -> Cost:
        number = self.blocks[0].multipliers.itemsize
        # The symbol, its adjoint, and their product, which LAPACK destroys.
        working = max(block.working_bytes(number) + 2 * number * int(np.prod(block.shape)) for block in self.blocks)
        return Cost(working, 8, sum(block.fixed_bytes(number) for block in self.blocks))

    def values(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the norms at frequencies (b, d)."""
        return measure_at(points, Norms(self.batched or self.blocks), self._cost(), self.memory, self.executor)

    def compare(self, points: NDArray[np.float64], low: float, high: float) -> NDArray[np.int8]:
        """Return whether the norms lie below `low`, above `high`, or between."""
        measure = _Compared(self.batched or self.blocks, low, high)
        return measure_at(points, measure, self._cost(), self.memory, self.executor)

    def climb(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return, for each frequency, a better one: the norm there is at least that of the same singular pair."""
        return np.stack([self._climbed(point) for point in points])

    def _climbed(self, point: NDArray[np.float64]) -> NDArray[np.float64]:
        multipliers, symbol = self._largest_block(point)
        u, _, vh = np.linalg.svd(symbol, full_matrices=False)
        coefficients = (multipliers @ vh[0].conj()) @ u[:, 0].conj()
        return _ascended(point, coefficients, self.offsets)

    def newton(self, point: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return where a step of Newton's method for the norm itself leads, from near a maximum."""
        multipliers, symbol = self._largest_block(point)
        gradient, hessian = squared_norm_derivatives(multipliers, symbol, point, self.offsets)
        return point + _uphill(gradient, hessian)

    def _largest_block(self, point: NDArray[np.float64]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return the multipliers (k, p, q) and the symbol (p, q) of the block with the largest norm."""
        waves = FrequencyWaves(point[None])
        symbols = [block.symbols(waves)[0] for block in self.blocks]
        if len(symbols) == 1 and len(symbols[0]) == 1:
            return self.blocks[0].multipliers[:, 0], symbols[0][0]
        norms = [values_of(symbol)[:, 0] for symbol in symbols]
        group = int(np.argmax([norm.max() for norm in norms]))
        place = int(np.argmax(norms[group]))
        return self.blocks[group].multipliers[:, place], symbols[group][place]


@dataclass(frozen=True, slots=True, eq=False)
class Norms:
    """The largest singular value of all blocks, at frequencies."""

    blocks: tuple[IndependentBlocks | SymbolSums | SymbolStacks, ...]

    def __call__(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the norms at frequencies (b, d): (b,)."""
        waves = FrequencyWaves(points)
        norms = [_values(block, waves)[..., 0].max(axis=1) for block in self.blocks]
        return np.asarray(np.max(norms, axis=0), dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class _Compared:
    """The largest singular value of all blocks compared with two thresholds."""

    blocks: tuple[IndependentBlocks | SymbolSums | SymbolStacks, ...]
    low: float
    high: float

    def __call__(self, points: NDArray[np.float64]) -> NDArray[np.int8]:
        """Return BELOW, BETWEEN or ABOVE at frequencies (b, d): (b,)."""
        waves = FrequencyWaves(points)
        found = [self._of(block, waves).max(axis=1) for block in self.blocks]
        return np.asarray(np.max(found, axis=0), dtype=np.int8)

    def _of(self, block: IndependentBlocks | SymbolSums | SymbolStacks, waves: FrequencyWaves) -> NDArray[np.int8]:
        """Compare the norms of a block's matrices: (b, count)."""
        if not isinstance(block, IndependentBlocks) or min(block.shape[1:]) <= _SMALL:
            norms = _values(block, waves)[..., 0]
            result = np.where(norms < self.low, BELOW, BETWEEN) + (norms > self.high)
            return np.asarray(result, dtype=np.int8)
        matrices = block.symbols(waves)
        # All products at once, so that threads take turns: these run beside the other's Cholesky factorisations.
        adjoint = np.ascontiguousarray(matrices.conj().swapaxes(-1, -2))
        gram = matrices @ adjoint if matrices.shape[-2] <= matrices.shape[-1] else adjoint @ matrices
        flat = gram.reshape(-1, *gram.shape[-2:])
        return np.array([self._of_gram(one) for one in flat], dtype=np.int8).reshape(matrices.shape[:2])

    def _of_gram(self, gram: NDArray[Any]) -> int:
        if _is_below(gram, self.low):
            return BELOW
        return BETWEEN if self.low < self.high and _is_below(gram, self.high) else ABOVE


def _values(block: IndependentBlocks | SymbolSums | SymbolStacks, waves: FrequencyWaves) -> NDArray[Any]:
    """Return the singular values of a block's matrices, descending: (b, count, .)."""
    found: NDArray[Any] = (
        values_of(block.symbols(waves)) if isinstance(block, IndependentBlocks) else block.values(waves)
    )
    return found


def _is_below(gram: NDArray[Any], bound: float) -> bool:
    """Tell whether bound^2 - G is positive definite, by Cholesky: a sixth of the time of singular values."""
    from scipy.linalg import lapack

    shifted = -gram
    np.einsum("ii->i", shifted)[:] += bound**2
    factorise = lapack.cpotrf if shifted.dtype == np.complex64 else lapack.zpotrf
    # The transpose of a Hermitian matrix has the same eigenvalues, and is in Fortran's order.
    _, failed = factorise(shifted.T, overwrite_a=True, clean=False)
    return not failed


def _ascended(
    point: NDArray[np.float64], coefficients: NDArray[np.complex128], offsets: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return a frequency near by where the modulus of a trigonometric polynomial is larger, by Newton's method."""
    turns = 2j * np.pi * offsets
    terms = coefficients * np.exp(turns @ point)
    for _ in range(_NEWTON_STEPS):
        value, first = terms.sum(), terms @ turns
        second = (turns.T * terms) @ turns
        gradient = 2 * np.real(value.conjugate() * first)
        hessian = 2 * np.real(np.outer(first.conj(), first) + value.conjugate() * second)
        step = _uphill(gradient, hessian)
        moved = coefficients * np.exp(turns @ (point + step))
        if abs(moved.sum()) <= abs(value):
            break
        point, terms = point + step, moved
    return point


def _uphill(gradient: NDArray[np.float64], hessian: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Newton's step, not too long, in directions of either curvature uphill."""
    curvatures, directions = np.linalg.eigh(hessian)
    largest = float(np.abs(curvatures).max())
    if largest == 0:
        return np.zeros_like(gradient)
    step = directions @ (directions.T @ gradient / np.maximum(np.abs(curvatures), 1e-9 * largest))
    length = float(np.linalg.norm(step))
    return np.asarray(step * min(1.0, _LONGEST_STEP / length) if length else step)


def squared_norm_derivatives(
    multipliers: NDArray[Any], symbol: NDArray[Any], point: NDArray[np.float64], offsets: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    r"""Return the gradient (d,) and the Hessian (d, d) of the largest eigenvalue of :math:`L^H L`.

    With its eigenvectors v_k, first and second derivatives of a simple eigenvalue are
    :math:`v_1^H G_i v_1` and
    :math:`v_1^H G_{ij} v_1 + 2 \operatorname{Re} \sum_{k > 1} v_1^H G_i v_k\, v_k^H G_j v_1 / (\lambda_1 - \lambda_k)`.
    """
    turns = 2j * np.pi * offsets
    if symbol.shape[0] < symbol.shape[1]:
        # All eigenvectors of the smaller product are at hand; the adjoint has the opposite offsets.
        multipliers, symbol, turns = multipliers.conj().swapaxes(1, 2), symbol.conj().T, -turns
    waves = np.exp(turns @ point)
    _, s, vh = np.linalg.svd(symbol, full_matrices=False)
    v = vh[0].conj()
    image = symbol @ v
    first = (waves * turns.T) @ (multipliers @ v)
    adjoint = (waves * turns.T).conj() @ (image @ multipliers.conj())
    second = np.einsum("k,kd,ke,kp->dep", waves, turns, turns, multipliers @ v)
    # v_k^H G_i v_1
    slopes = vh @ (adjoint + first @ symbol.conj()).T
    gaps = s[0] ** 2 - s[1:] ** 2
    shares = slopes[1:] / np.maximum(gaps, 1e-12 * s[0] ** 2)[:, None]
    hessian = 2 * np.real(second @ image.conj() + first.conj() @ first.T + slopes[1:].conj().T @ shares)
    return np.real(slopes[0]), (hessian + hessian.T) / 2
