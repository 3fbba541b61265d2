"""Models from files, mappings and live modules; what they do not tell; files that lie."""

from __future__ import annotations

import json
import os
import pickle
import random
import sys
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from networks import ResNet18, Zoo, attributes_toml, convolutions
from safetensors.numpy import save_file as save_numpy
from safetensors.torch import save_file as save_torch
from torch import Tensor, nn

import crystal_lfa as lfa
from crystal_lfa import errors
from crystal_lfa.cnn import ConvLayer, analyze, load

EVERYTHING = ("stride", "padding", "dilation", "groups", "transposed", "input_shape")


def small_state() -> dict[str, Tensor]:
    """Return a state dict with convolutions of one, two and three axes among other things."""
    generator = torch.Generator().manual_seed(7)

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator)

    return {
        "features.2.weight": draw(4, 3, 3, 2),
        "features.2.bias": draw(4),
        "features.3.weight": draw(4),
        "features.3.running_mean": draw(4),
        "features.3.num_batches_tracked": torch.tensor(3),
        "features.10.weight": draw(2, 4, 5),
        "head.conv.weight": draw(2, 1, 2, 3, 1),
        "position": draw(1, 4, 8),
        "fc.weight": draw(10, 4),
    }


NAMES = ["features.2", "features.10", "head.conv"]


def as_numpy(state: dict[str, Tensor]) -> dict[str, Any]:
    return {name: tensor.numpy() for name, tensor in state.items()}


def checkpoint(state: dict[str, Tensor]) -> dict[str, Any]:
    optimizer = {
        "state": {0: {"step": torch.tensor(5.0), "exp_avg": torch.ones(4, 3, 3, 2)}},
        "param_groups": [{"lr": 0.1}],
    }
    return {"epoch": 3, "best": torch.tensor(0.9), "state_dict": state, "optimizer": optimizer, "args": {"lr": 0.1}}


def save_archive(arrays: dict[str, Any], path: Path, *, compressed: bool = False) -> None:
    with path.open("wb") as file:
        (np.savez_compressed if compressed else np.savez)(file, **arrays)


def save_parameters(state: dict[str, Tensor], path: Path) -> None:
    torch.save({name: nn.Parameter(x) if x.is_floating_point() else x for name, x in state.items()}, path)


writers: dict[str, Callable[[dict[str, Tensor], Path], Any]] = {
    "safetensors": save_torch,
    "safetensors of numpy": lambda state, path: save_numpy(as_numpy(state), path),
    "npz": lambda state, path: save_archive(as_numpy(state), path),
    "compressed npz": lambda state, path: save_archive(as_numpy(state), path, compressed=True),
    "pt": torch.save,
    "legacy pt": lambda state, path: torch.save(state, path, _use_new_zipfile_serialization=False),
    "pt of parameters": save_parameters,
    "checkpoint": lambda state, path: torch.save(checkpoint(state), path),
}


@pytest.mark.parametrize("suffix", [".model", ".safetensors", ".pt"])
@pytest.mark.parametrize("write", writers.values(), ids=writers.keys())
def test_every_format_is_told_by_its_content(write: Any, suffix: str, tmp_path: Path) -> None:
    state = small_state()
    path = tmp_path / f"weights{suffix}"
    write(state, path)
    for source in (path, str(path)):
        layers = load(source)
        assert [layer.name for layer in layers] == NAMES
        for layer in layers:
            np.testing.assert_array_equal(np.asarray(layer.weight), state[f"{layer.name}.weight"].numpy())
            assert layer.assumed == EVERYTHING
            assert layer.input_shape == (32,) * (layer.weight.ndim - 2)


@pytest.mark.parametrize("wrap", [small_state, lambda: as_numpy(small_state()), lambda: checkpoint(small_state())])
def test_mappings_are_state_dicts(wrap: Any) -> None:
    content = wrap()
    layers = load(content)
    assert [layer.name for layer in layers] == NAMES
    kind = type(content.get("state_dict", content)["fc.weight"])
    for layer in layers:
        assert isinstance(layer.weight, kind)
        np.testing.assert_array_equal(np.asarray(layer.weight), small_state()[f"{layer.name}.weight"].numpy())


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("writer", ["safetensors", "pt"])
def test_every_precision_comes_exactly(writer: str, kind: torch.dtype, tmp_path: Path) -> None:
    state = {name: tensor.to(kind) for name, tensor in small_state().items()}
    path = tmp_path / "weights"
    writers[writer](state, path)
    for layer in load(path):
        weight = torch.as_tensor(layer.weight)
        assert torch.equal(weight.double(), state[f"{layer.name}.weight"].double())
        assert weight.dtype in {kind, torch.float32}
    report = analyze(path, 4)
    for layer_report in report:
        exact = lfa.cnn.conv(state[f"{layer_report.name}.weight"].double().numpy())
        values = lfa.svdvals(exact, layer_report.torus)
        np.testing.assert_array_equal(layer_report.values, values)


def test_checkpoints_with_two_models_give_both(tmp_path: Path) -> None:
    path = tmp_path / "last.ckpt"
    weight = torch.ones(1, 1, 3)
    torch.save({"model": {"a.weight": weight}, "ema": {"a.weight": 2 * weight}, "step": torch.tensor(3)}, path)
    layers = load(path)
    assert [(layer.name, float(layer.weight.max())) for layer in layers] == [("model.a", 1.0), ("ema.a", 2.0)]


