"""Pictures of lattices, tori, crystals and zones: what their `plot` methods draw."""

from crystal_lfa.geometry.pictures.crystals import draw_crystal
from crystal_lfa.geometry.pictures.lattices import draw_lattice, draw_torus
from crystal_lfa.geometry.pictures.zones import draw_frequencies, draw_path, draw_zone

__all__ = ["draw_crystal", "draw_frequencies", "draw_lattice", "draw_path", "draw_torus", "draw_zone"]
