"""Who is timed: the paper's algorithm and the FFT method as published, torch, explicit matrices, and this library.

Each maps a weight (c_out, c_in, k, k) and an extent n to all singular values on n x n points, or to all factors of all
symbols, in steps: the transform, then the decompositions. This library takes one step, chunk by chunk.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from summaries import in_units

import crystal_lfa as lfa

Weight = NDArray[np.float64]
Steps = Mapping[str, Callable[..., Any]]
"""Functions by name; the first takes nothing, each other what the one before returned."""

OURS = "crystal_lfa"
INDISPENSABLE = ("paper", "torch", OURS)


def random_weight(channels: int) -> Weight:
    """Return 3 x 3 kernels for as many input as output channels, the same ones at every call."""
    return np.random.default_rng(channels).normal(size=(channels, channels, 3, 3))


def paper_symbols(weight: Weight, n: int) -> NDArray[np.complex128]:
    """Return the symbols of algorithm 1 of van Betteray, Rottmann, Kahl: tensor products, transposed and not copied."""
    offsets = np.arange(weight.shape[-1]) - (weight.shape[-1] - 1) // 2
    waves = np.exp(2j * np.pi * np.outer(np.arange(n), offsets) / n)
    symbols = np.tensordot(np.tensordot(weight.astype(np.complex128), waves, axes=(2, 1)), waves, axes=(2, 1))
    return symbols.transpose(2, 3, 0, 1)


def fft_symbols(weight: Weight, n: int) -> NDArray[np.complex128]:
    """Return the symbols of the method of Sedghi, Gupta, Long: FFT of the padded kernel."""
    return np.fft.fft2(weight, (n, n), axes=(2, 3)).transpose(2, 3, 0, 1)


def explicit_matrix(weight: Weight, n: int) -> NDArray[np.float64]:
    """Return the convolution on n x n points as a matrix: each point's outputs from its neighbours' inputs."""
    c_out, c_in, k, _ = weight.shape
    centre = (k - 1) // 2
    matrix = np.zeros((n * n, c_out, n * n, c_in))
    points = np.arange(n * n).reshape(n, n)
    for a, b in np.ndindex(k, k):
        neighbours = np.roll(points, (centre - a, centre - b), (0, 1))
        matrix[points.ravel(), :, neighbours.ravel(), :] += weight[:, :, a, b]
    return matrix.reshape(n * n * c_out, n * n * c_in)


def torch_symbols(weight: Weight, n: int) -> Any:
    """Return the FFT method's symbols as a tensor."""
    import torch

    return torch.fft.fft2(torch.from_numpy(weight), s=(n, n)).permute(2, 3, 0, 1)


def torch_values(symbols: Any) -> Any:
    """Return the singular values of a tensor of symbols."""
    import torch

    return torch.linalg.svdvals(symbols)


def torch_factors(symbols: Any) -> Any:
    """Return the factors of a tensor of symbols."""
    import torch

    return torch.linalg.svd(symbols)


def our_values(weight: Weight, n: int) -> Any:
    """Return all singular values, as a user of this library writes it."""
    return lfa.svdvals(lfa.cnn.conv(weight), (n, n))


def our_factors(weight: Weight, n: int) -> Any:
    """Return all factors, as a user of this library writes it."""
    found = lfa.svd(lfa.cnn.conv(weight), (n, n))
    return found.u, found.values, found.vh


def numpy_values(symbols: Any) -> Any:
    """Return the singular values of an array of symbols, or of a matrix."""
    return np.linalg.svd(symbols, compute_uv=False)


@dataclass(frozen=True)
class Method:
    """A transform, and what takes its symbols apart."""

    symbols: Callable[[Weight, int], Any]
    values: Callable[[Any], Any] = numpy_values
    factors: Callable[[Any], Any] = np.linalg.svd


METHODS = {
    "paper": Method(paper_symbols),
    "fft": Method(fft_symbols),
    "torch": Method(torch_symbols, torch_values, torch_factors),
    "explicit": Method(explicit_matrix),
}


def steps(name: str, weight: Weight, n: int, *, vectors: bool = False) -> Steps:
    """Return a contender's steps."""
    if name == OURS:
        return {"whole": partial(our_factors if vectors else our_values, weight, n)}
    method = METHODS[name]
    return {"transform": partial(method.symbols, weight, n), "svd": method.factors if vectors else method.values}


def row_major_steps(name: str, weight: Weight, n: int, *, vectors: bool = False) -> Steps:
    """Return the steps of a contender that brings its symbols into row-major order before it takes them apart."""
    found = steps(name, weight, n, vectors=vectors)
    return {"transform": found["transform"], "copy": np.ascontiguousarray, "svd": found["svd"]}


def estimated_seconds(name: str, channels: int, extent: int, *, vectors: bool) -> float:
    """Return roughly how long one call takes on two cores; good enough to leave out what would take far too long."""
    if name == "explicit":
        return 8 / 3 * (extent**2 * channels) ** 3 / 1e10
    flops = 4 * 8 / 3 * channels**3 * extent**2
    return (3 if vectors else 1) * flops / 2e9


def choose(
    names: Sequence[str], channels: int, extent: int, limit: float, *, vectors: bool = False
) -> tuple[list[str], dict[str, str]]:
    """Divide contenders into those that take part and those that do not, with the reasons.

    Parameters
    ----------
    names : of contenders
    channels, extent : int
    limit : float
        Seconds of one call, which those that nobody needs must not exceed.
    vectors : bool
    """
    left_out: dict[str, str] = {}
    for name in names:
        estimate = estimated_seconds(name, channels, extent, vectors=vectors)
        if name == "torch" and importlib.util.find_spec("torch") is None:
            left_out[name] = "not installed"
        elif name not in INDISPENSABLE and estimate > limit:
            left_out[name] = f"about {in_units(estimate)} a call"
    return [name for name in names if name not in left_out], left_out
