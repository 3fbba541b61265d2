"""Images and functions on crystals: the same numbers in two orders."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from array_api_compat import array_namespace, is_array_api_obj

from crystal_lfa.errors import InvalidArgumentError, TorusError
from crystal_lfa.geometry import Crystal, Torus, as_crystal, regroup
from crystal_lfa.geometry.exact import rationals
from crystal_lfa.operators.arrays import as_array

__all__ = ["from_image", "to_image"]


def _grid(crystal: Crystal, torus: Any) -> tuple[Crystal, Torus, tuple[int, ...]]:
    """Return the crystal with one site a cell, its torus, and the extents of the image that its points form.

    The image's axes run along the vectors of the torus's lattice, whatever basis the crystal's points come in.
    """
    crystal = as_crystal(crystal, "crystal")
    pixels = crystal.primitive()
    given = torus if isinstance(torus, Torus) else crystal.lattice.torus(torus)
    pixels.lattice.torus(given)
    axes = [_primitive(column) for column in zip(*pixels.lattice.relation(given.lattice), strict=True)]
    if abs(rationals.determinant(rationals.rational_matrix(axes))) != 1:
        message = (
            f"torus: the vectors of {given.lattice!r} are no axes for the points of {crystal!r}; "
            "give the torus of the pixels, as that of a lattice with a vector along each axis"
        )
        raise TorusError(message)
    lattice = pixels.lattice.sublattice(axes)
    # The image's first pixel is the one in the cell at the origin.
    site = [x % 1 for x in pixels.in_basis_of(lattice).exact_sites[0]]
    seen = lattice.torus(given)
    if lattice.torus(seen.period_vectors) != lattice.torus(seen.shape):
        raise TorusError(f"torus: the periods of {given!r} are skew; an image needs one period along each axis")
    return Crystal(lattice, [site], pixels.size), seen, seen.shape


def _primitive(vector: Sequence[Fraction]) -> list[int]:
    """Return the shortest integer vector in the direction of a rational one."""
    scale = math.lcm(*(x.denominator for x in vector))
    integers = [int(x * scale) for x in vector]
    return [x // math.gcd(*integers) for x in integers]


def from_image(x: Any, crystal: Crystal, torus: Any) -> Any:
    """Return an image ``(..., c, *spatial)`` as a function on a crystal, ``(..., order, size)``.

    Parameters
    ----------
    x : array, shape ``(..., c, *spatial)``, of any array library; leading axes are batch
        Pixels in the C order of the positions of all the crystal's points, along the vectors of the torus's lattice.
    crystal : Crystal
        Its sites form a lattice, with c unknowns each, such as the domain of a strided convolution.
    torus : int, flat sequence of int, list of vectors or Torus
        In the crystal's lattice, or the torus of the pixels.

    Raises
    ------
    InvalidArgumentError
        If the image's axes do not have the extents of crystal and torus.
    TorusError
        If the torus's periods do not lie along the axes.

    Examples
    --------
    >>> import numpy as np
    >>> import crystal_lfa as lfa
    >>> A = lfa.cnn.conv(np.ones((1, 1, 2)), stride=2)
    >>> lfa.cnn.from_image(np.arange(6.0).reshape(1, 6), A.domain, lfa.lattices.integer(1).torus(6)).tolist()
    [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]
    """
    image = x if is_array_api_obj(x) else as_array(x, "x")
    pixels, seen, spatial = _grid(crystal, torus)
    expected = (pixels.size, *spatial)
    if tuple(image.shape[-len(expected) :]) != expected:
        message = f"x: got shape {tuple(image.shape)}; its last axes have to be (c, *spatial) = {expected}"
        raise InvalidArgumentError(message)
    xp = array_namespace(image)
    batch = tuple(image.shape[: -len(expected)])
    flat = xp.reshape(image, (*batch, pixels.size, seen.order))
    return regroup(xp.moveaxis(flat, -1, -2), pixels, crystal, seen)


def to_image(f: Any, crystal: Crystal, torus: Any) -> Any:
    """Return a function on a crystal, ``(..., order, size)``, as an image ``(..., c, *spatial)``.

    The inverse of `from_image`, with the same parameters.

    Examples
    --------
    >>> import numpy as np
    >>> import crystal_lfa as lfa
    >>> A = lfa.cnn.conv(np.ones((1, 1, 2)), stride=2)
    >>> T = lfa.lattices.integer(1).torus(6)
    >>> f = lfa.cnn.from_image(np.arange(6.0).reshape(1, 6), A.domain, T)
    >>> lfa.cnn.to_image(A.apply(f, T), A.codomain, T).tolist()
    [[1.0, 5.0, 9.0]]
    """
    values = f if is_array_api_obj(f) else as_array(f, "f")
    pixels, _, spatial = _grid(crystal, torus)
    start = torus if isinstance(torus, Torus) else crystal.lattice.torus(torus)
    plain = regroup(values, crystal, pixels, start)
    xp = array_namespace(plain)
    return xp.reshape(xp.moveaxis(plain, -1, -2), (*values.shape[:-2], pixels.size, *spatial))
