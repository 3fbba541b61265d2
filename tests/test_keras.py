"""Keras models from files of every version: Keras itself makes the files, and applies the layers that are read."""

from __future__ import annotations

import json
import os
import random
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import crystal_lfa as lfa
from crystal_lfa import errors
from crystal_lfa.cnn import ConvLayer, from_image, load, to_image

os.environ["KERAS_BACKEND"] = "torch"
h5py = pytest.importorskip("h5py")
keras = pytest.importorskip("keras")
L = keras.layers

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")
FORMATS = (".keras", ".h5", ".weights.h5", "-legacy.h5")


def save(model: Any, folder: Path, ending: str) -> Path:
    """Write a model as Keras does, or its weights alone as Keras 2 did."""
    path = folder / f"model{ending}"
    if ending == ".weights.h5":
        model.save_weights(path)
    elif ending == "-legacy.h5":
        from keras.src.legacy.saving import legacy_h5_format

        with h5py.File(path, "w") as file:
            legacy_h5_format.save_weights_to_hdf5_group(file, model)
    else:
        model.save(path)
    return path


def read(path: Path, **options: Any) -> dict[str, ConvLayer]:
    return {layer.name: layer for layer in load(path, **options)}


def drawn(model: Any, seed: int = 0) -> Any:
    """Give a model weights that are random in all their digits."""
    rng = np.random.default_rng(seed)
    model.set_weights([rng.standard_normal(weight.shape) for weight in model.weights])
    return model


# ------------------------------------------------------------------------------------------------ one layer, applied


def made_plain(layer: Any, spatial: tuple[int, ...]) -> Any:
    """Return a layer of Keras with the same kernel, without bias, that pads nothing."""
    config = {**layer.get_config(), "padding": "valid", "use_bias": False, "name": "plain"}
    plain = type(layer).from_config(config)
    shape = list(layer.input.shape)
    axes = slice(1, -1) if layer.data_format == "channels_last" else slice(2, None)
    shape[axes] = spatial
    plain.build(shape)
    plain.set_weights(layer.get_weights()[: len(plain.weights)])
    return plain


