"""Batch normalisation as it works after training: a scaling of every channel."""

from __future__ import annotations

from typing import Any

import numpy as np

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.geometry import Crystal, Lattice, as_crystal
from crystal_lfa.operators import CrystalOperator, diagonal
from crystal_lfa.operators.arrays import as_array, check_finite

__all__ = ["batch_norm", "batch_norm_scale"]


def batch_norm(domain: Crystal | Lattice, variance: Any, weight: Any = None, eps: float = 1e-5) -> CrystalOperator:
    r"""Return the linear part of batch normalisation in evaluation mode: :math:`\gamma / \sqrt{v + \varepsilon}`.

    Its mean and its bias shift images and do not change the linear part.

    Parameters
    ----------
    domain : Crystal or Lattice
        Of the image; all its sites have as many channels.
    variance : (c,) array, or a number for all
        The running variance, ``running_var`` in PyTorch.
    weight : (c,) array, optional
        The factor gamma, ``weight`` in PyTorch; one if not given.
    eps : float

    Raises
    ------
    InvalidArgumentError
        If the sizes are not the number of channels, or a variance plus eps is not positive.

    References
    ----------
    Ioffe, Szegedy: Batch normalization (ICML 2015).

    Examples
    --------
    >>> import numpy as np
    >>> import crystal_lfa as lfa
    >>> conv1 = lfa.cnn.conv(np.ones((2, 1, 3)), stride=2)
    >>> bn = lfa.cnn.batch_norm(conv1.codomain, variance=[1.0, 4.0], weight=[2.0, 2.0], eps=0)
    >>> conv2 = lfa.cnn.conv(np.ones((1, 2, 3)), domain=bn.codomain)
    >>> float(lfa.norm(conv2 @ bn @ conv1, 4).value.round(6))
    20.124612
    """
    crystal = Crystal(domain) if isinstance(domain, Lattice) else as_crystal(domain, "domain")
    channels = crystal.dof[0]
    if len(set(crystal.dof)) > 1:
        raise InvalidArgumentError(f"domain: its sites have {crystal.dof} unknowns; equally many channels are needed")
    scale = batch_norm_scale(variance, weight, eps, channels)
    return diagonal(np.tile(scale, len(crystal.dof)), crystal)


def batch_norm_scale(variance: Any, weight: Any, eps: Any, channels: int) -> Any:
    """Return the factor of every channel, (channels,), as `batch_norm` applies it."""
    values = np.asarray(as_array(variance, "variance"), dtype=np.float64)
    factors = np.ones(()) if weight is None else np.asarray(as_array(weight, "weight"), dtype=np.float64)
    for name, array in (("variance", values), ("weight", factors)):
        check_finite(array, name)
        if array.shape not in {(), (channels,)}:
            message = f"{name}: got shape {array.shape}; one number for each of {channels} channels is needed"
            raise InvalidArgumentError(message)
    shifted = values + float(eps)
    if not (shifted > 0).all():
        message = f"variance: got {float(values.min())} with eps = {eps}; a sum above zero is needed"
        raise InvalidArgumentError(message)
    return np.broadcast_to(factors / np.sqrt(shifted), (channels,))
