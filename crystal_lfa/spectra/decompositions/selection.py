"""Which singular values are kept, and what becomes of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from array_api_compat import array_namespace, is_array_api_obj, is_numpy_array
from numpy.typing import NDArray

from crystal_lfa.errors import InvalidArgumentError, NotFiniteError
from crystal_lfa.geometry.exact.integers import as_integer
from crystal_lfa.operators import Operator
from crystal_lfa.operators.arrays import as_array, common_namespace, constant_like
from crystal_lfa.spectra.decompositions.ordering import order_of

__all__ = ["cut_off", "kept_by", "mapped", "read_interval", "read_share", "rounding_of"]


def read_share(value: Any, argument: str, *, one: bool = False) -> float:
    """Return a number from 0 to below 1, or above 0 to 1 where `one`.

    Raises
    ------
    InvalidArgumentError
        If it is out of range.
    """
    number = np.asarray(value)
    sound = number.ndim == 0 and number.dtype.kind in "iuf"
    if not sound or not (0 < number <= 1 if one else 0 <= number < 1):
        interval = "above 0 up to 1" if one else "from 0 to below 1"
        raise InvalidArgumentError(f"{argument}: got {value!r}; a number {interval} is needed")
    return float(number)


def read_interval(lower: Any, upper: Any) -> tuple[float, float]:
    """Return the ends of an interval of singular values, 0 and infinity where none is given.

    Raises
    ------
    InvalidArgumentError
        If they are no such ends.
    """
    ends = (0.0 if lower is None else lower, math.inf if upper is None else upper)
    for end, name in zip(ends, ("lower", "upper"), strict=True):
        number = np.asarray(end)
        if number.ndim or number.dtype.kind not in "iuf" or not number >= 0:
            raise InvalidArgumentError(f"{name}: got {end!r}; a number that is not negative is needed")
    if math.isinf(ends[0]):
        raise InvalidArgumentError(f"lower: got {lower}; a finite number is needed")
    if ends[0] > ends[1]:
        raise InvalidArgumentError(f"lower: got {lower}, above upper = {upper}; it may be at most that")
    return float(ends[0]), float(ends[1])


def kept_by(
    values: NDArray[Any], rank: int | None, tol: float | None, energy: float | None
) -> tuple[NDArray[np.bool_], str]:
    """Return which values a truncation keeps, and what it is called."""
    given = [name for name, value in (("rank", rank), ("tol", tol), ("energy", energy)) if value is not None]
    if len(given) != 1:
        message = f"rank, tol, energy: got {' and '.join(given) or 'none of them'}; one has to be given"
        raise InvalidArgumentError(message)
    if tol is not None:
        return values > read_share(tol, "tol") * values.max(), f"truncate(tol={tol:g})"
    order = order_of(values)
    if rank is not None:
        count = as_integer(rank, "rank")
        if not 1 <= count <= values.size:
            raise InvalidArgumentError(f"rank: got {count}; 1 to {values.size}, their number, is needed")
    else:
        share = read_share(energy, "energy", one=True)
        largest = float(values.max()) or 1.0
        squares = np.cumsum((values.ravel()[order] / largest).astype(np.float64) ** 2)
        count = int(np.searchsorted(squares, share * squares[-1])) + 1
        # Equal values stay together: those of a pair of opposite frequencies belong to one real operator.
        flat = values.ravel()[order]
        count = int(np.searchsorted(-flat, -flat[min(count, len(flat)) - 1], side="right"))
    kept = np.zeros(values.size, dtype=np.bool_)
    kept[order[:count]] = True
    return kept.reshape(values.shape), f"truncate({given[0]}={count if rank is not None else f'{energy:g}'})"


def rounding_of(values: NDArray[Any], operator: Operator) -> float:
    """Return up to where singular values may be zero and rounding: ten times the rounding of a symbol."""
    size = max(float(values.max(initial=0.0)), operator.magnitude or 0.0)
    return 10 * max(operator.shape) * float(np.finfo(values.dtype).eps) * size


def cut_off(values: NDArray[Any], operator: Operator, rtol: Any) -> float:
    """Return up to where singular values count as zero."""
    if rtol is None:
        return rounding_of(values, operator)
    return read_share(rtol, "rtol") * float(values.max(initial=0.0))


def mapped(f: Callable[[Any], Any], values: Any, *, real: bool = True) -> Any:
    """Return f(values), checked.

    Raises
    ------
    NotFiniteError
        If it holds NaN or infinity.
    InvalidArgumentError
        If it is no array of numbers of the same shape, real ones where `real`.
    """
    if not callable(f):
        raise InvalidArgumentError(f"f: got {f!r}; a function from an array to one of the same shape is needed")
    with np.errstate(all="ignore"):
        # Of other libraries a copy, which a function may work in; numpy's arrays are read-only.
        result = f(values if is_numpy_array(values) else array_namespace(values).asarray(values, copy=True))
    if not is_array_api_obj(result) or isinstance(result, np.generic):
        result = constant_like(as_array(result, "f"), values)
    xp = common_namespace(result, values)
    if tuple(result.shape) != tuple(values.shape):
        message = f"f: it returned shape {tuple(result.shape)} for {tuple(values.shape)}; one number a value is needed"
        raise InvalidArgumentError(message)
    if not xp.isdtype(result.dtype, ("real floating", "integral") if real else "numeric"):
        kind = "real numbers" if real else "numbers"
        raise InvalidArgumentError(f"f: it returned entries of type {result.dtype}; {kind} are needed")
    bad = ~xp.isfinite(result)
    if bool(xp.any(bad)):
        first = values[bad][0]
        raise NotFiniteError(f"f: it returned NaN or infinity, such as for {float(first):.6g}; finite ones are needed")
    return result if xp.isdtype(result.dtype, "complex floating") else xp.astype(result, values.dtype)
