"""Running a method on errors, and the factor by which they vanish."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.geometry import Torus
from crystal_lfa.geometry.exact.integers import as_integer
from crystal_lfa.multigrid.cycles.cycle import Cycle
from crystal_lfa.multigrid.factors.harmonics import between_supercells
from crystal_lfa.multigrid.factors.samples import sample
from crystal_lfa.multigrid.factors.suprema import SearchOptions, largest_radius, read_torus
from crystal_lfa.multigrid.simulation.domains import Box, Domain, Periodic
from crystal_lfa.multigrid.simulation.running import Running
from crystal_lfa.multigrid.simulation.sequential import sequential
from crystal_lfa.operators import Operator
from crystal_lfa.operators.arrays import read_only
from crystal_lfa.spectra import Supremum
from crystal_lfa.spectra.eigenvalues import as_endomorphism
from crystal_lfa.spectra.norms.measures import radii_of

__all__ = ["Simulation", "simulate"]

_OPTIONS = SearchOptions("1GB", None, progress=False, dtype=None, rtol=1e-6, evaluations=None)

_KINDS = ("periodic", "sequential", "dirichlet")


@dataclass(frozen=True, slots=True, eq=False)
class Simulation:
    """What happened to a random error.

    Attributes
    ----------
    factors : (cycles,) float64
        By which each cycle multiplied its 2-norm.
    factor : float
        The geometric mean over the last third of the cycles: what it settles at.
    predicted : Supremum
        The convergence factor: of the same torus, with Dirichlet boundaries that of all frequencies.
    kind : str
    torus : Torus
        The points, of the finest lattice.
    """

    factors: NDArray[np.float64]
    factor: float
    predicted: Supremum
    kind: str
    torus: Torus

    def plot(self, ax: Any = None) -> list[Any]:
        """Draw the factors of the cycles, and the predicted one; return the artists."""
        from crystal_lfa.drawing.curves import draw_levels

        cycles = np.arange(1, len(self.factors) + 1)
        levels = [("measured", self.factor), ("predicted", float(self.predicted))]
        return draw_levels(ax, cycles, self.factors, levels, ("cycle", "reduction of the error"))

    def __repr__(self) -> str:
        run = f"{len(self.factors)} cycles, {self.kind}, on {self.torus.periods.tolist()}"
        return f"Simulation({self.factor:.6g} measured, {float(self.predicted):.6g} predicted; {run})"


def simulate(method: Any, N: Any, cycles: int = 30, *, kind: str = "periodic", seed: int = 0) -> Simulation:
    r"""Run a method as sparse matrices on a random error, and compare with its predicted factor.

    No Fourier transform enters: operators are assembled, splittings and coarse operators decomposed and solved.

    Parameters
    ----------
    method : TwoGrid, KGrid or Operator
        An operator is the error propagator itself.
    N : int, flat sequence of int, list of vectors (rows) or Torus
        The points: a torus of the finest lattice, with walls a box of as many steps along each vector.
    cycles : int
        Of which the last third counts; errors that vanish slowest take over slowly on large tori.
    kind : "periodic", "sequential" or "dirichlet"
        On the torus, with the wrapped splitting that the symbols describe; on the torus, with Gauss-Seidel and SOR
        going through its points in order, which is another operator; or inside a box, zero on its walls.
    seed : int
        Of the random error.

    Returns
    -------
    Simulation

    Raises
    ------
    InvalidArgumentError
        If the method cannot be run as sparse matrices, or not in this kind.
    TorusError
        If the coarsest lattice does not hold the periods.

    Notes
    -----
    On a torus on which a coarse operator is singular, the null modes' harmonics are left out of the error, as they are
    of the prediction.

    References
    ----------
    Trottenberg, Oosterlee, Schueller: Multigrid (2001), sections 2.5.2 and 3.3.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> from crystal_lfa import multigrid as mg
    >>> tg = mg.TwoGrid(mg.poisson(2), smoother=mg.RedBlack(), coarse_operator=mg.poisson)
    >>> mg.simulate(tg, 32, kind="dirichlet")
    Simulation(0.073... measured, 0.0740741 predicted; 30 cycles, dirichlet, on [[32, 0], [0, 32]])
    """
    count = as_integer(cycles, "cycles")
    if count < 2:
        raise InvalidArgumentError(f"cycles: got {count}; at least 2 are needed")
    if kind not in _KINDS:
        raise InvalidArgumentError(f"kind: got {kind!r}; one of {', '.join(_KINDS)} is needed")
    invariant = _propagator(method)
    finest = method.operator.lattice if isinstance(method, Cycle) else invariant.lattice
    torus = read_torus(finest, N, invariant)
    domain: Domain = Box(torus) if kind == "dirichlet" else Periodic(torus)
    predicted = largest_radius(invariant, None if kind == "dirichlet" else torus, _OPTIONS)
    run = Running(_carried_out(method, invariant, kind), domain)
    factors = _reductions(run, domain, invariant, predicted, count, seed)
    later = factors[-max(1, count // 3) :]
    factor = float(np.exp(np.log(later).mean())) if (later > 0).all() else 0.0
    return Simulation(read_only(factors), factor, predicted, kind, torus)


def _propagator(method: Any) -> Operator:
    if isinstance(method, Cycle):
        return method.error_propagator
    if isinstance(method, Operator):
        return as_endomorphism(method)
    message = f"method: got {method!r}; a TwoGrid, a KGrid, or an error propagator, such as Jacobi(0.8)(A), is needed"
    raise InvalidArgumentError(message)


def _carried_out(method: Any, invariant: Operator, kind: str) -> Operator:
    if kind != "sequential":
        return invariant
    if not isinstance(method, Cycle):
        raise InvalidArgumentError("kind: sequential runs need a TwoGrid or KGrid, whose smoothers are known")
    other = method.with_smoothers(sequential)
    return between_supercells(other, method.operator, other.lattice)


def _reductions(
    run: Running, domain: Domain, invariant: Operator, predicted: Supremum, cycles: int, seed: int
) -> NDArray[np.float64]:
    """Return by how much each cycle reduces the norm of a random error."""
    torus = invariant.lattice.torus(domain.torus)
    size = torus.order * invariant.domain.size
    rng = np.random.default_rng(as_integer(seed, "seed"))
    error = rng.standard_normal(size)
    kept = np.ones(torus.order, dtype=np.bool_)
    if isinstance(domain, Box):
        error = error * domain.kept(invariant.domain)
    elif predicted.skipped:
        kept = ~np.isnan(sample(invariant, domain.torus, radii_of, "").values)
    factors = np.zeros(cycles)
    for cycle in range(-1, cycles):
        if not kept.all():
            error = _without_modes(error, torus, kept)
        norm = float(np.linalg.norm(error))
        if cycle >= 0:
            factors[cycle] = norm
        if not norm > 0 or cycle == cycles - 1:
            break
        error = run(error / norm)
    return factors


def _without_modes(error: NDArray[Any], torus: Torus, kept: NDArray[np.bool_]) -> NDArray[Any]:
    parts = torus.fourier(error.reshape(torus.order, -1))
    left = torus.inverse_fourier(np.where(kept[:, None], parts, 0.0)).ravel()
    return left if np.iscomplexobj(error) else np.asarray(left.real)
