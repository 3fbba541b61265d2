"""Cases in which existing tools give a wrong answer without saying so: ours is that of the dense matrix.

Each test computes what the usual method gives in a few lines, shows that it is wrong, and compares ours with a matrix
that a loop over the definition makes.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch.nn import functional

import crystal_lfa as lfa

Array = NDArray[Any]
LAPLACIAN = np.array([[0, -1, 0], [-1, 4, -1], [0, -1, 0]], dtype=np.float64)


def normal(*shape: int, seed: int = 0) -> NDArray[np.float64]:
    return np.random.default_rng(seed).standard_normal(shape)


def matrix_of(
    weight: Array, extents: tuple[int, ...], *, stride: int = 1, dilation: int = 1, groups: int = 1, zeros: bool = False
) -> Array:
    """Return the matrix of a convolution: tap j of output z reads pixel s z + d j - centre, modulo the size or none."""
    kernel, outputs = weight.shape[2:], tuple(-(-n // stride) for n in extents)
    height, width = weight.shape[0] // groups, weight.shape[1]
    matrix = np.zeros((weight.shape[0], *outputs, groups * width, *extents), dtype=weight.dtype)
    for z in np.ndindex(*outputs):
        for j in np.ndindex(*kernel):
            centres = [dilation * (k - 1) // 2 for k in kernel]
            there = [stride * a + dilation * b - c for a, b, c in zip(z, j, centres, strict=True)]
            if zeros and not all(0 <= x < n for x, n in zip(there, extents, strict=True)):
                continue
            pixel = tuple(x % n for x, n in zip(there, extents, strict=True))
            for o in range(weight.shape[0]):
                first = o // height * width
                matrix[(o, *z, slice(first, first + width), *pixel)] += weight[(o, slice(None), *j)]
    return matrix.reshape(weight.shape[0] * math.prod(outputs), -1)


def true_values(matrix: Array) -> NDArray[np.float64]:
    values: NDArray[np.float64] = np.linalg.svd(matrix, compute_uv=False)
    return values


def our_values(operator: Any, extents: tuple[int, ...]) -> NDArray[np.float64]:
    values = lfa.svdvals(operator, lfa.lattices.integer(len(extents)).torus(extents))
    return np.sort(np.asarray(values), axis=None)[::-1]


def assert_ours(operator: Any, matrix: Array, extents: tuple[int, ...]) -> NDArray[np.float64]:
    """Hold ours to the matrix: all values and their number; return the true ones."""
    expected = true_values(matrix)
    np.testing.assert_allclose(our_values(operator, extents), expected, rtol=0, atol=1e-12 * expected[0])
    return expected


def by_fft(weight: Array, extents: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the singular values of Sedghi, Gupta and Long's published lines: they know nothing but the kernel."""
    axes = range(2, weight.ndim)
    symbols = np.moveaxis(np.fft.fftn(weight, extents, axes=tuple(axes)), (0, 1), (-2, -1))
    return np.sort(np.linalg.svd(symbols, compute_uv=False), axis=None)[::-1]


def is_wrong(values: Array, expected: Array, by: float = 0.03) -> bool:
    """Whether the largest value is off by more than a share."""
    return bool(abs(values.max() / expected[0] - 1) > by)


def test_the_published_lines_are_right_where_nothing_is_special() -> None:
    weight, extents = normal(4, 3, 3, 3), (6, 5)
    expected = assert_ours(lfa.cnn.conv(weight), matrix_of(weight, extents), extents)
    np.testing.assert_allclose(by_fft(weight, extents), expected, rtol=1e-12)


@pytest.mark.parametrize(("size", "extents"), [(3, (2, 2)), (5, (4, 4)), (5, (2, 3)), (7, (4, 9))])
def test_a_kernel_larger_than_the_input_is_not_cropped(size: int, extents: tuple[int, ...]) -> None:
    weight = normal(2, 2, size, size)
    expected = assert_ours(lfa.cnn.conv(weight), matrix_of(weight, extents), extents)
    cropped = by_fft(weight, extents)
    assert len(cropped) == len(expected)
    assert is_wrong(cropped, expected, 0.1)


def test_a_depthwise_layer_is_not_a_dense_one_with_one_channel() -> None:
    weight, extents = normal(6, 1, 3, 3), (5, 4)
    expected = assert_ours(lfa.cnn.conv(weight, groups=6), matrix_of(weight, extents, groups=6), extents)
    dense = by_fft(weight, extents)
    assert (len(expected), len(dense)) == (120, 20)
    assert dense[0] > 1.1 * expected[0]


