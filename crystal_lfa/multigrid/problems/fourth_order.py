"""The biharmonic operator, as one equation or as a system of two."""

from __future__ import annotations

from typing import Any, cast

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.multigrid.problems.diffusion import poisson
from crystal_lfa.operators import CrystalOperator, block, identity

__all__ = ["biharmonic"]


def biharmonic(where: Any, as_system: bool = False) -> CrystalOperator:
    r"""Return the biharmonic operator, :math:`\Delta^2`: the square of `poisson`, or a system of two Laplacians.

    .. math:: A^2 u = f \qquad\text{or}\qquad
       \begin{bmatrix} A & -I \\ 0 & A \end{bmatrix} \begin{bmatrix} u \\ v \end{bmatrix}
       = \begin{bmatrix} 0 \\ f \end{bmatrix}, \qquad A \approx -\Delta, \quad v = A u.

    On a square grid of spacing h the square is the stencil of 13 points,

    .. math:: \frac{1}{h^4} \begin{bmatrix} & & 1 & & \\ & 2 & -8 & 2 & \\ 1 & -8 & 20 & -8 & 1 \\
       & 2 & -8 & 2 & \\ & & 1 & & \end{bmatrix}.

    Parameters
    ----------
    where : int, Lattice or Crystal
        As of `poisson`.
    as_system : bool
        Whether to return the system, with the unknowns u, then v, on every site.

    Returns
    -------
    CrystalOperator
        The square is Hermitian where `poisson` is, the system never.

    Raises
    ------
    InvalidArgumentError, LatticeError
        As `poisson`, or if `as_system` is no truth value.

    References
    ----------
    Trottenberg, Oosterlee, Schueller: Multigrid (2001), chapter 8.

    Examples
    --------
    >>> from crystal_lfa import multigrid as mg
    >>> mg.biharmonic(2).multipliers.ravel().tolist()
    [1.0, 2.0, -8.0, 2.0, 1.0, -8.0, 20.0, -8.0, 1.0, 2.0, -8.0, 2.0, 1.0]
    >>> mg.biharmonic(2, as_system=True).symbol([0.5, 0.5]).real.tolist()
    [[8.0, -1.0], [0.0, 8.0]]
    """
    if not isinstance(as_system, bool):
        raise InvalidArgumentError(f"as_system: got {as_system!r}; True or False is needed")
    A = poisson(where)
    system = block([[A, -identity(A.domain)], [0, A]]) if as_system else A @ A
    return cast("CrystalOperator", system)