def test_names_without_weight_are_the_users_own(tmp_path: Path) -> None:
    kernels = {"blur": np.ones((1, 1, 3, 3)), "edge": np.ones((1, 1, 3), dtype=int), "notes": np.ones(3)}
    np.savez(tmp_path / "kernels.npz", **kernels, mask=np.ones((1, 1, 3), dtype=bool), text=np.array([[["a"]]]))
    for source in (tmp_path / "kernels.npz", kernels):
        assert [layer.name for layer in load(source)] == ["blur", "edge"]


def test_a_mapping_may_have_numbers_as_names() -> None:
    assert [layer.name for layer in load({0: np.ones((1, 1, 3)), 1: np.ones((2, 1, 3))})] == ["0", "1"]


def test_where_something_is_called_weight_other_names_count_only_when_attributes_name_them(tmp_path: Path) -> None:
    arrays = {"conv.weight": np.ones((1, 1, 3)), "kernel": np.ones((1, 1, 5)), "position": np.ones((1, 4, 8))}
    np.savez(tmp_path / "a.npz", **arrays)
    save_numpy(arrays, tmp_path / "a.safetensors")
    for source in (tmp_path / "a.npz", tmp_path / "a.safetensors", arrays):
        assert {layer.name for layer in load(source)} == {"conv"}
        assert {layer.name for layer in load(source, attributes={"kernel": {"groups": 1}})} == {"conv", "kernel"}
        assert {layer.name for layer in load(source, attributes={"*": {"groups": 1}})} == {"conv"}


def test_one_array_is_called_after_its_file(tmp_path: Path) -> None:
    weight = np.arange(12.0).reshape(2, 2, 3)
    np.save(tmp_path / "filters.npy", weight)
    torch.save(torch.from_numpy(weight), tmp_path / "filters.pt")
    for name in ("filters.npy", "filters.pt"):
        (layer,) = load(tmp_path / name, attributes={"filters": {"stride": 2}})
        assert (layer.name, layer.stride) == ("filters", (2,))
        np.testing.assert_array_equal(np.asarray(layer.weight), weight)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("kind", ["<f4", ">f8", "<f2", "<c8", "<i2"])
def test_numpy_files_of_every_layout(kind: str, order: Any, tmp_path: Path) -> None:
    weight = np.random.default_rng(2).integers(-9, 9, (3, 2, 2, 3)).astype(kind, order=order)
    np.save(tmp_path / "a.npy", weight)
    np.savez(tmp_path / "a.npz", a=weight)
    expected = lfa.svdvals(lfa.cnn.conv(weight.astype(complex)), (5, 4))
    for name in ("a.npy", "a.npz"):
        np.testing.assert_allclose(analyze(tmp_path / name, (5, 4))["a"].values, expected, rtol=0, atol=1e-13)


# live modules ------------------------------------------------------------------------------------------------


def zoo() -> Zoo:
    torch.manual_seed(3)
    return Zoo()


def test_a_module_tells_everything_but_the_sizes_of_its_inputs() -> None:
    for layer in load(zoo()):
        assert layer.assumed == ("input_shape",)
    layers = {layer.name: layer for layer in load(zoo(), (8, 12))}
    told = {name: (x.stride, x.padding, x.dilation, x.groups, x.input_shape, x.assumed) for name, x in layers.items()}
    assert told == {
        "first": ((2, 3), (1, 0), (1, 1), 1, (8, 12), ()),
        "shared": ((1, 1), (1, 2), (1, 2), 3, (4, 3), ()),
        "valid": ((1, 1), (0, 0), (1, 1), 1, (4, 2), ()),
        "wrapped": ((1, 1), (1, 1), (1, 1), 1, (4, 1), ()),
        "up": ((1, 2), (1, 1), (1, 1), 2, (4, 1), ()),
        "unused": ((1, 1), (0, 0), (1, 1), 1, (8, 12), ("input_shape",)),
    }
    assert [name for name, x in layers.items() if x.transposed] == ["up"]
    assert layers["up"].output_padding == (0, 1)
    assert {x.padding_mode for x in layers.values()} == {"zeros", "circular"}
    assert layers["wrapped"].padding_mode == "circular"
    assert layers["shared"].notes == ("runs on inputs of several shapes (4x3, 4x2); the first is analysed",)


def test_a_module_with_circular_padding_has_the_singular_values_of_its_report() -> None:
    torch.manual_seed(0)
    layer = nn.Conv2d(2, 3, 3, padding=2, dilation=2, padding_mode="circular", bias=False).double()
    (report,) = analyze(layer, (4, 5))
    images = torch.eye(40, dtype=torch.float64).reshape(40, 2, 4, 5)
    expected = np.linalg.svd(layer(images).reshape(40, -1).detach().numpy(), compute_uv=False)
    np.testing.assert_allclose(np.sort(report.values, axis=None)[::-1], expected, rtol=0, atol=1e-13)


