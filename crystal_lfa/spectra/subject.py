"""What is asked about: an operator on a torus, or one that lives on a torus anyway."""

from __future__ import annotations

from typing import Any

from crystal_lfa.errors import InvalidArgumentError, TorusError
from crystal_lfa.geometry import Torus
from crystal_lfa.operators import Operator, TorusOperator
from crystal_lfa.operators.tabulated import Tabulated

__all__ = ["check_operator", "on_torus"]


def on_torus(A: Any, N: Any) -> tuple[Operator, Torus]:
    """Return an operator and the torus in its lattice; of a TorusOperator its own, which `N` may repeat.

    Raises
    ------
    InvalidArgumentError
        If `A` is no operator, or `N` is missing.
    TorusError
        If `N` is no torus of the operator's lattice, or another one than that of the TorusOperator.
    """
    if isinstance(A, TorusOperator):
        if N is not None and A.torus.lattice.torus(N) != A.torus:
            raise TorusError(f"N: got {N!r}; {A!r} lives on its own torus, which may be left out")
        return Tabulated(A), A.torus
    check_operator(A)
    if N is None:
        raise InvalidArgumentError("N: got None; the periods of a torus are needed, such as 64 or (64, 64)")
    return A, A.lattice.torus(N)


def check_operator(A: object) -> None:
    """Refuse what is no operator.

    Raises
    ------
    InvalidArgumentError
        If it is none.
    """
    if not isinstance(A, Operator):
        raise InvalidArgumentError(f"A: got {type(A).__name__}; an Operator is needed")
