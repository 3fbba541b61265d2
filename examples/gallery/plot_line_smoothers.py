"""
Anisotropy, and line smoothers
==============================

Where one direction couples a hundred times more weakly than the other, point smoothers fail: they do not smooth across
the weak direction. Lines along the strong one do, or a coarse grid that is coarse along the strong one alone.
"""

import matplotlib.pyplot as plt

from crystal_lfa import multigrid as mg

A = mg.anisotropic(2, eps=0.01, axis=0)  # weak along the first axis
torus = A.lattice.torus(64, twist=0.5)

# %%
# How much of each frequency one sweep leaves. Points leave nearly everything at (1/4, 0), an error that is smooth along
# the strong direction and rough along the weak one; lines reduce it.

smoothers = {
    "points": mg.GaussSeidel(),
    "lines along the strong axis": mg.GaussSeidel(blocks=mg.lines(1)),
    "lines along the weak axis": mg.GaussSeidel(blocks=mg.lines(0)),
}
figure, panels = plt.subplots(1, 3, figsize=(12.6, 3.8), layout="constrained")
for panel, (name, smoother) in zip(panels, smoothers.items(), strict=True):
    smoother(A).plot_symbol(panel, "spectral radius", 64)
    factor = mg.smoothing_factor(A, smoother)
    panel.set_title(f"{name}: {float(factor):.4f}")

# %%
# Two cures: line smoothers with the standard coarsening, or points with a coarse grid that is coarse along the strong
# axis alone. Measured on a torus beside predicted.

cures = {
    "points": mg.TwoGrid(A, mg.GaussSeidel()),
    "lines": mg.TwoGrid(A, mg.GaussSeidel(blocks=mg.lines(1))),
    "semi-coarsening": mg.TwoGrid(A, mg.GaussSeidel(), coarse=(1, 2)),
}
for name, method in cures.items():
    found = method.convergence_factor()
    print(f"{name:16s} {float(found):.4f} at {found.frequency.round(3)}")

# %%
# Zebra lines, first the even then the odd ones, smooth better still, and need no order.

zebra = mg.Coloured((2, 1), blocks=mg.lines(1))
print("zebra:", mg.TwoGrid(A, zebra).convergence_factor())
mg.simulate(mg.TwoGrid(A, zebra), 32).plot()
