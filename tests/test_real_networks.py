"""Networks that people ship in packages, analysed whole: fetched when asked for, and no dependencies."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import zipfile
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

STEPS = 120

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


def circular(layer: ConvLayer, x: torch.Tensor) -> torch.Tensor:
    """Return PyTorch's convolution of images on the layer's torus, wrapped by indices."""
    weight = torch.as_tensor(np.asarray(layer.weight, dtype=np.float64))
    pixels = layer.torus().shape
    for axis, (n, s, d, k) in enumerate(zip(pixels, layer.stride, layer.dilation, weight.shape[2:], strict=True)):
        reach = (n // s - 1) * s + d * (k - 1) + 1
        x = x.index_select(2 + axis, torch.arange(reach) % n)
    return FORWARD[len(pixels) - 1](x, weight, None, layer.stride, 0, layer.dilation, layer.groups)


def by_iteration(layer: ConvLayer) -> float:
    """Return the largest singular value by Lanczos steps through PyTorch's convolution: a lower bound that rises.

    Without orthogonalisation values come several times, and none too large.
    """
    shape = (1, layer.shape[1] * layer.groups, *layer.torus().shape)
    x = torch.zeros(shape, dtype=torch.float64, requires_grad=True)
    y = circular(layer, x)

    def apply(v: Any) -> Any:
        image = torch.as_tensor(v).reshape(shape)
        with torch.no_grad():
            onwards = circular(layer, image)
        (back,) = torch.autograd.grad(y, x, onwards, retain_graph=True)
        return back.numpy().ravel()

    v = np.random.default_rng(0).standard_normal(x.numel())
    v /= np.linalg.norm(v)
    before, beta = np.zeros(v.size), 0.0
    diagonal: list[float] = []
    beside: list[float] = []
    for _ in range(STEPS):
        w = apply(v) - beta * before
        diagonal.append(float(w @ v))
        w -= diagonal[-1] * v
        beta = float(np.linalg.norm(w))
        beside.append(beta)
        if beta <= 1e-14 * abs(diagonal[0]):
            break
        before, v = v, w / beta
    return float(eigh_tridiagonal(diagonal, beside[:-1], eigvals_only=True)[-1]) ** 0.5


def by_responses(layer: ConvLayer) -> float:
    """Return the largest singular value from PyTorch's responses to single pixels, by numpy's FFT: exactly."""
    pixels, channels = layer.torus().shape, layer.shape[1] * layer.groups
    outputs = tuple(n // s for n, s in zip(pixels, layer.stride, strict=True))
    columns = []
    for place in np.ndindex(channels, *layer.stride):
        impulse = torch.zeros((1, channels, *pixels), dtype=torch.float64)
        impulse[(0, *place)] = 1
        response = circular(layer, impulse).numpy()[0]
        columns.append(np.fft.fftn(response, axes=range(1, response.ndim)).reshape(len(response), -1))
    symbols = np.array(columns).transpose(2, 1, 0)
    assert len(symbols) == math.prod(outputs)
    return float(np.linalg.svd(symbols, compute_uv=False).max())


def check(reports: list[LayerReport]) -> None:
    """Check the largest singular values to 1e-6 by iteration, where those next to it leave it apart, else exactly."""
    apart = 0
    for report in reports:
        assert report.reason is None
        assert report.norm is not None
        assert report.sigma_max <= report.norm.upper
        assert report.sigma_max == pytest.approx(by_responses(report.layer), rel=1e-12)
        found = by_iteration(report.layer) / report.sigma_max
        assert 1 - 1e-4 <= found <= 1 + 1e-9
        apart += found >= 1 - 1e-6
    sys.stdout.write(f"{apart} of {len(reports)} layers agree with the iteration to 1e-6\n")
    assert apart >= 0.6 * len(reports)


@pytest.mark.parametrize(("name", "extent"), [("pnet", 40), ("rnet", 24), ("onet", 48)])
def test_facenet(packages: Path, name: str, extent: int) -> None:
    """Even kernels, in state dicts, which tell neither strides nor sizes."""
    path = packages / "facenet_pytorch" / "data" / f"{name}.pt"
    state = torch.load(path, weights_only=True)
    report = lfa.cnn.analyze(path, extent, {"*": {"stride": 1, "padding": 0}})
    assert {layer.name for layer in report} == {key.removesuffix(".weight") for key, x in state.items() if x.ndim == 4}
    assert name == "pnet" or any(n % 2 == 0 for layer in report for n in layer.shape[2:])
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
    found = [entry["sigma_max"] for entry in told]
    # This process has kernels at hand, the other not at first; a third one goes the same way, to the same bits.
    assert [layer.sigma_max for layer in report] == pytest.approx(found, rel=1e-12)
    code = "import sys, crystal_lfa; r = crystal_lfa.cnn.analyze(sys.argv[1]); print([x.sigma_max for x in r])"
    fresh = subprocess.run([sys.executable, "-c", code, str(path)], check=True, capture_output=True)
    assert json.loads(fresh.stdout) == found
    check(list(report))