@pytest.mark.filterwarnings("ignore:Using padding='same'")
def test_padding_same_is_torchs() -> None:
    for kernel, dilation in ((4, 1), (3, 2), (2, 3), (5, 1)):
        layer = nn.Conv1d(1, 1, kernel, padding="same", dilation=dilation, bias=False).double()
        (read,) = load(layer, 40)
        x = torch.zeros(1, 1, 40, dtype=torch.float64)
        x[..., 20] = 1
        ours = lfa.cnn.to_image(read.operator().apply(x[0].T, 40), read.operator().codomain, 40)
        torch.testing.assert_close(ours, layer(x)[0])


def test_reading_leaves_a_module_as_it_was() -> None:
    module = zoo()
    module.train()
    module.drop.eval()
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    flags = [part.training for part in module.modules()]
    assert True in flags
    assert False in flags
    load(module, (8, 12))
    with pytest.raises(errors.InvalidArgumentError):
        load(module, (2, 2))
    assert [part.training for part in module.modules()] == flags
    for name, tensor in module.state_dict().items():
        assert torch.equal(tensor, before[name]), name
    assert all(not part._forward_pre_hooks and not part._forward_hooks for part in module.modules())
    assert all(p.grad is None and p.requires_grad for p in module.parameters())


def test_a_lone_layer_is_called_as_in_its_state_dict() -> None:
    layer = nn.ConvTranspose1d(2, 3, 4, stride=2)
    (read,) = load(layer, 9)
    assert (read.name, read.transposed, read.input_shape) == ("weight", True, (9,))
    assert load(layer.state_dict())[0].name == "weight"


def test_a_layer_that_stands_in_two_places_is_read_once() -> None:
    layer = nn.Conv1d(2, 2, 3)
    assert [read.name for read in load(nn.Sequential(layer, nn.ReLU(), layer), 9)] == ["0"]


