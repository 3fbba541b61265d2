"""Pooling, upsampling, shuffling, batch norm and blocks of layers, against PyTorch's own modules."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

import crystal_lfa as lfa
from crystal_lfa import errors
from crystal_lfa.cnn import from_image, to_image

CHANNELS = 2
REACH = 4
"""Pixels by which an image is wrapped around before a framework sees it, so that its borders do not reach inside."""


def wrapped(x: torch.Tensor, reach: int) -> torch.Tensor:
    for axis in range(2, x.ndim):
        n = x.shape[axis]
        x = x.index_select(axis, torch.arange(-reach * n, (reach + 1) * n) % n)
    return x


def images(channels: int, extents: tuple[int, ...]) -> torch.Tensor:
    size = channels * math.prod(extents)
    return torch.eye(size, dtype=torch.float64).reshape(size, channels, *extents)


def outcome(A: lfa.CrystalOperator, x: torch.Tensor, torus: lfa.Torus) -> NDArray[np.float64]:
    return np.asarray(to_image(A.apply(from_image(x.numpy(), A.domain, torus), torus), A.codomain, torus))


def cut(y: torch.Tensor, extents: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the middle copy of a result for a wrapped image."""
    for axis, n in enumerate(extents):
        y = y.narrow(2 + axis, n, n)
    return y.numpy()


def compare(A: lfa.CrystalOperator, module: Callable[[torch.Tensor], torch.Tensor], extents: tuple[int, ...]) -> None:
    """Compare with a module on images repeated three times along every axis: the matrix and all singular values."""
    channels = A.domain.primitive().size
    torus = lfa.lattices.integer(len(extents)).torus(extents)
    x = images(channels, extents)
    expected_whole = module(wrapped(x, 1))
    result = outcome(A, x, torus)
    expected = cut(expected_whole, result.shape[2:])
    assert result.shape == expected.shape
    np.testing.assert_allclose(result, expected, rtol=0, atol=1e-12)
    sigma = np.linalg.svd(expected.reshape(len(x), -1), compute_uv=False)
    values = np.sort(lfa.svdvals(A, torus), axis=None)[::-1]
    assert values.size == sigma.size
    np.testing.assert_allclose(values, sigma, rtol=0, atol=1e-12 * sigma[0])


def image(axes: int) -> lfa.Crystal:
    return lfa.Crystal(lfa.lattices.integer(axes), dof=CHANNELS)


POOLS = (nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)
EXTENTS = {1: (12,), 2: (6, 12), 3: (2, 4, 6)}


@pytest.mark.parametrize(("kernel", "stride"), [(2, 2), (3, 1), (3, 2), (2, 1), (3, 3), (1, 2), (4, 2)])
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_average_pooling_is_torchs(axes: int, kernel: int, stride: int) -> None:
    extents = tuple(n * 3 if stride == 3 and n % 3 else n for n in EXTENTS[axes])
    A = lfa.cnn.average_pooling(image(axes), kernel, stride)
    compare(A, POOLS[axes - 1](kernel, stride), extents)


def test_pooling_with_padding_counts_padded_pixels() -> None:
    A = lfa.cnn.average_pooling(image(1), 3, 2, padding=1)
    pad_by_hand = lambda x: functional.avg_pool1d(torch.roll(x, 1, -1), 3, 2)  # noqa: E731 - one shift
    compare(A, pad_by_hand, (6,))


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("taps", [[1, 2, 1], [1, 3, 3, 1], [1, 1]])
@pytest.mark.parametrize("axes", [1, 2])
def test_blur_pooling_is_a_depthwise_convolution(axes: int, taps: list[float], stride: int) -> None:
    row = torch.tensor(taps, dtype=torch.float64) / sum(taps)
    kernel = row if axes == 1 else torch.outer(row, row)
    weight = kernel.expand(CHANNELS, 1, *kernel.shape)
    convolve = (functional.conv1d, functional.conv2d)[axes - 1]
    centre = (len(taps) - 1) // 2

    def module(x: torch.Tensor) -> torch.Tensor:
        shifted = torch.roll(x, [centre] * axes, list(range(2, 2 + axes)))
        return convolve(shifted, weight, stride=stride, groups=CHANNELS)

    compare(lfa.cnn.blur_pooling(image(axes), taps, stride), module, EXTENTS[axes])