def test_the_norms_of_groups_are_not_multiplied() -> None:
    weight, extents = normal(6, 2, 3, 3), (4, 4)
    layer = lfa.cnn.conv(weight, groups=3)
    expected = assert_ours(layer, matrix_of(weight, extents, groups=3), extents)
    norms = [true_values(matrix_of(weight[2 * g : 2 * g + 2], extents))[0] for g in range(3)]
    assert max(norms) == pytest.approx(expected[0], rel=1e-13)
    assert math.prod(norms) > 10 * expected[0]
    assert lfa.norm(layer).upper < 0.1 * math.prod(norms)


@pytest.mark.parametrize("stride", [2, 3])
def test_strides_are_not_ignored(stride: int) -> None:
    weight, extents = normal(3, 2, 3, 3), (6, 6)
    expected = assert_ours(lfa.cnn.conv(weight, stride=stride), matrix_of(weight, extents, stride=stride), extents)
    ignored = by_fft(weight, extents)
    assert len(ignored) > len(expected)
    assert is_wrong(ignored, expected, 0.1)


def test_a_stride_need_not_be_the_kernel() -> None:
    """Patches that do not overlap are rows of one matrix, that of the reshaped kernel; others are not."""
    weight, extents = normal(3, 2, 2, 2), (6, 6)
    reshaped = true_values(weight.reshape(3, -1))
    expected = assert_ours(lfa.cnn.conv(weight, stride=2), matrix_of(weight, extents, stride=2), extents)
    np.testing.assert_allclose(expected, np.repeat(reshaped, 9), rtol=1e-12)
    wider = normal(3, 2, 3, 3)
    expected = assert_ours(lfa.cnn.conv(wider, stride=2), matrix_of(wider, extents, stride=2), extents)
    assert true_values(wider.reshape(3, -1))[0] < 0.9 * expected[0]


def test_a_symbol_that_vanishes() -> None:
    """The 5-point Laplacian has norm 8, at (1/2, 1/2), and the symbol zero at the origin."""
    weight, extents = LAPLACIAN[None, None], (6, 4)
    expected = assert_ours(lfa.cnn.conv(weight), matrix_of(weight, extents), extents)
    assert expected[0] == pytest.approx(8, rel=1e-14)
    symbols = np.moveaxis(np.fft.fft2(weight, extents), (0, 1), (-2, -1))
    logarithm = np.zeros(extents)
    with np.errstate(invalid="ignore", divide="ignore"):
        for step in range(6):
            size = np.linalg.norm(symbols, axis=(-2, -1))
            logarithm += np.log(size) / 2**step
            scaled = symbols / size[..., None, None]
            symbols = np.conj(np.swapaxes(scaled, -2, -1)) @ scaled
    assert np.isnan(np.exp(logarithm) * np.linalg.norm(symbols, axis=(-2, -1)) ** 2.0**-6).any()
    norm = lfa.norm(lfa.stencil(LAPLACIAN), rtol=1e-10)
    assert 8 - 1e-12 <= norm.upper <= 8 * (1 + 1e-10)
    assert lfa.norm(lfa.cnn.conv(weight), lfa.lattices.integer(2).torus(extents)).lower == pytest.approx(8, rel=1e-14)


def test_bounds_are_never_below_the_norm_as_power_iterations_are() -> None:
    """A power iteration is below whatever its start; one that ends when it no longer changes may be far below."""
    extents, shares = (4, 4), []
    for seed in range(60):
        weight = normal(2, 2, 3, 3, seed=seed)
        matrix = matrix_of(weight, extents)
        largest = true_values(matrix)[0]
        x, before, found = normal(matrix.shape[1], seed=seed + 1000), 0.0, 1.0
        while abs(found - before) > 1e-2 * found:
            x /= np.linalg.norm(x)
            x, before, found = matrix.T @ (matrix @ x), found, float(np.linalg.norm(matrix @ x))
        shares.append(found / largest)
        bound = lfa.norm(lfa.cnn.conv(weight), rtol=1e-4)
        assert bound.certified
        assert bound.upper >= largest
    assert max(shares) <= 1 + 1e-12
    assert min(shares) < 0.95


def test_sampled_maxima_are_below_the_norm() -> None:
    below = 0
    for seed in range(60):
        weight = normal(2, 2, 3, 3, seed=seed)
        layer = lfa.cnn.conv(weight)
        norm = lfa.norm(layer, rtol=1e-6)
        sampled = by_fft(weight, (16, 16))[0]
        fine = by_fft(weight, (64, 64))[0]
        assert max(sampled, fine) <= norm.upper
        below += sampled < norm.lower * (1 - 1e-9)
    # The others attain it where every even grid has a point, such as at the origin.
    assert below > 60 / 2