class OutOfOrder(nn.Module):
    """A network whose first convolution is defined last."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Conv2d(8, 8, 3, padding=1)
        self.stem = nn.Conv2d(3, 8, 3, stride=2, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.body(self.stem(x))


def test_the_first_convolution_may_be_defined_last(capfd: pytest.CaptureFixture[str]) -> None:
    report = analyze(OutOfOrder(), 8)
    assert {layer.name: layer.layer.input_shape for layer in report} == {"body": (4, 4), "stem": (8, 8)}
    assert report.gain is not None
    assert report.gain.bound < np.inf
    assert capfd.readouterr() == ("", "")


def test_parametrised_weights_come_as_the_module_applies_them() -> None:
    torch.manual_seed(0)
    layer = nn.utils.parametrizations.weight_norm(nn.Conv1d(2, 3, 3, bias=False))
    (read,) = load(nn.Sequential(layer), 9)
    assert read.name == "0"
    assert torch.equal(read.weight, layer.weight)


def test_modules_in_half_precision_are_run_in_it() -> None:
    (layer,) = load(nn.Sequential(nn.Conv1d(2, 3, 3).to(torch.bfloat16)), 9)
    assert layer.input_shape == (9,)
    assert layer.weight.dtype == torch.bfloat16


bad_modules = [
    (lambda: nn.Linear(2, 2), None, errors.NoConvolutionError, "the Linear: no convolution in it"),
    (lambda: nn.LazyConv2d(3, 3), None, errors.ModelFileError, "layer 'weight': its weight is not initialised yet"),
    (
        lambda: nn.Sequential(nn.Conv2d(1, 1, 3, device="meta")),
        None,
        errors.ModelFileError,
        "layer '0': its weight is on the meta device",
    ),
    (zoo, (2, 2), errors.InvalidArgumentError, r"does not run on .* of shape \(1, 4, 2, 2\) .*: .*[Kk]ernel size"),
    (zoo, (8, 8, 8), errors.InvalidArgumentError, r"input_shape: got \(8, 8, 8\); .* each of 2 axes"),
    (zoo, "8", errors.InvalidArgumentError, "input_shape: got '8' of type str"),
    (zoo, 0, errors.InvalidArgumentError, "input_shape: got 0; an integer of at least 1"),
]


@pytest.mark.parametrize(("make", "shape", "error", "message"), bad_modules, ids=range(len(bad_modules)))
def test_bad_modules(make: Any, shape: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        load(make(), shape)


# the same network from three sources -------------------------------------------------------------------------


def without_assumed(report: lfa.cnn.Report) -> list[dict[str, Any]]:
    layers: list[dict[str, Any]] = json.loads(report.to_json())["layers"]
    return [{key: value for key, value in layer.items() if key != "assumed"} for layer in layers]


def compare_sources(width: int, pixels: int, folder: Path) -> None:
    torch.manual_seed(1)
    network = ResNet18(width)
    torch.save(network.state_dict(), folder / "resnet.pt")
    save_torch(network.state_dict(), folder / "resnet.safetensors")
    shapes = ResNet18.input_shapes(pixels)
    (folder / "resnet.toml").write_text(attributes_toml(network, shapes))
    of_module = analyze(network, pixels)
    assert len(of_module) == 20
    assert {layer.name: layer.layer.input_shape for layer in of_module} == shapes
    assert {layer.layer.assumed for layer in of_module} == {()}
    for name in ("resnet.pt", "resnet.safetensors"):
        of_file = analyze(folder / name, attributes=folder / "resnet.toml")
        assert without_assumed(of_file) == without_assumed(of_module)
        assert {layer.layer.assumed for layer in of_file} == {()}
        assumed = analyze(load(folder / name, pixels)[:1])
        assert assumed["conv1"].layer.assumed == EVERYTHING
        assert assumed["conv1"].sigma_max != of_module["conv1"].sigma_max


def test_a_resnet_from_three_sources_gives_one_report(tmp_path: Path) -> None:
    """Shows 5, narrower and on smaller images."""
    compare_sources(width=8, pixels=64, folder=tmp_path)


@pytest.mark.slow
def test_a_resnet_of_full_width_from_three_sources_gives_one_report(tmp_path: Path) -> None:
    """Shows 5."""
    compare_sources(width=64, pixels=224, folder=tmp_path)


# attributes --------------------------------------------------------------------------------------------------

WEIGHTS = {
    "conv1.weight": np.ones((4, 2, 3, 3)),
    "layer1.0.conv.weight": np.ones((4, 4, 3, 3)),
    "layer1.1.conv.weight": np.ones((4, 4, 3, 3)),
    "up.weight": np.ones((4, 2, 2, 2)),
}


def read_toml(folder: Path, text: str, **options: Any) -> dict[str, ConvLayer]:
    path = folder / "attributes.toml"
    path.write_text(text, encoding="utf-8")
    return {layer.name: layer for layer in load(WEIGHTS, attributes=path, **options)}


def test_attributes_reach_the_layers_that_their_pattern_names(tmp_path: Path) -> None:
    text = """
        ["*"]
        input_shape = [8, 6]
        [conv1]  # [a] comment
        stride = 2
        padding = [1, 0]
        groups = 2
        [layer1.0.conv]
        dilation = 2
        ["layer1.*.conv"]
        padding_mode = "circular"
        [up]
        transposed = true
        stride = [2, 1]
        output_padding = [1, 0]
        input_shape = 4
    """
    layers = read_toml(tmp_path, text)
    table = {
        "*": {"input_shape": (8, 6)},
        "conv1": {"stride": 2, "padding": [1, 0], "groups": 2},
        "layer1.0.conv": {"dilation": np.int64(2)},
        "layer1.*.conv": {"padding_mode": "circular"},
        "up": {"transposed": True, "stride": np.array([2, 1]), "output_padding": (1, 0), "input_shape": 4},
    }
    for found in (layers, {layer.name: layer for layer in load(WEIGHTS, attributes=table)}):
        told = {name: (x.stride, x.padding, x.dilation, x.groups, x.input_shape) for name, x in found.items()}
        assert told == {
            "conv1": ((2, 2), (1, 0), (1, 1), 2, (8, 6)),
            "layer1.0.conv": ((1, 1), (2, 2), (2, 2), 1, (8, 6)),
            "layer1.1.conv": ((1, 1), (1, 1), (1, 1), 1, (8, 6)),
            "up": ((2, 1), (0, 0), (1, 1), 1, (4, 4)),
        }
        assert {name: x.assumed for name, x in found.items()} == {
            "conv1": ("dilation", "transposed"),
            "layer1.0.conv": ("stride", "padding", "groups", "transposed"),
            "layer1.1.conv": ("stride", "padding", "dilation", "groups", "transposed"),
            "up": ("padding", "dilation", "groups"),
        }
        modes = {name: x.padding_mode for name, x in found.items()}
        assert modes["layer1.0.conv"] == modes["layer1.1.conv"] == "circular"
        assert modes["conv1"] == modes["up"] == "unknown"
        assert (found["up"].transposed, found["up"].output_padding) == (True, (1, 0))
        assert json.loads(analyze(list(found.values())).to_json())["layers"][0]["groups"] == 2


orders = [
    ('[layer1.0.conv]\nstride=2\n["*"]\nstride=3\n[layer1.1.conv]\nstride=4', {"0": 3, "1": 4}),
    ('["*"]\nstride=3\n[layer1.0.conv]\nstride=2', {"0": 2, "1": 3}),
    ('[layer1.0.conv]\nstride=2\n["layer1.*"]\nstride=3', {"0": 3, "1": 3}),
    ('["layer1.*"]\nstride=3\n["layer1.0.conv"]\nstride=2', {"0": 2, "1": 3}),
    ('layer1.0.conv.stride = 2\n["layer1.*"]\nstride = 3', {"0": 3, "1": 3}),
    ('["layer1.*"]\nstride = 3\n[layer1]\n0.conv.stride = 2\n1.conv = {stride = 4}', {"0": 2, "1": 4}),
    ('[layer1.0.conv]\nstride=2\n["l*"]\nstride=3\n["layer1.0.conv"]\nstride=4', {"0": 4, "1": 3}),
    ('["layer1.0.conv"]\nstride=2\n["l*"]\nstride=3\n[layer1]\n0.conv.stride=4', {"0": 4, "1": 3}),
    ('[layer1.0.conv]\nstride = [\n   2,\n 2]\n["layer1.?.conv"]\ndilation = [\n1\n,\n1\n]\n', {"0": 2, "1": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "strides"), orders, ids=range(len(orders)))
def test_of_two_tables_the_later_in_the_file_wins(text: str, strides: dict[str, int], tmp_path: Path) -> None:
    layers = read_toml(tmp_path, text)
    assert {block: layers[f"layer1.{block}.conv"].stride[0] for block in ("0", "1")} == strides


def test_the_later_entry_of_a_mapping_wins_key_by_key() -> None:
    table = {"conv1": {"stride": 2, "dilation": 2}, "c*": {"stride": 3}}
    layer = load(WEIGHTS, attributes=table)[0]
    assert (layer.stride, layer.dilation) == ((3, 3), (2, 2))


def test_attributes_of_a_module_override_what_it_tells() -> None:
    (layer,) = load(nn.Sequential(nn.Conv2d(1, 1, 3, stride=2)), 9, {"0": {"stride": 1, "input_shape": (5, 4)}})
    assert (layer.stride, layer.input_shape, layer.assumed) == ((1, 1), (5, 4), ())


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    assert read_toml(tmp_path, "\ufeff[conv1]\nstride = 2")["conv1"].stride == (2, 2)


def test_depthwise_weights_without_groups_are_pointed_out() -> None:
    weights = {"a.weight": np.ones((6, 1, 3, 3))}
    assert "then give groups = 6" in load(weights)[0].notes[0]
    assert load(weights, attributes={"a": {"groups": 6}})[0].notes == ()


bad_tables = [
    ("[conv2]\nstride = 2", r"no layer is called 'conv2'; the layers are conv1, layer1.0.conv, layer1.1.conv, up"),
    ('["layer2.*"]\nstride = 2', r"no layer is called 'layer2.\*'"),
    ("[conv1]\nstrides = 2", r"attributes.toml: \[conv1\] has the unknown key 'strides'; valid keys are stride, pad"),
    ("stride = 2", r"\[stride\] is 2; a table of stride, padding, .* is needed"),
    ("[[conv1]]\nstride = 2", r"\[conv1\] is \[.*\]; a table of"),
    ("[conv1]\nstride = {x = 2}", r"\[conv1.stride\] has the unknown key 'x'"),
    ("[conv1\nstride = 2", r"attributes.toml: this is not a TOML file: .*line 1"),
    ("[conv1]\nstride = 2\n[conv1]\nstride = 3", r"this is not a TOML file"),
    ("a = " + "[" * 9999, r"this is not a TOML file"),
    ("[conv1]\nstride = 0", r"layer 'conv1', weight \(4, 2, 3, 3\): stride: got 0; an integer of at least 1"),
    ("[conv1]\nstride = 1.5", r"layer 'conv1', .*: stride: got 1.5 of type float; an integer is needed"),
    ("[conv1]\nstride = [1, 2, 3]", r"layer 'conv1', .*each of 2 axes"),
    ("[conv1]\ngroups = 3", r"layer 'conv1', .*: groups: got 3; a positive divisor of .* 4"),
    ("[conv1]\npadding = -1", r"layer 'conv1', .*: padding: got -1; an integer of at least 0"),
    ('[conv1]\npadding = "same"', r"layer 'conv1', .*: padding: got 'same' of type str"),
    ("[conv1]\ntransposed = 1", r"layer 'conv1', .*: transposed: got 1; true or false is needed"),
    ("[conv1]\noutput_padding = 1", r"layer 'conv1', .*: output_padding: got \(1, 1\); it needs transposed=True"),
    ("[conv1]\ninput_shape = [8]", r"layer 'conv1', .*: input_shape: got \[8\];"),
    ("[conv1]\ninput_shape = 0", r"layer 'conv1', .*: input_shape: got 0; an integer of at least 1"),
    ("[conv1]\nstride = true", r"layer 'conv1', .*: stride: got True of type bool; an integer is needed"),
    ("[conv1]\nstride = " + 5000 * "9", r"attributes.toml: this is not a TOML file: Exceeds the limit"),
    ("#" * 1_000_001, r"attributes.toml: the attributes have 1000001 bytes; a TOML file of at most 1000000 is needed"),
    ('[conv1]\npadding_mode = ["zeros"]', r"padding_mode: got \['zeros'\]; one of zeros, circular"),
    ('[conv1]\npadding_mode = "wrap"', r"layer 'conv1', .*: padding_mode: got 'wrap'; one of zeros, circular"),
]


@pytest.mark.parametrize(("text", "message"), bad_tables, ids=range(len(bad_tables)))
def test_bad_attributes(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(errors.AttributesError, match=message):
        read_toml(tmp_path, text)


def test_attributes_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(errors.AttributesError, match=r"missing.toml: the attributes cannot be read: No such file"):
        load(WEIGHTS, attributes=tmp_path / "missing.toml")
    with pytest.raises(errors.AttributesError, match=r"cannot be read: Is a directory"):
        load(WEIGHTS, attributes=tmp_path)
    (tmp_path / "latin.toml").write_bytes(b'["\xe9"]')
    with pytest.raises(errors.AttributesError, match=r"latin.toml: this is not a TOML file: 'utf-8' codec"):
        load(WEIGHTS, attributes=tmp_path / "latin.toml")
    wrong: Any
    for wrong in ([{"conv1": {}}], 3):
        with pytest.raises(errors.AttributesError, match=r"attributes: got (list|int); a mapping from layer names"):
            load(WEIGHTS, attributes=wrong)
    with pytest.raises(errors.AttributesError, match="padding_mode: got array"):
        load(WEIGHTS, attributes={"conv1": {"padding_mode": np.array(["zeros", "zeros"])}})
    wrong = {"conv1": 2}
    with pytest.raises(errors.AttributesError, match=r"attributes: \[conv1\] is 2; a table of"):
        load(WEIGHTS, attributes=wrong)


# files that are not what they should be ----------------------------------------------------------------------


class Payload:
    """Pickled, a call that leaves a trace if it is ever made."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.trace),)


