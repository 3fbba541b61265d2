"""
Solving with graphene's Hamiltonian
===================================

Two sites a cell, three neighbours each. Outside of its bands the shifted Hamiltonian can be solved by multigrid; the
smoother takes overlapping hexagons, in four colours, or the two kinds of sites as colours.
"""

import matplotlib.pyplot as plt
import numpy as np

import crystal_lfa as lfa
from crystal_lfa import multigrid as mg

graphene = lfa.crystals.honeycomb()
hopping = -1 * lfa.adjacency(graphene)
energy = -3.2  # the bands reach from -3 to 3
A = hopping - energy * lfa.identity(graphene)

# %%
# The six sites around the middle of a hexagon: those nearest to a lattice point. Moved by all lattice vectors the
# hexagons overlap; every site lies in three of them.

places = [((i, j), site) for i in (-1, 0, 1) for j in (-1, 0, 1) for site in (0, 1)]
positions = [graphene.lattice.cartesian(graphene.sites[site] + offset) for offset, site in places]
distances = np.linalg.norm(positions, axis=1)
hexagon = [place for place, far in zip(places, distances, strict=True) if far < 1.01 * distances.min()]
print(len(hexagon), "sites:", hexagon)

# %%
# Smoothers side by side, before and after a coarse grid with twice the spacing.

smoothers = {
    "Jacobi": mg.Jacobi(0.7),
    "two colours": mg.colouring(A, 1),
    "hexagons, all at once": mg.Schwarz(hexagon, omega=1 / 3),
    "hexagons, four colours": mg.Schwarz(hexagon, kind="multiplicative", coarse=2),
}
torus = graphene.lattice.torus(48, twist=0.5)
figure, panels = plt.subplots(1, 4, figsize=(15.0, 3.8), layout="constrained")
for panel, (name, smoother) in zip(panels, smoothers.items(), strict=True):
    method = mg.TwoGrid(A, smoother, pre=1, post=0)
    found = method.convergence_factor(torus)
    method.convergence_factors(torus).plot(panel)
    panel.set_title(f"{name}: {float(found):.4f}")
    print(f"{name:24s} two-grid {float(found):.4f}, run {mg.simulate(method, 12, 60).factor:.4f}")
