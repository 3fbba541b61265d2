"""Every kind of convolution against PyTorch's own layer: all singular values, and how many there are.

``python examples/conformance/conformance.py`` compares every cell of the cross product

    dimension x stride x dilation x groups x kernel x size of the input x forward, transposed, with output padding

and prints, for each feature, how many cells have it, how many singular values those have, and the largest difference
from the dense matrix, relative to the largest singular value. The dense matrix is made by ``torch.nn.ConvNd`` or
``torch.nn.ConvTransposeNd`` in double precision, a unit image a column.
"""

from __future__ import annotations

import argparse
import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

import crystal_lfa as lfa

CONVOLUTIONS = (torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Conv3d)
TRANSPOSED = (torch.nn.ConvTranspose1d, torch.nn.ConvTranspose2d, torch.nn.ConvTranspose3d)

TOLERANCE = 1e-12

# For each dimension: strides, each with the outputs along each axis of a wide and of a narrow image.
STRIDES = {
    1: {(1,): ((12,), (2,)), (2,): ((6,), (1,)), (3,): ((4,), (1,))},
    2: {
        (1, 1): ((5, 4), (2, 1)),
        (2, 2): ((3, 2), (1, 1)),
        (3, 3): ((2, 3), (1, 1)),
        (1, 3): ((4, 2), (2, 1)),
    },
    3: {
        (1, 1, 1): ((3, 2, 4), (2, 1, 2)),
        (2, 2, 2): ((2, 1, 2), (1, 1, 1)),
        (3, 3, 3): ((1, 2, 1), (1, 1, 1)),
        (1, 2, 3): ((3, 2, 1), (1, 1, 1)),
    },
}
DILATIONS = {1: [(1,), (2,), (3,)], 2: [(1, 1), (2, 2), (1, 3)], 3: [(1, 1, 1), (2, 2, 2), (1, 2, 3)]}
KERNELS = {
    1: [(3,), (7,), (2,), (4,)],
    2: [(3, 3), (2, 2), (4, 4), (3, 2), (1, 5)],
    3: [(3, 3, 3), (2, 2, 2), (1, 3, 2)],
}
GROUPS = [(1, 2, 3), (2, 2, 1), (3, 1, 1)]
"""How many groups, and the channels of each on the finer and on the coarser side."""
DIRECTIONS = ["forward", "transposed", "transposed, output padding"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One convolution; `outputs` are the extents on its coarser side, where a stride leaves every s-th pixel."""

    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    kernel: tuple[int, ...]
    outputs: tuple[int, ...]
    groups: int
    fine_width: int
    coarse_width: int
    direction: str

    @property
    def dimension(self) -> int:
        """The number of spatial axes."""
        return len(self.stride)

    @property
    def transposed(self) -> bool:
        """Whether the convolution goes from the coarser side to the finer one."""
        return self.direction != "forward"

    @property
    def pixels(self) -> tuple[int, ...]:
        """The extents on the finer side."""
        return tuple(n * s for n, s in zip(self.outputs, self.stride, strict=True))

    @property
    def spans(self) -> tuple[int, ...]:
        """The extents of the dilated kernel."""
        return tuple(d * (k - 1) + 1 for d, k in zip(self.dilation, self.kernel, strict=True))

    @property
    def output_padding(self) -> tuple[int, ...]:
        """As much as a layer may have where it is asked for, else none."""
        asked = self.direction == DIRECTIONS[2]
        return tuple(asked * (max(s, d) - 1) for s, d in zip(self.stride, self.dilation, strict=True))

    @property
    def is_larger(self) -> bool:
        """Whether the dilated kernel is larger than the image that it is wrapped around."""
        return any(span > n for span, n in zip(self.spans, self.pixels, strict=True))

    @property
    def wraps_itself(self) -> bool:
        """Whether PyTorch's own circular padding makes this layer: as much on either side, less than once around."""
        halves = [(span - 1) // 2 for span in self.spans]
        odd = all(span % 2 for span in self.spans)
        return not self.transposed and odd and all(p <= n for p, n in zip(halves, self.pixels, strict=True))

    def weight(self) -> torch.Tensor:
        """Return a random weight, the same in every run."""
        seed = [*self.stride, *self.dilation, *self.kernel, *self.outputs, self.groups]
        shape = (self.groups * self.coarse_width, self.fine_width, *self.kernel)
        return torch.from_numpy(np.random.default_rng(seed).standard_normal(shape))


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came out for one cell: numbers of singular values, and the largest difference over the largest of them."""

    cell: Cell
    expected: int
    found: int
    difference: float

    @property
    def agrees(self) -> bool:
        """Whether number and values are right."""
        return self.found == self.expected and self.difference <= TOLERANCE


def cells(dimension: int) -> Iterator[Cell]:
    """Return all cells of a dimension; output padding only where a layer may have it."""
    for (stride, sizes), dilation, kernel, groups, direction in itertools.product(
        STRIDES[dimension].items(), DILATIONS[dimension], KERNELS[dimension], GROUPS, DIRECTIONS
    ):
        for outputs in sizes:
            cell = Cell(stride, dilation, kernel, outputs, *groups, direction)
            if direction != DIRECTIONS[2] or any(cell.output_padding):
                yield cell


def compare(cell: Cell) -> Comparison:
    """Compare all singular values with those of the dense matrix."""
    expected = np.linalg.svd(dense(cell), compute_uv=False)
    layer = lfa.cnn.conv(
        cell.weight().numpy(),
        stride=cell.stride,
        dilation=cell.dilation,
        groups=cell.groups,
        transposed=cell.transposed,
        output_padding=cell.output_padding,
    )
    inputs = cell.outputs if cell.transposed else cell.pixels
    found = np.sort(lfa.svdvals(layer, lfa.lattices.integer(cell.dimension).torus(inputs)), axis=None)[::-1]
    if found.size != expected.size:
        return Comparison(cell, expected.size, found.size, math.inf)
    return Comparison(cell, expected.size, found.size, float(np.abs(found - expected).max() / expected[0]))


def compare_all(chosen: Iterable[Cell]) -> list[Comparison]:
    """Compare many cells; one thread, since small matrices gain nothing from more."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            return [compare(cell) for cell in chosen]
    finally:
        torch.set_num_threads(before)


def dense(cell: Cell) -> NDArray[np.float64]:
    """Return the matrix of PyTorch's layer on the torus, a unit image a column."""
    extents = cell.outputs if cell.transposed else cell.pixels
    channels = cell.groups * (cell.coarse_width if cell.transposed else cell.fine_width)
    size = channels * math.prod(extents)
    units = torch.eye(size, dtype=torch.float64).reshape(size, channels, *extents)
    images = _transposed(cell, units) if cell.transposed else _forward(cell, units)
    matrix: NDArray[np.float64] = images.detach().reshape(size, -1).T.numpy()
    return matrix


def _forward(cell: Cell, images: torch.Tensor) -> torch.Tensor:
    """Return what ``torch.nn.ConvNd`` makes of images, circular by itself or padded by indices modulo the size."""
    padding, mode = 0, "zeros"
    if cell.wraps_itself:
        padding, mode = tuple((span - 1) // 2 for span in cell.spans), "circular"
    else:
        for axis, (n, span) in enumerate(zip(cell.pixels, cell.spans, strict=True), start=2):
            places = torch.arange(n + span - 1) - (span - 1) // 2
            images = images.index_select(axis, places % n)
    layer = CONVOLUTIONS[cell.dimension - 1](
        cell.groups * cell.fine_width,
        cell.groups * cell.coarse_width,
        cell.kernel,
        cell.stride,
        padding,
        cell.dilation,
        cell.groups,
        bias=False,
        padding_mode=mode,
        dtype=torch.float64,
    )
    layer.weight.data.copy_(cell.weight())
    return layer(images)


def _transposed(cell: Cell, images: torch.Tensor) -> torch.Tensor:
    """Return what ``torch.nn.ConvTransposeNd`` makes of images; what lies beyond the border is wrapped and added."""
    layer = TRANSPOSED[cell.dimension - 1](
        cell.groups * cell.coarse_width,
        cell.groups * cell.fine_width,
        cell.kernel,
        cell.stride,
        output_padding=cell.output_padding,
        groups=cell.groups,
        bias=False,
        dilation=cell.dilation,
        dtype=torch.float64,
    )
    layer.weight.data.copy_(cell.weight())
    full = layer(images)
    for axis, (n, span) in enumerate(zip(cell.pixels, cell.spans, strict=True), start=2):
        places = (torch.arange(full.shape[axis]) - (span - 1) // 2) % n
        wrapped = torch.zeros((*full.shape[:axis], n, *full.shape[axis + 1 :]), dtype=full.dtype)
        full = wrapped.index_add(axis, places, full)
    return full


FEATURES: dict[str, Callable[[Cell], bool]] = {
    "1-d": lambda cell: cell.dimension == 1,
    "2-d": lambda cell: cell.dimension == 2,
    "3-d": lambda cell: cell.dimension == 3,
    "stride 1": lambda cell: set(cell.stride) == {1},
    "stride 2": lambda cell: set(cell.stride) == {2},
    "stride 3": lambda cell: set(cell.stride) == {3},
    "strides that differ": lambda cell: len(set(cell.stride)) > 1,
    "dilated": lambda cell: max(cell.dilation) > 1,
    "dilations that differ": lambda cell: len(set(cell.dilation)) > 1,
    "one group": lambda cell: cell.groups == 1,
    "grouped": lambda cell: cell.groups == 2,
    "depthwise": lambda cell: cell.groups == 3,
    "odd kernel": lambda cell: all(k % 2 for k in cell.kernel),
    "even kernel": lambda cell: not any(k % 2 for k in cell.kernel),
    "rectangular kernel": lambda cell: len(set(cell.kernel)) > 1,
    "larger than the input": lambda cell: cell.is_larger,
    "forward": lambda cell: not cell.transposed,
    "wrapped by PyTorch": lambda cell: cell.wraps_itself,
    "transposed": lambda cell: cell.transposed,
    "output padding": lambda cell: cell.direction == DIRECTIONS[2],
}


def table(comparisons: Iterable[Comparison]) -> str:
    """Return a row a feature, and one for all: cells, values, the largest difference, cells with all values."""
    done = list(comparisons)
    lines = [f"{'feature':<22} {'cells':>6} {'values':>7} {'difference':>11} {'counts right':>13}"]
    lines.append("-" * len(lines[0]))
    for name, has in {**FEATURES, "all": lambda _: True}.items():
        chosen = [each for each in done if has(each.cell)]
        if chosen:
            worst = max(each.difference for each in chosen)
            right = sum(each.found == each.expected for each in chosen)
            values = sum(each.expected for each in chosen)
            lines.append(f"{name:<22} {len(chosen):>6} {values:>7} {worst:>11.1e} {right:>13}")
    return "\n".join(lines)


def main() -> int:
    """Compare, print, and return 1 if a cell disagrees."""
    parser = argparse.ArgumentParser(description="Convolutions against the dense matrix of PyTorch's own layers.")
    parser.add_argument("--dimensions", type=int, nargs="+", choices=(1, 2, 3), default=[1, 2, 3])
    done = [each for dimension in parser.parse_args().dimensions for each in compare_all(cells(dimension))]
    print(table(done))
    wrong = [each for each in done if not each.agrees]
    for each in wrong:
        print(f"disagrees: {each}")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
