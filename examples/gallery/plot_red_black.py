"""
Red-black Gauss-Seidel, frequency by frequency
==============================================

A smoother by colours couples frequencies, so that no single number belongs to a frequency: its smoothing factor is the
spectral radius of what it leaves of the high harmonics. Where the worst ones lie explains why one sweep before and one
after the coarse grid correction are so good, and why four sweeps are not.
"""

import matplotlib.pyplot as plt

from crystal_lfa import multigrid as mg

A = mg.poisson(2)
torus = A.lattice.torus(64, twist=0.5)

# %%
# The smoothing factor and the two-grid factor for 1 to 4 sweeps: the supremum over all frequencies, and where it is.
# The factor of a sweep grows, since red-black sweeps feed low frequencies back into high ones.

for sweeps in (1, 2, 3, 4):
    smoothing = mg.smoothing_factor(A, mg.RedBlack(), sweeps=sweeps)
    cycle = mg.TwoGrid(A, mg.RedBlack(), pre=sweeps, post=0, coarse_operator=mg.poisson)
    factor = cycle.convergence_factor()
    worst = factor.frequency.round(3)
    print(f"{sweeps} sweeps: smoothing {float(smoothing):.5f}, two-grid {float(factor):.6f} at {worst}")

# %%
# The two-grid factor over the zone of the coarse grid, with one sweep and with two. The worst frequencies of one sweep
# lie on the axes at the border, where the coarse grid sees half of a pair of equally low harmonics; with two sweeps
# they move inwards, onto the diagonals.

figure, panels = plt.subplots(1, 2, figsize=(9.0, 4.0), layout="constrained")
for panel, sweeps in zip(panels, (1, 2), strict=True):
    cycle = mg.TwoGrid(A, mg.RedBlack(), pre=sweeps, post=0, coarse_operator=mg.poisson)
    cycle.convergence_factors(torus).plot(panel)
    panel.set_title(f"{sweeps} sweep{'s' * (sweeps > 1)}")

# %%
# Run as sparse matrices on a box with walls, the method does what is predicted.

cycle = mg.TwoGrid(A, mg.RedBlack(), coarse_operator=mg.poisson)
run = mg.simulate(cycle, 32, kind="dirichlet")
print(run)
run.plot()
