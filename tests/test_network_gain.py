"""Bounds of whole networks: rules on graphs made by hand, and networks that are run."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch
from networks import ResNet18
from torch import nn
from torch.nn import functional

import crystal_lfa as lfa
from crystal_lfa.cnn.gain import network_gain
from crystal_lfa.cnn.network_graph import GraphNode, NetworkGraph, NodeKind
from crystal_lfa.cnn.readers.factors import matrix_norm, pooling_factor


def layer(name: str, *inputs: int) -> GraphNode:
    return GraphNode(name, NodeKind.LAYER, inputs, layer=name, operation="Conv")


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Keep torch to one thread: on small images more of them wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


START = GraphNode("x", NodeKind.INPUT)
NORMS = {"a": 2.0, "b": 3.0, "c": 5.0}


def test_chains_multiply() -> None:
    nodes = (START, layer("a", 0), GraphNode("relu", NodeKind.ACTIVATION, (1,)), layer("b", 2),
             GraphNode("bn", NodeKind.SCALING, (3,), factor=0.5))  # fmt: skip
    gain = network_gain(NetworkGraph(nodes, (4,)), NORMS)
    assert (gain.bound, gain.blocks, gain.unknown) == (3.0, (), ())


def test_sums_add_and_concatenations_take_roots_of_squares() -> None:
    summed = (START, layer("a", 0), layer("b", 0), GraphNode("add", NodeKind.SUM, (1, 2)))
    assert network_gain(NetworkGraph(summed, (3,)), NORMS).bound == 5
    beside = (*summed[:3], GraphNode("cat", NodeKind.CONCATENATION, (1, 2)))
    assert network_gain(NetworkGraph(beside, (3,)), NORMS).bound == pytest.approx(math.sqrt(13))
    twice = (START, GraphNode("add", NodeKind.SUM, (0, 0)))
    assert network_gain(NetworkGraph(twice, (1,)), NORMS).bound == 2


def test_residual_blocks_are_found_by_where_their_branches_part() -> None:
    nodes = (
        START,
        layer("a", 0),
        layer("b", 1),
        GraphNode("add", NodeKind.SUM, (2, 1)),
        layer("c", 3),
        GraphNode("add2", NodeKind.SUM, (4, 3)),
    )
    gain = network_gain(NetworkGraph(nodes, (5,)), NORMS)
    assert gain.bound == 2 * (3 + 1) * (5 + 1)
    told = [(block.start, block.end, block.branches, block.bound) for block in gain.blocks]
    assert told == [("a", "add", (3.0, 1.0), 4.0), ("add", "add2", (5.0, 1.0), 6.0)]


def test_what_is_unknown_bounds_nothing_and_is_named() -> None:
    nodes = (START, layer("d", 0), GraphNode("odd", NodeKind.UNKNOWN, (1,), operation="Mystery"))
    gain = network_gain(NetworkGraph(nodes, (2,)), NORMS)
    assert (gain.bound, gain.unknown) == (math.inf, ("d", "Mystery odd"))


def test_an_unknown_node_beside_the_way_does_not_matter() -> None:
    nodes = (START, GraphNode("odd", NodeKind.UNKNOWN, (0,), operation="Mystery"), layer("a", 0))
    gain = network_gain(NetworkGraph(nodes, (2,)), NORMS)
    assert (gain.bound, gain.unknown) == (2.0, ())


def test_several_results_and_inputs() -> None:
    nodes = (START, GraphNode("z", NodeKind.INPUT), layer("a", 0), layer("b", 1))
    assert network_gain(NetworkGraph(nodes, (2, 3)), NORMS).bound == pytest.approx(math.sqrt(13))


@pytest.mark.parametrize("seed", range(3))
def test_the_bound_holds_for_the_network_that_runs(seed: int) -> None:
    """Steps between outputs, over steps between inputs, of random and of nearly worst images."""
    torch.manual_seed(seed)
    network = ResNet18(4).double().eval()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_var.uniform_(0.3, 2)
            nn.init.uniform_(module.weight, 0.5, 1.5)
    gain = lfa.cnn.analyze(network, 16).gain
    assert gain is not None
    assert math.isfinite(gain.bound)
    x, step = torch.randn(2, 1, 3, 16, 16, dtype=torch.float64)
    for _ in range(8):
        # A power iteration on the Jacobian, whose norm is a lower bound of the Lipschitz constant.
        value, forward = torch.autograd.functional.jvp(network, x, step / step.norm())
        _, step = torch.autograd.functional.vjp(network, x, forward)
        assert forward.norm() <= gain.bound
    assert value.shape[0] == 1


@pytest.mark.parametrize(("kernel", "stride", "padding"), [(2, 2, 0), (3, 2, 1), (3, 1, 1), (5, 2, 2), (2, 3, 0)])
def test_factors_of_poolings_hold(kernel: int, stride: int, padding: int) -> None:
    n = 12
    images = torch.eye(n * n, dtype=torch.float64).reshape(n * n, 1, n, n)
    for counted in (True, False):
        mean = functional.avg_pool2d(images, kernel, stride, padding, count_include_pad=counted)
        norm = np.linalg.norm(mean.reshape(n * n, -1).numpy(), 2)
        bound = pooling_factor([kernel] * 2, [stride] * 2, mean=counted or not padding)
        assert norm <= bound * (1 + 1e-12)
    x = torch.randn(200, 1, n, n, dtype=torch.float64).abs() ** 8
    peaks = functional.max_pool2d(x, kernel, stride, padding)
    ratios = peaks.flatten(1).norm(dim=1) / x.flatten(1).norm(dim=1)
    assert float(ratios.max()) <= pooling_factor([kernel] * 2, [stride] * 2, mean=False)


@pytest.mark.parametrize("shape", [(3, 3), (5, 2), (2, 7), (1, 1), (0, 3)])
def test_norms_of_matrices_are_bounds(shape: tuple[int, int]) -> None:
    matrix = np.random.default_rng(0).standard_normal(shape)
    exact = np.linalg.norm(matrix, 2) if matrix.size else 0
    assert exact <= matrix_norm(matrix) <= exact * (1 + 1e-10)


class Branching(nn.Module):
    """A network whose way depends on its input, which no tracing shows."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(1, 1, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(x) if x.sum() > 0 else x


