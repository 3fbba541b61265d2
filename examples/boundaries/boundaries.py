"""The paper's experiment on boundary conditions (figures 5 and 6): how much do the singular values depend on them?

``python examples/boundaries/boundaries.py`` draws a random kernel, wraps images around, pads them with zeros, and
compares all singular values, in less than a minute. With 16 channels, as in the paper, up to 16 x 16 pixels, and with
every boundary, it takes a few:

    python examples/boundaries/boundaries.py --channels 16 --sizes 4 8 16 --boundaries zeros reflect replicate

and on 32 x 32 pixels, where the matrix has 16384 rows, more than half an hour, counting 6.4 GB:

    python examples/boundaries/boundaries.py --channels 16 --sizes 4 8 32 --memory 8GB --picture boundaries.png

With less memory only the largest and the smallest singular value are computed there, and marked.
"""

from __future__ import annotations

import argparse
import math
import time

import numpy as np

from crystal_lfa.cnn.boundaries import Boundary
from crystal_lfa.cnn.boundary_comparison import compare_boundaries

CHOICES = [boundary.value for boundary in Boundary if boundary is not Boundary.CIRCULAR]


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Singular values of a random convolution with several boundaries.")
    parser.add_argument("--channels", type=int, default=4, help="of input and output (default 4)")
    parser.add_argument("--sizes", type=int, nargs="+", default=[4, 8, 16, 32], help="pixels along both axes")
    parser.add_argument("--kernel", type=int, default=3, help="its extent along both axes (default 3)")
    parser.add_argument("--boundaries", nargs="+", choices=CHOICES, default=["zeros"], help="beside the circular one")
    parser.add_argument("--seed", type=int, default=0, help="of the random kernel")
    parser.add_argument("--memory", default="1GB", help="for one dense decomposition; beyond it only the ends")
    parser.add_argument("--picture", help="a file for the sorted spectra, as in figure 6")
    parser.add_argument("--differences", help="a file for the mean differences over the size")
    return parser.parse_args()


def main() -> None:
    """Compare, print the table, draw the pictures."""
    given = arguments()
    shape = (given.channels, given.channels, given.kernel, given.kernel)
    # Each output then has the variance of the inputs.
    weight = np.random.default_rng(given.seed).standard_normal(shape) / math.sqrt(math.prod(shape[1:]))
    print(f"normal random kernel {'x'.join(map(str, shape))}, seed {given.seed}\n")
    start = time.perf_counter()
    boundaries = [Boundary(name) for name in given.boundaries]
    comparison = compare_boundaries(weight, given.sizes, boundaries, memory=given.memory)
    print(f"{comparison}\n\n{time.perf_counter() - start:.1f} s")
    for path, draw in ((given.picture, comparison.plot), (given.differences, comparison.plot_differences)):
        if path:
            draw()[0].axes.figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()
