"""How a decomposition uses the symbols' factors: which columns, in which order, with which signs, or adjoint."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from numpy.typing import NDArray

from crystal_lfa.operators.arrays import constant_like, read_only

__all__ = ["Arrangement"]


@dataclass(frozen=True, slots=True, eq=False)
class Arrangement:
    """U' = U[:, columns] diag(signs) and V'^H = V^H[columns] at every frequency; flipped, U' and V' trade places.

    Attributes
    ----------
    columns : (order, r) int64 or None
        None: all columns in their own order.
    signs : (order, r) float64 or None
        Of U' before it is flipped; None: all are 1.
    flipped : bool
    """

    columns: NDArray[np.int64] | None = None
    signs: NDArray[np.float64] | None = None
    flipped: bool = False

    def __post_init__(self) -> None:
        for array in (self.columns, self.signs):
            if array is not None:
                read_only(array)

    @property
    def is_trivial(self) -> bool:
        """Whether the factors are used as they are."""
        return self.columns is None and self.signs is None and not self.flipped

    def of(self, numbers: Any, u: Any, vh: Any) -> tuple[Any, Any]:
        """Return U' and V'^H from U and V^H at the frequencies with these numbers (or at one)."""
        xp = array_namespace(u)
        if self.columns is not None:
            chosen = constant_like(self.columns[numbers], u)
            u = xp.take_along_axis(u, _broadcast(chosen[..., None, :], u, -2), axis=-1)
            vh = xp.take_along_axis(vh, _broadcast(chosen[..., :, None], vh, -1), axis=-2)
        if self.signs is not None:
            u = u * xp.astype(constant_like(self.signs[numbers], u), u.dtype)[..., None, :]
        if self.flipped:
            return xp.conj(xp.matrix_transpose(vh)), xp.conj(xp.matrix_transpose(u))
        return u, vh

    def flip(self) -> Arrangement:
        """Return the arrangement of the adjoint."""
        return replace(self, flipped=not self.flipped)

    def reordered(self, order: NDArray[np.int64]) -> Arrangement:
        """Return the arrangement with the columns (order, r) of this one in another order."""
        if (order == np.arange(order.shape[1])).all():
            return self
        columns = order if self.columns is None else np.take_along_axis(self.columns, order, axis=1)
        signs = None if self.signs is None else np.take_along_axis(self.signs, order, axis=1)
        return replace(self, columns=columns, signs=signs)

    def signed(self, signs: NDArray[np.float64]) -> Arrangement:
        """Return the arrangement with columns of U' times plus or minus one."""
        if (signs > 0).all():
            return self
        return replace(self, signs=signs if self.signs is None else self.signs * signs)


def _broadcast(indices: Any, array: Any, axis: int) -> Any:
    shape = list(indices.shape)
    shape[axis] = array.shape[axis]
    return array_namespace(array).broadcast_to(indices, tuple(shape))
