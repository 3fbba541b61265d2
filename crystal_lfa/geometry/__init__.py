"""Where unknowns sit: lattices, tori and crystals, exact in integers."""

from crystal_lfa.geometry import crystals, lattices
from crystal_lfa.geometry.crystal import Crystal, as_crystal
from crystal_lfa.geometry.lattice import Lattice
from crystal_lfa.geometry.regroup import regroup
from crystal_lfa.geometry.torus import Torus

__all__ = ["Crystal", "Lattice", "Torus", "as_crystal", "crystals", "lattices", "regroup"]
