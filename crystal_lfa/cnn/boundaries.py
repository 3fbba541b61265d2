"""Convolutions with borders: sparse matrices with zero, circular, reflected and replicated pixels around an image."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.cnn.convolution import ConvArguments, one_an_axis, read_arguments
from crystal_lfa.cnn.layer import ConvLayer
from crystal_lfa.errors import InvalidArgumentError, MemoryBudgetError, MultiplierError, UnreadableLayerError
from crystal_lfa.frequencies.budget import parse_memory, readable_bytes
from crystal_lfa.geometry.exact.integers import axes_of
from crystal_lfa.operators.arrays import as_array, is_complex, is_symbolic, to_numpy

__all__ = ["Boundary", "as_numbers", "boundary_matrix"]

_ENTRY_BYTES = 80
"""Of an entry and its place while a sparse matrix is put together."""


class Boundary(Enum):
    """What a convolution reads beyond the border of an image; ``Boundary(layer.padding_mode)`` is that of a layer.

    Of the pixels a b c d, two more on either side are:

    ========= ====================
    ZERO      0 0 | a b c d | 0 0
    CIRCULAR  c d | a b c d | a b
    REFLECT   c b | a b c d | c b
    REPLICATE a a | a b c d | d d
    ========= ====================
    """

    ZERO = "zeros"
    CIRCULAR = "circular"
    REFLECT = "reflect"
    REPLICATE = "replicate"


def boundary_matrix(
    layer: Any,
    input_shape: int | Sequence[int] | None = None,
    boundary: Boundary | None = None,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] | None = None,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
    memory: str | float = "4GB",
) -> Any:
    r"""Return the sparse matrix of a convolution of images of a given size.

    .. math:: (L x)_{o, z} = \sum_{i, j} W_{o, i, j} \; x_{i, \, b(s z + d j - p)}

    with stride s, dilation d, padding p, and b the boundary: the place of the pixel that is read instead of one
    beyond the border, or none. Where several taps read one pixel, they add. There are ceil(n / s) outputs along an
    axis of n pixels, as with "same" padding.

    Parameters
    ----------
    layer : ConvLayer, or array of shape ``(c_out, c_in / groups, *kernel)``
    input_shape : int or one an axis
        The pixels along each axis; default, for a `ConvLayer`, its own.
    boundary : Boundary
        Default, for a `ConvLayer`, that of its padding mode.
    stride, dilation : int or one an axis
        Like `padding` and `groups` only for an array: a `ConvLayer` has its own.
    padding : int or one an axis, optional
        Before the first pixel of each axis; default dilation * (kernel - 1) // 2. After the last one there is what the
        last output needs.
    groups : int
    memory : str or number of bytes
        What making the matrix may take.

    Returns
    -------
    scipy.sparse.csr_array, shape (c_out * outputs, c_in * pixels)
        Rows and columns in the C order of images ``(c, *spatial)``; float64 or complex128.

    Raises
    ------
    InvalidArgumentError
        If an argument has a value that no layer can have, the layer is transposed, or the reflection of the image is
        narrower than what the kernel reads.
    MultiplierError, NotFiniteError
        If the weight holds no numbers, or NaN or infinity.
    UnreadableLayerError
        If the layer cannot be analysed.
    MemoryBudgetError
        If the entries do not fit into `memory`.

    References
    ----------
    van Betteray, Rottmann, Kahl: LFA applied to CNNs (ECAI 2025), "Boundary Conditions", figure 5.

    Examples
    --------
    >>> import numpy as np
    >>> import crystal_lfa as lfa
    >>> from crystal_lfa.cnn.boundaries import Boundary, boundary_matrix
    >>> weight = np.array([[[1, 0, 5]]])
    >>> boundary_matrix(weight, 4, Boundary.REPLICATE).toarray().astype(int)
    array([[1, 5, 0, 0],
           [1, 0, 5, 0],
           [0, 1, 0, 5],
           [0, 0, 1, 5]])
    >>> wrapped = boundary_matrix(weight, 4, Boundary.CIRCULAR).toarray()
    >>> bool((wrapped == lfa.cnn.conv(weight).to_sparse(4).toarray()).all())
    True
    """
    taken = _read(layer, input_shape, boundary, (stride, padding, dilation, groups))
    _check_memory(taken, parse_memory(memory))
    return _matrix(taken)


def as_numbers(weight: Any) -> NDArray[Any]:
    """Return a weight of any array library as numpy's, in double precision.

    Raises
    ------
    MultiplierError
        If its entries are no numbers, or have free parameters.
    """
    array = as_array(weight, "weight")
    if is_symbolic(array):
        raise MultiplierError("weight: got SymPy expressions; a matrix with borders needs numbers")
    return to_numpy(array).astype(np.complex128 if is_complex(array) else np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class _Bounded:
    """A convolution of images of a given size, checked."""

    weight: NDArray[Any]
    arguments: ConvArguments
    extents: tuple[int, ...]
    boundary: Boundary

    @property
    def kernel(self) -> tuple[int, ...]:
        """The extents of the kernel."""
        return self.weight.shape[2:]

    @property
    def outputs(self) -> tuple[int, ...]:
        """The extents of the output."""
        return tuple(-(-n // s) for n, s in zip(self.extents, self.arguments.stride, strict=True))


def _read(layer: Any, input_shape: Any, boundary: Any, options: tuple[Any, Any, Any, Any]) -> _Bounded:
    """Return the convolution that the arguments of `boundary_matrix` describe."""
    if isinstance(layer, ConvLayer):
        weight, arguments = _of_layer(layer, options)
        input_shape = layer.input_shape if input_shape is None else input_shape
        boundary = _of_mode(layer) if boundary is None else boundary
    else:
        weight = as_numbers(layer)
        arguments = read_arguments(weight, *options)
    if input_shape is None:
        raise InvalidArgumentError("input_shape: got None; the pixels along each axis are needed with a weight")
    if not isinstance(boundary, Boundary):
        members = ", ".join(str(member) for member in Boundary)
        raise InvalidArgumentError(f"boundary: got {boundary!r}; one of {members} is needed")
    extents = one_an_axis(input_shape, arguments.axes, "input_shape", 1)
    taken = _Bounded(weight, arguments, extents, boundary)
    if boundary is Boundary.REFLECT:
        _check_reflection(taken)
    return taken


def _of_layer(layer: ConvLayer, options: tuple[Any, Any, Any, Any]) -> tuple[Any, ConvArguments]:
    if layer.reason is not None:
        raise UnreadableLayerError(f"layer {layer.name!r} cannot be analysed: {layer.reason}")
    if layer.transposed:
        message = f"layer: {layer.name!r} is transposed; only forward convolutions read beyond a border"
        raise InvalidArgumentError(message)
    if any(axes_of(given) or given != usual for given, usual in zip(options, (1, None, 1, 1), strict=True)):
        message = "stride, padding, dilation, groups: a ConvLayer has its own; they can be given with a weight only"
        raise InvalidArgumentError(message)
    weight = as_numbers(layer.weight)
    return weight, read_arguments(weight, layer.stride, layer.padding, layer.dilation, layer.groups)


def _of_mode(layer: ConvLayer) -> Boundary:
    try:
        return Boundary(layer.padding_mode)
    except ValueError:
        message = f"boundary: the padding mode of layer {layer.name!r} is {layer.padding_mode!r}; give a Boundary"
        raise InvalidArgumentError(message) from None


def _check_reflection(taken: _Bounded) -> None:
    """Raise unless all that is read beyond a border is within the reflected image, which leaves out the border."""
    given = taken.arguments
    for axis, (n, m) in enumerate(zip(taken.extents, taken.outputs, strict=True)):
        before = given.padding[axis]
        after = given.stride[axis] * (m - 1) + given.dilation[axis] * (taken.kernel[axis] - 1) - before - (n - 1)
        if max(before, after) > n - 1:
            reads = f"along axis {axis} the kernel reads {max(before, after)} pixels beyond the border"
            message = f"input_shape: got {taken.extents}; {reads}, and the reflection of {n} has {n - 1}"
            raise InvalidArgumentError(message)


def _check_memory(taken: _Bounded, budget: int) -> None:
    size = _ENTRY_BYTES * math.prod(taken.weight.shape) * math.prod(taken.outputs)
    if size > budget:
        message = (
            f"memory: the entries take {readable_bytes(size)} while they are sorted, and {readable_bytes(budget)} "
        )
        raise MemoryBudgetError(f"{message}is allowed; allow more, or take a smaller image")


def _matrix(taken: _Bounded) -> Any:
    """Return the matrix: the pixel that each tap of each output reads, for every pair of channels of a group."""
    from scipy.sparse import coo_array

    pixels, inside = _reads(taken)
    outs, width = taken.weight.shape[:2]
    outputs, size = len(pixels), math.prod(taken.extents)
    spots, taps = np.nonzero(inside)
    # From here on axes are: output channel, input channel of the group, read pixel.
    out = np.arange(outs)[:, None, None]
    group = out // (outs // taken.arguments.groups)
    channel = group * width + np.arange(width)[:, None]
    rows = out * outputs + spots
    columns = channel * size + pixels[spots, taps]
    shape = (outs, width, len(spots))
    entries = taken.weight.reshape(outs, width, -1)[:, :, taps]
    places = tuple(np.broadcast_to(index, shape).reshape(-1) for index in (rows, columns))
    whole = (outs * outputs, taken.arguments.groups * width * size)
    return coo_array((entries.reshape(-1), places), shape=whole).tocsr()


def _reads(taken: _Bounded) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the number of the pixel that each tap of each output reads, and whether there is one."""
    given, axes = taken.arguments, taken.arguments.axes
    pixels, inside = np.zeros((), dtype=np.int64), np.ones((), dtype=np.bool_)
    for axis, n in enumerate(taken.extents):
        outputs, taps = np.arange(taken.outputs[axis])[:, None], np.arange(taken.kernel[axis])
        places = given.stride[axis] * outputs + given.dilation[axis] * taps - given.padding[axis]
        # Outputs along one axis, taps along the one that is `axes` further on.
        shape = [1] * (2 * axes)
        shape[axis], shape[axes + axis] = places.shape
        pixels = pixels * n + _within(places, n, taken.boundary).reshape(shape)
        if taken.boundary is Boundary.ZERO:
            inside = inside & ((places >= 0) & (places < n)).reshape(shape)
    whole = (math.prod(taken.outputs), math.prod(taken.kernel))
    return pixels.reshape(whole), np.broadcast_to(inside, pixels.shape).reshape(whole)


def _within(places: NDArray[np.int64], n: int, boundary: Boundary) -> NDArray[np.int64]:
    """Return the places among n pixels that are read instead of those beyond the border; any for zeros."""
    if boundary is Boundary.CIRCULAR:
        return places % n
    if boundary is Boundary.REFLECT:
        return np.asarray((n - 1) - np.abs((n - 1) - np.abs(places)))
    return np.clip(places, 0, n - 1)
