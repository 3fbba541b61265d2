"""Twists: the phases that functions pick up once around a torus."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.errors import NotFiniteError, TorusError
from crystal_lfa.geometry.exact import rationals
from crystal_lfa.geometry.exact.integers import IntegerMatrix, axes_of, modular_product, transpose
from crystal_lfa.geometry.exact.roots_of_unity import roots_of_unity
from crystal_lfa.geometry.exact.tolerances import TWIST_TOLERANCE

__all__ = ["Twist", "is_real", "read_twist", "transformed", "winding_phases"]

Twist = tuple[Fraction, ...]

_LARGEST_ROOT_ORDER = 2**31


def read_twist(twist: Any, dimension: int) -> Twist:
    """Return one exact fraction in [0, 1) a period, from one number for all of them or one each.

    Raises
    ------
    TorusError
        If they are not real numbers, or not as many as periods.
    NotFiniteError
        If one is NaN or infinite.
    """
    entries = [twist] * dimension if axes_of(twist) == 0 else list(twist)
    if len(entries) != dimension:
        raise TorusError(f"twist: got {len(entries)} numbers; one, or one a period ({dimension}), is needed")
    return tuple(_read_entry(entry) % 1 for entry in entries)


def _read_entry(entry: Any) -> Fraction:
    if isinstance(entry, Fraction):
        return entry
    if isinstance(entry, str) and (meant := rationals.fraction_from_text(entry)) is not None:
        return meant
    number = np.asarray(entry)
    if number.ndim or number.dtype.kind not in "iuf":
        raise TorusError(f"twist: got {entry!r}; real numbers, or fractions such as '1/2', are needed")
    if not np.isfinite(number):
        raise NotFiniteError(f"twist: got {entry!r}; finite numbers are needed")
    given = Fraction(number.item())
    simple = rationals.nearest_simple_fraction(given, TWIST_TOLERANCE)
    return given if simple is None else simple


def transformed(twist: Twist, change: IntegerMatrix) -> Twist:
    """Return U^T t mod 1, the twist of the periods N U where t is that of the periods N."""
    columns = transpose(change)
    return tuple(sum((u * t for u, t in zip(c, twist, strict=True)), Fraction(0)) % 1 for c in columns)


def is_real(twist: Sequence[Fraction]) -> bool:
    """Tell whether every entry is 0 or 1/2, so that phases are +-1."""
    return all((2 * entry).denominator == 1 for entry in twist)


def winding_phases(twist: Twist, winding: NDArray[Any]) -> NDArray[Any]:
    r"""Return :math:`e^{2\pi i\, t \cdot w}` for windings (..., d): float64 where all are +-1, else complex128."""
    denominator = math.lcm(*(entry.denominator for entry in twist))
    if denominator <= _LARGEST_ROOT_ORDER:
        numerators = tuple((int(entry * denominator),) for entry in twist)
        phases = roots_of_unity(modular_product(winding, numerators, denominator)[..., 0], denominator)
    else:
        turns = np.zeros(winding.shape[:-1])
        for axis, entry in enumerate(twist):
            # Few windings differ, and exact fractions keep their digits however often a point winds.
            numbers, places = np.unique(winding[..., axis], return_inverse=True)
            table = np.array([float(entry * int(number) % 1) for number in numbers])
            turns += table[places].reshape(turns.shape)
        phases = roots_of_unity(np.zeros(turns.shape, dtype=np.int64), 1, turns % 1.0)
    return phases.real.copy() if is_real(twist) else phases
