"""
Clip the convolutions of the trained network to a norm, and see what that does to its accuracy.

Every convolution whose norm exceeds the limit is replaced by one of the same size whose certified
norm does not: its singular values are clipped on its torus, the result is projected onto kernels
of its size, a few times in turn, and at the end the kernel is divided by what is left over. The
bound then holds for the zero padding with which the network runs, and for images of every size.

The clipped network is written to a file, loaded again, and analysed: the norms that are printed
are those of the file.
"""

import argparse
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from train import ATTRIBUTES_NAME, HERE, WEIGHTS_NAME, accuracy, load_test_split, load_trained

import crystal_lfa as lfa


def clipped_network(upper: float, path: Path) -> tuple[lfa.cnn.Report, lfa.cnn.Report]:
    """
    Write a clipped copy of the network.

    Parameters
    ----------
    upper : float
        The largest norm that a convolution may have.
    path : Path
        Where to write it.

    Returns
    -------
    tuple of Report
        What the convolutions were before, and what those in the file are.
    """
    layers = lfa.cnn.load(HERE / WEIGHTS_NAME, attributes=HERE / ATTRIBUTES_NAME)
    shutil.copy(HERE / WEIGHTS_NAME, path)
    lfa.cnn.store([lfa.cnn.clip(layer, upper) for layer in layers], path)
    return lfa.cnn.analyze(layers), lfa.cnn.analyze(path, attributes=HERE / ATTRIBUTES_NAME)


def main(arguments: Sequence[str] | None = None) -> None:
    """
    Print norms and accuracy before and after.

    Parameters
    ----------
    arguments : sequence of str, optional
        The command line, by default that of the process.
    """
    parser = argparse.ArgumentParser(description="Clip the convolutions of the digits network.")
    parser.add_argument("--upper", type=float, default=10.0, help="the largest norm (default: %(default)s)")
    upper = parser.parse_args(arguments).upper
    images, labels = load_test_split()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / WEIGHTS_NAME
        before, after = clipped_network(upper, path)
        rates = [accuracy(network, images, labels) for network in (load_trained(), load_trained(path))]
        print(f"{'layer':<10}  {'sigma max before':>16}  {'after':>8}  {'certified norm after':>20}")
        for old, new in zip(before, after, strict=True):
            certified = lfa.norm(new.layer.operator(), rtol=1e-5).upper
            print(f"{old.name:<10}  {old.sigma_max:16.4f}  {new.sigma_max:8.4f}  {certified:20.6f}")
    print(f"accuracy on {len(labels)} test images: {rates[0]:.2%} before, {rates[1]:.2%} after")


if __name__ == "__main__":
    main()
