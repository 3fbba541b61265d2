"""From operators back to kernels, clipped layers, layers stored in models."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import safetensors
import torch
from onnx import TensorProto, helper, numpy_helper
from safetensors.torch import save_file
from test_conv import draw_layer
from torch import nn

import crystal_lfa as lfa
from crystal_lfa import errors
from crystal_lfa.cnn import ConvLayer, clip, load, store


def layer_of(weight: Any, input_shape: Any = 8, **options: Any) -> ConvLayer:
    (layer,) = load({"conv.weight": weight}, attributes={"conv": {"input_shape": input_shape, **options}})
    return layer


def drawn(seed: int) -> ConvLayer:
    """Return a random layer, often with a kernel larger than its input."""
    one = draw_layer(seed)
    options = {"stride": one.stride, "dilation": one.dilation, "groups": one.groups, "transposed": one.transposed}
    extents = one.outputs if one.transposed else one.pixels
    if one.padding is not None:
        options["padding"] = one.padding
    return layer_of(one.weight, extents, **options)


@pytest.mark.parametrize("seed", range(60))
def test_the_operator_of_a_layer_gives_its_weight_again(seed: int) -> None:
    layer = drawn(seed)
    np.testing.assert_array_equal(layer.with_operator(layer.operator()).weight, layer.weight)
    torus = layer.operator().lattice.torus(layer.torus())
    back = layer.with_operator(lfa.TorusOperator.of(layer.operator(), torus))
    np.testing.assert_allclose(back.weight, layer.weight, rtol=0, atol=1e-12)


def small(seed: int) -> ConvLayer:
    """Return a random layer whose matrices, one for every entry of its weight, are few and small."""
    while True:
        layer = drawn(seed)
        order = layer.torus().order
        if order**2 * layer.shape[0] * layer.shape[1] * int(np.prod(layer.shape)) < 5e5:
            return layer
        seed += 1000


@pytest.mark.parametrize("seed", range(24))
def test_the_nearest_kernel_is_the_least_squares_one(seed: int) -> None:
    """Against the least squares of the matrices that each entry of the weight has, nearest to the layer's own."""
    layer = small(seed)
    A, torus = layer.operator(), layer.operator().lattice.torus(layer.torus())
    rng = np.random.default_rng(seed)
    other = replace(layer, weight=rng.standard_normal(layer.shape)).operator()
    noisy = lfa.svd(A, torus).clip(0.3, 2).to_operator() + lfa.TorusOperator.of(other, torus)
    target = noisy.to_sparse().toarray().ravel()
    columns = []
    for entry in range(int(np.prod(layer.shape))):
        unit = np.zeros(layer.shape)
        unit.ravel()[entry] = 1
        columns.append(replace(layer, weight=unit).operator().to_sparse(torus).toarray().ravel())
    # The normal equations lose nothing: the columns are small integers.
    basis = np.array(columns)
    own = np.asarray(layer.weight).ravel()
    change = np.linalg.pinv(basis @ basis.T, rcond=1e-10, hermitian=True) @ (basis @ (target - own @ basis))
    np.testing.assert_allclose(layer.with_operator(noisy).weight.ravel(), own + change.real, rtol=0, atol=1e-11)


def test_operators_of_other_kinds_and_places_are_refused() -> None:
    layer = layer_of(np.ones((2, 2, 3)), stride=2)
    A = layer.operator()
    with pytest.raises(errors.InvalidArgumentError, match=r"operator: got str; a CrystalOperator or a TorusOperator"):
        layer.with_operator("A")  # type: ignore[arg-type]
    with pytest.raises(errors.InvalidArgumentError, match=r"TorusOperator.of makes one of any operator"):
        layer.with_operator(lfa.identity(A.codomain).inv() @ A.pinv().H)  # type: ignore[arg-type]
    with pytest.raises(errors.CrystalMismatchError, match=r"the crystals"):
        layer.with_operator(A.H)
    with pytest.raises(errors.CrystalMismatchError, match=r"operator: it goes from .* to .*, the layer from"):
        layer.with_operator(lfa.TorusOperator.of(A.H, 3))
    with pytest.raises(errors.CrystalMismatchError, match=r"operator: it lives on .*, the layer on the finer"):
        layer.with_operator(A.on(2))
    with pytest.raises(errors.InvalidArgumentError, match=r"it is complex, and the layer's weight is real"):
        layer.with_operator(1j * A)


def test_offsets_outside_the_kernel_are_left_out() -> None:
    layer = layer_of(np.ones((1, 1, 3)))
    wide = lfa.cnn.conv(np.array([[[5.0, 1.0, 2.0, 3.0, 5.0]]]))
    assert layer.with_operator(wide).weight.ravel().tolist() == [1, 2, 3]
    assert layer.with_operator(0 * wide).weight.ravel().tolist() == [0, 0, 0]


