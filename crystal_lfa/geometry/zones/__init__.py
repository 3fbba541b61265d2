"""The first Brillouin zone, its high-symmetry points, paths between them, and grids over it."""

from crystal_lfa.geometry.zones.brillouin import BrillouinZone
from crystal_lfa.geometry.zones.grid import ZoneGrid
from crystal_lfa.geometry.zones.path import Path, PathPoints
from crystal_lfa.geometry.zones.symmetry_points import SymmetryPoints, nearly, symmetry_points

__all__ = ["BrillouinZone", "Path", "PathPoints", "SymmetryPoints", "ZoneGrid", "nearly", "symmetry_points"]
