"""
Bands of electrons on crystals
==============================

Electrons that hop between neighbouring sites (tight binding) have as energies the eigenvalues of a small matrix, the
symbol, at each frequency. Any crystal and any hopping will do; here are four whose bands are in textbooks.
"""

import matplotlib.pyplot as plt
import numpy as np

import crystal_lfa as lfa

# %%
# A figure of bands beside their density: how many states a unit cell has at each energy.


def draw(hopping: lfa.Operator, torus: int, bins: int = 120, most: float | None = None) -> lfa.Bands:
    """Draw bands along the usual path, and their density on a torus, up to the height `most`."""
    _, (left, right) = plt.subplots(1, 2, figsize=(9, 4.4), sharey=True, width_ratios=(3, 1), layout="constrained")
    found = lfa.bands(hopping)
    found.plot(left)
    lfa.density_of_states(hopping, torus, bins).plot(right, sideways=True)
    right.set_ylabel("")
    right.set_xlim(right=most)
    return found


# %%
# Graphene: two sites a cell, three neighbours each. The two bands touch at K, the Dirac point, where their density
# vanishes.

honeycomb = lfa.crystals.honeycomb()
graphene = -1 * lfa.adjacency(honeycomb)
found = draw(graphene, 240)
print(f"at K: {found.values[found.distance == found.ticks[2][0]].ravel()}")

# %%
# The formula of P. R. Wallace (1947), along the path:

kappa = found.frequencies
formula = np.abs(1 + np.exp(2j * np.pi * kappa[:, 0]) + np.exp(2j * np.pi * kappa[:, 1]))
print(f"largest difference: {np.abs(found.values - np.stack([-formula, formula], axis=1)).max():.1e}")

# %%
# Hopping to next-nearest neighbours as well, which stay on the same kind of site: the bands are no longer mirror images
# of one another, but still touch.

draw(graphene + 0.1 * lfa.adjacency(honeycomb, 2), 240)

# %%
# Kagome: each triangle can hold an electron that cannot leave, since its paths out interfere away. The third band is
# flat: all of its states have one energy, where the density goes beyond the picture.

kagome = draw(-1 * lfa.adjacency(lfa.crystals.kagome()), 120, most=1.5)
print(f"the third band varies by {np.ptp(kagome.values[:, 2]):.1e}")

# %%
# Lieb: the flat band lies in the middle, with two cones through it at M.

draw(-1 * lfa.adjacency(lfa.crystals.lieb()), 120, most=1.5)

# %%
# Diamond, one state a site. The path jumps from K to U: these are one point of the crystal, seen in two zones.

draw(-1 * lfa.adjacency(lfa.crystals.diamond()), 36, bins=60)
