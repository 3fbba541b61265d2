"""Norms on the infinite lattice, certified: what is proven about a finite-range operator."""

from __future__ import annotations

import math
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.frequencies import Enclosure, RunOptions, as_progress, branch_and_bound, single_blas_thread
from crystal_lfa.frequencies.climbing import wrapped
from crystal_lfa.geometry import Crystal, lattices
from crystal_lfa.geometry.exact.span import span
from crystal_lfa.operators import CrystalOperator, IndependentBlocks, independent_blocks
from crystal_lfa.operators.arrays import quiet_overflow, times_power_of_two, to_complex, to_numpy
from crystal_lfa.spectra.kernels.job import values_by_kernels
from crystal_lfa.spectra.norms.norm_landscape import NormLandscape, Norms
from crystal_lfa.spectra.stacks import finite, values_of

__all__ = ["certified_norm", "usual_evaluations"]

_BOX_BYTES = 64
"""For each axis of a box, which is kept while its level is searched."""

_USUAL_VISITS = 1000
"""Of symbols, by a search in two dimensions: whether it is a job for kernels is decided before it is made."""

_FLOPS = 2e9
_FEWEST, _MOST = 5_000, 200_000

_NEARLY_ORTHOGONAL = 1e-3
"""Size of the multipliers of A* A beside that at the origin, up to which it is used."""

_MOST_OFFSETS = 200
_MOST_PRODUCTS = 2e8
"""Multiplications up to which the triangle inequality is tried on A* A."""


def usual_evaluations(shape: tuple[int, int]) -> int:
    """Return how many symbols of a shape a search may visit: as many as take some seconds, 5000 to 200 000."""
    m, n = shape
    return int(min(max(_FLOPS / (m * n * min(m, n)), _FEWEST), _MOST))


def certified_norm(
    operator: CrystalOperator,
    rtol: float,
    evaluations: int | None,
    options: RunOptions,
) -> Enclosure:
    """Enclose the supremum of the norms of all symbols.

    Multiplying a symbol by a wave and changing the basis of the lattice that the differences of its offsets generate
    changes no norm: the search is in as many dimensions as that lattice has.
    """
    report = as_progress(options.progress)
    dimension = operator.lattice.dim
    multipliers = to_numpy(to_complex(operator.multipliers, options.dtype))
    largest = float(np.abs(multipliers).max(initial=0.0))
    present = (multipliers != 0).any(axis=(1, 2))
    if largest == 0:
        return Enclosure(0.0, 0.0, np.zeros(dimension), 0)
    offsets = operator.offsets[present]
    basis, coordinates = span([[int(x) for x in y - offsets[0]] for y in offsets])
    # Scaled by a power of two, so that squares neither vanish nor overflow.
    exponent = math.frexp(largest)[1]
    scaled = times_power_of_two(multipliers[present], -exponent)
    blocks = _blocks(coordinates, finite(scaled), real=operator.is_real)
    most = usual_evaluations(operator.shape) if evaluations is None else evaluations
    most = max(1, min(most, options.limit // (_BOX_BYTES * max(1, len(basis)))))
    with single_blas_thread:
        if basis:
            batched = values_by_kernels(blocks, _USUAL_VISITS, multipliers.real.dtype.name)
            landscape = NormLandscape(blocks, operator.is_real, options.limit, options.executor, batched)
            found = branch_and_bound(landscape, rtol, most, _triangle(blocks), report)
        else:
            norm = float(Norms(blocks)(np.zeros((1, 0)))[0])
            found = Enclosure(norm, norm, np.zeros(0), 1)
    report(most, most)
    frequency = np.linalg.pinv(np.array(basis, dtype=np.float64).reshape(len(basis), dimension)) @ found.frequency
    upper = found.upper + _rounding(blocks, found.upper)
    with quiet_overflow():
        lower, upper = (float(np.ldexp(end, exponent)) for end in (found.lower, upper))
    return Enclosure(lower, upper, wrapped(frequency), found.evaluations)


def _blocks(
    coordinates: tuple[tuple[int, ...], ...], multipliers: NDArray[Any], *, real: bool
) -> tuple[IndependentBlocks, ...]:
    """Return what is not coupled of the operator with these offsets."""
    offsets = np.array(coordinates, dtype=np.int64).reshape(len(coordinates), -1)
    numbers = multipliers.real if real else multipliers
    _, m, n = multipliers.shape
    if offsets.shape[1] == 0:
        whole = np.ascontiguousarray(multipliers[:, None])
        return (IndependentBlocks(offsets, whole),)
    line = lattices.integer(offsets.shape[1])
    operator = CrystalOperator.from_arrays(Crystal(line, dof=n), Crystal(line, dof=m), offsets, numbers.copy())
    found = independent_blocks(operator, multipliers.dtype.name)
    return tuple(block for block in found if isinstance(block, IndependentBlocks))


def _triangle(blocks: tuple[IndependentBlocks, ...]) -> float:
    """Return what the triangle inequality says of the norm: of A, and where that is cheap of A* A."""
    bounds = []
    for block in blocks:
        multipliers = block.multipliers
        own = values_of(multipliers)[..., 0].sum(axis=0).max()
        bounds.append(float(min(own, _triangle_of_square(block))))
    return max(bounds)


def _triangle_of_square(block: IndependentBlocks) -> float:
    """Return the square root of the sum of the norms of the multipliers of A* A; infinite where it is not tried.

    It is the norm itself where A is orthogonal up to a factor, so flat that no search could tell; elsewhere it says
    little, and is not tried.
    """
    k = len(block.offsets)
    count, p, q = block.shape
    if k > _MOST_OFFSETS or k * (k + 1) / 2 * count * p * q * min(p, q) > _MOST_PRODUCTS:
        return math.inf
    matrices = block.multipliers if q <= p else block.multipliers.conj().swapaxes(-1, -2)
    sums: dict[tuple[int, ...], Any] = {}
    for i, j in combinations_with_replacement(range(k), 2):
        step = tuple((block.offsets[j] - block.offsets[i]).tolist())
        opposite = tuple(-x for x in step)
        product = matrices[i].conj().swapaxes(-1, -2) @ matrices[j]
        key = max(step, opposite)
        product = product if key == step else product.conj().swapaxes(-1, -2)
        sums[key] = sums[key] + product if key in sums else product
    mean = values_of(sums.pop((0,) * block.offsets.shape[1]))[..., 0]
    others = np.sum([np.linalg.norm(total, axis=(-2, -1)) for total in sums.values()], axis=0)
    # The norm's square is at least that of the mean over all frequencies, and at most that of all multipliers.
    return math.sqrt(float((mean + 2 * others).max())) if (others <= _NEARLY_ORTHOGONAL * mean).all() else math.inf


def _rounding(blocks: tuple[IndependentBlocks, ...], upper: float) -> float:
    """Return by how much rounding may have lowered norms: 10 * size * eps of what they are summed from."""
    size = max(max(block.shape[1:]) for block in blocks)
    eps = float(np.finfo(blocks[0].multipliers.dtype).eps)
    summed = max(float(np.linalg.norm(block.multipliers, axis=(2, 3)).sum(axis=0).max()) for block in blocks)
    # Phases of offsets far out are rounded as well.
    turns = np.abs(blocks[0].offsets).sum(axis=1).astype(np.float64)
    turned = max(float((np.linalg.norm(block.multipliers, axis=(2, 3)).T @ turns).max()) for block in blocks)
    return 10 * size * eps * max(upper, min(summed, size * upper)) + 8 * np.pi * eps * turned
