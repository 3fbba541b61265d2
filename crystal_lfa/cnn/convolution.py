"""Convolutional layers as ordinary operators on crystals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device

from crystal_lfa.errors import CrystalMismatchError, InvalidArgumentError
from crystal_lfa.geometry import Crystal, Lattice, as_crystal, lattices
from crystal_lfa.geometry.exact.integers import as_integer, axes_of
from crystal_lfa.geometry.generation import aligned
from crystal_lfa.operators import CrystalOperator
from crystal_lfa.operators.algebra import sampled
from crystal_lfa.operators.arrays import as_array, check_finite

__all__ = ["ConvArguments", "conv", "one_an_axis", "read_arguments"]

LARGEST_ARGUMENT = 2**31 - 1
"""Beyond every layer, and small enough that no offset overflows."""


def one_an_axis(value: Any, axes: int, argument: str, least: int) -> tuple[int, ...]:
    """Return one integer an axis, from one for all or a sequence; each at least `least`.

    Raises
    ------
    InvalidArgumentError
        If the number of entries is not the number of axes, or an entry is no integer or too small.
    """
    entries = [value] * axes if axes_of(value) == 0 else list(value)
    numbers = tuple(int(as_integer(entry, argument)) for entry in entries)
    if len(numbers) != axes or min(numbers) < least:
        each = f", or one for each of {axes} axes," if axes > 1 else ""
        raise InvalidArgumentError(f"{argument}: got {value!r}; an integer of at least {least}{each} is needed")
    if max(numbers) > LARGEST_ARGUMENT:
        raise InvalidArgumentError(f"{argument}: got {value!r}; integers of at most {LARGEST_ARGUMENT} are needed")
    return numbers


def conv(
    weight: Any,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] | None = None,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
    transposed: bool = False,
    output_padding: int | Sequence[int] = 0,
    domain: Crystal | Lattice | None = None,
) -> CrystalOperator:
    r"""Return a convolutional layer as an operator: :math:`m_y = W_{:,:,\,y + \mathrm{centre}}`, circular.

    A cross-correlation, as deep-learning frameworks have it. With a stride s the operator lives on the lattice
    with every s-th point: its domain has prod(s) sites (pixels) with c_in channels in a cell, its codomain one site
    with c_out. A transposed convolution is the transpose of the convolution with the same array.

    Parameters
    ----------
    weight : array, shape (c_out, c_in / groups, \*kernel); transposed (c_in, c_out / groups, \*kernel)
        Real or complex, of any array library, in which the multipliers stay. One to three kernel axes as a rule.
    stride, dilation : int or one an axis, default 1
    padding : int or one an axis, optional
        Fixes the centre of the kernel, not the boundary: default dilation * (kernel - 1) // 2. No singular value
        depends on it.
    groups : int, default 1
        Channels in separate groups are not coupled.
    transposed : bool, default False
    output_padding : int or one an axis, default 0
        Only for transposed convolutions; it enlarges outputs with borders and has no effect on a torus.
    domain : Crystal or Lattice, optional
        Where the input lives: its sites have to form a lattice, with c_in channels each. Default the integer
        lattice; ``conv(w2, domain=A.codomain)`` chains.

    Returns
    -------
    CrystalOperator

    Raises
    ------
    InvalidArgumentError
        If an argument has a value that no layer can have.
    CrystalMismatchError
        If the domain has another dimension or number of channels, or its sites form no lattice.
    NotFiniteError
        If the weight holds NaN or infinity.

    References
    ----------
    van Betteray, Rottmann, Kahl: LFA applied to CNNs (ECAI 2025), "Convolutional mappings in CNNs".

    Examples
    --------
    >>> import numpy as np
    >>> import crystal_lfa as lfa
    >>> blur = lfa.cnn.conv(np.ones((1, 1, 3, 3)) / 9, stride=2)
    >>> blur.domain.size, blur.codomain.size
    (4, 1)
    >>> pixels = lfa.lattices.integer(2).torus((6, 4))
    >>> lfa.svdvals(blur, pixels).shape
    (6, 1)
    """
    kernel = as_array(weight, "weight")
    layer = read_arguments(kernel, stride, padding, dilation, groups, transposed, output_padding)
    channels = int(kernel.shape[1]) * layer.groups
    if not layer.transposed:
        return _strided(kernel, _pixels(domain, layer.axes, channels), layer)
    coarse = _pixels(domain, layer.axes, int(kernel.shape[0]))
    fine = coarse.lattice.refined(layer.stride)
    site = [factor * x for factor, x in zip(layer.stride, coarse.exact_sites[0], strict=True)]
    return _strided(kernel, Crystal(fine, [site], channels), layer).T


@dataclass(frozen=True, slots=True)
class ConvArguments:
    """The arguments of `conv` beside the weight, checked: one integer an axis."""

    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int
    transposed: bool
    output_padding: tuple[int, ...]

    @property
    def axes(self) -> int:
        """The number of axes of the kernel."""
        return len(self.stride)


def read_arguments(
    weight: Any,
    stride: Any = 1,
    padding: Any = None,
    dilation: Any = 1,
    groups: Any = 1,
    transposed: Any = False,
    output_padding: Any = 0,
) -> ConvArguments:
    """Return the arguments of `conv` for a weight, an array, with its defaults filled in; raise what it would raise."""
    shape = tuple(int(n) for n in weight.shape)
    if len(shape) < 3 or 0 in shape:
        raise InvalidArgumentError(f"weight: got shape {shape}; (channels, channels / groups, *kernel) is needed")
    check_finite(weight, "weight")
    if not isinstance(transposed, bool | np.bool_):
        raise InvalidArgumentError(f"transposed: got {transposed!r}; true or false is needed")
    axes = len(shape) - 2
    strides = one_an_axis(stride, axes, "stride", 1)
    spacing = one_an_axis(dilation, axes, "dilation", 1)
    extra = one_an_axis(output_padding, axes, "output_padding", 0)
    _check_output_padding(extra, strides, spacing, transposed=bool(transposed))
    return ConvArguments(
        stride=strides,
        padding=_centre(padding, shape[2:], spacing),
        dilation=spacing,
        groups=_read_groups(groups, shape[0]),
        transposed=bool(transposed),
        output_padding=extra,
    )


def _centre(padding: Any, kernel: tuple[int, ...], dilation: tuple[int, ...]) -> tuple[int, ...]:
    if padding is None:
        return tuple(d * (k - 1) // 2 for k, d in zip(kernel, dilation, strict=True))
    return one_an_axis(padding, len(kernel), "padding", 0)


def _check_output_padding(
    extra: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...], *, transposed: bool
) -> None:
    if any(extra) and not transposed:
        raise InvalidArgumentError(f"output_padding: got {extra}; it needs transposed=True")
    if any(p >= max(s, d) for p, s, d in zip(extra, stride, dilation, strict=True)):
        message = f"output_padding: got {extra}; it has to be smaller than the stride {stride} or dilation {dilation}"
        raise InvalidArgumentError(message)


def _read_groups(groups: Any, channels: int) -> int:
    number = int(as_integer(groups, "groups"))
    if number < 1 or channels % number:
        message = f"groups: got {number}; a positive divisor of the weight's first axis, {channels}, is needed"
        raise InvalidArgumentError(message)
    return number


def _pixels(domain: Crystal | Lattice | None, axes: int, channels: int) -> Crystal:
    """Return the crystal of the input with one site a cell."""
    if domain is None:
        return Crystal(lattices.integer(axes), dof=channels)
    crystal = Crystal(domain, dof=channels) if isinstance(domain, Lattice) else as_crystal(domain, "domain")
    if crystal.lattice.dim != axes:
        message = f"domain: it has dimension {crystal.lattice.dim}; the weight's kernel has {axes} axes"
        raise CrystalMismatchError(message)
    pixels = crystal.primitive()
    if len(crystal.dof) > 1 and aligned(pixels.lattice) is None:
        message = (
            f"domain: the sites of {crystal!r} form a lattice without axes for the kernel; describe them with one site "
            "a cell, on the lattice whose primitive vectors are the axes"
        )
        raise CrystalMismatchError(message)
    if pixels.size != channels:
        message = f"domain: its sites have {pixels.size} channels each; the weight takes {channels}"
        raise CrystalMismatchError(message)
    return pixels


def _strided(kernel: Any, pixels: Crystal, layer: ConvArguments) -> CrystalOperator:
    """Return the convolution on the pixels, sampled at every stride-th one."""
    places = np.indices(kernel.shape[2:]).reshape(layer.axes, -1).T
    offsets = places * np.array(layer.dilation) - np.array(layer.padding)
    codomain = Crystal(pixels.lattice, pixels.exact_sites, int(kernel.shape[0]))
    multipliers = _multipliers(kernel, layer.groups)
    dense = CrystalOperator.from_arrays(pixels, codomain, offsets.astype(np.int64), multipliers)
    return dense if set(layer.stride) == {1} else sampled(dense, layer.stride)


def _multipliers(kernel: Any, groups: int) -> Any:
    """Return the matrices (k, c_out, c_in) of a kernel, with zeros between the groups; a copy."""
    xp = array_namespace(kernel)
    out, width = int(kernel.shape[0]), int(kernel.shape[1])
    last = xp.permute_dims(kernel, (*range(2, kernel.ndim), 0, 1))
    matrices = xp.reshape(last, (-1, out, width))
    if groups == 1:
        return xp.asarray(matrices, copy=True) if not hasattr(matrices, "clone") else matrices.clone()
    height = out // groups
    blocks = xp.zeros((matrices.shape[0], groups, height, groups, width), dtype=kernel.dtype, device=device(kernel))
    for group in range(groups):
        blocks[:, group, :, group, :] = matrices[:, group * height : (group + 1) * height, :]
    return xp.reshape(blocks, (matrices.shape[0], out, groups * width))
