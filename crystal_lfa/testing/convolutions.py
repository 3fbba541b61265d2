"""Families of convolutional layers, their matrices written down pixel by pixel."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from crystal_lfa.cnn import conv
from crystal_lfa.geometry import lattices
from crystal_lfa.testing.families import Case, Family, register

__all__ = ["RandomLayer"]


@dataclass(frozen=True, slots=True, eq=False)
class RandomLayer:
    """A weight, the arguments of `conv`, and the extents of the coarser of input and output."""

    weight: NDArray[np.float64]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int
    cells: tuple[int, ...]

    @classmethod
    def draw(cls, rng: Generator, *, strided: bool) -> RandomLayer:
        """Draw a layer in 1 to 3 dimensions whose matrix has at most a few hundred rows and columns."""
        axes = int(rng.integers(1, 4))
        groups = int(rng.integers(1, 3))
        kernel = rng.integers(1, 6 - axes, size=axes)
        channels = groups * rng.integers(1, 3, size=2)
        stride = rng.integers(1, 4, size=axes) if strided else np.ones(axes, dtype=int)
        dilation = rng.integers(1, 4, size=axes)
        while np.prod(stride) > 8:
            stride = np.maximum(stride - 1, 1)
        return cls(
            weight=rng.standard_normal((channels[0], channels[1] // groups, *kernel)),
            stride=tuple(stride.tolist()),
            padding=tuple(int(rng.integers(0, d * (k - 1) + 1)) for k, d in zip(kernel, dilation, strict=True)),
            dilation=tuple(dilation.tolist()),
            groups=groups,
            cells=tuple(rng.integers(1, (9, 4, 3)[axes - 1] + 1, size=axes).tolist()),
        )

    @property
    def arguments(self) -> dict[str, Any]:
        """The keywords of `conv`."""
        return {
            "stride": self.stride,
            "padding": self.padding,
            "dilation": self.dilation,
            "groups": self.groups,
        }

    def dense(self) -> NDArray[np.float64]:
        """Return the matrix: output cell, output channel; input cell, pixel in the cell, input channel."""
        c_out, width = self.weight.shape[:2]
        height, c_in = c_out // self.groups, width * self.groups
        pixels = tuple(n * s for n, s in zip(self.cells, self.stride, strict=True))
        matrix = np.zeros((*self.cells, c_out, *self.cells, *self.stride, c_in))
        taps = [range(k) for k in self.weight.shape[2:]]
        for cell in itertools.product(*map(range, self.cells)):
            for tap in itertools.product(*taps):
                pixel = [
                    (z * s + d * j - p) % n
                    for z, s, d, j, p, n in zip(
                        cell, self.stride, self.dilation, tap, self.padding, pixels, strict=True
                    )
                ]
                place = [divmod(x, s) for x, s in zip(pixel, self.stride, strict=True)]
                row, column = [q for q, _ in place], [r for _, r in place]
                for out, channel in itertools.product(range(c_out), range(width)):
                    source = out // height * width + channel
                    matrix[(*cell, out, *row, *column, source)] += self.weight[(out, channel, *tap)]
        return matrix.reshape(int(np.prod(self.cells)) * c_out, -1)


def _convolution(rng: Generator) -> Case:
    layer = RandomLayer.draw(rng, strided=False)
    torus = lattices.integer(len(layer.cells)).torus(layer.cells)
    return Case(conv(layer.weight, **layer.arguments), torus, layer.dense())


def _strided_convolution(rng: Generator) -> Case:
    layer = RandomLayer.draw(rng, strided=True)
    pixels = [n * s for n, s in zip(layer.cells, layer.stride, strict=True)]
    torus = lattices.integer(len(layer.cells)).torus(pixels)
    return Case(conv(layer.weight, **layer.arguments), torus, layer.dense())


def _transposed_convolution(rng: Generator) -> Case:
    layer = RandomLayer.draw(rng, strided=True)
    torus = lattices.integer(len(layer.cells)).torus(layer.cells)
    return Case(conv(layer.weight, **layer.arguments, transposed=True), torus, layer.dense().T)


register(Family("convolution", _convolution))
register(Family("strided convolution", _strided_convolution))
register(Family("transposed convolution", _transposed_convolution))
