"""Networks that people ship in packages, analysed whole: fetched when asked for, and no dependencies."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from scipy.linalg import eigh_tridiagonal
from torch.nn import functional

import crystal_lfa as lfa
from crystal_lfa.cnn import ConvLayer, LayerReport

pytestmark = pytest.mark.slow

STEPS = 3000

FORWARD = (functional.conv1d, functional.conv2d, functional.conv3d)


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packages")
    names = ["facenet-pytorch==2.6.0", "basic-pitch==0.4.0"]
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "--dest", str(folder), *names]
    subprocess.run(command, check=True, capture_output=True)
    for wheel in folder.glob("*.whl"):
        zipfile.ZipFile(wheel).extractall(folder)
    return folder


def largest(layer: ConvLayer) -> float:
    """Return the largest singular value by Lanczos steps through PyTorch's convolution, circular by indices."""
    weight = torch.as_tensor(np.asarray(layer.weight, dtype=np.float64))
    pixels, axes = layer.torus().shape, len(layer.stride)
    shape = (1, weight.shape[1] * layer.groups, *pixels)

    def forward(x: torch.Tensor) -> torch.Tensor:
        for axis, (n, s, d, k) in enumerate(zip(pixels, layer.stride, layer.dilation, weight.shape[2:], strict=True)):
            reach = (n // s - 1) * s + d * (k - 1) + 1
            x = x.index_select(2 + axis, torch.arange(reach) % n)
        return FORWARD[axes - 1](x, weight, None, layer.stride, 0, layer.dilation, layer.groups)

    x = torch.zeros(shape, dtype=torch.float64, requires_grad=True)
    y = forward(x)

    def back(v: Any) -> Any:
        (gradient,) = torch.autograd.grad(y, x, torch.as_tensor(v).reshape(y.shape), retain_graph=True)
        return gradient.numpy().ravel()

    def onwards(v: Any) -> Any:
        with torch.no_grad():
            return forward(torch.as_tensor(v).reshape(shape)).numpy().ravel()

    return _largest_ritz_value(lambda v: back(onwards(v)), x.numel()) ** 0.5


def _largest_ritz_value(apply: Callable[[Any], Any], size: int) -> float:
    """Return the largest eigenvalue of a symmetric matrix by Lanczos steps, which converge where powers do not.

    Without orthogonalisation eigenvalues come several times, and none too large.
    """
    v = np.random.default_rng(0).standard_normal(size)
    v /= np.linalg.norm(v)
    before, beta = np.zeros(size), 0.0
    diagonal, beside, found = [], [], [0.0]
    for step in range(1, STEPS + 1):
        w = apply(v) - beta * before
        diagonal.append(float(w @ v))
        w -= diagonal[-1] * v
        beta = float(np.linalg.norm(w))
        beside.append(beta)
        if step % 60 == 0 or beta <= 1e-14 * abs(diagonal[0]):
            found.append(float(eigh_tridiagonal(diagonal, beside[:-1], eigvals_only=True)[-1]))
            if found[-1] - found[-2] <= 1e-9 * found[-1]:
                break
        before, v = v, w / beta
    return found[-1]


def check(reports: list[LayerReport]) -> None:
    for report in reports:
        assert report.reason is None
        assert report.sigma_max == pytest.approx(largest(report.layer), rel=1e-6)
        assert report.norm is not None
        assert report.sigma_max <= report.norm.upper


@pytest.mark.parametrize(("name", "extent"), [("pnet", 40), ("rnet", 24), ("onet", 48)])
def test_facenet(packages: Path, name: str, extent: int) -> None:
    """Even kernels, in state dicts, which tell neither strides nor sizes."""
    path = packages / "facenet_pytorch" / "data" / f"{name}.pt"
    state = torch.load(path, weights_only=True)
    report = lfa.cnn.analyze(path, extent, {"*": {"stride": 1, "padding": 0}})
    assert {layer.name for layer in report} == {key.removesuffix(".weight") for key, x in state.items() if x.ndim == 4}
    assert any(n % 2 == 0 for layer in report for n in layer.shape[2:])
    check(list(report))


def test_basic_pitch(packages: Path, tmp_path: Path) -> None:
    """Rectangular kernels with strides (1, 3), and one of 1 x 256 with strides up to 256; shapes from the graph."""
    path = packages / "basic_pitch" / "saved_models" / "icassp_2022" / "nmp.onnx"
    nodes = [node for node in onnx.load(path).graph.node if node.op_type == "Conv"]
    command = [sys.executable, "-m", "crystal_lfa.cli", "cnn", str(path), "--json", str(tmp_path / "report.json")]
    subprocess.run(command, check=True, capture_output=True)
    told = json.loads((tmp_path / "report.json").read_text())["layers"]
    assert [entry["name"] for entry in told] == [node.name for node in nodes]
    assert {tuple(entry["assumed"]) for entry in told} == {()}
    assert {tuple(entry["stride"]) for entry in told} >= {(1, 3), (1, 256), (1, 1)}
    report = lfa.cnn.analyze(path)
    assert [layer.sigma_max for layer in report] == [entry["sigma_max"] for entry in told]
    check(list(report))
