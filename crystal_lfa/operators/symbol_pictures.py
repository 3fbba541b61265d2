"""Pictures of symbols: numbers that belong to each frequency, over the Brillouin zone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.drawing.images import panels
from crystal_lfa.errors import InvalidArgumentError, SingularSymbolError
from crystal_lfa.frequencies import Cost, TorusWaves, make_plan, parse_memory, run_plan
from crystal_lfa.geometry import Lattice, Torus
from crystal_lfa.geometry.exact import rationals
from crystal_lfa.geometry.exact.integers import as_integer
from crystal_lfa.geometry.pictures.zone_functions import curves_over_zone, image_over_zone
from crystal_lfa.geometry.zones import ZoneGrid
from crystal_lfa.operators.arrays import to_numpy
from crystal_lfa.operators.base import Operator
from crystal_lfa.operators.evaluation import Program
from crystal_lfa.operators.tables import symbol_cost

__all__ = ["draw_symbol"]

Quantity = Callable[[NDArray[Any]], Any]
"""From symbols (b, m, n) to real numbers (b,) or (b, several)."""

_USUAL_POINTS = {1: 240, 2: 96}
_FEWEST_POINTS, _MOST_POINTS = 12, 2400
_MOST_IMAGES = 9


def draw_symbol(operator: Operator, ax: Any = None, quantity: Any = None, points: int | None = None) -> list[Any]:
    """Draw numbers that belong to each symbol over the first Brillouin zone: curves in one dimension, images in two.

    Parameters
    ----------
    operator : Operator
    ax : matplotlib axes, or a sequence of them, optional
        One for all curves; one for each image. New ones have a panel for each.
    quantity : str or callable, optional
        ``"eigenvalues"`` (of a Hermitian operator, ascending), ``"singular values"`` (descending), ``"norm"`` (the
        largest singular value), ``"spectral radius"``, or a function from symbols, a numpy array (b, m, n), to real
        numbers (b,) or (b, several). Default eigenvalues of a Hermitian operator; of others all singular values in
        one dimension and the norm in two. Of a symbol too large for a panel each, in two dimensions the norm.
    points : int, optional
        Frequencies along the longest vector of the dual lattice, default 240 in one dimension and 96 in two.

    Returns
    -------
    list of artists

    Raises
    ------
    InvalidArgumentError
        If the dimension is above two, the quantity is unknown, not real, or not that of this operator, or there are
        not as many axes as images.
    SingularSymbolError
        If an inverse in the operator does not exist, other than at single frequencies.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> from crystal_lfa.operators.pictures import draw_symbol
    >>> image, *_ = draw_symbol(lfa.stencil([[0, -1, 0], [-1, 4, -1], [0, -1, 0]]))
    >>> float(image.get_array().max())
    8.0
    """
    lattice = operator.lattice
    if lattice.dim not in {1, 2}:
        message = f"operator: its lattice has dimension {lattice.dim}; symbols are drawn in dimensions 1 and 2"
        raise InvalidArgumentError(f"{message}, and in every dimension along a path: lfa.bands(operator, path).plot()")
    name, function = _quantity(operator, quantity)
    count = _USUAL_POINTS[lattice.dim] if points is None else as_integer(points, "points")
    if not _FEWEST_POINTS <= count <= _MOST_POINTS:
        raise InvalidArgumentError(f"points: got {count}; {_FEWEST_POINTS} to {_MOST_POINTS} can be drawn")
    try:
        grid = _grid(lattice, count, shifted=False)
        values = _values(operator, grid, function)
    except SingularSymbolError:
        # Where an operator has no inverse, it is mostly at the frequency 0 and others of high symmetry.
        grid = _grid(lattice, count, shifted=True)
        values = _values(operator, grid, function)
    return curves_over_zone(grid, values, name, ax) if lattice.dim == 1 else _draw_images(grid, values, name, ax)


def _grid(lattice: Lattice, count: int, *, shifted: bool) -> ZoneGrid:
    """Return a grid with this many frequencies along the longest dual vector, shifted by half a step or not."""
    short, rows = lattice.dual.shortened()
    lengths = np.linalg.norm(short.vectors, axis=1)
    # Multiples of 12 have the points of high symmetry.
    steps = [12 * max(1, round(count * share / 12)) for share in (lengths / lengths.max()).tolist()]
    # The frequencies of periods N are N^-T Z^d, and these are to be the rows over the steps.
    inverse = rationals.inverse(rationals.rational_matrix(rows))
    periods = [[int(inverse[j][i]) * n for j in range(lattice.dim)] for i, n in enumerate(steps)]
    return ZoneGrid.of(lattice.torus(periods, 0.5 if shifted else 0))


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    """The work at a chunk of frequencies."""

    program: Program
    torus: Torus
    function: Quantity

    def __call__(self, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the numbers to draw at these frequencies: (numbers, several)."""
        found = np.asarray(self.function(to_numpy(self.program(TorusWaves(self.torus, numbers)))))
        if found.shape[:1] != numbers.shape or found.ndim > 2 or found.dtype.kind not in "biuf":
            message = f"quantity: it gave an array of {found.dtype} of shape {found.shape} for {len(numbers)} symbols"
            raise InvalidArgumentError(f"{message}; real numbers, one or several a symbol, are needed")
        return found.reshape(len(numbers), -1).astype(np.float64)


