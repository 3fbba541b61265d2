"""Pooling, upsampling and shuffling of pixels: convolutions with given weights, channel by channel."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.cnn.convolution import conv, one_an_axis
from crystal_lfa.errors import CrystalMismatchError, InvalidArgumentError
from crystal_lfa.geometry import Crystal, Lattice, as_crystal
from crystal_lfa.geometry.exact.integers import axes_of
from crystal_lfa.operators import CrystalOperator
from crystal_lfa.operators.arrays import as_array

__all__ = [
    "average_pooling",
    "bicubic_upsampling",
    "bilinear_upsampling",
    "blur_pooling",
    "nearest_upsampling",
    "pixel_shuffle",
    "pixel_unshuffle",
]


def average_pooling(
    domain: Crystal | Lattice, kernel: int | Sequence[int], stride: Any = None, padding: int | Sequence[int] = 0
) -> CrystalOperator:
    r"""Return average pooling: the mean of the pixels under a window, at every stride-th place.

    Parameters
    ----------
    domain : Crystal or Lattice
        Of the image, as in `conv`; its channels are pooled one by one.
    kernel : int or sequence of int
        Extents of the window.
    stride : int or sequence of int, optional
        The window's own extents if not given.
    padding : int or sequence of int
        By how many pixels the first window begins before the first pixel. Padded pixels count, as in
        ``AvgPool2d(count_include_pad=True)``.

    Raises
    ------
    InvalidArgumentError
        If an extent is no positive integer.
    CrystalMismatchError
        If the domain's sites form no lattice.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> image = lfa.Crystal(lfa.lattices.integer(2), dof=3)
    >>> pool = lfa.cnn.average_pooling(image, 2)
    >>> pool.codomain.size, lfa.norm(pool).upper < 0.5 + 1e-9
    (3, True)
    """
    pixels = _pixels(domain)
    extents = one_an_axis(kernel, pixels.lattice.dim, "kernel", 1)
    window = np.full(extents, 1 / math.prod(extents))
    return _filtered(domain, pixels, window, extents if stride is None else stride, padding)


def blur_pooling(domain: Crystal | Lattice, taps: Any = (1, 2, 1), stride: int | Sequence[int] = 2) -> CrystalOperator:
    r"""Return blur pooling: a separable filter with sum one, at every stride-th pixel.

    Parameters
    ----------
    domain : Crystal or Lattice
        As for `average_pooling`.
    taps : sequence of numbers
        Of the filter along every axis, scaled to sum one; centred at tap ``(n - 1) // 2``.
    stride : int or sequence of int

    Raises
    ------
    InvalidArgumentError
        If the taps are not finite numbers with a sum other than zero.

    References
    ----------
    Zhang: Making convolutional networks shift-invariant again (ICML 2019).

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> blur = lfa.cnn.blur_pooling(lfa.lattices.integer(1), taps=[1, 2, 1])
    >>> lfa.svdvals(blur, lfa.lattices.integer(1).torus(4)).round(6).tolist()
    [[0.707107], [0.5]]
    """
    pixels = _pixels(domain)
    row = np.asarray(as_array(taps, "taps"), dtype=np.float64)
    if row.ndim != 1 or not row.size or not np.isfinite(row).all() or row.sum() == 0:
        message = f"taps: got {taps!r}; finite numbers in a row, with a sum other than zero, are needed"
        raise InvalidArgumentError(message)
    window = _outer([row / row.sum()] * pixels.lattice.dim)
    return _filtered(domain, pixels, window, stride, [(n - 1) // 2 for n in window.shape])


def nearest_upsampling(domain: Crystal | Lattice, factor: int | Sequence[int] = 2) -> CrystalOperator:
    """Return upsampling that repeats pixels, as ``interpolate(mode="nearest")`` does for whole factors.

    Parameters
    ----------
    domain : Crystal or Lattice
        Of the small image, as in `conv`.
    factor : int or sequence of int
        How many pixels each becomes along each axis.

    Raises
    ------
    InvalidArgumentError
        If a factor is no positive integer.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> up = lfa.cnn.nearest_upsampling(lfa.lattices.integer(2), 2)
    >>> float(lfa.svdvals(up, 4).min()), float(lfa.svdvals(up, 4).max())
    (2.0, 2.0)
    """
    pixels = _pixels(domain)
    factors = one_an_axis(factor, pixels.lattice.dim, "factor", 1)
    return _spread(domain, pixels, [np.ones(s) for s in factors], [0] * len(factors), factors)


def bilinear_upsampling(domain: Crystal | Lattice, factor: int | Sequence[int] = 2) -> CrystalOperator:
    r"""Return (bi-, tri-) linear upsampling: :math:`u(x) = \sum_z \max(0, 1 - |x - z|)\, f(z)`, axis by axis.

    Pixels are cells whose centres are interpolated, :math:`x = (i + 1/2) / s - 1/2`, as in
    ``interpolate(mode="bilinear", align_corners=False)``.

    Parameters
    ----------
    domain, factor
        As for `nearest_upsampling`.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> up = lfa.cnn.bilinear_upsampling(lfa.lattices.integer(1), 2)
    >>> lfa.svdvals(up, 2).ravel().round(6).tolist()
    [1.414214, 0.707107]
    """
    return _interpolated(domain, factor, lambda x: max(Fraction(0), 1 - abs(x)), 1)


def bicubic_upsampling(domain: Crystal | Lattice, factor: int | Sequence[int] = 2) -> CrystalOperator:
    """Return (bi-) cubic upsampling, by Keys's kernel with a = -3/4, as in ``interpolate(mode="bicubic")``.

    Parameters
    ----------
    domain, factor
        As for `nearest_upsampling`; centres as for `bilinear_upsampling`.

    References
    ----------
    Keys: Cubic convolution interpolation for digital image processing (IEEE TASSP 29, 1981).

    Examples
    --------
    >>> import numpy as np
    >>> import crystal_lfa as lfa
    >>> up = lfa.cnn.bicubic_upsampling(lfa.lattices.integer(2), 2)
    >>> f = up.apply(np.ones((9, 1)), 3)                       # a constant stays one
    >>> float(f.min().round(12)), float(f.max().round(12))
    (1.0, 1.0)
    """
    return _interpolated(domain, factor, _keys, 2)


def pixel_shuffle(domain: Crystal | Lattice, factor: int | Sequence[int] = 2) -> CrystalOperator:
    """Return pixel shuffle: groups of channels become pixels, as ``PixelShuffle`` does. It keeps all norms.

    Parameters
    ----------
    domain : Crystal or Lattice
        Of the small image; prod(factor) divides its channels.
    factor : int or sequence of int

    Raises
    ------
    CrystalMismatchError
        If the number of channels is no multiple of prod(factor).

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> shuffle = lfa.cnn.pixel_shuffle(lfa.Crystal(lfa.lattices.integer(2), dof=8), 2)
    >>> shuffle.codomain.size, lfa.svdvals(shuffle, 3).min().item()     # 4 pixels of 2 channels
    (8, 1.0)
    """
    pixels = _pixels(domain)
    factors = one_an_axis(factor, pixels.lattice.dim, "factor", 1)
    count = math.prod(factors)
    if pixels.size % count:
        message = f"domain: it has {pixels.size} channels; a multiple of prod(factor) = {count} is needed"
        raise CrystalMismatchError(message)
    return conv(
        _shuffling(pixels.size // count, factors),
        stride=factors,
        padding=0,
        groups=pixels.size // count,
        transposed=True,
        domain=domain,
    )


def pixel_unshuffle(domain: Crystal | Lattice, factor: int | Sequence[int] = 2) -> CrystalOperator:
    """Return pixel unshuffle: pixels become channels, as ``PixelUnshuffle`` does; the inverse of `pixel_shuffle`.

    Parameters
    ----------
    domain : Crystal or Lattice
        Of the large image.
    factor : int or sequence of int

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> unshuffle = lfa.cnn.pixel_unshuffle(lfa.lattices.integer(2), 2)
    >>> unshuffle.codomain.size, lfa.svdvals(unshuffle, 3).min().item()
    (4, 1.0)
    """
    pixels = _pixels(domain)
    factors = one_an_axis(factor, pixels.lattice.dim, "factor", 1)
    return conv(_shuffling(pixels.size, factors), stride=factors, padding=0, groups=pixels.size, domain=domain)


def _pixels(domain: Crystal | Lattice) -> Crystal:
    """Return the crystal of an image with one site a cell."""
    crystal = Crystal(domain) if isinstance(domain, Lattice) else as_crystal(domain, "domain")
    return crystal.primitive()


def _shuffling(channels: int, factors: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the weight (c prod(s), 1, *s) that takes pixel number j of a cell to channel c prod(s) + j."""
    count = math.prod(factors)
    return np.tile(np.eye(count).reshape(count, 1, *factors), (channels, *([1] * (len(factors) + 1))))


