"""The first Brillouin zone: the Voronoi cell of the dual lattice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crystal_lfa.errors import LatticeError
from crystal_lfa.geometry.exact.basis import real_points
from crystal_lfa.geometry.exact.tolerances import DISTANCE_TOLERANCE
from crystal_lfa.geometry.lattice import Lattice
from crystal_lfa.geometry.zones.symmetry_points import symmetry_points

__all__ = ["BrillouinZone"]

_LONGEST = 1e3
"""Ratio of the longest to the shortest of the short dual vectors, beyond which Qhull's rounding is seen."""

_MERGED = 1e-7
"""Corners of a degenerate cell that come out this close to one another, in units of its size, are one corner."""

Faces = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, init=False, eq=False, repr=False)
class BrillouinZone:
    """The first Brillouin zone of a lattice: the points no closer to any other point of the dual lattice than to 0.

    `Lattice.brillouin_zone` makes it.

    Attributes
    ----------
    lattice : Lattice
    vertices : (k, d) float64, read-only
        The corners, Cartesian, without 2 pi; in two dimensions counterclockwise.
    faces : tuple of tuples of int
        The corners of each face, numbers of `vertices`: in one dimension points, in two edges, in three polygons in
        order; in more the corners that a facet has.
    normals : (faces, d) float64, read-only
        The dual lattice vector, Cartesian, whose perpendicular bisector each face lies on.

    Notes
    -----
    Computed with ``scipy.spatial.Voronoi`` (Qhull) from the dual lattice's vectors near 0, as many as it takes until
    the cell has the volume 1 / `Lattice.cell_volume`.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> zone = lfa.lattices.fcc().brillouin_zone()
    >>> len(zone.vertices), sorted(len(face) for face in zone.faces)
    (24, [4, 4, 4, 4, 4, 4, 6, 6, 6, 6, 6, 6, 6, 6])
    >>> zone.points["L"]
    (Fraction(1, 2), Fraction(1, 2), Fraction(1, 2))
    """

    lattice: Lattice
    vertices: NDArray[np.float64]
    faces: Faces
    normals: NDArray[np.float64]
    _short: NDArray[np.float64]
    """Short vectors of the dual lattice (rows), in which frequencies are rounded to near ones."""
    _to_short: NDArray[np.float64]

    def __init__(self, lattice: Lattice) -> None:
        vertices, faces, normals = _line(lattice) if lattice.dim == 1 else _voronoi_cell(lattice)
        dual, rows = lattice.dual.shortened()
        object.__setattr__(self, "_short", dual.vectors)
        object.__setattr__(self, "_to_short", np.linalg.inv(np.array(rows, dtype=np.float64)))
        for array in (vertices, normals):
            array.flags.writeable = False
        object.__setattr__(self, "lattice", lattice)
        object.__setattr__(self, "vertices", vertices)
        object.__setattr__(self, "faces", faces)
        object.__setattr__(self, "normals", normals)

    @property
    def volume(self) -> float:
        """The volume, computed from the corners; 1 / `Lattice.cell_volume`, no 2 pi."""
        return _volume(self.vertices)

    @property
    def points(self) -> Mapping[str, tuple[Any, ...]]:
        """The high-symmetry points by their letters: exact fractional coordinates of the dual basis, "G" being 0."""
        found = symmetry_points(self.lattice)
        return MappingProxyType({"G": (0,) * self.lattice.dim} if found is None else dict(found.points))

    def contains(self, frequencies: ArrayLike) -> NDArray[np.bool_]:
        """Tell which Cartesian frequencies, shape (..., d), lie in the zone, its boundary included."""
        points = real_points(frequencies, self.lattice.dim, "frequencies")
        # Closer to 0 than to g: x . g <= g . g / 2.
        squares = (self.normals**2).sum(axis=1)
        return np.asarray((points @ self.normals.T <= squares * (0.5 + DISTANCE_TOLERANCE)).all(axis=-1))

    def reduce(self, kappa: ArrayLike) -> NDArray[np.float64]:
        """Return, of frequencies given as fractional dual coordinates (..., d), the equal ones in the zone, Cartesian.

        A frequency on the boundary goes to one of its equals there.
        """
        fractional = real_points(kappa, self.lattice.dim, "kappa") @ self._to_short
        near = (fractional - np.rint(fractional)) @ self._short
        while True:
            # Step by step across the face that is passed by furthest.
            squares = (self.normals**2).sum(axis=1)
            excess = near @ self.normals.T / squares
            worst = excess.argmax(axis=-1)
            outside = np.take_along_axis(excess, worst[..., None], axis=-1)[..., 0] > 0.5 + DISTANCE_TOLERANCE
            if not outside.any():
                return np.asarray(near)
            near = near - np.where(outside[..., None], self.normals[worst], 0.0)

    def plot(self, ax: Any = None) -> list[Any]:
        """Draw the zone and its labelled points (1 to 3 dimensions); return the artists."""
        from crystal_lfa.geometry.pictures import draw_zone

        return draw_zone(self, ax)

    def __repr__(self) -> str:
        return f"BrillouinZone({self.lattice!r}, {len(self.vertices)} vertices, {len(self.faces)} faces)"


