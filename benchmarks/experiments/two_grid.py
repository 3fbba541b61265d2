"""The two-grid factor of a method written as its name, against the same case written out by hand in batched numpy.

Poisson, Jacobi 4/5 before and after, multilinear interpolation, full weighting, Galerkin coarse operator: the largest
spectral radius over all fine frequencies with a twist of 1/2 (in two dimensions symbols of 4 x 4, in three of 8 x 8),
on one thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from functools import partial, reduce
from typing import Any

import numpy as np
import pictures as pic
from fresh import in_fresh_process
from summaries import Row, markdown, ratio, ratio_cell, time_cell, totals
from timing import interleaved, whole

from crystal_lfa import multigrid as mg

OMEGA = 0.8
SIZES = {"smoke": {2: 8}, "quick": {2: 256, 3: 32}, "full": {2: 256, 3: 32}}
REPEATS = {"smoke": 1, "quick": 7, "full": 15}
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
NAMED = "by name"


class OneThread:
    """An executor that computes at once, in this thread."""

    def submit(self, task: Callable[..., object], *arguments: object) -> object:
        """Return a future that is done."""
        future: Future[object] = Future()
        future.set_result(task(*arguments))
        return future


def by_name(dimension: int, size: int) -> float:
    """Return the factor of the method, written as its name; everything included."""
    A = mg.poisson(dimension)
    method = mg.TwoGrid(A, smoother=mg.Jacobi(OMEGA))
    torus = A.lattice.torus(size, twist=0.5)
    return float(method.convergence_factor(torus, executor=OneThread()))


def by_hand(dimension: int, size: int, *, half: bool) -> float:
    """Return it by hand: diagonal fine symbols, row and column transfers, on all frequencies or half of them."""
    theta = 2 * np.pi * (np.arange(size // 2) + 0.5) / size
    axes = [theta[: size // 4] if half else theta, *[theta] * (dimension - 1)]
    low = np.meshgrid(*axes, indexing="ij")
    shifts = np.array(np.meshgrid(*[[0.0, np.pi]] * dimension, indexing="ij")).reshape(dimension, -1)
    angles = [x[..., None] + shift for x, shift in zip(low, shifts, strict=True)]
    a = sum(2 - 2 * np.cos(x) for x in angles)
    s = 1 - OMEGA * a / (2 * dimension)
    p = reduce(np.multiply, [1 + np.cos(x) for x in angles])
    coarse = (p * a * p).sum(axis=-1)
    correction = np.eye(2**dimension) - (p / coarse[..., None])[..., :, None] * (p * a)[..., None, :]
    symbols = s[..., :, None] * correction * s[..., None, :]
    return float(np.abs(np.linalg.eigvals(symbols.astype(np.complex128))).max())


def run(edition: str) -> Iterator[Row]:
    """Yield a row a dimension; the number of threads is read when numpy is loaded."""
    for dimension, size in SIZES[edition].items():
        arguments = {"dimension": dimension, "size": size, "repeats": REPEATS[edition]}
        yield in_fresh_process(measure, ONE_THREAD, **arguments)


def measure(dimension: int, size: int, repeats: int) -> Row:
    """Time all in this process."""
    chains = {
        NAMED: whole(partial(by_name, dimension, size)),
        "by hand, all frequencies": whole(partial(by_hand, dimension, size, half=False)),
        "by hand, half of them by symmetry": whole(partial(by_hand, dimension, size, half=True)),
    }
    factors: dict[str, float] = {}
    seconds = interleaved(chains, repeats, factors.__setitem__)
    return {"dimension": dimension, "size": size, "seconds": seconds, "factors": factors}


def tables(rows: list[Row]) -> dict[str, str]:
    """Return the times, the factors, and the ratios to what was written by hand."""
    lines = []
    for row in rows:
        for name in row["seconds"]:
            found = ratio_cell(ratio(row["seconds"], NAMED, name)) if name != NAMED else ""
            points = " x ".join([str(row["size"])] * row["dimension"])
            time = time_cell(totals(row["seconds"], name))
            lines.append([name, points, time, f"{row['factors'][name]:.12f}", found])
    header = ["", "fine frequencies", "time", "factor", f"{NAMED} / this"]
    return {"two_grid": markdown(header, lines, words=1)}


def pictures(rows: list[Row]) -> dict[str, Any]:
    """Draw the ratios."""
    figure, ax = pic.figure()
    others = [name for name in rows[0]["seconds"] if name != NAMED]
    curves = {name: [ratio(row["seconds"], NAMED, name) for row in rows] for name in others}
    labels = [f"{row['dimension']} dimensions, {row['size']} points an axis" for row in rows]
    pic.bars(ax, labels, curves, ("", f"time {NAMED} / this"))
    pic.level(ax, 1)
    return {"two_grid": figure}