def test_weights_keep_their_type_and_library() -> None:
    weight = torch.randn(2, 1, 3, dtype=torch.float32)
    layer = layer_of(weight)
    back = layer.with_operator(2 * layer.operator())
    assert isinstance(back.weight, torch.Tensor)
    assert back.weight.dtype == torch.float32
    torch.testing.assert_close(back.weight, 2 * weight)


# clipping -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("library", [np.asarray, torch.from_numpy])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "options", [{}, {"stride": 2}, {"dilation": 2, "groups": 2}, {"transposed": True, "stride": 2}], ids=str
)
def test_the_certified_norm_of_a_clipped_layer_is_what_was_asked_for(options: Any, dtype: Any, library: Any) -> None:
    weight = np.random.default_rng(0).standard_normal((4, 2 if options.get("groups") else 4, 3, 3)).astype(dtype)
    layer = layer_of(library(weight), (8, 8), **options)
    for upper in (1.0, 0.3):
        clipped = clip(layer, upper, rounds=3)
        exact = lfa.cnn.analyze([clipped])["conv"]
        certified = lfa.norm(lfa.cnn.conv(np.asarray(clipped.weight, dtype=np.float64), **options), rtol=1e-6)
        assert certified.upper <= upper * (1 + 1e-6)
        assert certified.lower >= upper * (1 - 2e-4)
        assert exact.sigma_max <= upper * (1 + 1e-6)
        assert str(clipped.weight.dtype) == str(layer.weight.dtype)
        assert clipped.name == "conv"


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("dilation", [1, 2])
def test_coarse_numbers_are_clipped_as_they_are_rounded(dtype: torch.dtype, dilation: int) -> None:
    torch.manual_seed(0)
    layer = layer_of(torch.randn(4, 4, 3, 3).to(dtype), dilation=dilation)
    clipped = clip(layer, 2.0, rounds=2)
    assert clipped.weight.dtype == dtype
    exact = lfa.norm(lfa.cnn.conv(clipped.weight.double().numpy(), dilation=dilation), rtol=1e-7)
    assert 2 * 0.995 < exact.lower <= exact.upper <= 2 * (1 + 1e-7)


def test_huge_tiny_zero_and_complex_weights_are_clipped() -> None:
    for weight in (1e300 * np.ones((1, 1, 3)), (1 + 1j) * np.ones((2, 2, 3))):
        assert lfa.norm(clip(layer_of(weight), 1.0).operator()).lower == pytest.approx(1, rel=2e-4)
    for weight in (np.zeros((2, 2, 3)), 1e-300 * np.ones((1, 1, 3))):
        layer = layer_of(weight)
        assert clip(layer, 1.0) is layer


def test_more_rounds_change_a_layer_less_than_dividing() -> None:
    layer = layer_of(np.random.default_rng(1).standard_normal((4, 4, 3, 3)), (8, 8))
    upper = 0.7 * float(lfa.norm(layer.operator()))
    changes = [np.linalg.norm(clip(layer, upper, rounds=rounds).weight - layer.weight) for rounds in (0, 1, 10)]
    assert changes[1] < 0.9 * changes[0]
    assert changes[2] < 0.9 * changes[1]


def test_a_layer_below_the_limit_is_itself() -> None:
    layer = layer_of(np.ones((1, 1, 3)))
    assert clip(layer, 3.1) is layer


@pytest.mark.parametrize("upper", [0, -1, np.nan, np.inf, "a", None])
def test_limits_that_are_none_are_refused(upper: Any) -> None:
    with pytest.raises(errors.InvalidArgumentError, match=r"upper: got .*; a positive number is needed"):
        clip(layer_of(np.ones((1, 1, 3))), upper)


def test_bad_numbers_of_rounds_are_refused() -> None:
    with pytest.raises(errors.InvalidArgumentError, match=r"rounds: got -1; an integer of at least 0"):
        clip(layer_of(np.ones((1, 1, 3))), 1, rounds=-1)


def test_the_shipped_network_clipped_stored_and_loaded_again() -> None:
    """Shows 5: the norms that were asked for, certified, and the accuracy before and after."""
    script = Path(__file__).resolve().parents[1] / "examples" / "digits" / "clip.py"
    printed = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True).stdout
    *rows, last = printed.splitlines()[1:]
    norms = {name: (float(before), float(certified)) for name, before, _, certified in map(str.split, rows)}
    assert len(norms) == 6
    for before, certified in norms.values():
        assert certified <= 10.0001
        assert (certified > 9.99) == (before > 10)
    before, after = (float(rate) for rate in re.findall(r"([\d.]+)%", last))
    assert before == pytest.approx(99.33)
    assert after > 95


