"""
Predicted and measured
======================

Two-grid cycles for the five-point Laplacian, each predicted by its symbols and run as sparse matrices: on a torus,
where the two have to agree, and in a box with walls, where the prediction is that of an infinite grid.
"""

import matplotlib.pyplot as plt

from crystal_lfa import multigrid as mg

A = mg.poisson(2)
torus = A.lattice.torus(16, twist=0.5)
smoothers = {
    "Jacobi 4/5": mg.Jacobi(0.8),
    "Jacobi, lines": mg.Jacobi(0.8, blocks=mg.lines(1)),
    "Jacobi, 2 x 2 cells": mg.Jacobi(0.8, blocks=mg.cells(2)),
    "Gauss-Seidel": mg.GaussSeidel(),
    "Gauss-Seidel, symmetric": mg.GaussSeidel(symmetric=True),
    "Gauss-Seidel, lines": mg.GaussSeidel(blocks=mg.lines(1)),
    "SOR 1.1": mg.SOR(1.1),
    "red-black": mg.RedBlack(),
    "four colours": mg.Coloured(2),
    "zebra lines": mg.Coloured((2, 1), blocks=mg.lines(1)),
    "Vanka 0.18": mg.Vanka(0, omega=0.18),
    "Kaczmarz": mg.Kaczmarz(),
    "Chebyshev 3": mg.Chebyshev(3),
    "Chebyshev 3, fourth kind": mg.Chebyshev(3, kind=4, optimal=True),
}

# %%
# One smoothing step before and one after; coarse operator discretised again. The torus has 16 x 16 points,
# antiperiodic; the box 32 x 32 steps.

print(f"{'':26s}{'torus':>9s}{'run':>9s}{'limit':>9s}{'box':>9s}")
table = {}
for name, smoother in smoothers.items():
    method = mg.TwoGrid(A, smoother, coarse_operator=mg.poisson)
    around = mg.simulate(method, torus, 200)
    inside = mg.simulate(method, 32, 100, kind="dirichlet")
    table[name] = float(around.predicted), around.factor, float(inside.predicted), inside.factor
    print(f"{name:26s}" + "".join(f"{number:9.4f}" for number in table[name]))

# %%
# Gauss-Seidel sweeps profit from walls, where their errors leave the box; Jacobi and colours do what is predicted.

figure, ax = plt.subplots(figsize=(6.4, 4.6), layout="constrained")
for number, (_, _, limit, box) in enumerate(table.values()):
    ax.plot([limit, box], [number, number], color="0.7", zorder=1)
    ax.plot(limit, number, "o", color="tab:blue", label="limit" if number == 0 else None)
    ax.plot(box, number, "s", color="tab:red", markersize=4, label="in a box" if number == 0 else None)
ax.set(yticks=range(len(table)), yticklabels=list(table), xlabel="convergence factor")
ax.invert_yaxis()
ax.legend()
