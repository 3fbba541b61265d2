"""ONNX models: what their graphs tell, quantised and computed weights, branches, files beside them, hostile ones."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from networks import ResNet18
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from torch import nn

import crystal_lfa as lfa
from crystal_lfa import errors
from crystal_lfa.cnn import ConvLayer, load

RNG = np.random.default_rng(3)
W = RNG.standard_normal((4, 2, 3, 3)).astype(np.float32)


def value(name: str, shape: Sequence[Any]) -> Any:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))


def model_of(
    nodes: Sequence[Any],
    tensors: dict[str, NDArray[Any]] | None = None,
    inputs: Sequence[Any] = (),
    outputs: Sequence[str] = ("y",),
) -> Any:
    stored = [numpy_helper.from_array(array, name) for name, array in (tensors or {}).items()]
    graph = helper.make_graph(
        list(nodes),
        "network",
        list(inputs) or [value("x", (1, 2, 8, 6))],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None] * 4) for name in outputs],
        stored,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def saved(model: Any, folder: Path, name: str = "model.onnx") -> Path:
    path = folder / name
    path.write_bytes(model.SerializeToString())
    return path


def read(model: Any, folder: Path, input_shape: Any = None) -> dict[str, ConvLayer]:
    return {layer.name: layer for layer in load(saved(model, folder), input_shape)}


def conv_node(**attributes: Any) -> Any:
    name = attributes.pop("name", "conv")
    kind = attributes.pop("op", "Conv")
    inputs = attributes.pop("inputs", ["x", "w"])
    return helper.make_node(kind, inputs, attributes.pop("outputs", ["y"]), name=name, **attributes)


# what the attributes say --------------------------------------------------------------------------------------


def test_attributes_of_a_convolution(tmp_path: Path) -> None:
    node = conv_node(strides=[2, 1], dilations=[1, 2], group=2, pads=[1, 0, 2, 3], kernel_shape=[3, 2])
    weight = RNG.standard_normal((4, 1, 3, 2)).astype(np.float32)
    layer = read(model_of([node], {"w": weight}), tmp_path)["conv"]
    assert (layer.stride, layer.dilation, layer.groups, layer.padding) == ((2, 1), (1, 2), 2, (1, 0))
    assert (layer.transposed, layer.input_shape, layer.assumed, layer.notes) == (False, (8, 6), (), ())
    np.testing.assert_array_equal(layer.weight, weight)


def test_attributes_of_a_transposed_convolution(tmp_path: Path) -> None:
    weight = RNG.standard_normal((2, 3, 2, 2)).astype(np.float32)
    node = conv_node(op="ConvTranspose", strides=[2, 2], output_padding=[1, 0], pads=[1, 1, 0, 0])
    layer = read(model_of([node], {"w": weight}), tmp_path)["conv"]
    assert (layer.transposed, layer.stride, layer.output_padding, layer.padding) == (True, (2, 2), (1, 0), (1, 1))
    assert layer.assumed == ()


@pytest.mark.parametrize("mode", ["SAME_UPPER", "SAME_LOWER", "VALID"])
def test_automatic_padding_is_known(mode: str, tmp_path: Path) -> None:
    layer = read(model_of([conv_node(auto_pad=mode)], {"w": W}), tmp_path)["conv"]
    assert layer.padding == ((0, 0) if mode == "VALID" else (1, 1))
    assert layer.assumed == ()


def test_defaults_are_those_of_onnx(tmp_path: Path) -> None:
    layer = read(model_of([conv_node()], {"w": W}), tmp_path)["conv"]
    assert (layer.stride, layer.dilation, layer.groups, layer.padding) == ((1, 1), (1, 1), 1, (0, 0))
    assert (layer.assumed, layer.padding_mode) == ((), "zeros")


def test_names_are_those_of_nodes_else_of_weights_and_unique(tmp_path: Path) -> None:
    nodes = [
        conv_node(name="a", outputs=["p"]),
        conv_node(name="a", outputs=["q"]),
        conv_node(name="", inputs=["x", "stem.weight"], outputs=["r"]),
    ]
    model = model_of(nodes, {"w": W, "stem.weight": W}, outputs=("p", "q", "r"))
    assert list(read(model, tmp_path)) == ["a", "a#2", "stem"]


@pytest.mark.parametrize(("mode", "expected"), [("reflect", "reflect"), ("edge", "replicate"), ("constant", "zeros")])
def test_padding_by_a_node_in_front(mode: str, expected: str, tmp_path: Path) -> None:
    pads = np.array([0, 0, 1, 1, 0, 0, 1, 1])
    pad = helper.make_node("Pad", ["x", "pads"], ["padded"], mode=mode)
    model = model_of([pad, conv_node(inputs=["padded", "w"])], {"w": W, "pads": pads})
    layer = read(model, tmp_path)["conv"]
    assert (layer.padding_mode, layer.input_shape) == (expected, (10, 8))


# weights ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", [TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.BFLOAT16], ids=str
)
@pytest.mark.parametrize("raw", [True, False])
def test_weights_of_every_floating_type(kind: int, raw: bool, tmp_path: Path) -> None:
    dtype = helper.tensor_dtype_to_np_dtype(kind)
    numbers = W.astype(dtype)
    model = model_of([conv_node()])
    if raw:
        tensor = numpy_helper.from_array(numbers, "w")
    else:
        tensor = helper.make_tensor("w", kind, W.shape, numbers.astype(np.float64).ravel().tolist())
    model.graph.initializer.append(tensor)
    found = read(model, tmp_path)["conv"].weight
    np.testing.assert_array_equal(np.asarray(found, dtype=np.float64), numbers.astype(np.float64))


def test_a_weight_in_a_constant_node(tmp_path: Path) -> None:
    constant = helper.make_node("Constant", [], ["w"], value=numpy_helper.from_array(W))
    np.testing.assert_array_equal(read(model_of([constant, conv_node()]), tmp_path)["conv"].weight, W)


def test_a_weight_that_nodes_compute_of_stored_numbers(tmp_path: Path) -> None:
    """As exporters write a weight norm: v * g / |v|, stored transposed."""
    nodes = [
        helper.make_node("Transpose", ["t"], ["v"], perm=[3, 2, 0, 1]),
        helper.make_node("ReduceL2", ["v"], ["length"], axes=[1, 2, 3], keepdims=1),
        helper.make_node("Div", ["v", "length"], ["unit"]),
        helper.make_node("Mul", ["unit", "g"], ["w"]),
        conv_node(),
    ]
    g = np.arange(1, 5, dtype=np.float32).reshape(4, 1, 1, 1)
    found = read(model_of(nodes, {"t": W.transpose(2, 3, 1, 0), "g": g}), tmp_path)["conv"].weight
    expected = g * W / np.linalg.norm(W.reshape(4, -1), axis=1).reshape(4, 1, 1, 1)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def quantised(axis: int | None) -> tuple[NDArray[np.int8], NDArray[np.float32], NDArray[np.int8], NDArray[np.float64]]:
    q = RNG.integers(-100, 100, W.shape).astype(np.int8)
    count = 1 if axis is None else W.shape[axis]
    scale = RNG.uniform(0.01, 0.1, count).astype(np.float32)
    zero = RNG.integers(-5, 5, count).astype(np.int8)
    shape = [1] * 4
    shape[axis or 0] = count
    exact = (q.astype(np.float64) - zero.reshape(shape)) * scale.astype(np.float64).reshape(shape)
    return (q, scale, zero, exact) if axis is not None else (q, scale[0], zero[0], exact)  # type: ignore[return-value]


@pytest.mark.parametrize("axis", [None, 0, 1])
def test_quantised_weights_are_scaled_back(axis: int | None, tmp_path: Path) -> None:
    q, scale, zero, exact = quantised(axis)
    options = {} if axis is None else {"axis": axis}
    node = helper.make_node("DequantizeLinear", ["q", "s", "z"], ["w"], **options)
    model = model_of([node, conv_node()], {"q": q, "s": np.asarray(scale), "z": np.asarray(zero)})
    layer = read(model, tmp_path)["conv"]
    np.testing.assert_array_equal(layer.weight, exact)
    assert layer.notes == ("its weight is stored in few bits, and scaled back",)


def test_quantised_convolutions(tmp_path: Path) -> None:
    q, scale, zero, exact = quantised(0)
    one = np.ones((), dtype=np.float32)
    tensors = {"w": q, "ws": scale, "wz": zero, "s": one, "z": np.zeros((), dtype=np.int8)}
    node = conv_node(op="QLinearConv", inputs=["x", "s", "z", "w", "ws", "wz", "s", "z"], strides=[2, 2])
    layer = read(model_of([node], tensors), tmp_path)["conv"]
    np.testing.assert_array_equal(layer.weight, exact)
    assert (layer.stride, layer.reason) == ((2, 2), None)


IMAGE = value("x", (1, 2, 8, 8))

unreadable = {
    "computed": (
        lambda: model_of([helper.make_node("Relu", ["v"], ["w"]), conv_node()], inputs=[IMAGE, value("v", W.shape)]),
        "its weight 'w' is not stored: other nodes compute it",
    ),
    "an input": (lambda: model_of([conv_node()], inputs=[IMAGE, value("w", W.shape)]), "is not stored"),
    "integers": (
        lambda: model_of([conv_node(op="ConvInteger")], {"w": W.astype(np.int8)}),
        "it multiplies integers; the scale",
    ),
    "deformable": (
        lambda: model_of([conv_node(op="DeformConv", inputs=["x", "w", "o"])], {"w": W, "o": W}),
        "it is deformable: where it looks depends on its input",
    ),
    "unknown": (
        lambda: model_of([conv_node(op="FancyConv", domain="com.example")], {"w": W}),
        "com.example FancyConv is no convolution known here",
    ),
    "flat": (lambda: model_of([conv_node()], {"w": W.reshape(4, 18)}), r"its weight has shape \(4, 18\)"),
    "of integers": (lambda: model_of([conv_node()], {"w": W.astype(np.int32)}), "its weight is of type int32"),
    "missing": (lambda: model_of([conv_node(inputs=["x"])]), "it has no weight"),
    "strides": (lambda: model_of([conv_node(strides=[2])], {"w": W}), r"its strides are \(2,\); 2 numbers"),
    "pads": (lambda: model_of([conv_node(pads=[1, 1])], {"w": W}), r"its pads are \(1, 1\); 4 numbers"),
    "kernel": (lambda: model_of([conv_node(kernel_shape=[5, 5])], {"w": W}), r"kernel_shape is \(5, 5\), but its"),
}


@pytest.mark.parametrize(("make", "reason"), unreadable.values(), ids=unreadable.keys())
def test_layers_that_cannot_be_analysed_are_listed_with_the_reason(
    make: Callable[[], Any], reason: str, tmp_path: Path
) -> None:
    layer = read(make(), tmp_path)["conv"]
    assert layer.reason is not None
    with pytest.raises(errors.UnreadableLayerError, match=reason):
        layer.operator()
    report = lfa.cnn.analyze(tmp_path / "model.onnx")
    assert report["conv"].reason == layer.reason
    assert np.isnan([report["conv"].sigma_max, report["conv"].condition, report["conv"].frobenius]).all()
    assert "not analysed" in str(report)


# graphs in graphs ---------------------------------------------------------------------------------------------


def branch(name: str, weight: str) -> Any:
    node = conv_node(name=f"{name}/conv", inputs=["x", weight], outputs=[f"{name}/y"])
    own = [numpy_helper.from_array(2 * W, f"{name}/w")]
    return helper.make_graph([node], name, [], [helper.make_empty_tensor_value_info(f"{name}/y")], own)


def test_convolutions_in_branches_and_loops(tmp_path: Path) -> None:
    choice = helper.make_node("If", ["condition"], ["z"], name="choice",
                              then_branch=branch("then", "then/w"), else_branch=branch("else", "w"))  # fmt: skip
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["c"], ["c2"]),
            conv_node(name="step", inputs=["state", "v"], outputs=["state2"], pads=[1] * 4),
        ],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("c", TensorProto.BOOL, []),
            value("state", (1, 2, 8, 6)),
        ],
        [helper.make_tensor_value_info("c2", TensorProto.BOOL, []), value("state2", (1, 2, 8, 6))],
    )
    loop = helper.make_node("Loop", ["count", "condition", "x"], ["y"], name="loop", body=body)
    tensors = {"w": W, "v": W[:2], "condition": np.array(True), "count": np.array(3)}
    layers = read(model_of([choice, loop], tensors), tmp_path)
    assert list(layers) == ["else/conv", "then/conv", "step"] or list(layers) == ["then/conv", "else/conv", "step"]
    np.testing.assert_array_equal(layers["then/conv"].weight, 2 * W)
    np.testing.assert_array_equal(layers["else/conv"].weight, W)
    assert layers["then/conv"].notes == ("inside then_branch of choice",)
    assert {layer.input_shape for layer in layers.values()} == {(8, 6)}
    assert {layer.assumed for layer in layers.values()} == {()}


def test_local_functions_are_written_out(tmp_path: Path) -> None:
    opset = helper.make_opsetid("", 17)
    inner = conv_node(name="inner", inputs=["a", "b"], outputs=["c"])
    function = helper.make_function("local", "Block", ["a", "b"], ["c"], [inner], [opset])
    model = model_of([helper.make_node("Block", ["x", "w"], ["y"], domain="local", name="block")], {"w": W})
    model.opset_import.append(helper.make_opsetid("local", 1))
    model.functions.append(function)
    (layer,) = read(model, tmp_path).values()
    np.testing.assert_array_equal(layer.weight, W)


# shapes -------------------------------------------------------------------------------------------------------


def exported(module: nn.Module, x: torch.Tensor, path: Path, **options: Any) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(module.eval(), (x,), path, dynamo=False, **options)
    return path


def test_an_exported_network_has_the_shapes_and_numbers_of_the_module(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = ResNet18(4)
    axes = {"x": {0: "n", 2: "h", 3: "w"}}
    path = exported(
        network, torch.zeros(1, 3, 64, 64), tmp_path / "net.onnx", input_names=["x"], dynamic_axes=axes,
        training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False,
    )  # fmt: skip
    for size in (64, (96, 32)):
        ours, theirs = load(network, size), load(path, size)
        assert len(ours) == len(theirs) == 20
        for a, b in zip(ours, theirs, strict=True):
            assert (a.input_shape, a.stride, a.padding, a.dilation, a.groups) == (
                b.input_shape, b.stride, b.padding, b.dilation, b.groups,
            )  # fmt: skip
            assert b.assumed == ()
            np.testing.assert_array_equal(a.weight, b.weight)
    gains = [lfa.cnn.analyze(source, 64).gain for source in (network, path)]
    assert gains[0] is not None
    assert gains[1] is not None
    assert gains[0].bound == pytest.approx(gains[1].bound, rel=1e-6)
    assert [block.bound for block in gains[0].blocks] == pytest.approx([b.bound for b in gains[1].blocks], rel=1e-6)
    assert len(gains[0].blocks) == 8


def test_channels_may_be_last_and_signals_without(tmp_path: Path) -> None:
    transposed = helper.make_node("Transpose", ["x"], ["t"], perm=[0, 3, 1, 2])
    model = model_of([transposed, conv_node(inputs=["t", "w"])], {"w": W}, inputs=[value("x", ("n", "h", "w", 2))])
    assert read(model, tmp_path, (10, 12))["conv"].input_shape == (10, 12)
    unsqueezed = helper.make_node("Unsqueeze", ["x", "one"], ["t"])
    tensors = {"w": RNG.standard_normal((4, 1, 3)), "one": np.array([1])}
    signal = model_of([unsqueezed, conv_node(inputs=["t", "w"])], tensors, inputs=[value("x", ("n", "samples"))])
    assert read(signal, tmp_path, 100)["conv"].input_shape == (100,)


def test_shapes_that_follow_from_computed_numbers(tmp_path: Path) -> None:
    """Pads as exporters compute them, in an outer graph and by the shape of the input."""
    nodes = [
        helper.make_node("Concat", ["zeros", "front"], ["pads"], axis=0),
        helper.make_node("Pad", ["x", "pads"], ["padded"]),
        helper.make_node("Shape", ["padded"], ["shape"]),
        helper.make_node("Reshape", ["padded", "shape"], ["same"]),
        conv_node(inputs=["same", "w"]),
    ]
    tensors = {"w": W, "zeros": np.zeros(6, dtype=np.int64), "front": np.array([2, 3])}
    model = model_of(nodes, tensors, inputs=[value("x", ("n", 2, "h", "w"))])
    assert read(model, tmp_path, (8, 6))["conv"].input_shape == (10, 9)


def test_what_inference_cannot_tell_is_assumed_and_said(tmp_path: Path) -> None:
    nodes = [helper.make_node("Mystery", ["x"], ["m"], domain="com.example"), conv_node(inputs=["m", "w"])]
    model = model_of(nodes, {"w": W})
    model.opset_import.append(helper.make_opsetid("com.example", 1))
    assert read(model, tmp_path, (9, 9))["conv"].assumed == ("input_shape",)


def test_an_input_shape_of_no_input_is_refused(tmp_path: Path) -> None:
    message = r"input_shape: got \(1, 2, 3, 4, 5\); the network's inputs are 'x' \(1, 2, 8, 6\)"
    with pytest.raises(errors.InvalidArgumentError, match=message):
        read(model_of([conv_node()], {"w": W}), tmp_path, (1, 2, 3, 4, 5))


# files beside the model ---------------------------------------------------------------------------------------


def beside(location: str, length: int | None = None, offset: int = 0, shape: Sequence[int] = W.shape) -> Any:
    model = model_of([conv_node()])
    tensor = model.graph.initializer.add()
    tensor.name, tensor.data_type, tensor.data_location = "w", TensorProto.FLOAT, TensorProto.EXTERNAL
    tensor.dims.extend(shape)
    told = {"location": location, "offset": str(offset)} | ({} if length is None else {"length": str(length)})
    for key, text in told.items():
        entry = tensor.external_data.add()
        entry.key, entry.value = key, text
    return model


def test_weights_in_a_file_beside_the_model(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "w.bin").write_bytes(b"head" + W.tobytes())
    model = beside("data/w.bin", W.nbytes, 4)
    np.testing.assert_array_equal(read(model, tmp_path)["conv"].weight, W)


def outside(folder: Path) -> Any:
    (folder.parent / "w.bin").write_bytes(W.tobytes())
    return beside("../w.bin")


def linked(folder: Path) -> Any:
    (folder.parent / "v.bin").write_bytes(W.tobytes())
    (folder / "link.bin").symlink_to(folder.parent / "v.bin")
    return beside("link.bin")


def short(folder: Path) -> Any:
    (folder / "w.bin").write_bytes(W.tobytes()[:-1])
    return beside("w.bin")


def lying(**changes: Any) -> Callable[[Path], Any]:
    def make(_folder: Path) -> Any:
        model = model_of([conv_node()], {"w": W})
        for key, content in changes.items():
            if key == "dims":
                del model.graph.initializer[0].dims[:]
                model.graph.initializer[0].dims.extend(content)
            else:
                setattr(model.graph.initializer[0], key, content)
        return model

    return make


def cyclic(_folder: Path) -> Any:
    nodes = [helper.make_node("Add", ["x", "b"], ["a"]), helper.make_node("Relu", ["a"], ["b"])]
    return model_of([*nodes, conv_node(inputs=["b", "w"])], {"w": W})


def broadcast_bomb(_folder: Path) -> Any:
    nodes = [helper.make_node("Mul", ["row", "column"], ["w"]), conv_node()]
    row, column = np.ones((1, 100_000), dtype=np.float32), np.ones((100_000, 1), dtype=np.float32)
    return model_of(nodes, {"row": row, "column": column})


hostile: dict[str, tuple[Callable[[Path], Any], type[Exception], str]] = {
    "outside": (outside, errors.UnsafeFileError, r"tensor 'w' lies in '../w.bin', outside of the model's folder"),
    "by a link": (linked, errors.UnsafeFileError, "'link.bin', outside of the model's folder, and is not read"),
    "absolute": (lambda _: beside("/etc/passwd"), errors.UnsafeFileError, "'/etc/passwd', outside"),
    "nowhere": (lambda _: beside("none.bin"), errors.ModelFileError, "there is no file 'none.bin' beside the model"),
    "nothing": (lambda _: beside(""), errors.UnsafeFileError, "tensor 'w' lies in ''"),
    "a NUL": (lambda _: beside("a\0b"), errors.ModelFileError, "its file .* cannot be found"),
    "short": (short, errors.ModelFileError, r"needs 288 bytes; 288 from byte 0 of the 287 bytes of 'w.bin'"),
    "huge": (
        lambda folder: ((folder / "w.bin").write_bytes(b"abc"), beside("w.bin", shape=(10**6, 10**6, 3, 3)))[1],
        errors.ModelFileError,
        r"shape \(1000000, 1000000, 3, 3\) needs 36000000000000 bytes",
    ),
    "dims too large": (lying(dims=[4, 2, 3, 10**9]), errors.ModelFileError, "does not hold its 24000000000 numbers"),
    "dims too small": (lying(dims=[4, 2, 3]), errors.ModelFileError, "does not hold its 24 numbers: it has 288 bytes"),
    "dims negative": (lying(dims=[-4, -2, 3, 3]), errors.ModelFileError, r"has shape \(-4, -2, 3, 3\); extents of"),
    "no type": (lying(data_type=0), errors.ModelFileError, "'w' is of type 0; numbers are needed"),
    "future type": (lying(data_type=99), errors.ModelFileError, "'w' is of type 99; numbers are needed"),
    "cyclic": (cyclic, errors.ModelFileError, "'Add' uses 'b', which no node before it makes: the graph is cyclic"),
}


@pytest.mark.parametrize(("make", "error", "message"), hostile.values(), ids=hostile.keys())
def test_hostile_models_are_refused(make: Any, error: type[Exception], message: str, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    with pytest.raises(error, match=message):
        read(make(folder), folder)


def test_numbers_that_would_fill_the_memory_are_not_computed(tmp_path: Path) -> None:
    layer = read(broadcast_bomb(tmp_path), tmp_path)["conv"]
    assert "is not stored" in str(layer.reason)


def test_damaged_models_give_no_foreign_errors(tmp_path: Path) -> None:
    nodes = [helper.make_node("Relu", ["x"], ["r"]), conv_node(inputs=["r", "w"])]
    sound = model_of(nodes, {"w": W}).SerializeToString()
    rng = np.random.default_rng(0)
    path = tmp_path / "model.onnx"
    outcomes = set()
    for _ in range(300):
        content = bytearray(sound if rng.random() < 0.7 else sound[: rng.integers(1, len(sound))])
        for place in rng.integers(0, min(len(content), 200), rng.integers(1, 4)):
            content[place] = rng.integers(0, 256)
        path.write_bytes(content)
        try:
            outcomes.add(type(load(path)).__name__)
        except errors.CrystalError as error:
            outcomes.add(type(error).__name__)
    assert {"tuple", "ModelFileError"} <= outcomes


def test_without_onnx_the_extra_is_named(tmp_path: Path) -> None:
    saved(model_of([conv_node()], {"w": W}), tmp_path)
    code = (
        "import sys; sys.modules['onnx'] = None\nimport crystal_lfa as lfa\n"
        f"try: lfa.cnn.load({str(tmp_path / 'model.onnx')!r})\n"
        "except lfa.errors.MissingLibraryError as error: print(error)"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "needs onnx" in printed
    assert "crystal-lfa[onnx]" in printed


def test_a_tensorflow_graph_is_no_onnx_model(tmp_path: Path) -> None:
    (tmp_path / "saved_model.pb").write_bytes(b"\x08\x01\x12\x04abcd")
    with pytest.raises(errors.ModelFileError, match=r"a TensorFlow graph by its name \(tf2onnx turns it into ONNX\)"):
        load(tmp_path / "saved_model.pb")
    (tmp_path / "model.tflite").write_bytes(b"\x1c\0\0\0TFL3" + bytes(40))
    with pytest.raises(errors.ModelFileError, match=r"a TensorFlow Lite model \(tf2onnx turns it into ONNX\)"):
        load(tmp_path / "model.tflite")


def test_onnx_parses_what_is_written_here() -> None:
    onnx.checker.check_model(model_of([conv_node()], {"w": W}))


# bounds of the whole -----------------------------------------------------------------------------------------


def number(content: Any) -> NDArray[np.float32]:
    return np.asarray(content, dtype=np.float32)


WAYS: dict[str, tuple[list[Any], dict[str, NDArray[Any]], bool]] = {
    "times a number": ([helper.make_node("Mul", ["c", "k"], ["y"])], {"k": number(-3)}, True),
    "times channels": (
        [helper.make_node("Mul", ["k", "c"], ["y"])], {"k": number([[[[2]], [[3]], [[1]], [[5]]]])}, True,
    ),
    "by a number": ([helper.make_node("Div", ["c", "k"], ["y"])], {"k": number(0.1)}, True),
    "a number by it": ([helper.make_node("Div", ["k", "c"], ["y"])], {"k": number(0.1)}, False),
    "a shift": ([helper.make_node("Add", ["c", "k"], ["y"])], {"k": number(np.ones((4, 1, 1)))}, True),
    "repeated by a shift": (
        [
            helper.make_node("GlobalAveragePool", ["c"], ["p"]),
            helper.make_node("Add", ["p", "k"], ["y"]),
        ],
        {"k": number(np.zeros((1, 4, 9, 9)))},
        False,
    ),
    "repeated by a product": (
        [helper.make_node("GlobalAveragePool", ["c"], ["p"]), helper.make_node("Mul", ["p", "k"], ["y"])],
        {"k": number(np.ones((1, 4, 9, 9)))},
        False,
    ),
    "added to its mean": (
        [helper.make_node("GlobalAveragePool", ["c"], ["p"]), helper.make_node("Add", ["p", "c"], ["y"])], {}, False,
    ),
    "added to itself": ([helper.make_node("Add", ["c", "c"], ["y"])], {}, True),
    "squared": ([helper.make_node("Mul", ["c", "c"], ["y"])], {}, False),
    "beside itself": ([helper.make_node("Concat", ["c", "c"], ["y"], axis=1)], {}, True),
    "reflected": (
        [helper.make_node("Pad", ["c", "k"], ["y"], mode="reflect")], {"k": np.array([0, 0, 2, 2, 0, 0, 2, 2])}, False,
    ),
    "means over the border": (
        [helper.make_node("AveragePool", ["c"], ["y"], kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)], {}, True,
    ),
    "dilated maxima": (
        [helper.make_node("MaxPool", ["c"], ["y"], kernel_shape=[2, 2], strides=[2, 2], dilations=[2, 2])], {}, True,
    ),
    "shape and back": (
        [helper.make_node("Shape", ["c"], ["s"]), helper.make_node("Reshape", ["c", "s"], ["y"])], {}, True,
    ),
    "summed": ([helper.make_node("ReduceSum", ["c", "k"], ["y"])], {"k": np.array([1])}, False),
    "another's operation": ([helper.make_node("Relu", ["c"], ["y"], domain="com.example")], {}, False),
    "split": (
        [helper.make_node("Split", ["c"], ["a", "b"], axis=1), helper.make_node("Add", ["a", "b"], ["y"])], {}, True,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("nodes", "tensors", "bounded"), WAYS.values(), ids=WAYS.keys())
def test_bounds_of_graphs_hold_or_are_infinite(
    nodes: list[Any], tensors: dict[str, NDArray[Any]], bounded: bool, tmp_path: Path
) -> None:
    model = model_of([conv_node(outputs=["c"], pads=[1] * 4), *nodes], {"w": W, **tensors})
    gain = lfa.cnn.analyze(saved(model, tmp_path)).gain
    assert gain is not None
    assert np.isfinite(gain.bound) == bounded
    if bounded:
        run = ReferenceEvaluator(model)
        x = RNG.standard_normal((20, 1, 2, 8, 6)).astype(np.float32)
        steps = 1e-2 * RNG.standard_normal((20, 1, 2, 8, 6)).astype(np.float32)
        for image, step in zip(x, steps, strict=True):
            change = run.run(None, {"x": image + step})[0] - run.run(None, {"x": image})[0]
            assert np.linalg.norm(change) <= gain.bound * np.linalg.norm(step) * (1 + 1e-3)