def applied(layer: Any, image: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what a layer of Keras makes of an image (channels, *spatial)."""
    is_last = layer.data_format == "channels_last"
    batch = (np.moveaxis(image, 0, -1) if is_last else image)[None]
    out = keras.ops.convert_to_numpy(layer(batch))[0]
    return np.moveaxis(out, -1, 0) if is_last else out


def through_ours(layer: ConvLayer, image: NDArray[np.float64]) -> NDArray[np.float64]:
    A = layer.operator()
    T = lfa.lattices.integer(len(layer.stride)).torus(image.shape[1:])
    return np.asarray(to_image(A.apply(from_image(image, A.domain, T), T), A.codomain, T))


def check_circular(kerass: Any, ours: tuple[ConvLayer, ...], rng: np.random.Generator) -> None:
    """Compare with Keras on an image that is wrapped around, by padding it or by adding what comes out beyond."""
    first = ours[0]
    reach = [d * (k - 1) + 1 for d, k in zip(first.dilation, first.shape[2:], strict=True)]
    spatial = tuple(n * s for n, s in zip((5, 3, 4), first.stride, strict=False))
    channels = first.shape[0] if first.transposed else first.shape[1] * first.groups
    image = rng.standard_normal((channels, *spatial))
    found = image
    for layer in ours:
        found = through_ours(layer, found)
    if first.transposed:
        full = applied(made_plain(kerass, spatial), image)
        expected = np.zeros(found.shape)
        places = np.meshgrid(
            *((np.arange(n) - p) % m for n, p, m in zip(full.shape[1:], first.padding, found.shape[1:], strict=True)),
            indexing="ij",
        )
        for channel in range(len(full)):
            np.add.at(expected[channel], tuple(places), full[channel])
    else:
        around = [(p, r - 1 - p) for p, r in zip(first.padding, reach, strict=True)]
        wrapped = np.pad(image, [(0, 0), *around], mode="wrap")
        expected = applied(made_plain(kerass, wrapped.shape[1:]), wrapped)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def check_padding(kerass: Any, ours: ConvLayer, rng: np.random.Generator) -> None:
    """Compare the padding with Keras: zeros in front, as many as are needed behind."""
    channels = ours.shape[0] if ours.transposed else ours.shape[1] * ours.groups
    image = rng.standard_normal((channels, *ours.input_shape))
    bias = kerass.get_weights()[-1].reshape(-1, *(1,) * len(ours.stride)) if kerass.use_bias else 0
    expected = applied(kerass, image) - bias
    behind = (0,) * len(ours.stride) if ours.transposed else tuple(s * 8 for s in ours.stride)
    around = [(0 if ours.transposed else p, q) for p, q in zip(ours.padding, behind, strict=True)]
    padded = np.pad(image, [(0, 0), *around])
    found = applied(made_plain(kerass, padded.shape[1:]), padded)
    for axis, n in enumerate(expected.shape[1:], start=1):
        cropped = ours.padding[axis - 1] if ours.transposed else 0
        found = found.take(range(cropped, min(cropped + n, found.shape[axis])), axis=axis)
    # What Keras adds behind (output_padding) is zeros.
    inside = tuple(slice(n) for n in found.shape)
    np.testing.assert_allclose(found, expected[inside], rtol=0, atol=1e-12)


def draw_layer(seed: int) -> tuple[Any, tuple[int, ...]]:
    """Return a random convolution of Keras, and the shape of its input without batch."""
    rng = np.random.default_rng(seed)
    kinds = ["Conv{}D", "Conv{}DTranspose", "DepthwiseConv{}D", "SeparableConv{}D"]
    kind = kinds[seed % 4]
    axes = int(rng.integers(1, 4 if seed % 4 < 2 else 3))
    groups = int(rng.integers(1, 4)) if seed % 4 == 0 else 1
    channels = groups * int(rng.integers(1, 4))
    square = seed % 4 >= 2  # of the others, strides may differ along the axes
    stride = [int(rng.integers(1, 4))] * axes if square else [int(n) for n in rng.integers(1, 4, axes)]
    paddings = ["valid", "same", "causal"] if kind == "Conv{}D" and axes == 1 else ["valid", "same"]
    options: dict[str, Any] = {
        "kernel_size": [int(n) for n in rng.integers(1, 5, axes)],
        "strides": stride,
        "padding": str(rng.choice(paddings)),
        "use_bias": bool(rng.integers(2)),
        "dtype": "float64",
    }
    if rng.integers(2):
        options |= {"strides": [1] * axes, "dilation_rate": [int(rng.integers(1, 4))] * axes}
    if seed % 4 >= 2:
        options["depth_multiplier"] = int(rng.integers(1, 4))
    if seed % 4 != 2:
        options["filters"] = groups * int(rng.integers(1, 4))
    if seed % 4 == 0:
        options["groups"] = groups
    spatial = tuple(int(n) for n in rng.integers(12, 17, axes))
    if seed % 3 == 0 and kind == "Conv{}D":
        options["data_format"] = "channels_first"
        return getattr(L, kind.format(axes))(**options), (channels, *spatial)
    return getattr(L, kind.format(axes))(**options), (*spatial, channels)


def compare_with_keras(seed: int, folder: Path) -> None:
    rng = np.random.default_rng(seed)
    layer, shape = draw_layer(seed)
    drawn(keras.Sequential([keras.Input(shape, dtype="float64"), layer]), seed)
    model = keras.Sequential([keras.Input(shape, dtype="float64"), layer])
    is_first = layer.data_format == "channels_first"
    for ending in FORMATS[:2]:
        ours = load(save(model, folder, ending))
        names = [f"{layer.name}/{part}" for part in ("depthwise", "pointwise")] if len(ours) == 2 else [layer.name]
        assert [one.name for one in ours] == names
        assert ours[0].input_shape == (shape[1:] if is_first else shape[:-1])
        assert ours[0].stride == tuple(layer.strides)
        assert ours[0].dilation == tuple(layer.dilation_rate)
        assert not any(one.assumed for one in ours), ours
        if len(ours) == 2:
            assert ours[1].input_shape == tuple(layer.output.shape[1:-1])
        check_circular(layer, ours, rng)
        if len(ours) == 1:
            check_padding(layer, ours[0], rng)


@pytest.mark.parametrize("seed", range(32))
def test_a_layer_from_a_file_is_the_layer_of_keras(seed: int, tmp_path: Path) -> None:
    compare_with_keras(seed, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 400))
def test_many_layers_from_files_are_the_layers_of_keras(seed: int, tmp_path: Path) -> None:
    compare_with_keras(seed, tmp_path)


@pytest.mark.parametrize("output_padding", [0, 1])
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_output_padding_of_transposed_layers(padding: str, output_padding: int, tmp_path: Path, rng: Any) -> None:
    for kernel in (2, 3, 4):
        layer = L.Conv2DTranspose(2, kernel, strides=2, padding=padding, output_padding=output_padding, dtype="float64")
        model = drawn(keras.Sequential([keras.Input((5, 6, 3), dtype="float64"), layer]))
        (ours,) = load(save(model, tmp_path, ".keras"))
        assert ours.output_padding == (output_padding, output_padding)
        check_circular(layer, (ours,), rng)


@pytest.mark.parametrize("kind", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("ending", FORMATS)
def test_every_precision_comes_exactly(ending: str, kind: str, tmp_path: Path) -> None:
    layer = L.Conv1D(3, 4, dtype=kind)
    model = drawn(keras.Sequential([keras.Input((8, 2), dtype=kind), layer]))
    (ours,) = load(save(model, tmp_path, ending))
    assert ours.weight.dtype == np.dtype("float32" if kind == "bfloat16" else kind)
    expected = keras.ops.convert_to_numpy(keras.ops.cast(layer.kernel, "float64"))
    np.testing.assert_array_equal(ours.weight, np.moveaxis(expected, (-1, -2), (0, 1)))


# --------------------------------------------------------------------------------------------------------- whole models


def zoo() -> Any:
    """Return a model with convolutions in models, wrappers and branches."""
    inside = keras.Sequential([L.Conv2D(6, 3, padding="same", name="one"), L.ReLU()], name="inside")
    block_input = keras.Input((None, None, 6))
    y = inside(block_input)
    y = L.Conv2D(6, 1, name="two")(y)
    block = keras.Model(block_input, L.Add()([y, block_input]), name="block")
    x = keras.Input((40, 36, 3), name="image")
    y = L.Rescaling(1 / 255)(x)
    y = L.ZeroPadding2D(((2, 3), (1, 2)))(y)
    y = L.Conv2D(6, (7, 5), strides=2, name="stem")(y)
    y = L.BatchNormalization()(y)
    y = L.MaxPooling2D(3, strides=2, padding="same", name="pool")(y)
    y = block(y)
    z = L.SeparableConv2D(6, 3, padding="same", depth_multiplier=2, name="separable")(y)
    gate = L.GlobalAveragePooling2D(keepdims=True)(z)
    gate = L.Conv2D(6, 1, activation="sigmoid", name="gate")(gate)
    z = L.Multiply()([z, gate])
    y = L.Concatenate()([y, z])
    y = L.DepthwiseConv2D(3, depth_multiplier=2, dilation_rate=2, name="depthwise")(y)
    y = L.Conv2DTranspose(4, 4, strides=3, padding="same", name="up")(y)
    y = L.UpSampling2D(2)(y)
    y = L.Cropping2D(((1, 1), (0, 3)))(y)
    y = L.Conv2D(3, 3, groups=1, dilation_rate=2, name="last")(y)
    z = L.Reshape((-1, 3))(y)
    z = L.Conv1D(4, 8, strides=4, padding="causal", name="line")(z)
    y = L.Lambda(lambda t: t * 2)(y)
    y = L.Conv2D(2, 5, padding="same", strides=2, name="after")(y)
    return drawn(keras.Model(x, [y, z], name="zoo"))


ZOO = [
    "one", "two", "stem", "separable/depthwise", "separable/pointwise", "gate", "depthwise", "up", "last", "line",
    "after",
]  # fmt: skip


def kerass_layers(model: Any) -> dict[str, Any]:
    found = {}
    for layer in model.layers:
        if hasattr(layer, "layers"):
            found.update(kerass_layers(layer))
        found[layer.name] = layer
    return found


@pytest.mark.parametrize("ending", FORMATS[:2])
def test_a_model_tells_everything_of_its_layers(ending: str, tmp_path: Path) -> None:
    model = zoo()
    ours, kerass = read(save(model, tmp_path, ending)), kerass_layers(model)
    assert sorted(ours) == sorted(ZOO)
    for name, layer in ours.items():
        own = kerass[name.partition("/")[0]]
        assert layer.assumed == ()
        if not name.endswith("pointwise"):
            assert layer.stride == tuple(own.strides)
            assert layer.dilation == tuple(own.dilation_rate)
        if own.name not in {"one", "two"}:
            assert layer.input_shape == tuple(own.input.shape[1:-1]), name
        kernel = own.get_weights()[1 if name.endswith("pointwise") else 0]
        assert sorted(layer.shape[2:]) == sorted(kernel.shape[:-2])
        np.testing.assert_array_equal(np.sort(layer.weight, axis=None), np.sort(kernel, axis=None))
    assert ours["one"].input_shape == ours["two"].input_shape == tuple(kerass["pool"].output.shape[1:-1])


@pytest.mark.parametrize("ending", FORMATS[:2])
def test_the_shape_of_the_input_may_be_given(ending: str, tmp_path: Path) -> None:
    ours = read(save(zoo(), tmp_path, ending), input_shape=(64, 50))
    x = keras.Input((64, 50, 3))
    y = x
    reached = {}
    for layer in zoo().layers[1:6]:
        reached[layer.name] = tuple(y.shape[1:-1])
        y = layer(y)
    assert ours["stem"].input_shape == reached["stem"]
    assert ours["one"].input_shape == ours["two"].input_shape == ours["depthwise"].input_shape == tuple(y.shape[1:-1])
    assert ours["gate"].input_shape == (1, 1)
    assert ours["separable/pointwise"].input_shape == tuple(y.shape[1:-1])
    # Nothing tells what the Lambda makes of its input.
    assert ours["after"].assumed == ("padding", "input_shape")
    square = read(tmp_path / f"model{ending}", input_shape=40)
    assert square["stem"].input_shape == (45, 43)
    with pytest.raises(
        errors.InvalidArgumentError, match=r"got \(8,\); the network's inputs are \(40, 36, 3\) without"
    ):
        load(tmp_path / f"model{ending}", input_shape=(8,))


def test_without_a_shape_in_the_model_the_given_one_counts(tmp_path: Path) -> None:
    layers = [L.Conv2D(4, 3, padding="same", strides=2, name="a"), L.Conv2D(4, 3, strides=2, padding="same", name="b")]
    model = drawn(keras.Sequential([keras.Input((None, None, 3)), *layers]))
    for ending in FORMATS[:2]:
        path = save(model, tmp_path, ending)
        open_model = read(path)
        assert open_model["a"].assumed == open_model["b"].assumed == ("padding", "input_shape")
        told = read(path, input_shape=(9, 12))
        assert (told["a"].input_shape, told["b"].input_shape) == ((9, 12), (5, 6))
        assert (told["a"].padding, told["b"].padding) == ((1, 0), (1, 0))


@pytest.mark.parametrize("ending", FORMATS)
def test_weights_alone_are_called_after_their_groups(ending: str, tmp_path: Path) -> None:
    if ending in FORMATS[:2]:
        return
    ours = read(save(zoo(), tmp_path, ending))
    if ending == ".weights.h5":
        names = {
            "layers/conv2d", "layers/conv2d_1", "layers/conv2d_2", "layers/conv2d_3", "layers/conv2d_transpose",
            "layers/conv1d",
            "layers/depthwise_conv2d", "layers/separable_conv2d/depthwise", "layers/separable_conv2d/pointwise",
            "layers/functional/layers/conv2d", "layers/functional/layers/sequential/layers/conv2d",
        }  # fmt: skip
    else:
        names = {*ZOO} - {"one", "two"} | {"block/two", "block/inside/one"}
    assert set(ours) == names
    up = ours["layers/conv2d_transpose" if ending == ".weights.h5" else "up"]
    assert up.shape == (24, 4, 4, 4)
    assert all({"stride", "input_shape"} <= set(layer.assumed) for name, layer in ours.items() if "point" not in name)
    (depthwise,) = (layer for name, layer in ours.items() if name.endswith("depthwise_conv2d") or name == "depthwise")
    assert (depthwise.shape, depthwise.groups) == ((24, 1, 3, 3), 12)


@pytest.mark.parametrize("ending", FORMATS[:2])
def test_layers_in_wrappers(ending: str, tmp_path: Path) -> None:
    deep = keras.Sequential([L.Conv2D(2, 3, name="q")], name="deep")
    layers = [
        keras.Input((5, 16, 14, 3)),
        L.TimeDistributed(L.Conv2D(4, 3, name="p"), name="timed"),
        L.TimeDistributed(deep),
        L.SpectralNormalization(L.Conv3D(2, 2, name="r")),
        L.ConvLSTM2D(2, 3, name="recurrent"),
    ]
    model = keras.Sequential(layers)
    ours = read(save(model, tmp_path, ending))
    assert list(ours) == ["p", "q", "r", "recurrent"]
    assert [layer.input_shape for layer in ours.values()] == [(16, 14), (14, 12), (5, 12, 10), ()]
    assert ours["recurrent"].reason == "it is recurrent: its output is no linear function of its input"
    other = read(tmp_path / f"model{ending}", input_shape=(20, 20))
    assert [layer.input_shape for layer in other.values()][:3] == [(20, 20), (18, 18), (5, 16, 16)]
    longer = read(tmp_path / f"model{ending}", input_shape=(7, 20, 20))
    assert longer["r"].input_shape == (7, 16, 16)


def test_a_layer_that_stands_in_several_places_is_read_once(tmp_path: Path) -> None:
    shared = L.Conv2D(3, 3, padding="same", name="shared")
    inner_input = keras.Input((None, None, 3))
    inner = keras.Model(inner_input, shared(inner_input), name="inner")
    x = keras.Input((16, 12, 3))
    y = inner(shared(inner(x)))
    y = shared(L.MaxPooling2D()(y))
    path = save(drawn(keras.Model(x, y)), tmp_path, ".keras")
    ours = read(path)
    assert list(ours) == ["shared"]
    assert ours["shared"].notes == ("runs on inputs of several shapes (16x12, 8x6); the first is analysed",)
    # The older format has a copy of the weight for each place.
    assert list(read(save(keras.Model(x, y), tmp_path, ".h5"))) == ["inner/shared", "shared"]


def test_layers_of_one_name_are_called_by_their_models_too(tmp_path: Path) -> None:
    parts = [keras.Sequential([L.Conv1D(2, n, name="conv")], name=f"part{n}") for n in (2, 3)]
    model = drawn(keras.Sequential([keras.Input((16, 2)), *parts, L.Conv1D(2, 4, name="conv")]))
    for ending in FORMATS[:2]:
        ours = read(save(model, tmp_path, ending))
        assert {name: layer.shape[2] for name, layer in ours.items()} == {"part2/conv": 2, "part3/conv": 3, "conv": 4}
        assert [layer.input_shape for layer in ours.values()] == [(16,), (15,), (13,)]


# ------------------------------------------------------------------------------------------------------- other versions


def rewritten(
    source: Path, target: Path, change: Callable[[Any], None], config: Callable[[Any], None] | None = None
) -> Path:
    """Copy a .keras archive with its weights, and maybe its configuration, changed."""
    with zipfile.ZipFile(source) as archive:
        (target.parent / "inner.h5").write_bytes(archive.read("model.weights.h5"))
        told = json.loads(archive.read("config.json"))
    with h5py.File(target.parent / "inner.h5", "a") as file:
        change(file)
    if config is not None:
        config(told)
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("config.json", json.dumps(told))
        archive.write(target.parent / "inner.h5", "model.weights.h5")
    return target


def without_names(file: Any) -> None:
    file.visititems(lambda _, entry: entry.attrs.pop("name", None) and None)


def as_keras_2_13(file: Any) -> None:
    """Group layers as TensorFlow 2.13 did: every second number was that of a layer listed twice."""
    without_names(file)
    groups = {}

    def renamed(path: str) -> str:
        parts = path.split("/")
        for place, part in enumerate(parts):
            name, _, number = part.rpartition("_")
            if name and number.isdecimal():
                parts[place] = f"{name}_{2 * int(number)}"
        return "/".join(parts).replace("layers", "_layer_checkpoint_dependencies")

    file.visititems(lambda path, entry: groups.update({path: entry[()]}) if hasattr(entry, "dtype") else None)
    del file["layers"]
    for path, values in groups.items():
        file[renamed(path)] = values


def as_on_windows(file: Any) -> None:
    """Name groups as Keras 2 did on Windows: whole paths with backslashes."""
    as_keras_2_13(file)
    groups = {}
    file.visititems(lambda path, entry: groups.update({path: entry[()]}) if hasattr(entry, "dtype") else None)
    del file["_layer_checkpoint_dependencies"]
    for path, values in groups.items():
        place, _, number = path.rpartition("/vars/")
        file.create_group(place.replace("/", "\\")) if place.replace("/", "\\") not in file else None
        file[place.replace("/", "\\")][f"vars/{number}"] = values


@pytest.mark.parametrize("change", [without_names, as_keras_2_13, as_on_windows])
def test_archives_of_earlier_versions(change: Any, tmp_path: Path) -> None:
    model = zoo()
    sound = read(save(model, tmp_path, ".keras"))
    found = read(rewritten(tmp_path / "model.keras", tmp_path / "old.keras", change))
    assert list(found) == list(sound)
    for name, layer in found.items():
        assert (layer.reason, layer.input_shape, layer.notes) == (None, sound[name].input_shape, ())
        np.testing.assert_array_equal(layer.weight, sound[name].weight)


def scattered(file: Any) -> None:
    """Move two layers' groups to where no version of Keras would put them."""
    without_names(file)
    file.move("layers/conv2d_1", "layers/somewhere")
    file.move("layers/conv1d", "elsewhere")


def test_a_weight_in_no_known_place_is_told_by_its_shape_alone(tmp_path: Path) -> None:
    sound = read(save(zoo(), tmp_path, ".keras"))
    found = read(rewritten(tmp_path / "model.keras", tmp_path / "odd.keras", scattered))
    assert [name for name, layer in found.items() if layer.reason] == []
    for name in ("gate", "line"):
        np.testing.assert_array_equal(found[name].weight, sound[name].weight)
        assert found[name].notes[-1:] == (
            "its weight is the only one in the file of such a shape; its place does not tell",
        )


def test_where_several_weights_fit_none_is_taken(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((16, 2)), *(L.Conv1D(2, 3, name=name) for name in "ab")])
    save(drawn(model), tmp_path, ".keras")

    def change(file: Any) -> None:
        without_names(file)
        for old, new in (("conv1d", "x"), ("conv1d_1", "y")):
            file.move(f"layers/{old}", f"layers/{new}")

    found = read(rewritten(tmp_path / "model.keras", tmp_path / "odd.keras", change))
    assert [layer.reason for layer in found.values()][:2] == [
        "its weight is not in the file, or there is more than one that it can be"
    ] * 2
    assert {name for name, layer in found.items() if layer.reason is None} == {"layers/x", "layers/y"}


