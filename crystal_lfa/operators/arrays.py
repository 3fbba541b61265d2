"""Multipliers stay in the array library they came in: the few places where that needs care.

Precision: what is computed from multipliers is computed in double precision unless a call's `dtype` says
otherwise, whatever precision they are stored in.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from array_api_compat import array_namespace, device, is_array_api_obj, is_numpy_array, is_torch_array
from numpy.typing import NDArray

from crystal_lfa.errors import ArrayLibraryError, InvalidArgumentError, MultiplierError, NotFiniteError
from crystal_lfa.operators.symbolic.expressions import check_numbers, require_numbers, settled

__all__ = [
    "as_array",
    "check_finite",
    "common_namespace",
    "constant_like",
    "in_c_order",
    "in_one_library",
    "is_complex",
    "is_symbolic",
    "quiet_overflow",
    "read_only",
    "runs_in_numpy",
    "times_power_of_two",
    "to_complex",
    "to_numpy",
    "without_gradient",
]

_PRECISIONS = {"float32": "complex64", "complex64": "complex64", "float64": "complex128", "complex128": "complex128"}


def common_namespace(*arrays: Any) -> Any:
    """Return the namespace of arrays that all come from one library.

    Raises
    ------
    ArrayLibraryError
        If they come from several.
    """
    try:
        return array_namespace(*arrays)
    except TypeError:
        kinds = sorted({f"{type(array).__module__.split('.')[0]}.{type(array).__name__}" for array in arrays})
        message = f"arrays of several libraries meet: {', '.join(kinds)}; convert them to one library first"
        raise ArrayLibraryError(message) from None


def in_one_library(left: Any, right: Any) -> tuple[Any, Any]:
    """Return two arrays in one library: constants, which are of numpy, go to where the other one is.

    Raises
    ------
    ArrayLibraryError
        If they come from two libraries other than numpy.
    """
    if is_numpy_array(left) != is_numpy_array(right):
        # Copied: other libraries do not know read-only arrays.
        if is_numpy_array(left):
            return constant_like(left.copy(), right), right
        return left, constant_like(right.copy(), left)
    common_namespace(left, right)
    return left, right


def as_array(value: Any, argument: str) -> Any:
    """Return an array of numbers: as it is from an array library, else through numpy; integers become float64.

    Raises
    ------
    MultiplierError
        If the entries are not numbers.
    """
    if isinstance(value, np.ma.MaskedArray):
        raise MultiplierError(f"{argument}: got a masked array; plain numbers are needed (filled() gives them)")
    try:
        array = value if is_array_api_obj(value) else np.asarray(value)
    except ValueError:
        raise MultiplierError(f"{argument}: got rows of different lengths; a matrix is needed") from None
    if is_numpy_array(array) and array.dtype == object:
        check_numbers(array, argument)
        return array
    if is_numpy_array(array) and array.dtype.kind not in "biufc":
        message = f"{argument}: got entries of type {array.dtype}; real or complex numbers are needed"
        raise MultiplierError(message)
    xp = array_namespace(array)
    if xp.isdtype(array.dtype, ("bool", "integral")):
        return xp.astype(array, xp.float64)
    return array


def is_symbolic(array: Any) -> bool:
    """Tell whether an array holds SymPy expressions."""
    return bool(is_numpy_array(array) and array.dtype == object)


def is_complex(array: Any) -> bool:
    """Tell whether an array has a complex type."""
    return bool(array_namespace(array).isdtype(array.dtype, "complex floating"))


def check_finite(array: Any, argument: str) -> None:
    """Raise `NotFiniteError` if an array holds NaN or infinity."""
    if is_symbolic(array):
        check_numbers(array, argument)
        return
    xp = array_namespace(array)
    bad = ~xp.isfinite(array)
    if bool(xp.any(bad)):
        place = tuple(np.argwhere(to_numpy(bad))[0].tolist())
        count = int(np.count_nonzero(to_numpy(bad)))
        message = f"{argument}: {count} entries are NaN or infinite, the first at {place}; finite numbers are needed"
        raise NotFiniteError(message)


def to_numpy(array: Any) -> NDArray[Any]:
    """Return the values of an array as numpy, detached from any gradient, on the host."""
    if is_numpy_array(array):
        return np.asarray(array)
    detached = array.detach() if hasattr(array, "detach") else array
    host = detached.cpu() if hasattr(detached, "cpu") else detached
    # numpy has no bfloat16: double holds it exactly.
    return np.asarray(host.double() if str(host.dtype) == "torch.bfloat16" else host)


def in_c_order(array: Any) -> Any:
    """Return an array of numpy laid out in C order, others as they are.

    BLAS adds up numbers of another layout in another order: the bits of symbols would depend on where they came from.
    """
    return np.ascontiguousarray(array) if is_numpy_array(array) else array


def times_power_of_two(numbers: NDArray[Any], exponents: Any) -> NDArray[Any]:
    """Return complex numbers of numpy times two to powers, exactly but for overflow and underflow."""
    scaled = np.empty_like(numbers)
    np.ldexp(numbers.real, exponents, out=scaled.real)
    np.ldexp(numbers.imag, exponents, out=scaled.imag)
    return scaled


def runs_in_numpy(array: Any) -> bool:
    """Tell whether numpy may compute with an array: one of numpy, or of torch on the host that no gradient needs."""
    if is_numpy_array(array):
        return not is_symbolic(array)
    return is_torch_array(array) and array.device.type == "cpu" and not array.requires_grad


def without_gradient(array: Any) -> Any:
    """Return an array that no gradient flows through, in its own library."""
    return array.detach() if hasattr(array, "detach") else array


def constant_like(values: NDArray[Any], array: Any) -> Any:
    """Return numpy values in the library and on the device of another array."""
    if is_numpy_array(array):
        return values
    return array_namespace(array).asarray(values, device=device(array))


def quiet_overflow() -> np.errstate:
    """Return a context without numpy's warnings of overflow, for what is checked afterwards."""
    return np.errstate(over="ignore", invalid="ignore")


def to_complex(array: Any, dtype: Any = None) -> Any:
    """Return an array cast to the complex type in which `dtype` says to compute; default complex128.

    Raises
    ------
    InvalidArgumentError
        If `dtype` is not a real or complex floating type of single or double precision.
    NotFiniteError
        If the numbers are too large or too small for single precision.
    """
    name = "complex128" if dtype is None else str(getattr(dtype, "__name__", dtype)).rsplit(".", maxsplit=1)[-1]
    if name not in _PRECISIONS:
        message = f"dtype: got {dtype!r}; one of {', '.join(_PRECISIONS)} is needed"
        raise InvalidArgumentError(message)
    if is_symbolic(array):
        require_numbers(array)
        array = settled(array)
    xp = array_namespace(array)
    with quiet_overflow():
        cast = xp.astype(array, getattr(xp, _PRECISIONS[name]), copy=False)
    if _PRECISIONS[name] == "complex64" and not _survives(array, cast):
        message = f"dtype: the numbers overflow or vanish in {name}; float64 holds them"
        raise NotFiniteError(message)
    return cast


def _survives(array: Any, cast: Any) -> bool:
    """Tell whether the largest entry has neither overflowed nor lost its digits in single precision."""
    if 0 in array.shape:
        return True
    xp = array_namespace(array)
    before, after = float(xp.max(xp.abs(array))), float(xp.max(xp.abs(cast)))
    return abs(after - before) <= 1e-6 * before


def read_only(array: Any) -> Any:
    """Make a numpy array read-only; other libraries have no such flag."""
    if is_numpy_array(array):
        array.flags.writeable = False
    return array