# storing ------------------------------------------------------------------------------------------------------


def network() -> nn.Module:
    torch.manual_seed(3)
    return nn.Sequential(nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.ConvTranspose2d(4, 2, 2, stride=2), nn.Linear(2, 2))


def test_a_module_is_changed_in_place() -> None:
    module = network()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    layers = load(module)
    store(clip(layers[0], 0.5), module)
    after = module.state_dict()
    assert {name for name in before if not torch.equal(before[name], after[name])} == {"0.weight"}
    assert module[0].weight.requires_grad
    assert lfa.cnn.analyze(module)["0"].norm.upper <= 0.5 * 1.02


def torch_file(module: nn.Module, path: Path) -> None:
    torch.save({"epoch": 3, "model": module.state_dict()}, path)


def safetensors_file(module: nn.Module, path: Path) -> None:
    state = module.state_dict()
    state["2.weight"] = state["2.weight"].to(torch.bfloat16)
    save_file(state, path, {"made by": "a test"})


def npz_file(module: nn.Module, path: Path) -> None:
    np.savez(path, **{name: value.numpy() for name, value in module.state_dict().items()})


@pytest.mark.parametrize(
    ("name", "write"), [("m.pt", torch_file), ("m.safetensors", safetensors_file), ("m.npz", npz_file)]
)
def test_files_keep_everything_else(name: str, write: Callable[..., None], tmp_path: Path) -> None:
    path, module = tmp_path / name, network()
    write(module, path)
    attributes = {"2": {"transposed": True, "stride": 2}}
    layers = load(path, (8, 8), attributes)
    changed = [clip(layers[0], 0.25), replace(layers[1], weight=layers[1].weight * 2)]
    old = {layer.name: np.asarray(layer.weight) for layer in layers}
    store(changed, path)
    new = {layer.name: np.asarray(layer.weight) for layer in load(path, (8, 8), attributes)}
    np.testing.assert_array_equal(new["0"], np.asarray(changed[0].weight))
    np.testing.assert_array_equal(new["2"], 2 * old["2"])
    if name == "m.pt":
        content = torch.load(path)
        assert content["epoch"] == 3
        torch.testing.assert_close(content["model"]["1.running_var"], module[1].running_var)
    if name == "m.safetensors":
        with safetensors.safe_open(path, "pt") as file:
            assert file.metadata() == {"made by": "a test"}
            assert file.get_tensor("2.weight").dtype == torch.bfloat16
            torch.testing.assert_close(file.get_tensor("3.weight"), module[3].weight.detach())
    if name == "m.npz":
        with np.load(path) as arrays:
            assert set(arrays) == set(module.state_dict())


def test_tensors_that_layers_share_are_not_changed_for_one_alone(tmp_path: Path) -> None:
    tied = torch.ones(2, 1, 3)
    torch.save({"a.weight": tied, "b.weight": tied}, tmp_path / "m.pt")
    layers = [replace(layer, weight=2 * layer.weight) for layer in load(tmp_path / "m.pt")]
    with pytest.raises(errors.InvalidArgumentError, match=r"'a.weight' and 'b.weight' share one weight; both with the"):
        store(layers[0], tmp_path / "m.pt")
    store(layers, tmp_path / "m.pt")
    assert {float(layer.weight.sum()) for layer in load(tmp_path / "m.pt")} == {12.0}


def onnx_model(path: Path) -> dict[str, Any]:
    w = np.random.default_rng(0).standard_normal((2, 2, 3, 3)).astype(np.float32)
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["a"], name="one"),
        helper.make_node("Conv", ["a", "w"], ["b"], name="two"),
        helper.make_node("Constant", [], ["v"], value=numpy_helper.from_array(w.astype(np.float16), "v")),
        helper.make_node("Cast", ["v"], ["u"], to=TensorProto.FLOAT),
        helper.make_node("Conv", ["b", "u"], ["c"], name="computed"),
        helper.make_node("Constant", [], ["t"], value=numpy_helper.from_array(w, "t")),
        helper.make_node("Conv", ["c", "t"], ["y"], name="constant"),
    ]
    image, result = (helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, 2, None, None]) for n in "xy")
    graph = helper.make_graph(nodes, "net", [image], [result], [numpy_helper.from_array(w, "w")])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return {layer.name: layer for layer in load(path, 9)}