def keras_1_file(path: Path, kernels: dict[str, Any], config: Any, **attributes: Any) -> Path:
    """Write a model or weights as Keras 1 and 2 did: bytes for texts, a group for each layer."""
    with h5py.File(path, "w") as file:
        for key, value in attributes.items():
            file.attrs[key] = value
        if config is not None:
            file.attrs["model_config"] = json.dumps(config).encode()
        root = file.create_group("model_weights") if config is not None else file
        root.attrs["layer_names"] = [name.encode() for name in kernels]
        for name, arrays in kernels.items():
            group = root.create_group(name)
            group.attrs["weight_names"] = [key.encode() for key in arrays]
            for key, array in arrays.items():
                group[key] = array
    return path


@pytest.mark.parametrize("backend", ["tensorflow", "theano"])
@pytest.mark.parametrize("ordering", ["tf", "th"])
def test_models_of_keras_1(ordering: str, backend: str, tmp_path: Path, rng: Any) -> None:
    weight = rng.standard_normal((5, 4, 3, 2))
    deconvolved = rng.standard_normal((5, 6, 3, 3))
    line = rng.standard_normal((7, 5, 4))
    is_first = ordering == "th"
    stored = weight if is_first else weight.transpose(2, 3, 1, 0)
    stored_deconvolved = deconvolved.transpose(1, 0, 2, 3) if is_first else deconvolved.transpose(2, 3, 0, 1)
    shape = [None, 4, 20, 18] if is_first else [None, 20, 18, 4]
    layers = [
        {
            "class_name": "Convolution2D",
            "config": {
                "name": "convolution2d_1", "nb_filter": 5, "nb_row": 3, "nb_col": 2, "subsample": [2, 1],
                "border_mode": "same", "dim_ordering": ordering, "batch_input_shape": shape,
            },
        },
        {"class_name": "MaxPooling2D", "config": {
            "name": "m", "pool_size": [2, 2], "strides": [2, 2], "border_mode": "valid", "dim_ordering": ordering,
        }},
        {
            "class_name": "Deconvolution2D",
            "config": {
                "name": "deconvolution2d_1", "nb_filter": 6, "nb_row": 3, "nb_col": 3, "subsample": [2, 2],
                "border_mode": "valid", "dim_ordering": ordering,
            },
        },
        {"class_name": "Flatten", "config": {"name": "f"}},
        {"class_name": "Reshape", "config": {"name": "r", "target_shape": [-1, 5]}},
        {
            "class_name": "AtrousConvolution1D",
            "config": {
                "name": "line", "nb_filter": 7, "filter_length": 4, "subsample_length": 1, "atrous_rate": 3,
                "border_mode": "valid",
            },
        },
    ]  # fmt: skip
    kernels = {
        "convolution2d_1": {"convolution2d_1_W": stored, "convolution2d_1_b": np.ones(5)},
        "m": {},
        "deconvolution2d_1": {"deconvolution2d_1_W_1:0": stored_deconvolved},
        "line": {"line_W": line.transpose(2, 1, 0)[:, None]},
    }
    config = {"class_name": "Sequential", "config": layers}
    path = keras_1_file(tmp_path / "old.h5", kernels, config, backend=backend.encode())
    ours = read(path)
    turn = slice(None, None, -1 if backend == "theano" else None)
    first, second, third = ours["convolution2d_1"], ours["deconvolution2d_1"], ours["line"]
    np.testing.assert_array_equal(first.weight, weight[:, :, turn, turn])
    np.testing.assert_array_equal(second.weight, deconvolved[:, :, turn, turn])
    np.testing.assert_array_equal(third.weight, line[:, :, turn])
    assert (first.stride, first.padding, first.input_shape) == ((2, 1), (0, 0), (20, 18))
    assert (second.stride, second.transposed, second.input_shape) == ((2, 2), True, (5, 9))
    assert (third.dilation, third.input_shape) == ((3,), (11 * 19 * 6 // 5,))


def test_models_of_keras_2(tmp_path: Path, rng: Any) -> None:
    """Names with ":0", a frozen layer, whose weights come last, and a variable of another name."""

    def conv(name: str, **more: Any) -> dict[str, Any]:
        config = {"name": name, "filters": 2, "kernel_size": [3], "strides": [1], "padding": "same", **more}
        return {"class_name": "Conv1D", "config": config}

    def called(name: str, **layer: Any) -> dict[str, Any]:
        return {**layer, "name": layer["config"]["name"], "inbound_nodes": [[[name, 0, 0, {}]]] if name else []}

    inner = {
        "name": "inner",
        "layers": [
            called("", class_name="InputLayer", config={"name": "in", "batch_input_shape": [None, None, 2]}),
            called("in", **conv("a", trainable=False)),
            called("a", **conv("b")),
        ],
        "input_layers": [["in", 0, 0]],
        "output_layers": [["b", 0, 0]],
    }
    outer = {
        "name": "outer",
        "layers": [
            called("", class_name="InputLayer", config={"name": "input", "batch_input_shape": [None, 24, 2]}),
            called("input", **conv("first", strides=[2])),
            called("first", class_name="Model", config=inner),
            called("inner", **conv("last")),
        ],
        "input_layers": [["input", 0, 0]],
        "output_layers": [["last", 0, 0]],
    }
    weights = {name: rng.standard_normal((3, 2, 2)) for name in ("first", "a", "b", "last")}
    for names in (("a", "b"), ("conv1d_7", "conv1d_8")):
        kernels = {
            "input": {},
            "first": {"conv1d_3/kernel:0": weights["first"], "conv1d_3/bias:0": np.ones(2)},
            "inner": {f"{names[1]}/kernel:0": weights["b"], f"{names[0]}/kernel:0": weights["a"]},
            "last": {"last/kernel:0": weights["last"]},
        }
        path = keras_1_file(tmp_path / "k2.h5", kernels, {"class_name": "Model", "config": outer})
        ours = read(path)
        assert list(ours) == ["first", "a", "b", "last"]
        assert [layer.input_shape for layer in ours.values()] == [(24,), (12,), (12,), (12,)]
        for name, layer in ours.items():
            np.testing.assert_array_equal(layer.weight, weights[name].transpose(2, 1, 0))


def test_long_lists_of_names_are_stored_in_pieces(tmp_path: Path) -> None:
    kernels = {f"layer{n}": {f"layer{n}/kernel:0": np.full((1, 1, 1), float(n + 1))} for n in range(4)}
    path = keras_1_file(tmp_path / "long.h5", kernels, None)
    with h5py.File(path, "a") as file:
        names = file.attrs["layer_names"]
        del file.attrs["layer_names"]
        file.attrs["layer_names0"], file.attrs["layer_names1"] = names[:3], names[3:]
    assert list(read(path)) == ["layer0", "layer1", "layer2", "layer3"]


def test_the_parts_of_separable_layers_in_weights_of_keras_2(tmp_path: Path, rng: Any) -> None:
    arrays = {
        "separable": {"separable/depthwise_kernel:0": rng.standard_normal((3, 3, 2, 4)),
                      "separable/pointwise_kernel:0": rng.standard_normal((1, 1, 8, 5))},
        "depthwise": {"depthwise/depthwise_kernel:0": rng.standard_normal((3, 3, 6, 1))},
        "attention": {"attention/query/kernel:0": rng.standard_normal((3, 2, 2))},
        "prelu": {"prelu/alpha:0": rng.standard_normal((3, 2, 2))},
    }  # fmt: skip
    path = keras_1_file(tmp_path / "weights.h5", arrays, None)
    shapes = {name: (layer.shape, layer.groups) for name, layer in read(path).items()}
    assert shapes == {
        "separable/depthwise": ((8, 1, 3, 3), 2),
        "separable/pointwise": ((5, 8, 1, 1), 1),
        "depthwise": ((6, 1, 3, 3), 6),
    }
    with_more = load(path, attributes={"attention/query": {"stride": 1}})
    assert [layer.name for layer in with_more][2:] == ["depthwise", "attention/query"]


class Own(keras.Model):
    """A model that only its code describes."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.one = L.Conv2D(5, 3)
        self.two = L.DepthwiseConv2D(3, depth_multiplier=2)
        self.three = L.Conv2DTranspose(4, 2)
        self.look = L.MultiHeadAttention(2, 3)

    def call(self, x: Any) -> Any:
        y = self.three(self.two(self.one(x)))
        return self.look(y, y)


@pytest.mark.parametrize("ending", [".keras", ".weights.h5"])
def test_models_that_only_code_describes(ending: str, tmp_path: Path) -> None:
    model = Own()
    model(np.zeros((1, 9, 9, 3)))
    ours = read(save(model, tmp_path, ending))
    assert {name: layer.shape for name, layer in ours.items()} == {
        "layers/conv2d": (5, 3, 3, 3), "layers/depthwise_conv2d": (10, 1, 3, 3),
        "layers/conv2d_transpose": (10, 4, 2, 2),
    }  # fmt: skip
    assert ours["layers/conv2d_transpose"].transposed
    assert "stride" in ours["layers/conv2d"].assumed
    if ending == ".keras":
        note = "inside own, of class Own, whose configuration does not tell of it"
        assert ours["layers/conv2d"].notes == (note,)


def test_where_no_name_tells_the_length_of_the_bias_does(tmp_path: Path) -> None:
    shapes = {"one": (3, 3, 4, 5), "two": (3, 3, 4, 2), "three": (3, 3, 4, 6)}
    with h5py.File(tmp_path / "a.weights.h5", "w") as file:
        for (name, shape), bias in zip(shapes.items(), (5, 8, 4), strict=True):
            file[f"{name}/vars/0"], file[f"{name}/vars/1"] = np.ones(shape), np.ones(bias)
        file["several/vars/0"], file["several/vars/1"] = np.ones((3, 1, 1)), np.ones((4, 1, 1))
    ours = read(tmp_path / "a.weights.h5")
    told = {name: (layer.shape, layer.groups, layer.transposed) for name, layer in ours.items()}
    assert told == {
        "one": ((5, 4, 3, 3), 1, False),
        "several/vars/0": ((1, 1, 3), 1, False),
        "several/vars/1": ((1, 1, 4), 1, False),
        "three": ((6, 4, 3, 3), 1, True),
        "two": ((8, 1, 3, 3), 4, False),
    }
    assert ours["two"].notes == ("read as a depthwise convolution, as the length of its bias tells",)


# ------------------------------------------------------------------------------------------------ not to be analysed


class Standardised(L.Conv2D):
    """A convolution that does something else with its kernel."""


class OfItsOwn(keras.layers.Layer):
    """A layer with a kernel whose use only its code tells."""

    def build(self, shape: Any) -> None:
        self.filter = self.add_weight(shape=(3, 3, shape[-1], 2), name="filter")

    def call(self, x: Any) -> Any:
        return x


def test_layers_that_cannot_be_analysed_are_listed_with_the_reason(tmp_path: Path) -> None:
    layers = [Standardised(4, 3, name="std"), OfItsOwn(name="own"), L.Conv2D(2, 3, name="plain")]
    path = save(keras.Sequential([keras.Input((8, 8, 3)), *layers]), tmp_path, ".keras")
    ours = read(path)
    code = "is not Keras's own; what it does with its weight is in its code, which is not run"
    assert {name: layer.reason for name, layer in ours.items()} == {
        "std": f"its class Standardised {code}",
        "plain": None,
        "own": f"its class OfItsOwn {code}",
    }
    with pytest.raises(errors.UnreadableLayerError, match="layer 'std' cannot be analysed: its class Standardised"):
        ours["std"].operator()


def replaced(name: str, array: Any) -> Callable[[Any], None]:
    def change(file: Any) -> None:
        del file[name]
        if array is not None:
            file[name] = array

    return change


def configured(**changes: Any) -> Callable[[Any], None]:
    return lambda told: told["config"]["layers"][1]["config"].update(changes)


def nothing(_: Any) -> None:
    pass


KERNEL = "layers/conv2d/vars/0"
unusable: dict[str, tuple[Any, Any, str]] = {
    "int8": (
        replaced(KERNEL, np.ones((3, 3, 3, 4), np.int8)), None,
        "its weight 'layers/conv2d/vars/0' is of type int8; floating point of 16 bits or more is needed",
    ),
    "text": (replaced(KERNEL, np.full((3, 3, 3, 4), b"a")), None, r"is of type \|S1; floating point"),
    "varying": (
        replaced(KERNEL, np.full((3, 3, 3, 4), "a", dtype=object)), None, "is of type object; floating point"
    ),
    "missing": (replaced(KERNEL, None), None, "its weight is not in the file, or there is more than one"),
    "channels": (
        replaced(KERNEL, np.ones((3, 3, 2, 4))), None,
        r"its weight has shape \(3, 3, 2, 4\) in the file; its configuration says \(3, 3, 3, 4\)",
    ),
    "axes": (replaced(KERNEL, np.ones((3, 3, 4))), None, r"has shape \(3, 3, 4\) in the file; .* says \(3, 3, 3, 4\)"),
    "empty": (replaced(KERNEL, np.ones((3, 3, 0, 4))), None, r"has shape \(3, 3, 0, 4\) in the file"),
    "groups": (nothing, configured(groups=3), r"its configuration says \(3, 3, 1, 4\) in 3 groups"),
    "filters": (nothing, configured(filters=True), "its filters is True; integers from 1 to 2147483647 are needed"),
    "strides": (nothing, configured(strides=[1, 2, 3]), r"its strides is \[1, 2, 3\]; a number for each of 2 axes"),
    "stride": (nothing, configured(strides=0), "its strides is 0; integers from 1 to 2147483647 are needed"),
    "padding": (nothing, configured(padding={"a": 1}), "its padding is {'a': 1}; valid, same or causal is needed"),
    "kernel": (nothing, configured(kernel_size=None), "its kernel_size is None; integers from 1 to"),
}  # fmt: skip


@pytest.mark.parametrize("name", unusable)
def test_weights_and_configurations_that_do_not_fit(name: str, tmp_path: Path) -> None:
    weights, config, reason = unusable[name]
    model = keras.Sequential([keras.Input((8, 8, 3)), L.Conv2D(4, 3, name="conv")])
    save(model, tmp_path, ".keras")
    (layer,) = load(rewritten(tmp_path / "model.keras", tmp_path / "odd.keras", weights, config))
    assert layer.name == "conv"
    with pytest.raises(errors.UnreadableLayerError, match=reason):
        layer.operator()


def test_weights_in_parts_are_listed(tmp_path: Path) -> None:
    layer = L.Conv2D(4, 3, name="conv")
    model = keras.Sequential([keras.Input((8, 8, 3)), layer])
    layer.enable_lora(2)
    (found,) = load(save(model, tmp_path, ".h5"))
    assert found.reason == "its weight is stored in parts (LoRA), which only Keras puts together"
    # The newer format has the sum.
    (found,) = load(save(model, tmp_path, ".keras"))
    assert found.reason is None


def test_kinds_without_a_kernel_that_moves(tmp_path: Path) -> None:
    layers = [
        {"class_name": kind, "config": {"name": kind.lower()}}
        for kind in ("LocallyConnected2D", "ConvLSTM2D", "Conv4D", "Dense", "MultiHeadAttention")
    ]
    path = keras_1_file(tmp_path / "a.h5", {}, {"class_name": "Sequential", "config": {"layers": layers}})
    assert [(layer.name, layer.reason) for layer in load(path)] == [
        ("locallyconnected2d", "it is locally connected: every pixel has a kernel of its own"),
        ("convlstm2d", "it is recurrent: its output is no linear function of its input"),
        ("conv4d", "Conv4D is no convolution known here"),
    ]


def test_state_of_the_optimizer_is_no_layer(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((8, 8, 3)), L.Conv2D(4, 3, name="conv"), L.Flatten(), L.Dense(1)])
    model.compile("adam", "mse")
    model.fit(np.ones((2, 8, 8, 3)), np.ones((2, 1)), verbose=0)
    for ending in (".keras", ".h5", ".weights.h5"):
        assert len(load(save(model, tmp_path, ending))) == 1


# -------------------------------------------------------------------------------------------------- files that lie


def hdf5(change: Callable[[Any], None]) -> Callable[[Path], Path]:
    """Return a writer of weights of Keras 3 with something wrong in them."""

    def write(folder: Path) -> Path:
        path = folder / "bad.weights.h5"
        with h5py.File(path, "w") as file:
            file["layers/conv1d/vars/0"] = np.ones((3, 2, 2))
            change(file)
        return path

    return write


def link(target: Any) -> Callable[[Path], Path]:
    def change(file: Any) -> None:
        file["layers/conv1d_1"] = target

    return hdf5(change)


def cyclic(file: Any) -> None:
    file["layers/conv1d/again"] = file["layers"]


def outside(file: Any) -> None:
    file.create_dataset("layers/a/vars/0", (3, 2, 2), "f4", external=[("/etc/hostname", 0, 48)])


def virtual(file: Any) -> None:
    layout = h5py.VirtualLayout((3, 2, 2), "f4")
    layout[:] = h5py.VirtualSource("/etc/hostname", "a", (3, 2, 2))
    file.create_virtual_dataset("layers/a/vars/0", layout)


def enormous(file: Any) -> None:
    file.create_dataset("layers/a/vars/0", (10**4, 10**4, 10**4), "f4", chunks=(10, 10, 10))


def many_large(file: Any) -> None:
    for number in range(30):
        shape = (100, 500, 500)
        made = file.create_dataset(f"layers/a{number}/vars/0", shape, "f4", chunks=(1, 10, 10))
        made[0, 0, 0] = 1


def unwritten(file: Any) -> None:
    file.create_dataset("layers/a/vars/0", (3, 2, 2), "f4")


def deep(file: Any) -> None:
    group = file
    for _ in range(3000):
        group = group.create_group("a")


def with_config(config: Any) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / "bad.h5"
        with h5py.File(path, "w") as file:
            file.attrs["model_config"] = config
        return path

    return write


def archive(**members: bytes) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / "bad.keras"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            for name, content in members.items():
                file.writestr({"config": "config.json", "weights": "model.weights.h5"}[name], content)
        return path

    return write


def nested(depth: int) -> str:
    entry = '{"class_name": "Sequential", "config": {"layers": ['
    return entry * depth + "]}}" * depth


def not_of_keras(folder: Path) -> Path:
    with h5py.File(folder / "a.h5", "w") as file:
        file["data"] = np.ones((3, 2, 2))
    return folder / "a.h5"


def cut_short(folder: Path) -> Path:
    path = hdf5(nothing)(folder)
    path.write_bytes(path.read_bytes()[:1000])
    return path


def in_bytes(signature: bytes, place: int, number: int) -> Callable[[Path], Path]:
    """Return a writer of a file with the number at a place behind the first bytes of a kind changed."""

    def write(folder: Path) -> Path:
        path = hdf5(lambda file: file.attrs.update(layer_names=np.array(["a", "b"], dtype=object)))(folder)
        content = bytearray(path.read_bytes())
        start = content.index(signature)
        number_there = start if number == -1 else number
        content[start + place : start + place + 8] = number_there.to_bytes(8, "little")
        path.write_bytes(content)
        return path

    return write


def heap_in_circle(folder: Path) -> Path:
    path = hdf5(nothing)(folder)
    content = bytearray(path.read_bytes())
    heap = content.index(b"HEAP")
    _, block, start = (int.from_bytes(content[heap + 8 * part : heap + 8 * part + 8], "little") for part in (1, 2, 3))
    content[start + block : start + block + 8] = block.to_bytes(8, "little")
    path.write_bytes(content)
    return path


LINK = r"'layers/conv1d_1' in it is a link to another {}, and is not followed; a file that holds its weights itself"
refused: dict[str, tuple[Callable[[Path], Path], str]] = {
    "soft link": (link(h5py.SoftLink("/layers")), LINK.format("place, '/layers'")),
    "external link": (link(h5py.ExternalLink("/etc/hostname", "/a")), LINK.format("file '/etc/hostname'")),
    "cycle": (hdf5(cyclic), r"its group 'layers/conv1d/again' stands in two places, maybe in itself; one place"),
    "external numbers": (hdf5(outside), r"the numbers of 'layers/a/vars/0' in it lie in another file, which is not op"),
    "virtual numbers": (hdf5(virtual), r"the numbers of 'layers/a/vars/0' in it lie in another file, which is not ope"),
    "enormous": (hdf5(enormous), r"of shape \(10000, 10000, 10000\) in it claims 4000000000000 bytes, of which 0 are"),
    "many large": (
        hdf5(many_large),
        r"its arrays claim 3\d{9} bytes together|'layers/a\d+/vars/0' .* claims 100000000",
    ),
    "unwritten": (
        hdf5(unwritten),
        r"'layers/a/vars/0' of shape \(3, 2, 2\) in it claims 48 bytes, of which 0 are store",
    ),
    "deep groups": (hdf5(deep), r"its groups are nested more than 64 deep; those of models are not"),
    "tree": (in_bytes(b"TREE", 16, -1), r"the file is damaged: what follows byte \d+ goes in a circle"),
    "heap": (heap_in_circle, r"the file is damaged: what follows byte \d+ goes in a circle"),
    "texts": (in_bytes(b"GCOL", 24, 2**64 - 16), r"damaged: what the collection at byte \d+ holds does not fit"),
    "no text": (with_config(np.ones(3)), r"its attribute 'model_config' is a ndarray; a text is needed"),
    "no JSON": (with_config("{"), r"its configuration is damaged: Expecting property name"),
    "other JSON": (with_config("[1, 2]"), r"its configuration describes no model; a class_name and a config are"),
    "deep JSON": (with_config("[" * 60000), r"its configuration is damaged: maximum recursion depth exceeded"),
    "deep models": (with_config(nested(240)), r"no convolution|nested too deep"),
    "deeper models": (with_config(nested(900)), r"nested too deep|maximum recursion depth exceeded"),
    "long number": (with_config('{"a": ' + "1" * 5000 + "}"), r"its configuration is damaged: Exceeds the limit"),
    "no config": (archive(weights=b"a"), r"there is no config.json in the archive; one that Keras wrote"),
    "no weights": (archive(config=b'{"class_name": "A", "config": {}}'), r"no model.weights.h5 in the arch|no model; "),
    "no HDF5": (archive(config=b'{"class_name": "A", "config": {}}', weights=b"a"), r"the file is damaged: .*file sig"),
    "bomb": (archive(config=b" " * (2 * 10**8), weights=b"a"), r"config.json has 200000000 bytes packed into \d+; no"),
    "no Keras": (not_of_keras, r"this HDF5 file holds nothing that Keras writes: neither a model \(model_config\)"),
    "cut short": (cut_short, r"the file is damaged: .*truncated file"),
    "names": (
        lambda folder: keras_1_file(folder / "bad.h5", {}, None, layer_names=np.ones(2)),
        r"holds nothing that Keras writes|no convolution",
    ),
}


@pytest.mark.parametrize("name", refused)
def test_files_that_lie(name: str, tmp_path: Path) -> None:
    write, message = refused[name]
    path = write(tmp_path)
    with pytest.raises(errors.ModelFileError, match=message) as caught:
        load(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("ending", FORMATS)
def test_damaged_files_raise_only_our_exceptions(ending: str, tmp_path: Path) -> None:
    layers = [L.Conv2D(4, 3, name="a"), keras.Sequential([L.DepthwiseConv2D(3, name="b")], name="inner")]
    path = save(drawn(keras.Sequential([keras.Input((9, 9, 3)), *layers])), tmp_path, ending)
    sound, damaged = path.read_bytes(), tmp_path / "damaged"
    draws = random.Random(11)  # noqa: S311 - bytes to break, not secrets
    refused_files = 0
    for number in range(150):
        content = bytearray(sound)
        if number % 3 == 0:
            del content[draws.randrange(len(content)) :]
        else:
            for _ in range(draws.choice((1, 4, 64, 256))):
                content[draws.randrange(len(content))] = draws.randrange(256)
        damaged.write_bytes(content)
        try:
            found = load(damaged)
        except errors.CrystalError:
            refused_files += 1
        else:
            assert all(isinstance(layer, ConvLayer) for layer in found)
    assert refused_files > 60


def test_configurations_that_mean_nothing_raise_only_our_exceptions(tmp_path: Path) -> None:
    save(zoo(), tmp_path, ".keras")
    with zipfile.ZipFile(tmp_path / "model.keras") as file:
        weights, config = file.read("model.weights.h5"), file.read("config.json").decode()
    draws = random.Random(3)  # noqa: S311 - texts to break, not secrets
    odd = ["null", "-1", "0", "[]", "{}", '"a"', "1e9", "true", "99999999999", "[[1, 2], null]", '["one", 0, 0]']
    parts = [place for place, letter in enumerate(config) if letter in ":,["]
    for _ in range(150):
        text = config
        for _ in range(draws.choice((1, 5, 20))):
            start = draws.choice(parts)
            end = min((text.find(letter, start + 1) for letter in ",]}" if text.find(letter, start + 1) > 0), default=0)
            text = text[: start + 1] + draws.choice(odd) + text[end:] if end > start else text
        with zipfile.ZipFile(tmp_path / "odd.keras", "w") as file:
            file.writestr("config.json", text)
            file.writestr("model.weights.h5", weights)
        for shape in (None, 32):
            try:
                found = load(tmp_path / "odd.keras", input_shape=shape)
            except errors.CrystalError:
                continue
            assert all(isinstance(layer, ConvLayer) for layer in found)


def test_a_missing_library_is_named_with_its_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = hdf5(nothing)(tmp_path)
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(errors.MissingLibraryError, match=r"needs h5py.*pip install 'crystal-lfa\[keras\]'"):
        load(path)


def test_keras_itself_is_not_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(zoo(), tmp_path, ".keras")
    for name in [name for name in sys.modules if name.partition(".")[0] == "keras"]:
        monkeypatch.setitem(sys.modules, name, None)
    assert len(load(path)) == len(ZOO)
