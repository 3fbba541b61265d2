"""
Every singular value of a trained network
=========================================

A small network, trained on scikit-learn's handwritten digits to 99 % accuracy, ships with the repository. Its
file holds bare weights; the attributes file beside it tells strides, dilations, groups and input shapes.
"""

from pathlib import Path

import crystal_lfa as lfa

# %%
# One call reads the file and takes the singular values of every convolution, with circular padding.

folder = next(path for path in map(Path, ("examples/digits", "../digits", "../examples/digits")) if path.is_dir())
report = lfa.cnn.analyze(folder / "digits.safetensors", attributes=folder / "digits.toml")
print(report)

# %%
# Each row is one layer's spectrum. The pointwise layer has the same 16 values at every frequency: peaks. The
# strided one is nearly as well conditioned as the dense ones are not.

report.plot()

# %%
# The depthwise layer has 16 independent channels, each with a value a frequency. Its worst frequency:

layer = report["depthwise"]
worst = layer.values.min(axis=1).argmin()
torus = layer.layer.operator().lattice.torus(layer.torus)
print(f"sigma_min = {layer.sigma_min:.4f} at kappa = {torus.frequencies[worst]}")
