"""Layers whose certified norm is at most what was asked for."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any

import numpy as np

from crystal_lfa.cnn.analysis import on_host
from crystal_lfa.cnn.layer import ConvLayer
from crystal_lfa.cnn.projection import in_its_type
from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.frequencies import Progress
from crystal_lfa.geometry import Torus, lattices
from crystal_lfa.geometry.exact.integers import as_integer
from crystal_lfa.operators.arrays import is_complex, to_numpy
from crystal_lfa.spectra import norm, svd

__all__ = ["clip"]

_MOST_RESCALINGS = 30
_SMALLEST_MARGIN = 1e-8
"""What is taken off for rounding, twice as much each time: one or two suffice, ten or so in half precision."""


def clip(
    layer: ConvLayer,
    upper: float,
    *,
    rounds: int = 10,
    rtol: float = 1e-4,
    memory: str | float = "1GB",
    executor: Executor | None = None,
    progress: Progress = False,
) -> ConvLayer:
    r"""Return a layer like this one, with the same kernel size, whose certified norm is at most `upper`.

    In turns all singular values on the layer's torus (a larger one where the kernel's taps would meet on it) are
    clipped to `upper`, and the result is projected onto kernels of the layer's size. Neither keeps what the other
    makes, so at the end the kernel is divided by what its certified norm exceeds `upper` by: the bound then holds for
    every input size, with circular and with zero padding.

    Parameters
    ----------
    layer : ConvLayer
    upper : float
        Positive.
    rounds : int
        How often to clip and project; 0 divides only. More rounds change the layer less.
    rtol : float
        How close to `upper` the certified norm comes.
    memory, executor, progress
        As for `svd`.

    Returns
    -------
    ConvLayer
        The same one if its certified norm is at most `upper` already. The weight is of the type that it was, and the
        norm is certified for the weight as it is, rounded to that type.

    Raises
    ------
    InvalidArgumentError
        If `upper` is not a positive number.
    UnreadableLayerError
        If the layer cannot be analysed.

    References
    ----------
    Sedghi, Gupta, Long: The singular values of convolutional layers (ICLR 2019), which does not divide.

    Examples
    --------
    >>> import numpy as np
    >>> import crystal_lfa as lfa
    >>> weight = np.random.default_rng(0).normal(size=(4, 4, 3, 3))
    >>> (layer,) = lfa.cnn.load({"conv.weight": weight}, input_shape=(8, 8))
    >>> clipped = lfa.cnn.clip(layer, 1.0)
    >>> 0.999 < lfa.norm(clipped.operator(), rtol=1e-6).lower, lfa.norm(clipped.operator()).upper <= 1 + 1e-5
    (True, True)
    """
    limit = _read_upper(upper)
    turns = as_integer(rounds, "rounds")
    if turns < 0:
        raise InvalidArgumentError(f"rounds: got {turns}; an integer of at least 0 is needed")
    options: dict[str, Any] = {"memory": memory, "executor": executor}

    def certified(one: ConvLayer) -> float:
        return norm(on_host(one.operator()), rtol=rtol, **options).upper

    if certified(layer) <= limit:
        return layer
    current, torus = layer, _roomy_torus(layer)
    for _ in range(turns):
        operator = on_host(current.operator())
        found = svd(operator, torus, progress=progress, **options)
        if float(found.sorted_values[0]) <= limit:
            break
        current = current.with_operator(found.clip(0, limit).to_operator())
    return _divided(current, limit, certified)


def _divided(layer: ConvLayer, limit: float, certified: Callable[[ConvLayer], float]) -> ConvLayer:
    """Return a layer divided by what its norm exceeds a limit by; what rounding to its type adds is made up for."""
    reached = certified(layer)
    if reached <= limit:
        return layer
    exact = to_numpy(layer.weight).astype(np.complex128 if is_complex(layer.weight) else np.float64)
    margin = 0.0
    for _ in range(_MOST_RESCALINGS):
        rounded = replace(layer, weight=in_its_type(exact * (limit / reached * (1 - margin)), layer.weight))
        if certified(rounded) <= limit:
            return rounded
        margin = max(2 * margin, _SMALLEST_MARGIN)
    message = f"upper: got {limit}; numbers of the weight's type, {layer.weight.dtype}, are too coarse to come below it"
    raise InvalidArgumentError(message)


def _roomy_torus(layer: ConvLayer) -> Torus:
    """Return the layer's torus, or a larger one on which the kernel's taps keep apart.

    Where taps meet, their sum alone would be clipped, and the norm on the infinite lattice hardly changed.
    """
    reach = [2 * d * k for d, k in zip(layer.dilation, layer.shape[2:], strict=True)]
    factors = [1] * len(reach) if layer.transposed else layer.stride
    shrunk = [-(-r // s) if layer.transposed else r for r, s in zip(reach, layer.stride, strict=True)]
    extents = [max(n, r) for n, r in zip(layer.torus().shape, shrunk, strict=True)]
    return lattices.integer(len(extents)).torus([-(-n // s) * s for n, s in zip(extents, factors, strict=True)])


def _read_upper(upper: Any) -> float:
    try:
        limit = float(upper)
    except (TypeError, ValueError):
        limit = math.nan
    if not (limit > 0 and math.isfinite(limit)):
        raise InvalidArgumentError(f"upper: got {upper!r}; a positive number is needed")
    return limit
