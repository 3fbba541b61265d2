"""The paper's experiment on boundary conditions: spectra with borders beside those of the torus."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.cnn.boundaries import Boundary, as_numbers, boundary_matrix
from crystal_lfa.cnn.convolution import ConvArguments, conv, one_an_axis, read_arguments
from crystal_lfa.cnn.sparse_ends import largest_singular_value, smallest_singular_value
from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.frequencies.budget import parse_memory
from crystal_lfa.geometry import lattices
from crystal_lfa.geometry.exact.integers import axes_of
from crystal_lfa.operators.arrays import read_only, to_numpy
from crystal_lfa.spectra import Supremum, norm, svdvals

__all__ = ["BoundaryComparison", "BoundarySpectrum", "compare_boundaries"]

_HEADER = ("pixels", "boundary", "values", "sigma max", "sigma min", "mean diff.", "largest diff.", "norm <=")
_ROUNDING = 1e-14
"""Relative to the largest value; smaller ones are zero in the table."""
_DENSE_COPIES = 3
"""Of a dense matrix, that its singular values take."""


@dataclass(frozen=True, slots=True, eq=False)
class BoundarySpectrum:
    """The singular values of a convolution of images of one size with one boundary.

    Attributes
    ----------
    input_shape : tuple of int
    boundary : Boundary
    shape : (rows, columns) of the matrix
    values : (k,) float64, descending, read-only
        All of them, or, where the dense matrix would not fit into the memory allowed, the ends that were found.
    sigma_min : float
        The smallest; NaN where it was not found.
    """

    input_shape: tuple[int, ...]
    boundary: Boundary
    shape: tuple[int, int]
    values: NDArray[np.float64]
    sigma_min: float

    def __post_init__(self) -> None:
        read_only(self.values)

    @property
    def count(self) -> int:
        """How many singular values there are, found or not."""
        return min(self.shape)

    @property
    def is_complete(self) -> bool:
        """Whether all of them were found."""
        return len(self.values) == self.count

    @property
    def sigma_max(self) -> float:
        """The largest."""
        return float(self.values[0])

    def __repr__(self) -> str:
        which = "all" if self.is_complete else "only the ends"
        return (
            f"BoundarySpectrum({_extents(self.input_shape)}, {self.boundary}, {self.count} singular values from "
            f"{self.sigma_min:.6g} to {self.sigma_max:.6g}, {which} computed)"
        )


@dataclass(frozen=True, slots=True, eq=False)
class BoundaryComparison:
    """Spectra of one convolution at several sizes with several boundaries.

    Attributes
    ----------
    spectra : tuple of BoundarySpectrum
        Size by size, with the circular boundary first.
    norm : Supremum
        Of the operator on the infinite lattice; its `upper` bounds circular and zero padding, and no other.
    """

    spectra: tuple[BoundarySpectrum, ...]
    norm: Supremum

    @property
    def sizes(self) -> tuple[tuple[int, ...], ...]:
        """The sizes of the images."""
        return tuple(dict.fromkeys(spectrum.input_shape for spectrum in self.spectra))

    @property
    def boundaries(self) -> tuple[Boundary, ...]:
        """The boundaries, the circular one first."""
        return tuple(dict.fromkeys(spectrum.boundary for spectrum in self.spectra))

    def spectrum(self, size: int | Sequence[int], boundary: Boundary) -> BoundarySpectrum:
        """Return the spectrum of a size, in pixels along all axes or each, and a boundary.

        Raises
        ------
        InvalidArgumentError
            If it was not computed.
        """
        extents = one_an_axis(size, len(self.sizes[0]), "size", 1)
        for spectrum in self.spectra:
            if (spectrum.input_shape, spectrum.boundary) == (extents, boundary):
                return spectrum
        known = ", ".join(_extents(each) for each in self.sizes) + " with " + ", ".join(map(str, self.boundaries))
        raise InvalidArgumentError(f"size, boundary: got {extents}, {boundary!r}; there are {known}")

    def differences(self, size: int | Sequence[int], boundary: Boundary) -> NDArray[np.float64]:
        r"""Return :math:`|\sigma_k - \sigma_k^{\mathrm{circular}}|`, k-th largest by k-th largest.

        Their mean is the Wasserstein distance of the two distributions. One NaN where not all values are known.
        """
        spectrum, wrapped = self.spectrum(size, boundary), self.spectrum(size, Boundary.CIRCULAR)
        if not spectrum.is_complete:
            return np.full(1, math.nan)
        return np.asarray(np.abs(spectrum.values - wrapped.values))

    def mean_difference(self, size: int | Sequence[int], boundary: Boundary) -> float:
        """Return the mean of `differences`."""
        return float(self.differences(size, boundary).mean())

    def largest_difference(self, size: int | Sequence[int], boundary: Boundary) -> float:
        """Return the largest of `differences`."""
        return float(self.differences(size, boundary).max())

    def plot(self, ax: Any = None) -> list[Any]:
        """Draw the sorted spectra, a panel a size, a curve a boundary, and the norm; return the artists."""
        from crystal_lfa.drawing.comparisons import Panel, draw_sorted_panels

        panels = []
        for size in self.sizes:
            chosen = [self.spectrum(size, boundary) for boundary in self.boundaries]
            panels.append(Panel(_extents(size, " \u00d7 "), chosen[0].count, [each.values for each in chosen]))
        labels, level = ("number of the singular value", "singular value"), ("norm, certified", self.norm.upper)
        return draw_sorted_panels(panels, [each.value for each in self.boundaries], labels, level, ax)

    def plot_differences(self, ax: Any = None) -> list[Any]:
        """Draw the mean differences over the number of pixels, both logarithmic; return the artists."""
        from crystal_lfa.drawing.comparisons import draw_decay

        pixels = np.array([math.prod(size) for size in self.sizes])
        curves = {
            boundary.value: np.array([self.mean_difference(size, boundary) for size in self.sizes])
            for boundary in self.boundaries[1:]
        }
        return draw_decay(pixels, curves, ("pixels", "mean difference to circular"), ax)

    def _row(self, spectrum: BoundarySpectrum) -> tuple[str, ...]:
        found = self.differences(spectrum.input_shape, spectrum.boundary)
        smallest, wrapped = spectrum.sigma_min, spectrum.boundary is Boundary.CIRCULAR
        bounded = wrapped or spectrum.boundary is Boundary.ZERO
        return (
            _extents(spectrum.input_shape),
            spectrum.boundary.value,
            f"{spectrum.count}{'' if spectrum.is_complete else '*'}",
            f"{spectrum.sigma_max:.5g}",
            _number(0.0 if smallest < _ROUNDING * spectrum.sigma_max else smallest, ".3g"),
            "" if wrapped else _number(float(found.mean()), ".4f"),
            "" if wrapped else _number(float(found.max()), ".4f"),
            f"{self.norm.upper:.5g}" if bounded else "",
        )

    def __repr__(self) -> str:
        rows = [_HEADER, *(self._row(spectrum) for spectrum in self.spectra)]
        widths = [max(len(row[i]) for row in rows) for i in range(len(_HEADER))]
        rows.insert(1, tuple("-" * width for width in widths))
        lines = []
        for row in rows:
            aligned = [
                cell.ljust(w) if i < 2 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))
            ]
            lines.append("  ".join(aligned).rstrip())
        if not all(spectrum.is_complete for spectrum in self.spectra):
            lines += ["", "* Only the ends of the spectrum: the dense matrix would not fit into the memory allowed."]
        return "\n".join(lines)


def compare_boundaries(
    weight: Any,
    sizes: Iterable[int | Sequence[int]],
    boundaries: Iterable[Boundary] | Boundary | None = None,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] | None = None,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
    memory: str | float = "1GB",
) -> BoundaryComparison:
    """Compare the singular values of a convolution on images with borders with those on the torus.

    The circular ones come from the symbols, the others from the matrix: by a dense singular value decomposition, or
    where that does not fit into `memory`, only the largest and the smallest, by iterations with the sparse matrix.

    Parameters
    ----------
    weight : array, shape ``(c_out, c_in / groups, *kernel)``
    sizes : of int or one an axis
        Pixels of the images along each axis, multiples of the stride.
    boundaries : one or several of Boundary, default all
        The circular one is always there.
    stride, padding, dilation, groups
        As in `boundary_matrix`; singular values with borders depend on the padding.
    memory : str or number of bytes
        What one dense decomposition may take, three times its matrix: "1GB" allows 6400 x 6400 real numbers.

    Raises
    ------
    InvalidArgumentError
        If an argument has a value that no layer can have, a size is no multiple of the stride, or a reflected image
        is narrower than what the kernel reads.

    References
    ----------
    van Betteray, Rottmann, Kahl: LFA applied to CNNs (ECAI 2025), section IV, figure 6.

    Examples
    --------
    >>> import numpy as np
    >>> from crystal_lfa.cnn.boundaries import Boundary
    >>> from crystal_lfa.cnn.boundary_comparison import compare_boundaries
    >>> compare_boundaries(np.array([[[0, 0, 1]]]), [4, 16], [Boundary.ZERO, Boundary.REPLICATE])
    pixels  boundary   values  sigma max  sigma min  mean diff.  largest diff.  norm <=
    ------  ---------  ------  ---------  ---------  ----------  -------------  -------
    4       circular        4          1          1                                   1
    4       zeros           4          1          0      0.2500         1.0000        1
    4       replicate       4     1.4142          0      0.3536         1.0000
    16      circular       16          1          1                                   1
    16      zeros          16          1          0      0.0625         1.0000        1
    16      replicate      16     1.4142          0      0.0884         1.0000
    """
    kernel = as_numbers(weight)
    arguments = read_arguments(kernel, stride, padding, dilation, groups)
    budget = parse_memory(memory)
    operator = conv(kernel, stride, padding, dilation, groups)
    extents = _read_sizes(sizes, arguments)
    others = _read_boundaries(boundaries)
    # All of them first: what cannot be is said before the work is done.
    made = [
        [(each, boundary_matrix(kernel, size, each, stride, padding, dilation, groups)) for each in others]
        for size in extents
    ]
    spectra: list[BoundarySpectrum] = []
    for size, matrices in zip(extents, made, strict=True):
        values = _descending(svdvals(operator, lattices.integer(arguments.axes).torus(size)))
        outputs = math.prod(size) // math.prod(arguments.stride)
        shape = (kernel.shape[0] * outputs, kernel.shape[1] * arguments.groups * math.prod(size))
        spectra.append(BoundarySpectrum(size, Boundary.CIRCULAR, shape, values, float(values[-1])))
        spectra += [_spectrum(size, each, matrix, budget) for each, matrix in matrices]
    return BoundaryComparison(tuple(spectra), norm(operator, rtol=1e-4))


def _read_boundaries(boundaries: Any) -> list[Boundary]:
    found = list(Boundary) if boundaries is None else [boundaries] if isinstance(boundaries, Boundary) else boundaries
    return [each for each in dict.fromkeys(found) if each is not Boundary.CIRCULAR]


def _read_sizes(sizes: Any, arguments: ConvArguments) -> list[tuple[int, ...]]:
    if axes_of(sizes) == 0:
        raise InvalidArgumentError(f"sizes: got {sizes!r}; a list of sizes is needed")
    found = [one_an_axis(size, arguments.axes, "sizes", 1) for size in sizes]
    if not found:
        raise InvalidArgumentError("sizes: got none; at least one is needed")
    for size in found:
        if any(n % s for n, s in zip(size, arguments.stride, strict=True)):
            message = f"sizes: got {size}; a multiple of the stride {arguments.stride} is needed, as on a torus"
            raise InvalidArgumentError(message)
    return list(dict.fromkeys(found))


def _spectrum(size: tuple[int, ...], boundary: Boundary, matrix: Any, budget: int) -> BoundarySpectrum:
    size_of_dense = math.prod(matrix.shape) * matrix.dtype.itemsize
    # A single row has no ends.
    if _DENSE_COPIES * size_of_dense <= budget or min(matrix.shape) == 1:
        values = _descending(np.linalg.svd(matrix.toarray(), compute_uv=False))
        return BoundarySpectrum(size, boundary, matrix.shape, values, float(values[-1]))
    largest, smallest = largest_singular_value(matrix), smallest_singular_value(matrix)
    ends = [largest] if math.isnan(smallest) else [largest, smallest]
    return BoundarySpectrum(size, boundary, matrix.shape, np.array(ends), smallest)


def _descending(values: Any) -> NDArray[np.float64]:
    return np.asarray(np.sort(to_numpy(values), axis=None)[::-1], dtype=np.float64)


def _number(value: float, form: str) -> str:
    return "-" if math.isnan(value) else format(value, form)


def _extents(size: Sequence[int], between: str = "x") -> str:
    return between.join(str(n) for n in size)
