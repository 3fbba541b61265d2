"""The energy norm of an operator: its norm in the inner product of a positive definite one."""

from __future__ import annotations

from typing import Any

import numpy as np
from array_api_compat import array_namespace

from crystal_lfa.errors import InvalidArgumentError, SingularSymbolError
from crystal_lfa.frequencies import WaveFunctions
from crystal_lfa.operators import Operator
from crystal_lfa.operators.arrays import to_numpy
from crystal_lfa.operators.nodes import Node

__all__ = ["EnergyScaled"]


class EnergyScaled(Node):
    r"""An operator E in coordinates in which the energy of A is the square: :math:`L^H E L^{-H}` with A = L L^H.

    Its norm is :math:`\sup \|E v\|_A / \|v\|_A`, :math:`\|v\|_A^2 = v^H A v`.

    Parameters
    ----------
    operand : Operator
        E, from a crystal to itself.
    A : Operator
        Hermitian and positive definite, on the same crystal.

    Raises
    ------
    InvalidArgumentError
        If A is not known to be Hermitian.
    """

    keeps_symmetries = True

    def __init__(self, operand: Operator, A: Operator) -> None:
        if not A.is_hermitian:
            raise InvalidArgumentError(
                f"A: got {A!r}, which is not Hermitian; the energy norm needs an operator that is"
            )
        super().__init__((operand, A), operand.domain, operand.codomain)

    def combine(self, waves: WaveFunctions, /, *symbols: Any) -> Any:
        """Return L^H E L^-H.

        Raises
        ------
        SingularSymbolError
            If a symbol of A is not positive definite.
        """
        error, energy = symbols
        xp = array_namespace(error)
        values, vectors = xp.linalg.eigh(energy)
        spectrum = to_numpy(values)
        size = spectrum.shape[-1]
        bound = self.operands[1].magnitude or np.abs(spectrum).max(axis=-1)
        bad = np.argwhere(spectrum[..., 0] <= 8 * size * np.finfo(spectrum.dtype).eps * bound)
        if len(bad):
            places = ", ".join(waves.describe(tuple(place)) for place in bad[:5].tolist())
            message = f"A: the symbol of {self.operands[1]!r} is not positive definite at kappa = {places}"
            raise SingularSymbolError(f"{message}; the energy norm needs an operator that is")
        roots = xp.astype(xp.sqrt(values), vectors.dtype)
        adjoint = xp.conj(xp.matrix_transpose(vectors))
        inner = xp.matmul(xp.matmul(adjoint, error), vectors)
        return roots[..., :, None] * inner / roots[..., None, :]

    def rebuilt(self, operands: tuple[Operator, ...]) -> Operator:
        """Return the same of other operands."""
        return EnergyScaled(*operands)
