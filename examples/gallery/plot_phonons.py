"""
Vibrations of masses and springs
================================

Masses at the sites of a crystal, springs between them: the squared frequencies of its vibrations (phonons) are the
eigenvalues of the dynamical matrix, whose entries are the springs' constants over the roots of the masses. It is an
operator of finite range like any other.
"""

import matplotlib.pyplot as plt
import numpy as np

import crystal_lfa as lfa

# %%
# In one dimension, light and heavy masses in turn, with equal springs between them.

light, heavy, spring = 1.0, 2.0, 1.0
chain = lfa.Crystal(lfa.lattices.integer(1), sites=[[0], [1 / 2]], labels=["light", "heavy"])
coupling = -spring / np.sqrt(light * heavy)
dynamical = lfa.CrystalOperator.from_couplings(
    chain,
    chain,
    [(0, 0, 0, 2 * spring / light), (1, 1, 0, 2 * spring / heavy), (0, 1, 0, coupling), (0, 1, -1, coupling)],
    hermitian=True,
)

# %%
# Rounding may leave -1e-16 of the eigenvalue 0, whose root is wanted. In the acoustic branch neighbours move together,
# in the optical one against each other; between the two there is a gap. The values are those of the textbook formula
# (Ashcroft, Mermin: Solid State Physics, chapter 22).

found = lfa.bands(dynamical, ["G", "X"])
frequencies = np.sqrt(found.values.clip(min=0))

total, product = 1 / light + 1 / heavy, light * heavy
root = np.sqrt(total**2 - 4 * np.sin(np.pi * found.frequencies[:, 0]) ** 2 / product)
formula = np.sqrt(np.stack([spring * (total - root), spring * (total + root)], axis=1).clip(min=0))
np.testing.assert_allclose(frequencies**2, formula**2, atol=1e-14)
np.testing.assert_allclose(frequencies[-1] ** 2, [2 * spring / heavy, 2 * spring / light])

figure, ax = plt.subplots(figsize=(6, 4), layout="constrained")
ax.plot(found.distance, frequencies, color="#b5543c")
ax.axhspan(frequencies[-1, 0], frequencies[-1, 1], color="#eef0f4")
ax.text(0.03, frequencies[-1].mean(), "gap", va="center", color="#34495e")
ax.text(0.3, 0.6, "acoustic")
ax.text(0.3, 1.65, "optical")
ax.set(xlim=(0, 0.5), xticks=[0, 0.5], xticklabels=["\u0393", "X"], ylabel="frequency", ylim=(0, 1.85))

# %%
# In the plane each mass has two unknowns, its displacements. A central spring along the unit vector n pulls along n
# only: it couples its two ends by the matrix - n n^T, and each end to itself by n n^T. Triangles make a lattice rigid.

lattice = lfa.lattices.triangular()
plane = lfa.Crystal(lattice, dof=2)
couplings = []
for offset in [(1, 0), (0, 1), (1, -1)]:
    n = lattice.cartesian(offset)
    couplings += [(0, 0, offset, -np.outer(n, n)), (0, 0, (0, 0), 2 * np.outer(n, n))]
springs = lfa.CrystalOperator.from_couplings(plane, plane, couplings, hermitian=True)
springs

# %%
# Two branches, both acoustic: near 0 their slopes, with 2 pi in them, are the speeds of sound, sqrt(3/8) and
# sqrt(9/8) for transverse and longitudinal waves, in all directions the same.

found = lfa.bands(springs)
frequencies = np.sqrt(found.values.clip(min=0))
speeds = frequencies[1] / (2 * np.pi * found.distance[1])
np.testing.assert_allclose(speeds, np.sqrt([3 / 8, 9 / 8]), rtol=1e-3)
print(f"speeds of sound: {speeds}")

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4), sharey=True, width_ratios=(3, 1), layout="constrained")
left.plot(found.distance, frequencies, color="#b5543c")
for place, _ in found.ticks:
    left.axvline(place, color="#c3cad4", linewidth=0.8)
left.set_xticks([place for place, _ in found.ticks], ["\u0393", "M", "K", "\u0393"])
left.set(xlim=(0, found.distance[-1]), ylim=(0, None), ylabel="frequency")
everywhere = np.sqrt(lfa.eigvals(springs, 240).clip(min=0)).ravel()
right.hist(everywhere, bins=120, density=True, orientation="horizontal", color="#7f8fa6")
right.set_xlabel("density of states")

# %%
# Squares with springs along their sides alone are not rigid: rows slide past one another at no cost. That shows as a
# branch that is 0 all the way from 0 to X. Springs along the diagonals stop it.

square = lfa.lattices.square()
grid = lfa.Crystal(square, dof=2)


def square_springs(diagonal: float) -> lfa.CrystalOperator:
    """Return the dynamical matrix of unit springs along the sides, and others along the diagonals."""
    parts = []
    for offset, strength in [((1, 0), 1), ((0, 1), 1), ((1, 1), diagonal), ((1, -1), diagonal)]:
        n = square.cartesian(offset) / np.linalg.norm(offset)
        matrix = strength * np.outer(n, n)
        parts += [(0, 0, offset, -matrix), (0, 0, (0, 0), 2 * matrix)]
    return lfa.CrystalOperator.from_couplings(grid, grid, parts, hermitian=True)


for diagonal in (0, 0.2):
    softest = lfa.bands(square_springs(diagonal), ["G", "X"]).values[:, 0]
    print(f"diagonal springs {diagonal}: the lower branch rises to {np.sqrt(softest.max().clip(min=0)):.3f}")
