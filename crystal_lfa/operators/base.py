"""What every operator has: two crystals on one lattice, and a symbol at every frequency."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crystal_lfa.errors import InvalidArgumentError, NotFiniteError
from crystal_lfa.frequencies import FrequencyWaves, WaveFunctions
from crystal_lfa.geometry import Crystal, Lattice
from crystal_lfa.operators.arithmetic import Arithmetic
from crystal_lfa.operators.arrays import check_finite, quiet_overflow, read_only

__all__ = ["Operator", "read_frequencies"]


class Operator(Arithmetic, ABC):
    r"""A translation-invariant operator from functions on one crystal to functions on another.

    On wave functions it acts by its symbol: :math:`L (\varphi_\kappa v) = \varphi_\kappa (L_\kappa v)`.

    Attributes
    ----------
    domain, codomain : Crystal
        Always on one lattice, in one basis.
    """

    domain: Crystal
    codomain: Crystal
    operands: tuple[Operator, ...] = ()
    settings: tuple[Any, ...] = ()

    changes_waves: bool = False
    """Whether the operands are evaluated at other wave functions: harmonics on `finer`, or the opposites."""

    judges_size: bool = False
    """Whether what counts as zero in it depends on the size of what its operand's symbol was rounded from."""

    keeps_symmetries: bool = False
    """Whether a symmetry of space of all operands is one of what is composed of them."""

    @property
    def finer(self) -> Lattice | None:
        """The lattice of the operands, where they live on a finer one and are evaluated at the harmonics there."""
        return None

    complete: bool = False
    """Whether no attribute may be added: operators of one's own set theirs, once each, in ``__init__``."""

    def __setattr__(self, name: str, value: object) -> None:
        if not self.complete and name not in self.__dict__:
            object.__setattr__(self, name, value)
            return
        raise AttributeError(f"{name}: a {type(self).__name__} is immutable; build a new one")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{name}: a {type(self).__name__} is immutable; build a new one")

    def _fill(self, **values: Any) -> None:
        """Set attributes of an operator that is being made."""
        for name, value in values.items():
            object.__setattr__(self, name, value)

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

    @property
    def wave_functions(self) -> int:
        """About how many wave functions' values a symbol is summed from, by which memory is planned."""
        return 1

    @property
    def magnitude(self) -> float | None:
        """A bound of the norms of all symbols, by which rounding is judged; None where none is known."""
        return None

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
        with quiet_overflow():
            symbols = self.symbols(FrequencyWaves(read_frequencies(kappa, self.lattice.dim)))
        check_finite(symbols, "the symbols")
        return read_only(symbols)


def read_frequencies(kappa: Any, dimension: int) -> NDArray[np.float64]:
    """Return frequencies (..., d) as float64.

    Raises
    ------
    InvalidArgumentError
        If they are not real numbers, d on the last axis.
    NotFiniteError
        If one is NaN or infinite.
    """
    try:
        frequencies = np.asarray(kappa, dtype=np.float64)
    except (TypeError, ValueError):
        message = f"kappa: got {kappa!r}; an array of real frequencies is needed, such as torus.frequencies"
        raise InvalidArgumentError(message) from None
    if frequencies.ndim == 0 or frequencies.shape[-1] != dimension:
        message = f"kappa: got shape {frequencies.shape}; the last axis has to have length {dimension}"
        raise InvalidArgumentError(message)
    if not np.isfinite(frequencies).all():
        raise NotFiniteError("kappa: got NaN or infinity; finite frequencies are needed")
    return frequencies
