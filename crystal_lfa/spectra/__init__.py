"""What the symbols tell: spectra of operators on tori and on the infinite lattice."""

from crystal_lfa.spectra.singular_values import svdvals

__all__ = ["svdvals"]
