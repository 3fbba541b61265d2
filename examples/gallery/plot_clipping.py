"""
A layer clipped to a norm
=========================

Singular values above a limit are cut off. The result is no convolution of 3 x 3 pixels any more; the nearest one has
values above the limit again. A few rounds, and a division at the end, give a kernel whose norm is proven to keep it.
"""

from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import crystal_lfa as lfa

# %%
# The largest singular values of a layer of a small trained network, before and after. Clipped on its torus of 16 x 16
# pixels, all values are at most 5; cut back to 3 x 3, some are not; divided, all are, at every size.

folder = next(path for path in map(Path, ("examples/digits", "../digits", "../examples/digits")) if path.is_dir())
layers = {layer.name: layer for layer in lfa.cnn.load(folder / "digits.safetensors", attributes=folder / "digits.toml")}
layer, upper = replace(layers["down"], input_shape=(16, 16)), 5.0
found = lfa.svd(layer.operator(), layer.torus())
exact = found.clip(0, upper).to_operator()
spectra = {
    "as it is": found.sorted_values,
    "clipped on the torus": found.clip(0, upper).sorted_values,
    "and cut back to 3 x 3": lfa.svd(layer.with_operator(exact).operator(), layer.torus()).sorted_values,
    "lfa.cnn.clip": lfa.svd(lfa.cnn.clip(layer, upper).operator(), layer.torus()).sorted_values,
}
figure, ax = plt.subplots(figsize=(8.0, 4.4), layout="constrained")
for label, values in spectra.items():
    ax.plot(np.arange(1, 301), values[:300], label=label)
ax.axhline(upper, color="black", linewidth=0.8, linestyle="--")
ax.set(xlabel="number of the singular value", ylabel="singular value", xlim=(1, 300))
ax.legend()

# %%
# How far the kernel moves, relative to its size, and what is left above the limit before the division: more rounds
# change it less than dividing alone does.

for rounds in (0, 1, 3, 10, 30):
    clipped = lfa.cnn.clip(layer, upper, rounds=rounds)
    change = np.linalg.norm(clipped.weight - layer.weight) / np.linalg.norm(layer.weight)
    print(f"{rounds:2} rounds: changed by {change:.1%}, {lfa.norm(clipped.operator(), rtol=1e-4)}")
