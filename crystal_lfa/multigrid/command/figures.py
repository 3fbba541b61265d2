"""The picture of a method: its smoother and its cycle over the zone, and the spectrum of the cycle."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from crystal_lfa.multigrid.command.methods import Method
from crystal_lfa.multigrid.cycles.levels import apply_smoother
from crystal_lfa.multigrid.factors.harmonics import between_supercells
from crystal_lfa.multigrid.factors.samples import Samples, sample
from crystal_lfa.spectra.norms.measures import radii_of

__all__ = ["figure"]

_EXTENT = {1: 64, 2: 64, 3: 16}
_OTHER_EXTENT = 8
"""Points along an axis."""


def figure(method: Method) -> Any:
    """Draw the spectral radius of the smoother and of the cycle over the zone, and the cycle's eigenvalues.

    The frequencies are those of a torus with the twist 1/2, which keeps clear of 0. In more than two dimensions the
    eigenvalues alone are drawn.

    Parameters
    ----------
    method : Method

    Returns
    -------
    matplotlib figure

    Raises
    ------
    MissingLibraryError
        If matplotlib is not installed.
    """
    from crystal_lfa.drawing.axes import figure_and_axes

    dimension = method.problem.operator.lattice.dim
    torus = method.torus_about(_EXTENT.get(dimension, _OTHER_EXTENT), Fraction(1, 2))
    spectrum = method.cycle.spectrum(torus)
    panels = [("spectrum of the cycle", spectrum)]
    if dimension <= 2:
        over_zone = [("smoother", _smoother(method, torus)), ("cycle", method.cycle.convergence_factors(torus))]
        panels = [*over_zone, *panels]
    picture, _ = figure_and_axes(None, (5.2 * len(panels), 4.2))
    picture.clear()
    places = picture.subplots(1, len(panels), squeeze=False)[0]
    for ax, (title, samples) in zip(places, panels, strict=True):
        samples.plot(ax)
        ax.set_title(title, fontsize="medium")
    return picture


def _smoother(method: Method, torus: Any) -> Samples:
    operator = method.problem.operator
    propagator = apply_smoother(method.smoother.smoother, operator)
    return sample(between_supercells(propagator, operator, propagator.lattice), torus, radii_of, "spectral radius")