def test_onnx_models_keep_their_graph(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    layers = onnx_model(path)
    changed = [replace(layers[name], weight=3 * layers[name].weight) for name in ("one", "two", "constant")]
    store(changed, path)
    new = {layer.name: layer for layer in load(path, 9)}
    for name in ("one", "two", "constant"):
        np.testing.assert_array_equal(new[name].weight, 3 * layers[name].weight)
    np.testing.assert_array_equal(new["computed"].weight, layers["computed"].weight)
    onnx.checker.check_model(path)


def test_weights_in_onnx_models_that_cannot_be_replaced(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    layers = onnx_model(path)
    before = path.read_bytes()
    with pytest.raises(errors.InvalidArgumentError, match=r"'one' and 'two' share one weight; both with the same"):
        store(layers["one"], path)
    with pytest.raises(errors.InvalidArgumentError, match=r"the weight of 'computed' in .* is computed, quantised"):
        store(layers["computed"], path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_new_files_hold_the_weights_alone(suffix: str, tmp_path: Path) -> None:
    layers = load({"a.weight": np.ones((1, 1, 3), dtype=np.float32), "b.weight": np.ones((2, 1, 3, 3))})
    store(layers, tmp_path / f"new{suffix}")
    back = {layer.name: layer.weight for layer in load(tmp_path / f"new{suffix}")}
    assert list(back) == ["a", "b"]
    np.testing.assert_array_equal(back["b"], layers[1].weight)
    assert back["a"].dtype == np.float32


LAYER = layer_of(np.ones((1, 1, 3)))
SMALL = nn.Sequential(nn.Conv1d(1, 1, 3))

refused: dict[str, tuple[Callable[[Path], Any], str]] = {
    "no layers": (lambda _: store([], SMALL), "layers: there are none; at least one is needed"),
    "something else": (lambda _: store([1], SMALL), "layers: got int among them; ConvLayers are needed"),  # type: ignore[list-item]
    "twice": (lambda _: store([LAYER, LAYER], SMALL), "layers: two are called 'conv'; each name once is needed"),
    "unknown": (lambda _: store(LAYER, SMALL), "layers: the Sequential has none called 'conv'; those in it are 0"),
    "shape": (
        lambda _: store(replace(LAYER, name="0", weight=np.ones((1, 1, 5))), SMALL),
        r"layers: '0' has shape \(1, 1, 5\), in the Sequential \(1, 1, 3\); equal ones are needed",
    ),
    "target": (lambda _: store(LAYER, 3), "target: got int; a torch module or the path of a model file is needed"),
    "new": (lambda folder: store(LAYER, folder / "x.pt"), "target: there is no model .*; a new file is called .safet"),
    "complex": (
        lambda _: store(replace(LAYER, name="0", weight=1j * LAYER.weight), SMALL),
        "layers: '0' has a complex weight; float32 holds real numbers only",
    ),
    "large": (
        lambda _: store(replace(LAYER, name="0", weight=1e300 * LAYER.weight), SMALL),
        "layers: the weight of '0' overflows float32, which the model has",
    ),
    "parametrised": (
        lambda _: store(
            replace(LAYER, name="0"), nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Conv1d(1, 1, 3)))
        ),
        "layers: the weight of '0' is parametrised in the module; remove that first",
    ),
    "a format": (
        lambda folder: (np.save(folder / "x.npy", np.ones((1, 1, 3))), store(LAYER, folder / "x.npy")),
        "target: .*x.npy is a numpy array, which cannot be written; a numpy archive, safetensors",
    ),
}


@pytest.mark.parametrize(("call", "message"), refused.values(), ids=refused.keys())
def test_what_cannot_be_stored_is_refused(call: Callable[[Path], Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(errors.InvalidArgumentError, match=message):
        call(tmp_path)


def test_layers_without_weights_are_refused() -> None:
    lost = ConvLayer.unreadable("0", "its weight is lost")
    with pytest.raises(errors.UnreadableLayerError, match="layer '0' cannot be stored: its weight is lost"):
        store(lost, SMALL)
    with pytest.raises(errors.UnreadableLayerError, match="layer '0' cannot be analysed: its weight is lost"):
        clip(lost, 1)
    with pytest.raises(errors.UnreadableLayerError, match="its weight is lost"):
        lost.with_operator(LAYER.operator())
    with pytest.raises(errors.UnreadableLayerError, match="layer '0' cannot be analysed: its weight is lost"):
        lfa.cnn.leading_vectors(lost)
    report = lfa.cnn.analyze([lost, LAYER])
    assert report.to_csv().splitlines()[1].startswith("0,,,,unknown,,1,False,,,,,,,")
    with pytest.raises(errors.InvalidArgumentError, match="no layer in it could be analysed; there is nothing to draw"):
        lfa.cnn.analyze([lost]).plot()
    report = json.loads(report.to_json())
    assert report["layers"][0]["reason"] == "its weight is lost"
    assert report["layers"][0]["sigma_max"] is None
