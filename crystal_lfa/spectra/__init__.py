"""What the symbols tell: spectra of operators on tori and on the infinite lattice."""

from crystal_lfa.spectra.singular_values import svdvals
from crystal_lfa.spectra.suprema import Supremum, enclose_norm, norm_from_samples

__all__ = ["Supremum", "enclose_norm", "norm_from_samples", "svdvals"]
