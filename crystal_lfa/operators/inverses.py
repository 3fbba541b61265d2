"""Inverses and pseudo-inverses, symbol by symbol; where a symbol is singular, that is said."""

from __future__ import annotations

from typing import Any

import numpy as np
from array_api_compat import array_namespace

from crystal_lfa.errors import SingularSymbolError
from crystal_lfa.frequencies import WaveFunctions
from crystal_lfa.operators.arrays import constant_like, quiet_overflow, to_numpy
from crystal_lfa.operators.base import Operator
from crystal_lfa.operators.nodes import Node

__all__ = ["Inverse", "PseudoInverse"]

_MOST_LISTED = 5


class Inverse(Node):
    """The inverse, symbol by symbol."""

    def __init__(self, operand: Operator) -> None:
        super().__init__((operand,), operand.codomain, operand.domain)

    @property
    def is_hermitian(self) -> bool:
        """Whether the operand is its own adjoint."""
        return self.operands[0].is_hermitian

    def combine(self, waves: WaveFunctions, /, *symbols: Any) -> Any:
        """Return the inverses; where a symbol is singular up to rounding, raise and name the frequencies."""
        (symbol,) = symbols
        xp = array_namespace(symbol)
        inverse = _inverted(symbol, xp)
        size = symbol.shape[-1]
        # The smallest singular value is at least one over the Frobenius norm of the inverse.
        own = xp.linalg.vector_norm(symbol, axis=(-2, -1))
        other = xp.linalg.vector_norm(inverse, axis=(-2, -1))
        scale = xp.maximum(own, constant_like(np.asarray(self.operands[0].magnitude or 0.0, dtype=_real(own)), own))
        with quiet_overflow():
            sound = scale * other * (8 * size * float(xp.finfo(symbol.dtype).eps)) < 1
        if not bool(xp.all(sound)):
            raise SingularSymbolError(_list_of(np.argwhere(~to_numpy(sound)), waves, self.operands[0]))
        return inverse

    def rebuilt(self, operands: tuple[Operator, ...]) -> Operator:
        """Return the inverse of another operand."""
        return operands[0].inv()


def _real(array: Any) -> Any:
    return to_numpy(array).dtype


def _inverted(symbols: Any, xp: Any) -> Any:
    """Return the inverses of a stack of matrices, infinite where elimination meets a zero pivot."""
    if symbols.shape[-1] == 1:
        with np.errstate(divide="ignore", invalid="ignore"):
            return 1 / symbols
    try:
        return xp.linalg.inv(symbols)
    except (np.linalg.LinAlgError, RuntimeError):
        # One singular matrix spoils the whole stack: the smallest singular values tell which it is.
        values = xp.linalg.svdvals(symbols)
        singular = (values[..., -1] == 0) | (values[..., 0] * float(xp.finfo(symbols.dtype).eps) >= values[..., -1])
        unit = xp.eye(symbols.shape[-1], dtype=symbols.dtype)
        tame = xp.where(singular[..., None, None], unit, symbols)
        return xp.where(singular[..., None, None], unit * float("inf"), xp.linalg.inv(tame))


def _list_of(places: Any, waves: WaveFunctions, operand: Operator) -> str:
    listed = [waves.describe(tuple(place)) for place in places[:_MOST_LISTED].tolist()]
    more = f" and {len(places) - _MOST_LISTED} more" if len(places) > _MOST_LISTED else ""
    opposite = ", and at the opposite frequencies" if operand.is_real else ""
    return (
        f"inv: the symbol of {operand!r} is singular at kappa = {', '.join(listed)}{more}{opposite}; "
        "a twist such as 1/2 keeps clear of these frequencies, pinv() leaves out what is singular"
    )


class PseudoInverse(Node):
    """The Moore-Penrose inverse, symbol by symbol: singular values up to a tolerance count as zero."""

    def __init__(self, operand: Operator, tolerance: float) -> None:
        super().__init__((operand,), operand.codomain, operand.domain, (tolerance,))

    @property
    def is_hermitian(self) -> bool:
        """Whether the operand is its own adjoint."""
        return self.operands[0].is_hermitian

    def combine(self, _waves: WaveFunctions, /, *symbols: Any) -> Any:
        """Return the pseudo-inverses."""
        (symbol,) = symbols
        xp = array_namespace(symbol)
        u, s, vh = xp.linalg.svd(symbol, full_matrices=False)
        bound = self.operands[0].magnitude
        largest = s[..., :1] if bound is None else xp.full_like(s[..., :1], bound)
        kept = s > self.settings[0] * largest
        weights = xp.where(kept, 1 / xp.where(kept, s, xp.ones_like(s)), xp.zeros_like(s))
        v = xp.conj(xp.matrix_transpose(vh))
        return xp.matmul(v * xp.astype(weights, symbol.dtype)[..., None, :], xp.conj(xp.matrix_transpose(u)))

    def rebuilt(self, operands: tuple[Operator, ...]) -> Operator:
        """Return the pseudo-inverse of another operand."""
        return operands[0].pinv(rtol=self.settings[0])
