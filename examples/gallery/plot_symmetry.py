"""
Frequencies that are visited
============================

An operator that looks the same after rotations and reflections has the same values at frequencies that these map to one
another: one of each orbit is enough. Drawn are the frequencies of a torus in the Brillouin zone, those visited dark.
"""

import matplotlib.pyplot as plt
import numpy as np

import crystal_lfa as lfa
from crystal_lfa import multigrid as mg
from crystal_lfa.operators.point_symmetries import reduction

square, triangular = lfa.lattices.square(), lfa.lattices.triangular()
cases = {
    "Laplacian, square": mg.poisson(square),
    "strong along one axis": mg.anisotropic(square, 0.1),
    "Laplacian, triangular": mg.poisson(triangular),
    "convection, real alone": mg.convection_diffusion(square, (1, 0.5), 0.1),
}

figure, panels = plt.subplots(1, 4, figsize=(13.2, 3.7), layout="constrained")
for panel, (name, operator) in zip(panels, cases.items(), strict=True):
    torus = operator.lattice.torus(24)
    found = reduction(operator, torus)
    zone = operator.lattice.brillouin_zone()
    visited = found.visited(range(torus.order))
    zone.plot(panel)
    panel.plot(*zone.reduce(torus.frequencies).T, ".", color="0.8", markersize=3)
    panel.plot(*zone.reduce(torus.frequencies[visited]).T, ".", color="black", markersize=4)
    panel.set_title(f"{name}: {found.share:.3f}")

# %%
# The share tends to one over the number of symmetries: 8 of the square, 12 of the hexagon, 48 of the cube.

for lattice in (square, triangular, lfa.lattices.cubic()):
    shares = [reduction(mg.poisson(lattice), lattice.torus(n)).share for n in (8, 16, 32)]
    print(lattice, [round(share, 4) for share in shares])

# %%
# Nothing changes by it: of a two-grid method in space 120 of 4096 symbols are computed.

method = mg.TwoGrid(mg.poisson(3), mg.Jacobi(0.8))
torus = method.operator.lattice.torus(32, twist=0.5)
seen = method.error_propagator.lattice.torus(torus)
print(reduction(method.error_propagator, seen))
print(method.convergence_factor(torus), np.prod(seen.shape), "frequencies")
