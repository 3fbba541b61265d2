"""
What the boundary does to the singular values of a convolution
==============================================================

Symbols describe a convolution of images that are wrapped around. Networks mostly pad with zeros, some by reflection or
by repeating the border. How different are the singular values?
"""

import matplotlib.pyplot as plt
import numpy as np

import crystal_lfa as lfa
from crystal_lfa.cnn.boundaries import Boundary, boundary_matrix
from crystal_lfa.cnn.boundary_comparison import compare_boundaries

# %%
# The same kernel on a line of eight pixels, as a matrix, with each boundary. Inside it is the same; in the corners it
# is not: taps beyond the border wrap around, are left out, or fall on pixels that others read too.

line = np.array([[[2.0, -1.0, 0.5, 1.0, 0.0]]])
figure, axes = plt.subplots(1, 4, figsize=(11.0, 3.2), layout="constrained")
for ax, boundary in zip(axes, Boundary, strict=True):
    matrix = boundary_matrix(line, 8, boundary).toarray()
    ax.matshow(matrix, cmap="RdBu_r", vmin=-3, vmax=3)
    ax.set(title=boundary.value, xlabel="pixel read", xticks=range(0, 8, 2), yticks=range(0, 8, 2))
    ax.xaxis.tick_bottom()
axes[0].set_ylabel("pixel written")

# %%
# All singular values of a random kernel with four channels, sorted, on images of three sizes. The larger the image, the
# closer the curves. The dashed line is the norm on the infinite lattice: proven for wrapped and for zero-padded images
# of every size, and exceeded by the others.

weight = np.random.default_rng(0).standard_normal((4, 4, 3, 3)) / 6
comparison = compare_boundaries(weight, [4, 8, 16])
comparison.plot()
print(comparison)

# %%
# The mean difference to the circular values halves where the image is twice as wide: as does the share of pixels at the
# border.

comparison.plot_differences()

# %%
# The largest difference need not fall. A shift has singular values that are all one; with zeros around, a pixel is
# pushed over the border, and one of them is zero at every size.

shift = compare_boundaries(np.array([[[0.0, 0.0, 1.0]]]), [4, 16, 64], Boundary.ZERO)
print(shift)
print(lfa.norm(lfa.cnn.conv(np.array([[[0.0, 0.0, 1.0]]]))))