def _outer(rows: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the product of taps along every axis."""
    product: NDArray[np.float64] = np.ones(())
    for row in rows:
        product = np.multiply.outer(product, row)
    return product


def _filtered(domain: Any, pixels: Crystal, window: NDArray[np.float64], stride: Any, padding: Any) -> CrystalOperator:
    """Return a filter on every channel."""
    weight = np.tile(window, (pixels.size, 1, *([1] * window.ndim)))
    return conv(weight, stride=stride, padding=padding, groups=pixels.size, domain=domain)


def _spread(
    domain: Any, pixels: Crystal, rows: Sequence[NDArray[np.float64]], before: Sequence[int], factors: tuple[int, ...]
) -> CrystalOperator:
    """Return the operator that puts taps round every pixel of a small image, channel by channel."""
    weight = np.tile(_outer(rows), (pixels.size, 1, *([1] * len(factors))))
    return conv(weight, stride=factors, padding=before, groups=pixels.size, transposed=True, domain=domain)


def _interpolated(domain: Any, factor: Any, kernel: Callable[[Fraction], Fraction], support: int) -> CrystalOperator:
    pixels = _pixels(domain)
    if axes_of(factor) == 0:
        factor = [factor] * pixels.lattice.dim
    factors = one_an_axis(factor, pixels.lattice.dim, "factor", 1)
    rows, before = [], []
    for s in factors:
        # A pixel of the large image, i pixels after the first one of a cell of the small, lies at (i + 1/2) / s - 1/2.
        places = range(-support * s, (support + 1) * s)
        taps = {i: kernel(Fraction(2 * i + 1, 2 * s) - Fraction(1, 2)) for i in places}
        first = min(i for i, tap in taps.items() if tap)
        last = max(i for i, tap in taps.items() if tap)
        rows.append(np.array([float(taps[i]) for i in range(first, last + 1)]))
        before.append(-first)
    return _spread(domain, pixels, rows, before, factors)


def _keys(x: Fraction) -> Fraction:
    a, t = Fraction(-3, 4), abs(x)
    if t <= 1:
        return (a + 2) * t**3 - (a + 3) * t**2 + 1
    return a * t**3 - 5 * a * t**2 + 8 * a * t - 4 * a if t < 2 else Fraction(0)
