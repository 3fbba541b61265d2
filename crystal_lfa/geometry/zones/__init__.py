"""The first Brillouin zone, its high-symmetry points, and paths between them."""

from crystal_lfa.geometry.zones.brillouin import BrillouinZone
from crystal_lfa.geometry.zones.path import Path, PathPoints
from crystal_lfa.geometry.zones.symmetry_points import SymmetryPoints, nearly, symmetry_points

__all__ = ["BrillouinZone", "Path", "PathPoints", "SymmetryPoints", "nearly", "symmetry_points"]
