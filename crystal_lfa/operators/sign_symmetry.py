"""Symmetries that turn the signs of some unknowns, as reflections turn components of vectors."""
from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.geometry import Lattice
from crystal_lfa.operators.leaf_symmetry import Leaf, SpaceMap

__all__ = ["consistent"]


def consistent(leaves, signs, one):
    return False
