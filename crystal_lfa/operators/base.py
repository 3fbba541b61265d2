"""What every operator has: two crystals on one lattice, and a symbol at every frequency."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from crystal_lfa.errors import InvalidArgumentError, NotFiniteError
from crystal_lfa.frequencies import FrequencyWaves, WaveFunctions
from crystal_lfa.geometry import Crystal, Lattice
from crystal_lfa.operators.arrays import read_only

__all__ = ["Operator"]


class Operator(ABC):
    r"""A translation-invariant operator from functions on one crystal to functions on another.

    On wave functions it acts by its symbol: :math:`L (\varphi_\kappa v) = \varphi_\kappa (L_\kappa v)`.

    Attributes
    ----------
    domain, codomain : Crystal
        Always on one lattice, in one basis.
    """

    # An array times an operator is then a TypeError, not an array of operators.
    __array_ufunc__ = None

    domain: Crystal
    codomain: Crystal

    @property
    def lattice(self) -> Lattice:
        """The lattice of whose translations the operator is invariant."""
        return self.domain.lattice

    @property
    def shape(self) -> tuple[int, int]:
        """The shape (codomain.size, domain.size) of the symbols."""
        return self.codomain.size, self.domain.size

    @property
    @abstractmethod
    def is_real(self) -> bool:
        """Whether the operator maps real functions to real ones, so that ``L_-kappa = conj(L_kappa)``."""

    @property
    @abstractmethod
    def is_hermitian(self) -> bool:
        """Whether the operator is known to be its own adjoint."""

    @abstractmethod
    def symbols(self, waves: WaveFunctions, dtype: Any = None) -> Any:
        """Return the symbols at a batch of frequencies, given by their wave functions: (..., m, n), complex."""

    def symbol(self, kappa: ArrayLike) -> Any:
        r"""Return the symbols :math:`L_\kappa` at frequencies.

        Parameters
        ----------
        kappa : (..., d) array_like, real
            Fractional coordinates in the dual of `lattice`; a full period is 1, not 2 pi.

        Returns
        -------
        (..., codomain.size, domain.size) complex array, in the library of the operator's numbers

        Raises
        ------
        InvalidArgumentError
            If the last axis does not have the lattice's dimension.
        NotFiniteError
            If a frequency is NaN or infinite.

        References
        ----------
        van Betteray, Rottmann, Kahl: LFA applied to CNNs (ECAI 2025), "Convolution theorem".
        """
        try:
            frequencies = np.asarray(kappa, dtype=np.float64)
        except (TypeError, ValueError):
            message = f"kappa: got {kappa!r}; an array of real frequencies is needed, such as torus.frequencies"
            raise InvalidArgumentError(message) from None
        if frequencies.ndim == 0 or frequencies.shape[-1] != self.lattice.dim:
            message = f"kappa: got shape {frequencies.shape}; the last axis has to have length {self.lattice.dim}"
            raise InvalidArgumentError(message)
        if not np.isfinite(frequencies).all():
            raise NotFiniteError("kappa: got NaN or infinity; finite frequencies are needed")
        return read_only(self.symbols(FrequencyWaves(frequencies)))