def write_plain_pickle(content: Any, path: Path) -> None:
    path.write_bytes(pickle.dumps(content, protocol=4))


def save_objects(content: Any, path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, np.array([[[content]]], dtype=object), allow_pickle=True)


def objects(*content: Any) -> Any:
    array = np.empty((1, 1, len(content)), dtype=object)
    array[0, 0] = content
    return array


carriers: dict[str, tuple[Callable[[Any, Path], Any], str]] = {
    "pt": (
        lambda content, path: torch.save({"a.weight": content}, path),
        r"its pickle wants to run (?:posix|nt).mkdir, and is not opened; save .* or use safetensors",
    ),
    "legacy pt": (
        lambda content, path: torch.save({"a.weight": content}, path, _use_new_zipfile_serialization=False),
        r"its pickle wants to run (?:posix|nt).mkdir, and is not opened",
    ),
    "pickle": (write_plain_pickle, r"this is a plain pickle, which can run code and is never opened; .onnx, .safet"),
    "npy": (save_objects, r"it holds pickled objects, which can run code and are never read; save arrays of numbers"),
    "npz": (
        lambda content, path: save_archive({"a.weight": objects(content)}, path),
        r"a.weight.npy: it holds pickled objects, which can run code",
    ),
    "npz beside a weight": (
        lambda content, path: save_archive({"w": np.ones((1, 1, 3)), "x": objects(content)}, path),
        r"x.npy: it holds pickled objects",
    ),
}