def _values(operator: Operator, grid: ZoneGrid, function: Quantity) -> NDArray[np.float64]:
    """Return the numbers at all frequencies of the grid: its shape and (several,)."""
    program = Program.of(operator)
    m, n = operator.shape
    cost = Cost(symbol_cost(program) + 48 * m * n, 8 * min(m, n))
    plan = make_plan(grid.torus, cost, parse_memory("1GB"))
    parts = list(run_plan(plan, _Task(program, grid.torus, function)))
    values = np.empty((grid.torus.order, parts[0][1].shape[1]))
    for numbers, part in parts:
        values[numbers] = part
    return values[grid.numbers]


def _quantity(operator: Operator, quantity: Any) -> tuple[str, Quantity]:
    """Return what is drawn, by name and as a function of symbols."""
    if callable(quantity):
        return str(getattr(quantity, "__name__", "quantity")).replace("<lambda>", "quantity"), quantity
    if quantity is None:
        fits = operator.lattice.dim == 1 or operator.shape[0] <= _MOST_IMAGES
        others = "singular values" if operator.lattice.dim == 1 else "norm"
        quantity = "eigenvalues" if operator.is_hermitian and fits else others
    functions: dict[str, Quantity] = {
        "eigenvalues": np.linalg.eigvalsh,
        "singular values": _singular_values,
        "norm": lambda symbols: _singular_values(symbols)[:, 0],
        "spectral radius": lambda symbols: np.abs(np.linalg.eigvals(symbols)).max(axis=-1),
    }
    if not isinstance(quantity, str) or quantity not in functions:
        message = f"quantity: got {quantity!r}; one of {', '.join(map(repr, functions))} or a function is needed"
        raise InvalidArgumentError(message)
    if quantity == "eigenvalues" and not operator.is_hermitian:
        message = f"quantity: {operator!r} is not known to be Hermitian, so its eigenvalues may be complex"
        raise InvalidArgumentError(f"{message}; 'singular values' or 'spectral radius' are real")
    if quantity == "spectral radius" and not operator.domain.is_same_as(operator.codomain):
        raise InvalidArgumentError("quantity: a spectral radius needs an operator from a crystal to itself")
    return quantity.removesuffix("s"), functions[quantity]


def _singular_values(symbols: NDArray[Any]) -> NDArray[Any]:
    if symbols.shape[-2:] == (1, 1):
        return np.asarray(np.abs(symbols[..., 0]))
    return np.asarray(np.linalg.svd(symbols, compute_uv=False))


def _draw_images(grid: ZoneGrid, values: NDArray[np.float64], name: str, ax: Any) -> list[Any]:
    count = values.shape[-1]
    given = None if ax is None else list(ax) if np.iterable(ax) else [ax]
    if count > _MOST_IMAGES or (given is not None and len(given) != count):
        have = f"{count} {name}s, an image each" if count > 1 else f"one image, the {name}"
        wanted = f"{count} axes are" if count > 1 else "one axes is"
        message = (
            f"ax: got {len(given or ())} for {have}; {wanted} needed"
            if count <= _MOST_IMAGES
            else (f"quantity: it has {count} values a symbol; up to {_MOST_IMAGES} images are drawn")
        )
        raise InvalidArgumentError(f"{message}, or a quantity of one value such as 'norm' or a function")
    artists: list[Any] = []
    for number, axes in enumerate(given or panels(count)):
        label = f"{name} {number + 1}" if count > 1 else name
        artists += image_over_zone(grid, values[..., number], label, axes)
    return artists