def test_where_no_graph_is_seen_only_the_product_is_told() -> None:
    report = lfa.cnn.analyze(nn.Sequential(Branching(), Branching()), 8)
    assert report.gain is None
    assert report.totals.norm_product == pytest.approx(np.prod([x.norm.upper for x in report if x.norm is not None]))
    assert "only if they are a plain chain, which this source does not tell" in str(report)


def test_reflected_borders_have_no_bound() -> None:
    network = nn.Sequential(nn.Conv1d(1, 1, 3, padding=1, padding_mode="reflect"), nn.ReLU())
    gain = lfa.cnn.analyze(network, 8).gain
    assert gain is not None
    assert (gain.bound, gain.unknown) == (math.inf, ("0",))


@pytest.mark.parametrize(
    "module",
    [
        nn.Sequential(nn.Conv2d(1, 2, 3), nn.AvgPool2d(2), nn.Flatten(), nn.LazyLinear(3)),
        nn.Sequential(nn.Conv2d(1, 4, 3), nn.PixelShuffle(2), nn.Conv2d(1, 1, 1), nn.MaxPool2d(3, 2), nn.Sigmoid()),
        nn.Sequential(nn.ConvTranspose2d(1, 2, 2, stride=2), nn.BatchNorm2d(2, affine=False), nn.Dropout(), nn.Tanh()),
    ],
    ids=["linear", "shuffle", "transposed"],
)
def test_common_modules_have_bounds(module: nn.Module) -> None:
    module.eval()(torch.zeros(1, 1, 12, 12))
    gain = lfa.cnn.analyze(module, 12).gain
    assert gain is not None
    assert gain.unknown == ()
    x = torch.randn(50, 1, 12, 12)
    with torch.no_grad():
        steps = (module(x[:25]) - module(x[25:])).flatten(1).norm(dim=1) / (x[:25] - x[25:]).flatten(1).norm(dim=1)
    assert float(steps.max()) <= gain.bound


class Calling(nn.Module):
    """A convolution, then any function of tensors."""

    def __init__(self, function: Callable[[torch.Tensor], torch.Tensor], channels: int = 2) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, channels, 3, padding=1)
        self.register_buffer("shift", torch.ones(1, channels, 1, 1))
        self.function = function

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.function(self.conv(x))


FUNCTIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "twice": lambda y: y + y,
    "alpha": lambda y: torch.add(y, y, alpha=5),
    "alpha by method": lambda y: y.add(y, alpha=-3),
    "difference": lambda y: y - torch.relu(y),
    "number": lambda y: 3 * y,
    "negative": lambda y: y * -0.5,
    "quotient": lambda y: y / 0.1,
    "reciprocal": lambda y: 1 / (y + 10),
    "product": lambda y: y * y,
    "broadcast": lambda y: y + y.mean(dim=(2, 3), keepdim=True),
    "broadcast alone": lambda y: y.mean(dim=(2, 3), keepdim=True) + torch.zeros(1, 1, 6, 6),
    "sum": lambda y: y.sum(dim=1),
    "matrix": lambda y: y @ torch.full((6, 6), 2.0),
    "sizes": lambda y: y.view(y.size(0), y.shape[1] * 6, -1),
    "flat": lambda y: torch.flatten(y, 1),
    "beside": lambda y: torch.cat([y, y], dim=1),
    "repeated": lambda y: y.repeat(1, 3, 1, 1),
    "expanded": lambda y: y.mean(1, keepdim=True).expand(1, 7, 6, 6),
    "dropout": lambda y: functional.dropout(y, 0.9),
    "no dropout": lambda y: functional.dropout(y, 0.9, training=False),
    "larger": lambda y: functional.interpolate(y, scale_factor=3),
    "adaptive up": lambda y: functional.adaptive_avg_pool2d(y, 13),
    "adaptive one": lambda y: functional.adaptive_avg_pool2d(y, (1, 1)),
    "softmax": lambda y: torch.softmax(30 * y, 1),
    "gathered": lambda y: y[:, [0, 0, 0, 0, 1]],
    "silu": functional.silu,
}


def jacobian_norm(module: nn.Module, extents: tuple[int, int]) -> float:
    x = torch.randn(1, 1, *extents)
    torch.manual_seed(1)
    matrix = torch.autograd.functional.jacobian(module, x)
    return float(torch.linalg.matrix_norm(matrix.reshape(-1, x.numel()), 2))


KNOWN = {
    "twice", "difference", "number", "negative", "quotient", "sizes", "flat", "beside", "no dropout", "adaptive one",
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_of_tensors_are_bounded_or_unknown(name: str) -> None:
    torch.manual_seed(0)
    module = Calling(FUNCTIONS[name]).eval()
    gain = lfa.cnn.analyze(module, 6).gain
    assert gain is not None
    assert math.isfinite(gain.bound) == (name in KNOWN | {"silu"})
    # The linear part of what is no ReLU is not the Jacobian.
    if name != "silu":
        assert jacobian_norm(module, (6, 6)) <= gain.bound * (1 + 1e-5)


@pytest.mark.parametrize(
    "layer",
    [
        nn.AdaptiveAvgPool2d(1), nn.AdaptiveAvgPool2d(9), nn.AvgPool2d(3, 2, 1), nn.AvgPool2d(2, divisor_override=1),
        nn.AvgPool2d(3, 2, ceil_mode=True), nn.MaxPool2d(2, 2, dilation=2), nn.MaxPool2d(3, 1, 1),
        nn.Upsample(scale_factor=2), nn.PixelUnshuffle(2), nn.ReflectionPad2d(2), nn.ZeroPad2d(1),
        nn.InstanceNorm2d(2), nn.GroupNorm(1, 2),
        nn.BatchNorm2d(2, track_running_stats=False), nn.Conv2d(2, 2, 3, padding=2, padding_mode="replicate"),
        nn.ConvTranspose2d(2, 2, 3, stride=2, output_padding=1), nn.Conv2d(2, 2, 2, groups=2, dilation=2),
    ],
    ids=lambda layer: str(layer)[:40],
)  # fmt: skip
def test_modules_are_bounded_or_unknown(layer: nn.Module) -> None:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Conv2d(1, 2, 1), layer).eval()
    gain = lfa.cnn.analyze(module, 6).gain
    assert gain is not None
    assert jacobian_norm(module, (6, 6)) <= gain.bound * (1 + 1e-5)