UPSAMPLINGS = {
    "nearest": (lfa.cnn.nearest_upsampling, (1, 2, 3)),
    "linear": (lfa.cnn.bilinear_upsampling, (1,)),
    "bilinear": (lfa.cnn.bilinear_upsampling, (2,)),
    "trilinear": (lfa.cnn.bilinear_upsampling, (3,)),
    "bicubic": (lfa.cnn.bicubic_upsampling, (2,)),
}


@pytest.mark.parametrize("factor", [1, 2, 3, 4])
@pytest.mark.parametrize(("mode", "axes"), [(mode, axes) for mode, (_, every) in UPSAMPLINGS.items() for axes in every])
def test_upsampling_is_torchs(mode: str, axes: int, factor: int) -> None:
    # Borders are clamped there, and do not reach the middle copy.
    extents = {1: (5,), 2: (4, 3), 3: (2, 3, 2)}[axes]
    options = {} if mode == "nearest" else {"align_corners": False}
    A = UPSAMPLINGS[mode][0](image(axes), factor)
    compare(A, lambda x: functional.interpolate(x, scale_factor=factor, mode=mode, **options), extents)


def test_upsampling_by_one_factor_an_axis() -> None:
    A = lfa.cnn.bilinear_upsampling(image(2), (3, 2))
    compare(A, lambda x: functional.interpolate(x, scale_factor=(3, 2), mode="bilinear", align_corners=False), (3, 4))


@pytest.mark.parametrize("factor", [1, 2, 3])
def test_shuffles_are_torchs_and_keep_norms(factor: int) -> None:
    small = lfa.Crystal(lfa.lattices.integer(2), dof=2 * factor**2)
    A = lfa.cnn.pixel_shuffle(small, factor)
    compare(A, nn.PixelShuffle(factor), (2, 3))
    B = lfa.cnn.pixel_unshuffle(image(2), factor)
    compare(B, nn.PixelUnshuffle(factor), (2 * factor, 3 * factor))
    assert (lfa.cnn.pixel_unshuffle(A.codomain, factor) @ A).allclose(lfa.identity(small))


def test_a_depthwise_separable_pair_is_one_operator() -> None:
    torch.manual_seed(0)
    depthwise = nn.Conv2d(3, 6, 3, groups=3, stride=2, bias=False).double()
    pointwise = nn.Conv2d(6, 4, 1, bias=False).double()
    A = lfa.cnn.conv(depthwise.weight.detach().numpy(), stride=2, padding=0, groups=3)
    B = lfa.cnn.conv(pointwise.weight.detach().numpy(), domain=A.codomain)
    compare(B @ A, nn.Sequential(depthwise, pointwise).requires_grad_(requires_grad=False), (4, 4))