@pytest.mark.parametrize("suffix", [".pt", ".npz", ".safetensors"])
@pytest.mark.parametrize(("write", "message"), carriers.values(), ids=carriers.keys())
def test_code_in_a_file_is_never_run(write: Any, message: str, suffix: str, tmp_path: Path) -> None:
    trace, path = tmp_path / "trace", tmp_path / f"model{suffix}"
    write(Payload(trace), path)
    with pytest.raises(errors.UnsafeFileError, match=message):
        load(path)
    assert not trace.exists()


def test_the_payload_would_leave_a_trace(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(Payload(tmp_path / "trace")))  # noqa: S301 - what is to be shown
    assert (tmp_path / "trace").exists()


def test_whole_modules_are_not_opened(tmp_path: Path) -> None:
    torch.save(nn.Conv2d(1, 1, 3), tmp_path / "module.pt")
    with pytest.raises(errors.UnsafeFileError, match=r"wants to run torch.nn.modules.conv.Conv2d.*state_dict"):
        load(tmp_path / "module.pt")


def a_safetensors_file(folder: Path) -> bytes:
    save_torch(small_state(), folder / "sound")
    return (folder / "sound").read_bytes()


def zipped(folder: Path, *names: str) -> bytes:
    with zipfile.ZipFile(folder / "sound", "w") as archive:
        for name in names:
            archive.writestr(name, b"nothing")
    return (folder / "sound").read_bytes()


def a_header(shape: str) -> bytes:
    text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".ljust(117).encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


def zip_bomb(folder: Path) -> bytes:
    with zipfile.ZipFile(folder / "sound", "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.npy", "w") as file:
        file.write(a_header("(1, 1, 16000000)"))
        for _ in range(128):
            file.write(bytes(10**6))
    return (folder / "sound").read_bytes()


def torch_file(make: Callable[[], Tensor]) -> Callable[[Path], bytes]:
    def write(folder: Path) -> bytes:
        torch.save({"a.weight": make()}, folder / "sound")
        return (folder / "sound").read_bytes()

    return write


def quantised() -> Tensor:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.quantize_per_tensor(torch.ones(1, 1, 3), 0.1, 0, torch.qint8)