def test_a_sampled_maximum_is_exceeded_by_a_larger_input_and_by_zero_padding() -> None:
    """The kernel [1, -1] attains its norm at the frequency 1/2, which three points miss."""
    weight = np.array([[[1.0, -1.0]]])
    assert by_fft(weight, (3,))[0] == pytest.approx(math.sqrt(3), rel=1e-14)
    assert true_values(matrix_of(weight, (12,), zeros=True))[0] > 1.98
    assert lfa.norm(lfa.cnn.conv(weight)).upper == pytest.approx(2, rel=1e-6)
    assert lfa.norm(lfa.cnn.conv(weight)).upper >= 2


def test_a_clipped_operator_cut_back_to_its_kernel_is_not_clipped() -> None:
    weight, extents = normal(3, 3, 3, 3), (8, 8)
    pixels = lfa.lattices.integer(2).torus(extents)
    values = our_values(lfa.cnn.conv(weight), extents)
    limit = 0.7 * values[0]
    symbols = np.moveaxis(np.fft.fft2(weight, extents), (0, 1), (-2, -1))
    u, s, vh = np.linalg.svd(symbols)
    clipped = np.moveaxis(np.fft.ifft2((u * np.minimum(s, limit)[..., None, :]) @ vh, axes=(0, 1)).real, (2, 3), (0, 1))
    cut = np.ascontiguousarray(clipped[:, :, :3, :3])
    assert true_values(matrix_of(cut, extents))[0] > 1.05 * limit
    ours = lfa.svd(lfa.cnn.conv(weight), pixels).clip(0, limit).to_operator()
    expected = np.minimum(values, limit)
    matrix = ours.to_sparse().toarray()
    np.testing.assert_allclose(true_values(matrix), expected, rtol=0, atol=1e-12 * limit)
    np.testing.assert_allclose(our_values(ours, extents), expected, rtol=0, atol=1e-12 * limit)


def test_a_clip_is_no_certificate_for_another_size_and_the_norm_is() -> None:
    weight, extents = normal(3, 3, 3, 3), (8, 8)
    layer = lfa.cnn.conv(weight)
    symbols = np.moveaxis(np.fft.fft2(weight, extents), (0, 1), (-2, -1))
    u, s, vh = np.linalg.svd(symbols)
    clipped = np.moveaxis(np.fft.ifft2((u * np.minimum(s, 1.0)[..., None, :]) @ vh, axes=(0, 1)).real, (2, 3), (0, 1))
    # The kernel of 8 x 8 entries, its centre where the published lines leave it.
    kernel = np.roll(clipped, (3, 3), axis=(2, 3))
    assert true_values(matrix_of(kernel, extents))[0] == pytest.approx(1, rel=1e-12)
    assert true_values(matrix_of(kernel, (12, 12)))[0] > 1.01
    assert true_values(matrix_of(kernel, extents, zeros=True))[0] > 1.001
    certified = weight / lfa.norm(layer, rtol=1e-6).upper
    for size in (4, 8, 12):
        for zeros in (False, True):
            assert true_values(matrix_of(certified, (size, size), zeros=zeros))[0] <= 1


def test_the_norm_of_the_reshaped_kernel_is_not_that_of_the_layer() -> None:
    """What `torch.nn.utils.parametrizations.spectral_norm` sets to one."""
    shares = []
    for seed in range(10):
        weight = normal(16, 16, 3, 3, seed=seed)
        layer = torch.nn.Conv2d(16, 16, 3, bias=False, dtype=torch.float64)
        layer.weight.data.copy_(torch.from_numpy(weight))
        normalised = torch.nn.utils.parametrizations.spectral_norm(layer, n_power_iterations=200).weight
        reshaped = true_values(weight.reshape(16, -1))[0]
        np.testing.assert_allclose(normalised.detach().numpy(), weight / reshaped, rtol=0, atol=1e-6)
        norm = lfa.norm(lfa.cnn.conv(weight), rtol=1e-4)
        shares.append(reshaped / norm.upper)
    assert min(shares) > 0.53
    assert max(shares) < 0.69
    small = weight[:4, :4]
    expected = assert_ours(lfa.cnn.conv(small), matrix_of(small, (6, 6)), (6, 6))
    assert true_values(small.reshape(4, -1))[0] < 0.8 * expected[0]


def test_a_normalised_kernel_of_seven_by_seven_can_have_norm_seven() -> None:
    weight = np.full((1, 1, 7, 7), 1 / 7)
    assert true_values(weight.reshape(1, -1))[0] == pytest.approx(1, rel=1e-14)
    layer = lfa.cnn.conv(weight)
    expected = assert_ours(layer, matrix_of(weight, (8, 8)), (8, 8))
    assert expected[0] == pytest.approx(7, rel=1e-14)
    norm = lfa.norm(layer)
    assert 7 <= norm.upper <= 7 * (1 + 1e-6)


