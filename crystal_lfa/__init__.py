"""Translation-invariant operators on crystals, taken apart into their symbols, one a frequency."""

from importlib import import_module
from types import ModuleType

from crystal_lfa import errors
from crystal_lfa.geometry import Crystal, Lattice, Torus, crystals, lattices, regroup
from crystal_lfa.operators import (
    CrystalOperator,
    Operator,
    TorusOperator,
    adjacency,
    averaging,
    block,
    diagonal,
    identity,
    injection,
    interpolation,
    stencil,
    zero,
)
from crystal_lfa.spectra import (
    SVD,
    Bands,
    DensityOfSingularValues,
    DensityOfStates,
    Eig,
    Infimum,
    NumericalRange,
    Supremum,
    bands,
    condition_number,
    density_of_singular_values,
    density_of_states,
    eig,
    eigvals,
    extreme_eigenvalues,
    load,
    norm,
    numerical_range,
    schatten_norm,
    smallest_singular_value,
    spectral_radius,
    svd,
    svdvals,
)

__all__ = [
    "SVD",
    "Bands",
    "Crystal",
    "CrystalOperator",
    "DensityOfSingularValues",
    "DensityOfStates",
    "Eig",
    "Infimum",
    "Lattice",
    "NumericalRange",
    "Operator",
    "Supremum",
    "Torus",
    "TorusOperator",
    "adjacency",
    "averaging",
    "bands",
    "block",
    "cnn",
    "condition_number",
    "crystals",
    "density_of_singular_values",
    "density_of_states",
    "diagonal",
    "eig",
    "eigvals",
    "errors",
    "extreme_eigenvalues",
    "identity",
    "injection",
    "interpolation",
    "lattices",
    "load",
    "multigrid",
    "norm",
    "numerical_range",
    "regroup",
    "schatten_norm",
    "smallest_singular_value",
    "spectral_radius",
    "stencil",
    "svd",
    "svdvals",
    "testing",
    "zero",
]

_LAZY = frozenset({"cnn", "multigrid", "testing"})


__version__: str
"""The version that is installed; looking it up takes a while, so it is done when asked for."""


def __getattr__(name: str) -> ModuleType | str:
    if name in _LAZY:
        return import_module(f"crystal_lfa.{name}")
    if name == "__version__":
        from importlib.metadata import version

        return version("crystal-lfa")
    raise AttributeError(f"module 'crystal_lfa' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