def _line(lattice: Lattice) -> tuple[NDArray[np.float64], Faces, NDArray[np.float64]]:
    normals = np.abs(lattice.dual.vectors) * np.array([[-1.0], [1.0]])
    return normals / 2, ((0,), (1,)), normals


def _voronoi_cell(lattice: Lattice) -> tuple[NDArray[np.float64], Faces, NDArray[np.float64]]:
    from scipy.spatial import Voronoi

    vectors = lattice.dual.reduced().vectors
    scale = float(np.abs(vectors).max())
    shortest = float(np.linalg.norm(vectors, axis=1).min())
    if scale > _LONGEST * shortest:
        message = f"the short dual vectors of {lattice!r} differ in length by a factor of {scale / shortest:.3g}; "
        raise LatticeError(f"{message}the zone is computed up to {_LONGEST:g}")
    for reach in count(1):
        axes = [np.arange(-reach, reach + 1)] * lattice.dim
        points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, lattice.dim) @ (vectors / scale)
        origin = len(points) // 2
        diagram = Voronoi(points)
        region = diagram.regions[diagram.point_region[origin]]
        if -1 in region:
            continue
        ridges = [
            (points[a if b == origin else b], corners)
            for (a, b), corners in zip(diagram.ridge_points.tolist(), diagram.ridge_vertices, strict=True)
            if origin in (a, b)
        ]
        vertices, faces, normals = _without_duplicates(diagram.vertices, ridges)
        if abs(_volume(vertices) * scale**lattice.dim * lattice.cell_volume - 1) < _MERGED:
            break
    if lattice.dim == 2:
        vertices, faces, normals = _counterclockwise(vertices, faces, normals)
    return vertices * scale, faces, normals * scale


def _without_duplicates(
    corners: NDArray[np.float64], ridges: list[tuple[NDArray[np.float64], list[int]]]
) -> tuple[NDArray[np.float64], Faces, NDArray[np.float64]]:
    """Merge the corners that a degenerate cell has several times, and drop the faces that vanish by that."""
    vertices: list[NDArray[np.float64]] = []
    numbers: dict[int, int] = {}
    for corner in sorted({c for _, face in ridges for c in face}):
        same = (i for i, vertex in enumerate(vertices) if np.abs(vertex - corners[corner]).max() < _MERGED)
        numbers[corner] = next(same, len(vertices))
        if numbers[corner] == len(vertices):
            vertices.append(corners[corner])
    dimension = corners.shape[1]
    faces, normals = [], []
    for normal, face in ridges:
        distinct = sorted({numbers[c] for c in face})
        corners_of_face = np.array([vertices[i] for i in distinct])
        if np.linalg.matrix_rank(corners_of_face - corners_of_face[0], tol=_MERGED) == dimension - 1:
            faces.append(_around(distinct, np.array(vertices), normal) if dimension == 3 else tuple(distinct))
            normals.append(normal)
    return np.array(vertices), tuple(faces), np.array(normals)


def _around(face: list[int], vertices: NDArray[np.float64], normal: NDArray[np.float64]) -> tuple[int, ...]:
    """Return the corners of a polygon in space in their order around its normal."""
    spokes = vertices[face] - vertices[face].mean(axis=0)
    first = spokes[0] / np.linalg.norm(spokes[0])
    second = np.cross(normal / np.linalg.norm(normal), first)
    angles = np.arctan2(spokes @ second, spokes @ first)
    return tuple(face[i] for i in np.argsort(angles))


def _counterclockwise(
    vertices: NDArray[np.float64], faces: Faces, normals: NDArray[np.float64]
) -> tuple[NDArray[np.float64], Faces, NDArray[np.float64]]:
    order = np.argsort(np.arctan2(vertices[:, 1], vertices[:, 0]))
    place = np.argsort(order)
    return vertices[order], tuple(tuple(int(place[i]) for i in face) for face in faces), normals


def _volume(vertices: NDArray[np.float64]) -> float:
    if vertices.shape[1] == 1:
        return float(np.ptp(vertices))
    from scipy.spatial import ConvexHull

    return float(ConvexHull(vertices).volume)