def test_the_imaginary_part_of_symbols_is_not_dropped() -> None:
    weight, extents = normal(3, 3, 3, 3), (6, 5)
    expected = assert_ours(lfa.cnn.conv(weight), matrix_of(weight, extents), extents)
    symbols = np.moveaxis(np.fft.fft2(weight, extents), (0, 1), (-2, -1))
    real = np.sort(np.linalg.svd(symbols.real, compute_uv=False), axis=None)[::-1]
    assert np.abs(real - expected).max() > 0.1 * expected[0]
    # A shift: every singular value is one, real parts are cosines.
    shift = np.array([[[0.0, 0.0, 1.0]]])
    assert our_values(lfa.cnn.conv(shift), (8,)) == pytest.approx(1, rel=1e-15)
    assert np.abs(np.fft.fft(shift[0, 0], 8).real).min() < 1e-15


def test_complex_weights_keep_their_imaginary_part() -> None:
    weight, extents = normal(2, 3, 3, 2) + 1j * normal(2, 3, 3, 2, seed=1), (4, 5)
    expected = assert_ours(lfa.cnn.conv(weight), matrix_of(weight, extents), extents)
    assert is_wrong(by_fft(weight.real, extents), expected)


@pytest.mark.parametrize("size", [2, 4])
def test_even_kernels_have_as_many_outputs_as_inputs(size: int) -> None:
    """Padding by half of the kernel on both sides, right for odd ones, gives one output too many along each axis."""
    weight, extents = normal(2, 2, size, size), (5, 5)
    expected = assert_ours(lfa.cnn.conv(weight), matrix_of(weight, extents), extents)
    units = torch.eye(50, dtype=torch.float64).reshape(50, 2, 5, 5)
    wide = functional.pad(units, (size // 2,) * 4, mode="circular")
    naive = functional.conv2d(wide, torch.from_numpy(weight)).reshape(50, -1).T.numpy()
    assert naive.shape == (2 * 36, 50)
    assert is_wrong(true_values(naive), expected)
    same = torch.nn.Conv2d(2, 2, size, padding="same", padding_mode="circular", bias=False, dtype=torch.float64)
    same.weight.data.copy_(torch.from_numpy(weight))
    matrix = same(units).detach().reshape(50, -1).T.numpy()
    np.testing.assert_allclose(true_values(matrix), expected, rtol=0, atol=1e-12 * expected[0])


def test_dilation_is_not_ignored() -> None:
    """On odd sizes a dilation by two only permutes frequencies; on even ones it does not."""
    weight, extents = normal(3, 2, 3, 3), (6, 6)
    expected = assert_ours(lfa.cnn.conv(weight, dilation=2), matrix_of(weight, extents, dilation=2), extents)
    assert np.abs(by_fft(weight, extents) - expected).max() > 0.05 * expected[0]
    odd = assert_ours(lfa.cnn.conv(weight, dilation=2), matrix_of(weight, (5, 5), dilation=2), (5, 5))
    np.testing.assert_allclose(by_fft(weight, (5, 5)), odd, rtol=1e-12)


@pytest.mark.parametrize(("stride", "groups"), [(1, 2), (2, 1), (3, 2)])
def test_transposed_layers_are_not_read_as_forward_ones(stride: int, groups: int) -> None:
    """The first axis of the weight is the input, and pixels become more."""
    weight, inputs = normal(4, 3, 3, 3), (3, 4)
    outputs = tuple(stride * n for n in inputs)
    matrix = matrix_of(weight, outputs, stride=stride, groups=groups).T
    assert matrix.shape == (3 * groups * math.prod(outputs), 4 * math.prod(inputs))
    layer = lfa.cnn.conv(weight, stride=stride, groups=groups, transposed=True)
    expected = assert_ours(layer, matrix, inputs)
    naive = by_fft(weight, inputs)
    assert len(naive) != len(expected) or is_wrong(naive, expected)


@pytest.mark.parametrize("shape", [(3, 2, 5), (3, 2, 3, 2, 3)])
def test_one_and_three_dimensions(shape: tuple[int, ...]) -> None:
    """A transform of the last two axes, right for images, mixes channels with pixels or leaves one axis as it is."""
    weight = normal(*shape)
    extents = (6, 4, 3)[: len(shape) - 2]
    expected = assert_ours(lfa.cnn.conv(weight), matrix_of(weight, extents), extents)
    last_two = np.fft.fft2(weight, axes=(-2, -1))
    naive = np.linalg.svd(np.moveaxis(last_two, (0, 1), (-2, -1)), compute_uv=False).ravel()
    assert len(naive) != len(expected)
    assert is_wrong(naive, expected)