class Block(nn.Module):
    """A residual block with stride 2 and a projection shortcut, circular, without its activations."""

    def __init__(self) -> None:
        super().__init__()
        options = {"padding_mode": "circular", "bias": False}
        self.conv1 = nn.Conv2d(3, 4, 3, stride=2, padding=1, **options)
        self.bn1 = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(4, 4, 3, padding=1, **options)
        self.bn2 = nn.BatchNorm2d(4)
        self.shortcut = nn.Conv2d(3, 4, 1, stride=2, bias=False)
        self.bn3 = nn.BatchNorm2d(4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.bn2(self.conv2(self.bn1(self.conv1(x)))) + self.bn3(self.shortcut(x))


def block() -> Block:
    torch.manual_seed(4)
    module = Block().double()
    for bn in (module.bn1, module.bn2, module.bn3):
        nn.init.uniform_(bn.weight, 0.5, 2)
        bn.running_mean.normal_()
        bn.running_var.uniform_(0.2, 3)
    return module.eval().requires_grad_(requires_grad=False)


def block_operator(module: Block) -> lfa.CrystalOperator:
    def scaled(conv: nn.Conv2d, bn: nn.BatchNorm2d, domain: Any = None) -> lfa.CrystalOperator:
        A = lfa.cnn.conv(conv.weight.numpy(), stride=conv.stride, domain=domain)
        return lfa.cnn.batch_norm(A.codomain, bn.running_var.numpy(), bn.weight.numpy(), bn.eps) @ A

    first = scaled(module.conv1, module.bn1)
    return scaled(module.conv2, module.bn2, first.codomain) @ first + scaled(module.shortcut, module.bn3)


def test_a_residual_block_with_stride_and_projection_is_one_operator() -> None:
    """Shows 4: against the dense matrix of the circular block in evaluation mode."""
    module, extents = block(), (6, 8)
    zero = module(torch.zeros(1, 3, *extents, dtype=torch.float64))
    compare_exactly(block_operator(module), lambda x: module(x) - zero, extents)


def compare_exactly(A: lfa.Operator, module: Callable[[torch.Tensor], torch.Tensor], extents: tuple[int, ...]) -> None:
    x = images(A.domain.primitive().size, extents)
    matrix = module(x).reshape(len(x), -1).numpy().T
    sigma = np.linalg.svd(matrix, compute_uv=False)
    torus = lfa.lattices.integer(len(extents)).torus(extents)
    values = np.sort(lfa.svdvals(A, torus), axis=None)[::-1]
    assert values.size == sigma.size
    np.testing.assert_allclose(values, sigma, rtol=0, atol=1e-12 * sigma[0])


def test_an_identity_plus_a_convolution() -> None:
    torch.manual_seed(1)
    conv = nn.Conv2d(3, 3, 3, padding=1, padding_mode="circular", bias=False).double()
    conv.requires_grad_(requires_grad=False)
    A = lfa.cnn.conv(conv.weight.numpy())
    compare_exactly(lfa.identity(A.domain) + A, lambda x: x + conv(x), (5, 4))


def test_chained_pooling_and_upsampling_of_strided_layers() -> None:
    torch.manual_seed(2)
    weight = torch.randn(CHANNELS, CHANNELS, 3, 3, dtype=torch.float64)
    A = lfa.cnn.conv(weight.numpy(), stride=2)
    pooled = lfa.cnn.average_pooling(A.codomain, 2)
    up = lfa.cnn.nearest_upsampling(pooled.codomain, 4)

    def module(x: torch.Tensor) -> torch.Tensor:
        y = functional.conv2d(functional.pad(x, (1, 1, 1, 1), mode="circular"), weight, stride=2)
        return functional.interpolate(functional.avg_pool2d(y, 2), scale_factor=4)

    compare_exactly(up @ pooled @ A, module, (8, 4))


bad = [
    (lambda: lfa.cnn.average_pooling(image(2), 0), "kernel: got 0; an integer of at least 1"),
    (lambda: lfa.cnn.average_pooling("image", 2), "domain: got 'image' of type str"),
    (lambda: lfa.cnn.nearest_upsampling(image(2), (2, 2, 2)), r"factor: got \(2, 2, 2\); .* each of 2 axes"),
    (lambda: lfa.cnn.bicubic_upsampling(image(2), 0.5), "factor: got 0.5"),
    (lambda: lfa.cnn.blur_pooling(image(2), [1, -1]), r"taps: got \[1, -1\]; finite numbers in a row, with a sum"),
    (lambda: lfa.cnn.blur_pooling(image(2), [[1]]), r"taps: got \[\[1\]\]"),
    (lambda: lfa.cnn.pixel_shuffle(image(2), 2), r"domain: it has 2 channels; a multiple of prod\(factor\) = 4"),
    (lambda: lfa.cnn.batch_norm(image(2), [1, 2, 3]), r"variance: got shape \(3,\); one number for each of 2 channels"),
    (lambda: lfa.cnn.batch_norm(image(2), [1, 2], weight=[1]), r"weight: got shape \(1,\)"),
    (lambda: lfa.cnn.batch_norm(image(2), [1, -1]), "variance: got -1.0 with eps = 1e-05; a sum above zero"),
    (lambda: lfa.cnn.batch_norm(image(2), [1, np.nan]), "variance: .*NaN"),
    (
        lambda: lfa.cnn.batch_norm(lfa.Crystal(lfa.lattices.integer(1), [[0], [0.5]], dof=[1, 2]), 1),
        r"domain: its sites have \(1, 2\) unknowns",
    ),
]


@pytest.mark.parametrize(("make", "message"), bad, ids=range(len(bad)))
def test_bad_arguments(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(errors.CrystalError, match=message):
        make()
