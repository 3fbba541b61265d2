"""What the model problems ask of their arguments: places, coefficients, axes."""

from __future__ import annotations

from typing import Any

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.geometry import Crystal, Lattice, lattices
from crystal_lfa.geometry.exact.integers import as_integer, axes_of
from crystal_lfa.operators.reading import read_number
from crystal_lfa.operators.symbolic.expressions import is_expression

__all__ = ["read_axis", "read_coefficient", "read_real", "read_scalar", "read_vector", "read_where"]


def read_where(where: Any) -> Crystal:
    """Return the crystal that a dimension, a lattice or a crystal means.

    Raises
    ------
    InvalidArgumentError
        If it is none of them, or sites differ in their number of unknowns.
    """
    if isinstance(where, Crystal):
        if len(set(where.dof)) != 1:
            message = f"where: the sites have {list(where.dof)} unknowns; as many on each are needed"
            raise InvalidArgumentError(message)
        return where
    if isinstance(where, Lattice):
        return Crystal(where)
    try:
        dimension = as_integer(where, "where")
    except InvalidArgumentError:
        dimension = 0
    if dimension < 1:
        message = f"where: got {where!r} of type {type(where).__name__}; a positive dimension, a Lattice or a Crystal"
        raise InvalidArgumentError(f"{message} is needed")
    return Crystal(lattices.integer(dimension))


def read_scalar(value: Any, argument: str) -> Any:
    """Return a real or complex number, or a SymPy expression.

    Raises
    ------
    NotFiniteError
        If it is NaN or infinite.
    InvalidArgumentError
        If it is something else.
    """
    number = read_number(value, argument)
    if not (is_expression(number) or isinstance(number, float | complex)):
        message = f"{argument}: got an array of type {type(value).__name__}; a number or a SymPy expression is needed"
        raise InvalidArgumentError(message)
    return number


def read_real(value: Any, argument: str) -> Any:
    """Return a real number, or a SymPy expression that may be real.

    Raises
    ------
    InvalidArgumentError
        If it is none.
    """
    number = read_scalar(value, argument)
    unreal = number.is_real is False if is_expression(number) else isinstance(number, complex)
    if unreal:
        raise InvalidArgumentError(f"{argument}: got {value!r}; a real number is needed")
    return number


def read_coefficient(value: Any, argument: str) -> Any:
    """Return a coefficient of diffusion: a real number that is not negative, or an expression not known to be.

    Raises
    ------
    InvalidArgumentError
        If it is none.
    """
    number = read_real(value, argument)
    negative = number.is_negative is True if is_expression(number) else number < 0
    if negative:
        raise InvalidArgumentError(f"{argument}: got {value!r}; a number that is not negative is needed")
    return number


def read_vector(value: Any, dimension: int, argument: str) -> tuple[Any, ...]:
    """Return the Cartesian components of a vector; in one dimension a number will do.

    Raises
    ------
    InvalidArgumentError
        If there are not as many real components as dimensions.
    """
    entries = list(value) if axes_of(value) == 1 else [value]
    if axes_of(value) > 1 or len(entries) != dimension:
        raise InvalidArgumentError(f"{argument}: got {value!r}; {dimension} real components are needed")
    return tuple(read_real(entry, argument) for entry in entries)


def read_axis(value: Any, dimension: int, argument: str) -> int:
    """Return the number of an axis, from 0.

    Raises
    ------
    InvalidArgumentError
        If there is no such axis.
    """
    axis = as_integer(value, argument)
    if not 0 <= axis < dimension:
        raise InvalidArgumentError(f"{argument}: got {axis}; the axes are 0 to {dimension - 1}")
    return axis