not_models: dict[str, tuple[Callable[[Path], bytes], str]] = {
    "empty.pt": (lambda _: b"", r"empty.pt: this is an empty file, not a model file; .onnx, .safetensors, .keras"),
    "text.safetensors": (lambda _: b"These are no weights at all.\n", r"this is a text file, not a model file"),
    "picture.safetensors": (lambda _: b"\x89PNG\r\n\x1a\n" + bytes(99), r"this is a PNG image, not a model file"),
    "picture.npz": (lambda _: b"\xff\xd8\xff\xe0" + bytes(99), r"this is a JPEG image"),
    "pointer.safetensors": (
        lambda _: b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n",
        r"this is a Git LFS pointer \(git lfs pull fetches the file\)",
    ),
    "model.h5": (lambda _: b"\x89HDF\r\n\x1a\n" + bytes(99), r"model.h5: the file is damaged: "),
    "model.onnx": (lambda _: b"\x08\x07\x12\x07pytorch" + bytes(99), r"a damaged ONNX file or none \(its fields do"),
    "noise.bin": (lambda _: bytes(range(200, 256)), r"this is of no known format, not a model file"),
    "cut.safetensors": (lambda folder: a_safetensors_file(folder)[:100], r"a damaged or mislabelled file .* 100 bytes"),
    "cut2.safetensors": (lambda folder: a_safetensors_file(folder)[:-4], r"this is not a sound safetensors file: "),
    "long.safetensors": (lambda folder: a_safetensors_file(folder) + b"ab", r"this is not a sound safetensors file: "),
    "garbled.safetensors": (
        lambda folder: a_safetensors_file(folder).replace(b'"F32"', b'"F3\xff"'),
        r"this is not a sound safetensors file: ",
    ),
    "cut.npy": (lambda _: a_header("(2, 2, 3)") + bytes(88), r"cut short: its header says .*, 96 bytes, but 88 follow"),
    "huge.npy": (lambda _: a_header(f"({10**9}, {10**9}, 3)"), r"cut short: its header says \(1000000000, "),
    "negative.npy": (lambda _: a_header("(-1, 2, 3)"), r"header is damaged: its shape is \(-1, 2, 3\)"),
    "garbled.npy": (lambda _: a_header("(1, (2, 3, "), r"the array's header is damaged"),
    "future.npy": (lambda _: b"\x93NUMPY\x09\x00" + bytes(99), r"the array's header is damaged"),
    "cut.npz": (lambda folder: zipped(folder, "a.npy")[:-9], r"the archive is damaged: File is not a zip file"),
    "other.npz": (lambda folder: zipped(folder, "a.npy"), r"other.npz, a.npy: the array's header is damaged"),
    "mixed.npz": (lambda folder: zipped(folder, "a.npy", "b.txt"), r"this zip archive holds 2 files but no model"),
    "none.npz": (zipped, r"this zip archive holds 0 files but no model"),
    "twice.npz": (lambda folder: zipped(folder, "a.npy", "a.npy"), r"holds two files of one name; every array needs"),
    "bomb.npz": (zip_bomb, r"a.npy has \d+ bytes packed into \d+; no weights are so empty"),
    "expanded.pt": (
        torch_file(lambda: torch.zeros(1).expand(200000, 200000, 1)),
        r"'a.weight' of shape \(200000, 200000, 1\) is 160000000000 bytes made of 4; a weight of its own values",
    ),
    "meta.pt": (torch_file(lambda: torch.ones(1, 1, 3, device="meta")), r"'a.weight' is on the meta device, without"),
    "sparse.pt": (torch_file(lambda: torch.ones(1, 1, 3).to_sparse()), r"'a.weight' is of the layout torch.sparse_coo"),
    "quantised.pt": (torch_file(quantised), r"'a.weight' is of type torch.qint8, quantised; convert it to floating"),
    "model.keras": (lambda folder: zipped(folder, "model.weights.h5"), r"there is no config.json in the archive"),
    "cut.pt": (lambda folder: zipped(folder, "a/data.pkl"), r"this is not a sound PyTorch file of weights: "),
    "cut_legacy.pt": (
        lambda _: b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.",
        r"this is not a sound PyTorch file of weights: ",
    ),
}


