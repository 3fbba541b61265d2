"""Inverses and pseudo-inverses, symbol by symbol; where a symbol is singular, that is said."""

from __future__ import annotations

from abc import abstractmethod
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


class Judge(Node):
    """An inverse of some kind: singular values up to rounding of the operand's size count as zero."""

    judges_size = True
    keeps_symmetries = True

    def __init__(self, operand: Operator, settings: tuple[Any, ...] = ()) -> None:
        super().__init__((operand,), operand.codomain, operand.domain, settings)

    def _known_hermitian(self) -> bool:
        """Return whether the operand is its own adjoint."""
        return self.operands[0].is_hermitian

    @abstractmethod
    def judge(self, waves: WaveFunctions, symbol: Any, size: Any) -> Any:
        """Return the inverses of symbols that were rounded from numbers of a size, one or one a frequency."""

    def combine(self, waves: WaveFunctions, /, *symbols: Any) -> Any:
        """Return the inverses, judged by the operand's bound."""
        return self.judge(waves, symbols[0], self.operands[0].magnitude)

    def size(self, value: Any, *inputs: Any) -> Any:
        """Return what rounding of the operand grows to: its size times the square of the inverse's norm."""
        largest = np.abs(to_numpy(value)).max(axis=(-2, -1)) * max(self.shape)
        return largest * np.maximum(1.0, largest * inputs[0])


class Inverse(Judge):
    """The inverse, symbol by symbol."""

    def judge(self, waves: WaveFunctions, symbol: Any, size: Any) -> Any:
        """Return the inverses; where a symbol is singular up to rounding, raise and name the frequencies."""
        xp = array_namespace(symbol)
        inverse = _inverted(symbol, xp)
        n = symbol.shape[-1]
        # The smallest singular value is at least one over n times the largest entry of the inverse.
        own, other = (np.abs(to_numpy(matrix)).max(axis=(-2, -1)) for matrix in (symbol, inverse))
        scale = np.maximum(own, 0.0 if size is None else size)
        with quiet_overflow():
            sound = scale * other * (8 * n * n * float(xp.finfo(symbol.dtype).eps)) < 1
        if not sound.all():
            raise SingularSymbolError(_list_of(np.argwhere(~sound), waves, self.operands[0]))
        return inverse

    def rebuilt(self, operands: tuple[Operator, ...]) -> Operator:
        """Return the inverse of another operand."""
        return operands[0].inv()


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
        rounding = 8 * symbols.shape[-1] ** 2 * float(xp.finfo(symbols.dtype).eps)
        singular = (values[..., -1] == 0) | (values[..., 0] * rounding >= values[..., -1])
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


class PseudoInverse(Judge):
    """The Moore-Penrose inverse, symbol by symbol: singular values up to a tolerance count as zero.

    Parameters
    ----------
    operand : Operator
    tolerance : float or None
        Relative to the operand's size; None for ten times the rounding of a symbol.
    """

    def __init__(self, operand: Operator, tolerance: float | None = None) -> None:
        super().__init__(operand, (tolerance,))

    def judge(self, _waves: WaveFunctions, symbol: Any, size: Any) -> Any:
        """Return the pseudo-inverses."""
        xp = array_namespace(symbol)
        u, s, vh = xp.linalg.svd(symbol, full_matrices=False)
        rounding = 10 * max(self.shape) * float(xp.finfo(symbol.dtype).eps)
        tolerance = rounding if self.settings[0] is None else self.settings[0]
        own = to_numpy(s)[..., :1]
        scale = np.maximum(own, 0.0) if size is None else np.maximum(own * 0, np.asarray(size)[..., None])
        kept = s > constant_like((tolerance * scale).astype(own.dtype), s)
        weights = xp.where(kept, 1 / xp.where(kept, s, xp.ones_like(s)), xp.zeros_like(s))
        v = xp.conj(xp.matrix_transpose(vh))
        return xp.matmul(v * xp.astype(weights, symbol.dtype)[..., None, :], xp.conj(xp.matrix_transpose(u)))

    def rebuilt(self, operands: tuple[Operator, ...]) -> Operator:
        """Return the pseudo-inverse of another operand."""
        return operands[0].pinv(rtol=self.settings[0])
