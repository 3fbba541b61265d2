"""Arrays of SymPy expressions: recognised without importing SymPy, their parameters, values put in."""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.errors import FreeParametersError, InvalidArgumentError, MultiplierError
from crystal_lfa.geometry.exact.rationals import nearest_simple_fraction

__all__ = [
    "all_real",
    "all_vanish",
    "check_numbers",
    "exact",
    "inverse_of_expressions",
    "is_expression",
    "names_of",
    "parameters_of",
    "read_expression",
    "read_values",
    "require_numbers",
    "settled",
    "substituted",
]

_ROUNDING = 4 * np.finfo(np.float64).eps


def is_expression(value: object) -> bool:
    """Tell whether a value is a SymPy expression; SymPy is not imported for that."""
    return hasattr(value, "free_symbols") and hasattr(value, "is_finite") and not hasattr(value, "shape")


def parameters_of(array: NDArray[Any]) -> set[Any]:
    """Return the free symbols of an array of expressions."""
    return {symbol for entry in array.flat for symbol in getattr(entry, "free_symbols", ())}


def names_of(parameters: set[Any]) -> str:
    """Return the names of parameters as text."""
    return ", ".join(sorted(str(parameter) for parameter in parameters))


def check_numbers(array: NDArray[Any], argument: str) -> None:
    """Refuse entries of an object array that are neither numbers nor expressions, or infinite.

    Raises
    ------
    MultiplierError
        If one is.
    """
    for entry in array.flat:
        if not (is_expression(entry) or isinstance(entry, int | float | complex | Fraction | np.number)):
            kind = type(entry).__name__
            raise MultiplierError(f"{argument}: got {entry!r} of type {kind}; numbers or SymPy expressions are needed")
        if is_expression(entry) and not entry.free_symbols and entry.is_finite is not True:
            raise MultiplierError(f"{argument}: got {entry}; finite expressions are needed")


def settled(array: NDArray[Any]) -> NDArray[Any]:
    """Return an array of expressions without free symbols as float64 or complex128, any other as it is."""
    if array.dtype != object or parameters_of(array):
        return array
    numbers = np.array([complex(entry) for entry in array.flat], dtype=np.complex128).reshape(array.shape)
    return numbers if numbers.imag.any() else numbers.real.copy()


def require_numbers(array: NDArray[Any]) -> None:
    """Refuse an array with free symbols where numbers are needed.

    Raises
    ------
    FreeParametersError
        If there are some; it names them.
    """
    free = parameters_of(array) if array.dtype == object else set()
    if free:
        message = f"the operator has the free parameters {names_of(free)}; subs() gives them values"
        raise FreeParametersError(message)


def exact(value: Any) -> Any:
    """Return a number as a SymPy number: a float within rounding of a simple fraction as that fraction."""
    import sympy

    if is_expression(value):
        return value.xreplace({number: exact(float(number)) for number in value.atoms(sympy.Float)})
    number = complex(value)
    real, imaginary = (_exact_real(part) for part in (number.real, number.imag))
    return real + sympy.I * imaginary if number.imag else real


def _exact_real(number: float) -> Any:
    import sympy

    simple = nearest_simple_fraction(Fraction(number), _ROUNDING * abs(number))
    return sympy.Float(number) if simple is None else sympy.Rational(simple.numerator, simple.denominator)


def read_expression(value: Any, argument: str) -> Any:
    """Return an expression; as a number where it has no free symbols.

    Raises
    ------
    MultiplierError
        If it is not finite.
    """
    array = np.empty(1, dtype=object)
    array[0] = value
    check_numbers(array, argument)
    return settled(array)[0]


def inverse_of_expressions(matrix: NDArray[Any]) -> NDArray[Any] | None:
    """Return the inverse of a matrix of expressions, None if it is singular for all parameters."""
    import sympy

    exact_matrix = sympy.Matrix([[exact(entry) for entry in row] for row in matrix])
    if sympy.simplify(exact_matrix.det()) == 0:
        return None
    inverse = exact_matrix.inv().applyfunc(sympy.simplify)
    return np.array(inverse.tolist(), dtype=object)


def all_real(array: NDArray[Any]) -> bool:
    """Tell whether all entries are known to be real."""
    return all(e.is_real is True if is_expression(e) else complex(e).imag == 0 for e in array.flat)


def all_vanish(array: NDArray[Any]) -> bool:
    """Tell whether all expressions simplify to zero."""
    import sympy

    return all(sympy.simplify(exact(entry)) == 0 for entry in array.flat)


def substituted(array: NDArray[Any], values: Mapping[Any, Any]) -> NDArray[Any]:
    """Return an array of expressions with values for some of their symbols."""
    if array.dtype != object:
        return array
    entries = [entry.subs(values) if is_expression(entry) else entry for entry in array.flat]
    result = np.empty(len(entries), dtype=object)
    result[:] = entries
    check_numbers(result, "values")
    return settled(result.reshape(array.shape))


def read_values(values: Any, parameters: tuple[Any, ...]) -> dict[Any, Any]:
    """Return values by symbol, from a mapping from symbols or their names.

    Raises
    ------
    InvalidArgumentError
        If it is no mapping, or a name is none of the parameters'.
    """
    if not isinstance(values, Mapping):
        message = f"values: got {type(values).__name__}; a mapping from parameters, or their names, to values is needed"
        raise InvalidArgumentError(message)
    by_name = {str(parameter): parameter for parameter in parameters}
    found = {}
    for key, value in values.items():
        if not (is_expression(value) or isinstance(value, numbers.Number)):
            raise InvalidArgumentError(f"values: got {value!r} for {key}; a number or a SymPy expression is needed")
        if str(key) not in by_name:
            known = ", ".join(by_name) or "none"
            raise InvalidArgumentError(f"values: got {key!r}; the operator's parameters are {known}")
        found[by_name[str(key)]] = value
    return found
