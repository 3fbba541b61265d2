"""Every exception of the library, under one base.

Each message names the argument, says what came, and says what would have been valid.
"""

from __future__ import annotations

__all__ = [
    "ArrayLibraryError",
    "AttributesError",
    "CrystalError",
    "CrystalMismatchError",
    "FreeParametersError",
    "InvalidArgumentError",
    "LatticeError",
    "MemoryBudgetError",
    "MissingLibraryError",
    "ModelFileError",
    "MultiplierError",
    "NoConvolutionError",
    "NotFiniteError",
    "OperatorFileError",
    "RankDeficiencyWarning",
    "SingularSymbolError",
    "TorusError",
    "TranslationInvarianceError",
    "UnreadableLayerError",
    "UnsafeFileError",
]


class CrystalError(Exception):
    """Base of every exception that the library raises on purpose."""


class InvalidArgumentError(CrystalError, ValueError):
    """An argument has a value, a shape or a type that cannot be used."""


class NotFiniteError(InvalidArgumentError):
    """NaN or infinity where finite numbers are needed."""


class LatticeError(InvalidArgumentError):
    """A basis is singular, or two lattices are not related as the call needs."""


class TorusError(InvalidArgumentError):
    """The periods are singular or not integer, or do not lie in the lattice asked for."""


class CrystalMismatchError(InvalidArgumentError):
    """Two crystals that have to agree do not."""


class SingularSymbolError(InvalidArgumentError):
    """An operator has no inverse: its symbol is singular at some frequencies."""


class OperatorFileError(InvalidArgumentError):
    """A file of an operator cannot be read, or an operator cannot be put into one."""


class FreeParametersError(InvalidArgumentError):
    """An operator with free parameters is used as one with numbers."""


class MultiplierError(InvalidArgumentError):
    """The offsets or multipliers of an operator do not fit its crystals."""


class TranslationInvarianceError(InvalidArgumentError):
    """The rows of a matrix differ from one lattice point to another."""


class ArrayLibraryError(CrystalError, TypeError):
    """Arrays of two libraries meet in one operation."""


class MemoryBudgetError(CrystalError, MemoryError):
    """The memory budget cannot hold what was asked for."""


class MissingLibraryError(CrystalError, ImportError):
    """An optional library is needed and is not installed."""

    @classmethod
    def for_extra(cls, library: str, purpose: str, extra: str) -> MissingLibraryError:
        """Say which library is missing, for what, and the command that installs it."""
        return cls(f"{purpose} needs {library}, which is not installed: pip install 'crystal-lfa[{extra}]'")


class ModelFileError(InvalidArgumentError):
    """A model file cannot be read, or is not what its name says."""


class UnsafeFileError(ModelFileError):
    """A file could only be read by running code that it carries; that is never done."""


class NoConvolutionError(ModelFileError):
    """A model holds no convolution."""


class UnreadableLayerError(ModelFileError):
    """A layer of a model cannot be analysed; what was read says why."""


class AttributesError(InvalidArgumentError):
    """The attributes given for layers are malformed, or name layers that do not exist."""


class RankDeficiencyWarning(UserWarning):
    """An operator is singular up to rounding: the least-squares solution with the smallest norm is returned."""
