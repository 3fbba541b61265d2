"""What the numbers of a report mean, and for which padding: said beside them wherever they stand."""

from __future__ import annotations

__all__ = ["GAIN", "MEANINGS", "PADDINGS", "UNBOUNDED"]

UNBOUNDED = frozenset({"reflect", "replicate"})
"""Paddings of which no number here is a bound."""

MEANINGS = {
    "sigma max": "the largest singular value: by how much the layer can stretch an image, its Lipschitz constant",
    "sigma min": "the smallest singular value; zero, up to rounding, means that the layer forgets some images",
    "cond.": "the condition number, sigma max / sigma min",
    "norm <=": "a proven upper bound of sigma max at every input size, with circular and with zero padding",
    "frobenius": "the root of the sum of the squares of all singular values",
    "stable rank": "the sum of the squares of all singular values over the square of the largest",
    "entropy": "of the shares sigma / sum of sigma, in nats",
    "effective rank": "exp(entropy): how many equal singular values would have as much entropy",
    "above 1": "the share of singular values above 1: how much of the space of images is stretched",
    "dof": "degrees of freedom: pixels times channels of input and output, on the torus",
}
"""From the head of a column to what it means."""

PADDINGS = {
    "circular": "Every number is exact: images are wrapped around, and the singular values are those of that matrix.",
    "zeros": (
        "Only 'norm <=' is a bound, of sigma max, at every input size and for every stride. sigma min, the condition "
        "number and the ranks of the zero-padded layer are other numbers; the distributions approach each other for "
        "large inputs."
    ),
    "reflect, replicate": "No number here is a bound: repeated border pixels can make sigma max larger than 'norm <='.",
    "no": "Without padding the layer has fewer outputs than the torus: sigma max and 'norm <=' are bounds.",
}
"""From a layer's padding to what the numbers say about it."""

GAIN = (
    "an upper bound of the gain of the network's linear part, activations replaced by the identity; of the "
    "network's Lipschitz constant too if none of them is steeper than 1 (ReLU is not; PReLU, ELU, GELU, SiLU may be). "
    "Often a very loose one"
)
