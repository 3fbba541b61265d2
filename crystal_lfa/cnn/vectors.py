"""The leading singular vectors of a layer, as images."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.cnn.analysis import on_host
from crystal_lfa.cnn.images import to_image
from crystal_lfa.cnn.layer import ConvLayer
from crystal_lfa.cnn.tables import write_archive
from crystal_lfa.drawing.panels import Block, draw_panels
from crystal_lfa.errors import InvalidArgumentError, MemoryBudgetError, UnreadableLayerError
from crystal_lfa.frequencies import Progress, parse_memory, readable_bytes
from crystal_lfa.geometry import Crystal
from crystal_lfa.geometry.exact.integers import as_integer
from crystal_lfa.outputs import printable
from crystal_lfa.spectra import svd

__all__ = ["LeadingVectors", "check_count", "leading_vectors"]

_MOST_PANELS = {1: 6, 2: 12, 3: 12}
"""Channels that are drawn side by side, those of both vectors together."""
_MOST_ROWS = 12
_WORKING = 64
"""Bytes for each number of a vector while it is made: complex waves, their copies, the order of an image."""


@dataclass(frozen=True, slots=True, eq=False)
class LeadingVectors:
    """The largest singular values of a layer with circular boundary, and their vectors.

    Attributes
    ----------
    layer : ConvLayer
    sigma : (K,) float64, read-only
        Descending.
    left : ``(K, c_out, *spatial)`` float64, of complex weights complex128; read-only
        Of norm one each: what the layer makes of ``right``, over sigma.
    right : ``(K, c_in, *spatial)``, of the same type, read-only
        Of norm one each.
    """

    layer: ConvLayer
    sigma: NDArray[np.float64]
    left: NDArray[Any]
    right: NDArray[Any]

    def write(self, file: IO[bytes]) -> None:
        """Write ``sigma``, ``left`` and ``right`` as .npz into a file that is open for writing bytes."""
        write_archive(file, {"sigma": self.sigma, "left": self.left, "right": self.right})

    def plot(self, ax: Any = None) -> list[Any]:
        """Draw the vectors, one pair a row: images of channels side by side, in one dimension curves.

        Of many channels those with the largest norms are shown, of many pairs the first, in three dimensions the
        slice in the middle of the first axis, of complex vectors the real part; what is left out is said.

        Parameters
        ----------
        ax : plane matplotlib axes, optional

        Returns
        -------
        list of artists: images or curves, row by row, first of the right vector, then of the left one; then the rest
        """
        counts = _panels(self.right.shape[1], self.left.shape[1], _MOST_PANELS[self.right.ndim - 2])
        drawn = "curves" if self.right.ndim == 3 else "colours"
        rows = []
        for number, sigma in enumerate(self.sigma[:_MOST_ROWS].tolist()):
            blocks = [_block(x[number].real, count) for x, count in zip((self.right, self.left), counts, strict=True)]
            largest = [f"\u00b1{np.abs(block.pictures).max():.3g}" for block in blocks]
            rows.append((f"\u03c3 = {sigma:.6g}; {drawn} up to {largest[0]} (right), {largest[1]} (left)", blocks))
        heads = [
            f"{what}\n{_of(count, x.shape[1])}"
            for what, x, count in zip(("right (input)", "left (output)"), (self.right, self.left), counts, strict=True)
        ]
        return draw_panels(rows, heads, ax, self._note())

    def _note(self) -> str:
        """Return what a picture leaves out, and what it does not say by itself."""
        parts = [f"layer {printable(self.layer.name)}".replace("$", r"\$")]
        if len(self.sigma) > _MOST_ROWS:
            parts.append(f"the first {_MOST_ROWS} of {len(self.sigma)} pairs of vectors")
        if np.iscomplexobj(self.right):
            parts.append("real parts of complex vectors")
        if self.right.ndim == 5:
            places = [f"{x.shape[2] // 2} of {x.shape[2]}" for x in (self.right, self.left)]
            parts.append(f"slices number {places[0]} (right) and {places[1]} (left) along the first axis")
        return "; ".join(parts)

    def __repr__(self) -> str:
        shapes = f"left {self.left.shape}, right {self.right.shape}"
        return f"LeadingVectors({self.layer.name!r}, sigma from {self.sigma[0]:.6g} to {self.sigma[-1]:.6g}, {shapes})"


def leading_vectors(
    layer: ConvLayer,
    count: int = 1,
    *,
    memory: str | float = "1GB",
    executor: Executor | None = None,
    progress: Progress = False,
) -> LeadingVectors:
    """Return the largest singular values of a layer with circular boundary, and their vectors as images.

    Parameters
    ----------
    layer : ConvLayer
    count : int
        How many, 1 to ``layer.count()``.
    memory, executor, progress
        As for `svd`.

    Returns
    -------
    LeadingVectors
        On ``layer.torus()``, so where the stride does not divide the input on a few pixels more.

    Raises
    ------
    InvalidArgumentError
        If there are not so many.
    MemoryBudgetError
        If `memory` cannot hold the vectors and what it takes to compute them.

    Examples
    --------
    >>> import numpy as np
    >>> import crystal_lfa as lfa
    >>> (layer,) = lfa.cnn.load({"conv.weight": np.ones((2, 1, 3, 3))}, input_shape=(6, 4))
    >>> found = leading_vectors(layer, 3)
    >>> found
    LeadingVectors('conv', sigma from 12.7279 to 8.48528, left (3, 2, 6, 4), right (3, 1, 6, 4))
    """
    number = check_count(layer, count, "count")
    operator, pixels = on_host(layer.operator()), layer.torus()
    torus = operator.lattice.torus(pixels)
    sizes = [torus.order * crystal.size for crystal in (operator.codomain, operator.domain)]
    # The values are sorted, and compared with each one that is looked for.
    itemsize = 8 if operator.is_real else 16
    needed = number * (8 + itemsize * sum(sizes)) + _WORKING * max(sizes) + 24 * layer.count()
    limit = parse_memory(memory)
    what = "1 pair of vectors" if number == 1 else f"{number} pairs of vectors"
    if needed >= limit:
        message = f"layer {layer.name!r}: memory: {readable_bytes(limit)} cannot hold {what}; more than {needed} bytes "
        raise MemoryBudgetError(f"{message}are needed")
    try:
        found = svd(operator, torus, memory=limit - needed, executor=executor, progress=progress)
    except MemoryBudgetError as error:
        beside = f"beside {readable_bytes(needed)} for {what}"
        raise MemoryBudgetError(f"layer {layer.name!r}, {beside}: {error}") from None

    def images(vector: Callable[[int], Any], crystal: Crystal) -> NDArray[Any]:
        first = to_image(vector(0), crystal, pixels)
        table = np.empty((number, *first.shape), dtype=first.dtype)
        table[0] = first
        for i in range(1, number):
            table[i] = to_image(vector(i), crystal, pixels)
        table.flags.writeable = False
        return table

    sigma = np.array(found.sorted_values[:number], dtype=np.float64)
    sigma.flags.writeable = False
    return LeadingVectors(layer, sigma, images(found.left, found.codomain), images(found.right, found.domain))


def check_count(layer: ConvLayer, count: Any, argument: str) -> int:
    """Return how many vectors are wanted.

    Raises
    ------
    InvalidArgumentError
        If that is no integer from 1 to the number of singular values.
    UnreadableLayerError
        If the layer cannot be analysed.
    """
    if layer.reason is not None:
        raise UnreadableLayerError(f"layer {layer.name!r} cannot be analysed: {layer.reason}")
    number, most = as_integer(count, argument), layer.count()
    if not 1 <= number <= most:
        message = f"{argument}: got {number}; layer {layer.name!r} has {most} singular values, so 1 to {most} are valid"
        raise InvalidArgumentError(message)
    return number


def _panels(right: int, left: int, most: int) -> tuple[int, int]:
    """Return how many channels of each vector to draw: half of the panels each, unless one needs fewer."""
    half = most // 2
    return min(right, max(half, most - left)), min(left, max(half, most - right))


def _block(vector: NDArray[np.float64], count: int) -> Block:
    """Return the channels (c, *spatial) of the largest norms, in their order, as pictures."""
    norms = np.linalg.norm(vector.reshape(len(vector), -1), axis=1)
    channels = np.sort(np.argsort(-norms, kind="stable")[:count])
    pictures = vector[channels]
    pictures = pictures[:, pictures.shape[1] // 2] if pictures.ndim == 4 else pictures
    return Block(pictures, [f"channel {channel}" for channel in channels.tolist()])


def _of(count: int, total: int) -> str:
    if count == total:
        return "1 channel" if total == 1 else f"{total} channels"
    return f"{count} of {total} channels, those of the largest norms"
