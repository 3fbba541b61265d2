"""
Singular vectors, as images and on crystals
===========================================

A singular value decomposition on a torus knows every singular vector; each is made when it is asked for, and everything
draws itself.
"""

from pathlib import Path

import matplotlib.pyplot as plt

import crystal_lfa as lfa

# %%
# A layer of a small trained network amplifies some frequencies more than others. Its input of 8 x 8 pixels has 4 x 4
# frequencies with stride 2, each of which colours what lies nearest to it; a larger input shows the same function with
# more of them.

folder = next(path for path in map(Path, ("examples/digits", "../digits", "../examples/digits")) if path.is_dir())
layers = {layer.name: layer for layer in lfa.cnn.load(folder / "digits.safetensors", attributes=folder / "digits.toml")}
down = layers["down"]
figure, (left, right) = plt.subplots(1, 2, figsize=(10.6, 3.9), layout="constrained")
lfa.svd(down.operator(), down.torus()).plot_zone(left)
left.set_title("8 x 8 pixels")
large = lfa.svd(down.operator(), lfa.lattices.integer(2).torus((64, 64)))
large.plot_zone(right)
right.set_title("64 x 64 pixels")
print(large)

# %%
# All of its values, sorted, and how many there are of each size:

figure, (left, right) = plt.subplots(1, 2, figsize=(10.6, 3.8), layout="constrained")
large.plot(left)
large.plot_histogram(right)

# %%
# The leading vectors as images: what the layer amplifies most, on the left, and what it makes of that, on the right.
# On the command line: ``crystal-lfa cnn MODEL --layer down --vectors 4 FILE.npz --plot FILE``.

leading = lfa.cnn.leading_vectors(down, 4)
leading.plot()
print(leading)

# %%
# Electrons on the honeycomb lattice that hop to neighbours and, less so, to next-nearest ones. A singular vector on its
# crystal: the area of the torus is not a rectangle, its periods are skew, and crossing the first one changes the sign.

honeycomb = lfa.crystals.honeycomb()
hopping = -1 * lfa.adjacency(honeycomb) + 0.2 * lfa.adjacency(honeycomb, 2)
found = lfa.svd(hopping, honeycomb.lattice.torus([[8, 1], [-2, 9]], twist=[1 / 2, 0]))
found.plot_vector(6)

# %%
# With other twists vectors are complex: colours are phases.

twisted = lfa.svd(hopping, honeycomb.lattice.torus([[8, 1], [-2, 9]], twist=[0.3, 0.1]))
twisted.plot_vector(6)
