"""Bounds of whole networks: rules on graphs made by hand, and networks that are run."""

from __future__ import annotations

import math
from collections.abc import Iterator

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
