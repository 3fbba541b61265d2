"""What every multigrid cycle has: an error propagator, and the factors that it yields."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any

from crystal_lfa.errors import SingularSymbolError
from crystal_lfa.frequencies import Progress
from crystal_lfa.geometry import Torus
from crystal_lfa.multigrid.cycles.recursion import Recipe, assembled
from crystal_lfa.multigrid.factors.energy import EnergyScaled
from crystal_lfa.multigrid.factors.harmonics import between_supercells, lowest_harmonic
from crystal_lfa.multigrid.factors.samples import Samples, eigenvalues, sample
from crystal_lfa.multigrid.factors.suprema import SearchOptions, fitting_torus, largest_norm, largest_radius, read_torus
from crystal_lfa.operators import CrystalOperator, Operator
from crystal_lfa.spectra import Supremum
from crystal_lfa.spectra.norms.measures import norms_of, radii_of

__all__ = ["Cycle"]

_EXTENT = {1: 256, 2: 64}
_OTHER_EXTENT = 16
"""Points along an axis of the torus of pictures."""


class Cycle:
    r"""A multigrid cycle: its error propagator, and how fast errors vanish.

    Of a supremum over all frequencies `frequency` is the lowest harmonic, in the dual of the finest lattice, of the
    symbol where it is attained. Frequencies at which a coarse operator has no inverse, as a Laplacian's kappa = 0, are
    left out with their harmonics and counted; where values grow towards one of them, `limit` says so.

    Attributes
    ----------
    operator : CrystalOperator
        A, on the finest grid.
    operators : tuple of Operator
        Those of all grids, finest first.
    error_propagator : Operator
        E: it maps the error before a cycle to the error after it. On the coarsest lattice.
    notes : tuple of str
        Crystals that were matched although their sites lie at other positions.
    """

    operator: Operator
    operators: tuple[Operator, ...]
    error_propagator: Operator
    notes: tuple[str, ...]
    recipe: Recipe

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{name}: a {type(self).__name__} is immutable; build a new one")

    def __init__(self, A: Operator, recipe: Recipe) -> None:
        operators, propagator, notes = assembled(A, recipe)
        values = {
            "operator": A,
            "operators": operators,
            "error_propagator": between_supercells(propagator, A, propagator.lattice),
            "notes": notes,
            "recipe": recipe,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def with_smoothers(self, change: Callable[[Any], Any]) -> Operator:
        """Return the error propagator with other smoothers: `change` takes each to the one in its place."""
        return assembled(self.operator, self.recipe.with_smoothers(change))[1]

    def convergence_factor(
        self,
        N: Any = None,
        *,
        rtol: float = 1e-6,
        evaluations: int | None = None,
        memory: str | float = "1GB",
        executor: Executor | None = None,
        progress: Progress = False,
        dtype: Any = None,
    ) -> Supremum:
        r"""Return the asymptotic convergence factor, :math:`\sup_\kappa \rho(E_\kappa)`.

        Parameters
        ----------
        N : int, flat sequence of int, list of vectors (rows) or Torus, optional
            A torus of the finest lattice on whose frequencies alone the maximum is taken; default all frequencies, on
            grids that are refined until the value stops changing.
        rtol : float
            A relative change smaller than this counts as none.
        evaluations : int, optional
            How many symbols may be visited.
        memory, executor, progress, dtype
            As in `svdvals`.

        Returns
        -------
        Supremum

        Raises
        ------
        TorusError
            If the coarsest lattice does not hold the periods.
        SingularSymbolError
            If a coarse operator is singular at every frequency.

        References
        ----------
        Trottenberg, Oosterlee, Schueller: Multigrid (2001), sections 4.3 and 4.6.
        """
        options = SearchOptions(memory, executor, progress, dtype, rtol, evaluations)
        return self._at_lowest(largest_radius(self.error_propagator, self._torus(N), options))

    def norm(
        self,
        N: Any = None,
        *,
        rtol: float = 1e-6,
        evaluations: int | None = None,
        memory: str | float = "1GB",
        executor: Executor | None = None,
        progress: Progress = False,
        dtype: Any = None,
    ) -> Supremum:
        r"""Return the factor by which one cycle reduces any error at least, :math:`\sup_\kappa \|E_\kappa\|_2`.

        Parameters, result, errors: as of `convergence_factor`.
        """
        options = SearchOptions(memory, executor, progress, dtype, rtol, evaluations)
        return self._at_lowest(largest_norm(self.error_propagator, self._torus(N), options))

    def energy_norm(
        self,
        N: Any = None,
        *,
        rtol: float = 1e-6,
        evaluations: int | None = None,
        memory: str | float = "1GB",
        executor: Executor | None = None,
        progress: Progress = False,
        dtype: Any = None,
    ) -> Supremum:
        r"""Return the norm in the energy of A, :math:`\sup \|E v\|_A / \|v\|_A` with :math:`\|v\|_A^2 = v^H A v`.

        Parameters, result, errors: as of `convergence_factor`, and

        Raises
        ------
        InvalidArgumentError
            If A is not Hermitian.
        SingularSymbolError
            If A is positive definite at no frequency.
        """
        options = SearchOptions(memory, executor, progress, dtype, rtol, evaluations)
        try:
            return self._at_lowest(largest_norm(self._in_energy(), self._torus(N), options))
        except SingularSymbolError:
            message = (
                f"A: the symbols of {self.operator!r} are positive definite, and the coarse operators invertible, at "
            )
            raise SingularSymbolError(f"{message}none of the frequencies; the energy norm needs that") from None

    def spectrum(self, N: Any = None) -> Samples:
        """Return the eigenvalues at every frequency of a torus (`Samples`); default a small one, twist 1/2."""
        operator = self.error_propagator
        return sample(operator, self._some_torus(N), eigenvalues, "eigenvalues", operator.shape[0])

    def convergence_factors(self, N: Any = None) -> Samples:
        """Return the spectral radius at every frequency of a torus (`Samples`); default a small one, twist 1/2."""
        return sample(self.error_propagator, self._some_torus(N), radii_of, "spectral radius")

    def norms(self, N: Any = None) -> Samples:
        """Return the norm at every frequency of a torus (`Samples`); default a small one, twist 1/2."""
        return sample(self.error_propagator, self._some_torus(N), norms_of, "norm")

    def energy_norms(self, N: Any = None) -> Samples:
        """Return the norm in the energy of A at every frequency of a torus; default a small one, twist 1/2."""
        return sample(self._in_energy(), self._some_torus(N), norms_of, "energy norm")

    def _in_energy(self) -> Operator:
        energy = self.operator.on(self.error_propagator.lattice)
        return EnergyScaled(self.error_propagator, between_supercells(energy, self.operator, energy.lattice))

    def _torus(self, N: Any) -> Torus | None:
        return None if N is None else read_torus(self.operator.lattice, N, self.error_propagator)

    def _some_torus(self, N: Any) -> Torus:
        """Return a torus, by default one that pictures show well."""
        fine, propagator = self.operator.lattice, self.error_propagator
        if N is not None:
            return read_torus(fine, N, propagator)
        return fitting_torus(fine, propagator.lattice, _EXTENT.get(fine.dim, _OTHER_EXTENT), 0.5)

    def _at_lowest(self, found: Supremum) -> Supremum:
        fine, coarse = self.operator.lattice, self.error_propagator.lattice
        return replace(found, frequency=lowest_harmonic(found.frequency, fine, coarse), lattice=fine)

    def __repr__(self) -> str:
        sizes = [operator.lattice.index_in(self.operator.lattice) for operator in self.operators]
        notes = "".join(f"; {note}" for note in self.notes)
        kind = "multipliers known" if isinstance(self.operators[-1], CrystalOperator) else "composed"
        return f"{type(self).__name__}({len(sizes)} grids of index {sizes}, coarsest operator {kind}{notes})"
