"""
Multigrid on a triangular lattice
=================================

The seven-point Laplacian of a triangular lattice, coarsened by two, or by the square root of three: a lattice turned by
30 degrees, with a third of the points. Low frequencies are those nearest to zero, a hexagon.
"""

import matplotlib.pyplot as plt
import numpy as np

import crystal_lfa as lfa
from crystal_lfa import multigrid as mg

lattice = lfa.lattices.triangular()
A = mg.poisson(lattice)
turned = next(
    vectors
    for vectors in ([[2, 1], [1, 2]], [[1, 1], [-1, 2]])
    if np.allclose(np.linalg.norm(lattice.sublattice(vectors).vectors, axis=1), 3**0.5)
)

# %%
# Three colours make a Gauss-Seidel that prefers no direction; the cosets of the turned lattice are the colours.

three_colours = mg.Coloured(turned)
for name, smoother in {"Jacobi 4/5": mg.Jacobi(0.8), "three colours": three_colours}.items():
    for coarse, index in ((2, 4), (turned, 3)):
        smoothing = mg.smoothing_factor(A, smoother, coarse=coarse)
        factor = mg.TwoGrid(A, smoother, coarse=coarse).convergence_factor()
        print(f"{name:14s} index {index}: smoothing {float(smoothing):.4f}, two-grid {float(factor):.4f}")

# %%
# The two-grid factor over the hexagonal zones of the two coarse lattices.

figure, panels = plt.subplots(1, 2, figsize=(9.4, 4.4), layout="constrained")
for panel, (coarse, name) in zip(panels, ((2, "by two"), (turned, "by the square root of three")), strict=True):
    method = mg.TwoGrid(A, three_colours, coarse=coarse)
    method.convergence_factors(lattice.torus(48, twist=0.5)).plot(panel)
    panel.set_title(f"coarsened {name}")

# %%
# Run as sparse matrices.

print(mg.simulate(mg.TwoGrid(A, three_colours, coarse=turned), 24, 60))
