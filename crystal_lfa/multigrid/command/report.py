"""What there is to say of a multigrid method: factors, as text and as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from crystal_lfa.errors import SingularSymbolError
from crystal_lfa.geometry import Torus
from crystal_lfa.geometry.sites import readable
from crystal_lfa.multigrid.command.methods import Method
from crystal_lfa.multigrid.factors.ellipticity import h_ellipticity
from crystal_lfa.multigrid.factors.smoothing import smoothing_factor
from crystal_lfa.multigrid.optimization import Optimum, optimize
from crystal_lfa.multigrid.simulation.simulate import Simulation, simulate
from crystal_lfa.outputs import printable
from crystal_lfa.spectra import Infimum, Supremum

__all__ = ["HEADER", "MethodReport", "report_method"]

HEADER = ("factor", "value", "", "frequency", "left out")

ProgressOf = Callable[[str, int, int], object]
"""Gets (what is computed, done, total)."""

_TYPICAL_EVALUATIONS = 50
"""Of a factor, until the best weight is found."""

_EXTENT = {1: 64, 2: 32, 3: 16}
_OTHER_EXTENT = 8
"""Points along an axis of what is simulated, where no torus is given."""


@dataclass(frozen=True, slots=True, eq=False)
class MethodReport:
    """A method with its factors; `report_method` makes it.

    Attributes
    ----------
    method : Method
        With the best weight, where that was asked for.
    factors : mapping of names to results, None for the energy norm of what has none
    optimum : Optimum or None
    simulation : Simulation or None
    """

    method: Method
    factors: dict[str, Supremum | Infimum | None]
    optimum: Optimum | None
    simulation: Simulation | None

    def facts(self) -> dict[str, Any]:
        """Return what a JSON file holds.

        ``{problem, smoother, cycle, torus, smoothing_factor, h_ellipticity, convergence_factor, norm, energy_norm,
        optimum, simulation, notes}``; factors are ``{value, attained, frequency, left_out}`` with null for infinity.
        """
        method, best, run = self.method, self.optimum, self.simulation
        return {
            "problem": method.problem.text,
            "smoother": method.smoother.text,
            "cycle": method.choices.text,
            "torus": None if method.torus is None else _torus_facts(method.torus),
            **{name: None if found is None else _factor_facts(found) for name, found in self.factors.items()},
            "optimum": None
            if best is None
            else {
                "omega": best.x,
                "factor": _finite(best.factor),
                "of": "smoothing_factor" if method.by_smoothing else "convergence_factor",
                "evaluations": best.evaluations,
            },
            "simulation": None
            if run is None
            else {
                "cycles": len(run.factors),
                "measured": _finite(run.factor),
                "predicted": _finite(float(run.predicted.value)),
                "factors": [_finite(factor) for factor in run.factors.tolist()],
                "torus": _torus_facts(run.torus),
            },
            "notes": list(method.cycle.notes),
        }

    def to_json(self) -> str:
        """Return all facts as JSON."""
        return json.dumps(self.facts(), indent=2, allow_nan=False) + "\n"

    def to_text(self) -> str:
        """Return the facts for people to read, numbers rounded to six digits."""
        lines = [*(f"{name:<11}  {text}" for name, text in self.fields()), "", *_table([HEADER, *self.rows()])]
        notes = list(self.remarks())
        return "\n".join([*lines, *([""] if notes else []), *notes])

    def fields(self) -> list[tuple[str, str]]:
        """Return what the method is, as pairs of a name and a text."""
        method = self.method
        torus = "all" if method.torus is None else f"those of {_torus_text(method.torus)}"
        return [
            ("problem", printable(method.problem.text)),
            ("smoother", method.smoother.text),
            ("cycle", method.choices.text),
            ("frequencies", torus),
        ]

    def rows(self) -> list[tuple[str, ...]]:
        """Return the lines of the table of factors, cell by cell."""
        found: list[tuple[str, ...]] = []
        for name, factor in self.factors.items():
            if factor is not None:
                kind = "limit" if factor.limit else "attained"
                place = f"({', '.join(f'{x + 0.0:.6g}' for x in np.round(factor.frequency, 6).tolist())})"
                found.append((_words(name), _number(factor.value), kind, place, str(factor.skipped)))
        return found

    def remarks(self) -> Iterator[str]:
        """Yield the best weight, what was measured, and notes on the cycle, a line each."""
        if self.optimum is not None:
            name = "smoothing factor" if self.method.by_smoothing else "convergence factor"
            yield f"best omega {self.optimum.x:.6g}: {name} {self.optimum.factor:.6g}"
        if self.simulation is not None:
            run = self.simulation
            what = f"measured factor {_number(run.factor)}, predicted {_number(run.predicted.value)}"
            yield f"{what}: {len(run.factors)} cycles on {_torus_text(run.torus)}"
        yield from map(printable, self.method.cycle.notes)


def report_method(method: Method, progress: ProgressOf = lambda _name, _done, _total: None) -> MethodReport:
    """Return the factors of a method, with its best weight where that is asked for.

    Parameters
    ----------
    method : Method
    progress : callable, optional
        Gets (what is computed, done, total).

    Raises
    ------
    SingularSymbolError
        If what a method inverts is singular at every frequency.

    Examples
    --------
    >>> from crystal_lfa.multigrid.command.methods import read_method
    >>> from crystal_lfa.multigrid.command.report import report_method
    >>> method = read_method({"problem": "poisson", "dim": 1, "omega": "2/3", "n": 16})
    >>> report_method(method).rows()[0][:3]
    ('smoothing factor', '0.333333', 'attained')
    """
    best = None
    if method.bounds is not None:
        best = _best_weight(method, method.bounds, progress)
        method = method.with_omega(best.x)
    operator, cycle, torus = method.problem.operator, method.cycle, method.torus
    factors: dict[str, Supremum | Infimum | None] = {
        "smoothing_factor": _smoothing_factor(method, _named("smoothing factor", progress)),
        "h_ellipticity": h_ellipticity(operator, method.choices.coarse),
        "convergence_factor": cycle.convergence_factor(torus, progress=_named("convergence factor", progress)),
        "norm": cycle.norm(torus, progress=_named("norm", progress)),
        "energy_norm": _energy_norm(method, progress),
    }
    run = None
    if method.simulated is not None:
        progress("simulation", 0, 1)
        extent = _EXTENT.get(operator.lattice.dim, _OTHER_EXTENT)
        run = simulate(cycle, method.torus_about(extent) if torus is None else torus, method.simulated)
        progress("simulation", 1, 1)
    return MethodReport(method, factors, best, run)


def _named(name: str, progress: ProgressOf) -> Callable[[int, int], object]:
    return lambda done, total: progress(name, done, total)


def _smoothing_factor(method: Method, progress: Callable[[int, int], object]) -> Supremum:
    operator, smoother, coarse = method.problem.operator, method.smoother.smoother, method.choices.coarse
    return smoothing_factor(operator, smoother, coarse, method.sweeps, method.torus, progress=progress)


def _best_weight(method: Method, bounds: tuple[float, float], progress: ProgressOf) -> Optimum:
    done = 0

    def tell(_done: int, _total: int) -> None:
        progress("best omega", done, max(done, _TYPICAL_EVALUATIONS))

    def factor(omega: float) -> float:
        nonlocal done
        weighted = method.with_omega(omega)
        if method.by_smoothing:
            found = _smoothing_factor(weighted, tell)
        else:
            found = weighted.cycle.convergence_factor(method.torus, progress=tell)
        done += 1
        return float(found.value)

    omega = method.smoother.omega
    low, high = bounds
    guess = omega if omega is not None and low <= omega <= high else (low + high) / 2
    return optimize(factor, guess, bounds)


def _energy_norm(method: Method, progress: ProgressOf) -> Supremum | None:
    if not method.problem.operator.is_hermitian:
        return None
    try:
        return method.cycle.energy_norm(method.torus, progress=_named("energy norm", progress))
    except SingularSymbolError:
        # A Hermitian operator that is nowhere positive definite has no energy.
        return None


def _factor_facts(found: Supremum | Infimum) -> dict[str, Any]:
    return {
        "value": _finite(float(found.value)),
        "attained": not found.limit,
        "frequency": (found.frequency + 0.0).tolist(),
        "left_out": found.skipped,
    }


def _torus_facts(torus: Torus) -> dict[str, Any]:
    return {
        "periods": [list(row) for row in torus.period_vectors],
        "twist": [str(entry) for entry in torus.exact_twist],
    }


def _torus_text(torus: Torus) -> str:
    rows = torus.period_vectors
    along = all(not entry for i, row in enumerate(rows) for j, entry in enumerate(row) if i != j)
    periods = " x ".join(str(row[i]) for i, row in enumerate(rows)) if along else str([list(row) for row in rows])
    twist = f", twist {', '.join(readable(entry) for entry in torus.exact_twist)}" if any(torus.exact_twist) else ""
    return f"the torus {periods}{twist}"


def _finite(value: float) -> float | None:
    return value + 0.0 if math.isfinite(value) else None


def _number(value: Any) -> str:
    return f"{float(value) + 0.0:.6g}"


def _words(name: str) -> str:
    return "h-ellipticity" if name == "h_ellipticity" else name.replace("_", " ")


def _table(lines: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    for name, value, *middle, last in lines:
        texts = [text.ljust(width) for text, width in zip(middle, widths[2:-1], strict=True)]
        yield "  ".join([name.ljust(widths[0]), value.rjust(widths[1]), *texts, last.rjust(widths[-1])])