@pytest.mark.parametrize("name", not_models)
def test_files_that_are_no_models(name: str, tmp_path: Path) -> None:
    make, message = not_models[name]
    path = tmp_path / name
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        path.write_bytes(make(tmp_path))
    with pytest.raises(errors.ModelFileError, match=message) as caught:
        load(path)
    assert str(path) in str(caught.value) or "'a.weight'" in str(caught.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_pipes_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(errors.ModelFileError, match=r"pipe: this is no regular file; a model file"):
        load(tmp_path / "pipe")
    with pytest.raises(errors.AttributesError, match=r"pipe: .* this is no regular file; a TOML file is needed"):
        load(WEIGHTS, attributes=tmp_path / "pipe")


@pytest.mark.parametrize("path", ["a\0b", "a\ud800b", Path("a\0b")])
def test_names_that_no_file_has(path: Any) -> None:
    with pytest.raises(
        errors.InvalidArgumentError, match=r"source: got 'a.*b'; a path without NUL and lone surrogates"
    ):
        load(path)
    with pytest.raises(errors.InvalidArgumentError, match=r"attributes: got 'a.*b'; a path without NUL and lone"):
        load(WEIGHTS, attributes=path)


def test_a_layer_is_a_value_of_its_own() -> None:
    weight, module = np.ones((1, 1, 3)), nn.Conv1d(1, 1, 3)
    tensor = torch.ones(1, 1, 3)
    layers = [load(source)[0] for source in ({"a": weight}, {"a": tensor}, module)]
    before = [np.asarray(layer.weight).copy() for layer in layers]
    assert not layers[0].weight.flags.writeable
    weight[:] = 7
    tensor[:] = 7
    with torch.no_grad():
        module.weight[:] = 7
    for layer, values in zip(layers, before, strict=True):
        np.testing.assert_array_equal(np.asarray(layer.weight), values)


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(errors.ModelFileError, match=r"none.pt: it cannot be opened: No such file or directory"):
        load(tmp_path / "none.pt")
    with pytest.raises(errors.ModelFileError, match=r"this is a folder; a model file .* is needed"):
        load(tmp_path)
    with pytest.raises(errors.InvalidArgumentError, match=r"source: got int; a path .*, a torch module, or a mapping"):
        load(3)


@pytest.mark.parametrize("write", writers.values(), ids=writers.keys())
def test_damaged_files_raise_only_our_exceptions(write: Any, tmp_path: Path) -> None:
    path = tmp_path / "sound"
    write(small_state(), path)
    sound, damaged = path.read_bytes(), tmp_path / "damaged"
    draws = random.Random(5)  # noqa: S311 - bytes to break, not secrets
    refused = 0
    for number in range(120):
        content = bytearray(sound)
        if number % 3 == 0:
            del content[draws.randrange(len(content)) :]
        elif number % 3 == 1:
            del content[(start := draws.randrange(len(content))) : start + draws.randrange(1, 64)]
        else:
            for _ in range(draws.choice((1, 4, 16))):
                content[draws.randrange(len(content))] = draws.randrange(256)
        damaged.write_bytes(content)
        try:
            layers = load(damaged)
        except errors.CrystalError:
            refused += 1
        else:
            assert all(isinstance(layer, ConvLayer) for layer in layers)
    assert refused > 60


no_convolutions: list[tuple[Any, str]] = [
    ({"fc.weight": np.ones((3, 3))}, r"the dict: no convolution in it; weights are arrays with three to five axes"),
    ({"a.weight": np.ones((2, 0, 3))}, r"no convolution"),
    ({"mask": np.ones((1, 1, 3), dtype=bool)}, r"no convolution"),
]


@pytest.mark.parametrize(("source", "message"), no_convolutions, ids=range(len(no_convolutions)))
def test_models_without_convolutions(source: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(errors.NoConvolutionError, match=message):
        load(source)
    np.savez(tmp_path / "a.npz", **source)
    with pytest.raises(errors.NoConvolutionError, match=r"a.npz: no convolution in it"):
        load(tmp_path / "a.npz")
    torch.save({name: torch.from_numpy(array) for name, array in source.items()}, tmp_path / "a.pt")
    with pytest.raises(errors.NoConvolutionError, match=r"a.pt: no convolution in it"):
        load(tmp_path / "a.pt")


def test_an_empty_model() -> None:
    with pytest.raises(errors.NoConvolutionError, match="the dict: no convolution in it"):
        load({})


def test_a_torch_file_of_something_else(tmp_path: Path) -> None:
    torch.save([torch.ones(1, 1, 3)], tmp_path / "a.pt")
    with pytest.raises(errors.ModelFileError, match=r"a.pt: it holds list; a state dict is needed \(torch.save"):
        load(tmp_path / "a.pt")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_finite(value: float, tmp_path: Path) -> None:
    weight = np.ones((2, 1, 3))
    weight[1, 0, 2] = value
    save_numpy({"a.weight": np.ones((1, 1, 3)), "b.weight": weight}, tmp_path / "a.safetensors")
    for source in (tmp_path / "a.safetensors", {"b.weight": torch.from_numpy(weight)}):
        with pytest.raises(
            errors.NotFiniteError, match="layer 'b': its weight holds NaN or infinity; it has to be fin"
        ):
            load(source)


def test_quantised_weights_are_refused(tmp_path: Path) -> None:
    weight = torch.ones(1, 1, 3)
    save_torch({"a.weight": weight.to(torch.float8_e4m3fn)}, tmp_path / "a.safetensors")
    np.savez(tmp_path / "a.npz", **{"a.weight": np.ones((1, 1, 3), dtype=np.int8)})
    sources = [tmp_path / "a.safetensors", tmp_path / "a.npz", {"a.weight": weight.to(torch.int8)}]
    for source, kind in zip(sources, ("F8_E4M3", "int8", "torch.int8"), strict=True):
        message = f"'a.weight' is of type {kind}, quantised; convert it to floating point of 16 bits or more"
        with pytest.raises(errors.ModelFileError, match=message):
            load(source)


def test_weights_in_parts_are_refused() -> None:
    with_norm = nn.utils.parametrizations.weight_norm(nn.Conv1d(2, 2, 3))
    with_spectral = nn.utils.parametrizations.spectral_norm(nn.Conv1d(2, 2, 3))
    old = {"a.weight_g": torch.ones(2, 1, 1), "a.weight_v": torch.ones(2, 2, 3)}
    pruned = {"a.weight_orig": torch.ones(2, 2, 3), "a.weight_mask": torch.ones(2, 2, 3)}
    for state in (with_norm.state_dict(), with_spectral.state_dict(), old, pruned):
        with pytest.raises(
            errors.ModelFileError, match=r"is a part of a parametrised weight .*: give the torch module"
        ):
            load(state)


@pytest.mark.parametrize("library", ["safetensors", "torch"])
def test_a_missing_library_is_named_with_its_extra(
    library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model"
    writers["pt" if library == "torch" else "safetensors"](small_state(), path)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(errors.MissingLibraryError, match=rf"needs {library}.*pip install 'crystal-lfa\[{library}\]'"):
        load(path)


def test_weights_that_are_read_carry_no_gradient() -> None:
    for source in (zoo(), dict(zoo().named_parameters())):
        assert not any(layer.weight.requires_grad for layer in load(source))


def test_convolutions_are_listed_as_torch_lists_them() -> None:
    assert [layer.name for layer in load(zoo())] == [path for path, _ in convolutions(zoo())]
