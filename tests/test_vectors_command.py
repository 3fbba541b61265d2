"""Leading singular vectors of layers, and ``crystal-lfa cnn MODEL --vectors K FILE.npz``, run as users run it."""

from __future__ import annotations

import io
import re
import tracemalloc
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from commands import run

import crystal_lfa as lfa
from crystal_lfa import errors
from crystal_lfa.drawing.panels import Block, draw_panels

mpl.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.text import Text

ROOT = Path(__file__).resolve().parents[1]
MODEL = ROOT / "examples" / "digits" / "digits.safetensors"
ATTRIBUTES = MODEL.with_suffix(".toml")
DIGITS = (str(MODEL), "--attributes", str(ATTRIBUTES))
DOWN = (*DIGITS, "--layer", "down")

Layer = tuple[tuple[int, ...], dict[str, Any], tuple[int, ...]]
"""The shape of a weight, attributes, and the extents of the output."""

LAYERS: dict[str, Layer] = {
    "line": ((3, 2, 5), {"input_shape": (9,)}, (9,)),
    "plane": ((4, 3, 3, 3), {"input_shape": (6, 5)}, (6, 5)),
    "stride": ((4, 3, 3, 2), {"input_shape": (6, 8), "stride": (2, 4)}, (3, 2)),
    "a stride that does not divide": ((2, 3, 3), {"input_shape": (7,), "stride": 3}, (3,)),
    "transposed": ((3, 2, 3, 3), {"input_shape": (4, 3), "stride": 2, "transposed": True}, (8, 6)),
    "groups and dilation": ((4, 2, 3, 3), {"input_shape": (6, 6), "groups": 2, "dilation": 2}, (6, 6)),
    "space": ((2, 3, 2, 3, 2), {"input_shape": (3, 4, 5)}, (3, 4, 5)),
    "kernel larger than the input": ((2, 2, 7), {"input_shape": (3,)}, (3,)),
}


@pytest.fixture(autouse=True)
def _no_figure_stays() -> Iterator[None]:
    plt.close("all")
    yield
    plt.close("all")


def _layer(shape: Sequence[int], attributes: dict[str, Any], name: str = "conv") -> lfa.cnn.ConvLayer:
    weight = np.random.default_rng(7).normal(size=shape)
    (layer,) = lfa.cnn.load({f"{name}.weight": weight}, attributes={"*": attributes})
    return layer


def _digits(name: str) -> lfa.cnn.ConvLayer:
    return next(layer for layer in lfa.cnn.load(MODEL, attributes=ATTRIBUTES) if layer.name == name)


def _check_triples(layer: lfa.cnn.ConvLayer, sigma: np.ndarray, left: np.ndarray, right: np.ndarray) -> None:
    """Hold triples to A v = sigma u and A* u = sigma v, vectors orthonormal, sigma the largest of all."""
    operator, pixels = layer.operator(), layer.torus()
    every = np.sort(lfa.svdvals(operator, pixels), axis=None)[::-1]
    assert sigma == pytest.approx(every[: len(sigma)], abs=1e-12 * every[0])
    u = lfa.cnn.from_image(left, operator.codomain, pixels)
    v = lfa.cnn.from_image(right, operator.domain, pixels)
    scales = sigma[:, None, None]
    assert operator.apply(v, pixels) == pytest.approx(scales * u, abs=1e-11 * every[0])
    assert operator.H.apply(u, pixels) == pytest.approx(scales * v, abs=1e-11 * every[0])
    for vectors in (u, v):
        flat = vectors.reshape(len(sigma), -1)
        assert flat @ flat.T == pytest.approx(np.eye(len(sigma)), abs=1e-12)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# the function -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LAYERS)
def test_triples_of_layers_of_every_kind(name: str) -> None:
    shape, attributes, spatial = LAYERS[name]
    layer = _layer(shape, attributes)
    found = lfa.cnn.leading_vectors(layer, 4)
    assert found.left.shape[2:] == spatial
    assert found.right.shape[2:] == layer.torus().shape
    assert {array.dtype for array in (found.sigma, found.left, found.right)} == {np.dtype(np.float64)}
    assert not any(array.flags.writeable for array in (found.sigma, found.left, found.right))
    _check_triples(layer, found.sigma, found.left, found.right)


def test_all_triples_are_the_whole_layer() -> None:
    layer = _layer((2, 3, 3), {"input_shape": (6,), "stride": 2})
    found = lfa.cnn.leading_vectors(layer, layer.count())
    _check_triples(layer, found.sigma, found.left, found.right)
    x = np.random.default_rng(0).normal(size=(3, 6))
    y = np.einsum("k,kcn,kdm,dm->cn", found.sigma, found.left, found.right, x)
    operator, pixels = layer.operator(), layer.torus()
    direct = operator.apply(lfa.cnn.from_image(x, operator.domain, pixels), pixels)
    assert y == pytest.approx(lfa.cnn.to_image(direct, operator.codomain, pixels))


@pytest.mark.parametrize(
    ("count", "message"),
    [
        (0, "count: got 0; layer 'conv' has 18 singular values, so 1 to 18"),
        (19, "count: got 19; layer 'conv' has 18 singular values, so 1 to 18"),
        (1.0, "count: got 1.0 of type float; an integer is needed"),
    ],
)
def test_counts_that_are_none(count: Any, message: str) -> None:
    with pytest.raises(errors.InvalidArgumentError, match=message):
        lfa.cnn.leading_vectors(_layer((3, 2, 5), {"input_shape": (9,)}), count)


def test_complex_weights_have_complex_vectors() -> None:
    weight = np.random.default_rng(0).normal(size=(2, 3, 2, 3)) @ [1, 1j, 0]
    (layer,) = lfa.cnn.load({"conv.weight": weight}, input_shape=5)
    found = lfa.cnn.leading_vectors(layer, 3)
    u, v = (
        lfa.cnn.from_image(x, crystal, layer.torus())
        for x, crystal in ((found.left, layer.operator().codomain), (found.right, layer.operator().domain))
    )
    assert layer.operator().apply(v, layer.torus()) == pytest.approx(found.sigma[:, None, None] * u)
    artists = found.plot()
    assert "layer conv; real parts of complex vectors" in _texts(artists)
    drawn = [artist for artist in artists if isinstance(artist, Line2D) and len(artist.get_xdata()) == 5]
    real = found.right[0].real
    assert np.ptp(drawn[0].get_ydata()) == pytest.approx(0.45 * np.ptp(real[0]) / np.abs(real).max())


def test_memory_is_kept_to() -> None:
    layer = _layer((8, 8, 3, 3), {"input_shape": (48, 48)})
    free = lfa.cnn.leading_vectors(layer, 2)
    for budget in (3_500_000, 6_000_000):
        tracemalloc.start()
        found = lfa.cnn.leading_vectors(layer, 2, memory=budget)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < budget
        assert found.sigma == pytest.approx(free.sigma, rel=1e-13)
        _check_triples(layer, found.sigma, found.left, found.right)
    with pytest.raises(errors.MemoryBudgetError, match=r"layer 'conv': memory: 1 MB cannot hold 2 pairs of vectors"):
        lfa.cnn.leading_vectors(layer, 2, memory="1MB")
    with pytest.raises(errors.MemoryBudgetError, match=r"layer 'conv', beside .* for 1 pair of vectors: memory: "):
        lfa.cnn.leading_vectors(layer, 1, memory=1_980_000)


def test_it_prints_readably() -> None:
    found = lfa.cnn.leading_vectors(_digits("down"), 2)
    assert repr(found) == (
        "LeadingVectors('down', sigma from 8.90346 to 8.87669, left (2, 32, 4, 4), right (2, 32, 8, 8))"
    )


# pictures ---------------------------------------------------------------------------------------------------------


def _texts(artists: list[Any]) -> list[str]:
    return [artist.get_text() for artist in artists if isinstance(artist, Text)]


def test_channels_of_the_largest_norms_are_drawn() -> None:
    found = lfa.cnn.leading_vectors(_digits("down"), 3)
    ax = plt.figure().add_subplot()
    artists = found.plot(ax)
    assert all(artist.axes is ax for artist in artists)
    assert plt.gcf().axes == [ax]
    images = [artist for artist in artists if isinstance(artist, AxesImage)]
    texts = _texts(artists)
    labels = [text for text in texts if text.startswith("channel")]
    assert len(images) == len(labels) == 3 * 12
    for number in range(3):
        for side, x in enumerate((found.right[number], found.left[number])):
            drawn = images[12 * number + 6 * side :][:6]
            channels = np.sort(np.argsort(-np.linalg.norm(x, axis=(1, 2)))[:6])
            assert [image.get_array().tolist() for image in drawn] == x[channels].tolist()
            largest = np.abs(x[channels]).max()
            assert {image.get_clim() for image in drawn} == {(-largest, largest)}
            assert labels[12 * number + 6 * side :][:6] == [f"channel {channel}" for channel in channels]
    assert "right (input)\n6 of 32 channels, those of the largest norms" in texts
    assert "left (output)\n6 of 32 channels, those of the largest norms" in texts
    assert "layer down" in texts
    largest = [f"\u00b1{np.abs(x[0]).max():.3g}" for x in (found.right, found.left)]
    assert f"\u03c3 = {found.sigma[0]:.6g}; colours up to {largest[0]} (right), {largest[1]} (left)" in texts
    ax.figure.savefig(io.BytesIO(), format="png", dpi=30)


def test_few_channels_leave_their_place_to_others_and_many_vectors_are_cut_off() -> None:
    found = lfa.cnn.leading_vectors(_digits("stem"), 20)
    artists = found.plot()
    assert len([artist for artist in artists if isinstance(artist, AxesImage)]) == 12 * 12
    texts = _texts(artists)
    assert "right (input)\n1 channel" in texts
    assert "left (output)\n11 of 16 channels, those of the largest norms" in texts
    assert "layer stem; the first 12 of 20 pairs of vectors" in texts
    assert sum("\u03c3" in text for text in texts) == 12


def test_vectors_on_a_line_are_curves() -> None:
    layer = _layer((3, 2, 5), {"input_shape": (9,)})
    found = lfa.cnn.leading_vectors(layer, 2)
    artists = found.plot()
    curves = [artist for artist in artists if isinstance(artist, Line2D) and len(artist.get_xdata()) == 9]
    assert len(curves) == 2 * 5
    for number, curve in enumerate(curves):
        row, place = divmod(number, 5)
        block = found.right[row] if place < 2 else found.left[row]
        values = block[place if place < 2 else place - 2]
        y = curve.get_ydata()
        middle = (y - 0.45 * values / np.abs(block).max()).mean()
        assert y == pytest.approx(middle + 0.45 * values / np.abs(block).max())
        assert (np.diff(curve.get_xdata()) > 0).all()
    assert any("curves up to" in text for text in _texts(artists))


def test_of_vectors_in_space_the_middle_slice_is_drawn() -> None:
    layer = _layer((2, 3, 2, 3, 2), {"input_shape": (3, 4, 5)}, name="$a_b")
    found = lfa.cnn.leading_vectors(layer, 1)
    artists = found.plot()
    images = [artist.get_array() for artist in artists if isinstance(artist, AxesImage)]
    assert [image.tolist() for image in images] == [*found.right[0, :, 1].tolist(), *found.left[0, :, 1].tolist()]
    assert r"layer \$a_b; slices number 1 of 3 (right) and 1 of 3 (left) along the first axis" in _texts(artists)
    artists[0].axes.figure.savefig(io.BytesIO(), format="png", dpi=30)


def test_panels_do_not_overlap_and_lie_inside() -> None:
    wide, tall = Block(np.ones((3, 2, 50)), "abc"), Block(-np.ones((2, 50, 1)), "de")
    artists = draw_panels([("one", [wide, tall]), ("two", [wide, tall])], ["first", "second"])
    ax = artists[0].axes
    boxes = [artist.get_extent() for artist in artists if isinstance(artist, AxesImage)]
    assert len(boxes) == 10
    for i, (left, right, bottom, top) in enumerate(boxes):
        assert ax.get_xlim()[0] < left < right < ax.get_xlim()[1]
        assert ax.get_ylim()[0] < bottom < top < ax.get_ylim()[1]
        assert 0.5 <= (right - left) / (top - bottom) <= 2
        for other in boxes[:i]:
            apart = right <= other[0] or other[1] <= left or top <= other[2] or other[3] <= bottom
            assert apart


# the command ------------------------------------------------------------------------------------------------------


def test_a_layer_of_the_digits(tmp_path: Path) -> None:
    result = run("cnn", *DOWN, "--vectors", "3", "v.npz", folder=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == f"{lfa.cnn.analyze([_digits('down')])}\n"
    assert names_in(tmp_path) == ["v.npz"]
    with np.load(tmp_path / "v.npz", allow_pickle=False) as archive:
        assert archive.files == ["sigma", "left", "right"]
        sigma, left, right = (archive[name] for name in archive.files)
    assert (sigma.shape, left.shape, right.shape) == ((3,), (3, 32, 4, 4), (3, 32, 8, 8))
    assert {x.dtype for x in (sigma, left, right)} == {np.dtype(np.float64)}
    _check_triples(_digits("down"), sigma, left, right)


@pytest.mark.parametrize("name", ["line", "transposed", "space", "a stride that does not divide"])
def test_layers_of_a_file(name: str, tmp_path: Path) -> None:
    shape, attributes, _ = LAYERS[name]
    np.savez(tmp_path / "model.npz", conv=np.random.default_rng(7).normal(size=shape))
    lines = [f"{key} = {str(list(x) if isinstance(x, tuple) else x).lower()}" for key, x in attributes.items()]
    (tmp_path / "model.toml").write_text("\n".join(['["*"]', *lines]))
    arguments = ("model.npz", "--attributes", "model.toml", "--vectors", "2", "v.npz", "--plot", "v.png")
    result = run("cnn", *arguments, folder=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    with np.load(tmp_path / "v.npz", allow_pickle=False) as archive:
        _check_triples(_layer(shape, attributes), archive["sigma"], archive["left"], archive["right"])
    assert (tmp_path / "v.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def test_every_output_at_once(tmp_path: Path) -> None:
    outputs = ("--json", "a.json", "--csv", "a.csv", "--save-values", "a.npz", "--plot", "a.svg")
    result = run("cnn", *DOWN, "--vectors", "2", "v.npz", *outputs, folder=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert names_in(tmp_path) == ["a.csv", "a.json", "a.npz", "a.svg", "v.npz"]
    with np.load(tmp_path / "a.npz") as values, np.load(tmp_path / "v.npz") as vectors:
        assert vectors["sigma"] == pytest.approx(np.sort(values["down"], axis=None)[:-3:-1])


def test_the_picture_is_that_of_the_vectors(tmp_path: Path) -> None:
    for outputs in (("--vectors", "2", "v.npz"), ()):
        result = run("cnn", *DOWN, "--plot", f"a{len(outputs)}.png", *outputs, folder=tmp_path)
        assert (result.returncode, result.stderr) == (0, "")
    pixels = plt.imread(tmp_path / "a3.png")[..., :3]
    red, blue = (pixels[..., a] - pixels[..., 2 - a] > 0.2 for a in (0, 2))
    assert red.mean() > 0.02
    assert blue.mean() > 0.02
    assert pixels.shape != plt.imread(tmp_path / "a0.png")[..., :3].shape


def test_memory_and_jobs_change_no_number(tmp_path: Path) -> None:
    found = []
    for options in ((), ("--jobs", "1"), ("--jobs", "3", "--memory", "3MB")):
        result = run("cnn", *DOWN, "--vectors", "4", "v.npz", *options, folder=tmp_path)
        assert (result.returncode, result.stderr) == (0, "")
        with np.load(tmp_path / "v.npz") as archive:
            _check_triples(_digits("down"), archive["sigma"], archive["left"], archive["right"])
            found.append(archive["sigma"])
    assert found[0] == pytest.approx(found[1], rel=1e-13)
    assert found[0] == pytest.approx(found[2], rel=1e-13)


def test_without_matplotlib_vectors_are_written(tmp_path: Path) -> None:
    result = run("cnn", *DOWN, "--vectors", "1", "v.npz", folder=tmp_path, without=("rich", "matplotlib"))
    assert (result.returncode, result.stderr) == (0, "")
    assert names_in(tmp_path) == ["v.npz"]


def test_a_model_of_one_layer_needs_no_choice(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.ones((2, 1, 3)))
    result = run("cnn", "a.npy", "--vectors", "1", "v.npz", folder=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert names_in(tmp_path) == ["a.npy", "v.npz"]


def test_help_names_the_option(tmp_path: Path) -> None:
    result = run("cnn", "--help", folder=tmp_path)
    assert "--vectors K FILE.npz" in result.stdout


BAD: dict[str, tuple[tuple[str, ...], str]] = {
    "none": ((*DOWN, "--vectors", "0", "v.npz"), r"argument --vectors: got 0; a positive integer is needed"),
    "fewer than none": ((*DOWN, "--vectors", "-2", "v.npz"), r"argument --vectors: got -2; a positive integer is nee"),
    "text": ((*DOWN, "--vectors", "v.npz", "3"), r"argument --vectors: got 'v.npz'; a positive integer is needed"),
    "a fraction": ((*DOWN, "--vectors", "1.5", "v.npz"), r"argument --vectors: got '1.5'; a positive integer is nee"),
    "no file": ((*DOWN, "--vectors", "3"), r"argument --vectors: expected 2 arguments"),
    "too many": (
        (*DOWN, "--vectors", "513", "v.npz"),
        r"--vectors: got 513; layer 'down' has 512 singular values, so 1 to 512 are valid",
    ),
    "no layer selected": (
        (*DIGITS, "--vectors", "3", "v.npz"),
        r"--vectors: 6 layers are selected, depthwise, dilated, down, .*; --layer has to select one",
    ),
    "two layers": (
        (*DIGITS, "--layer", "d[io]*", "--vectors", "3", "v.npz"),
        r"--vectors: 2 layers are selected, dilated, down; --layer has to select one",
    ),
    "no such layer": (
        (*DIGITS, "--layer", "neck", "--vectors", "3", "v.npz"),
        r"--layer: no layer is called 'neck'; the layers are",
    ),
    "the file of the values": (
        (*DOWN, "--save-values", "v.npz", "--vectors", "3", "./v.npz"),
        r"v.npz: this is another output, and would be lost; another name is needed",
    ),
    "the picture's file": (
        (*DOWN, "--vectors", "3", "v.png", "--plot", "v.png"),
        r"v.png: this is another output, and would be lost",
    ),
    "the model": ((*DOWN, "--vectors", "3", str(MODEL)), r"digits.safetensors: this is the model, and would be lost"),
    "a folder": ((*DOWN, "--vectors", "3", "."), r"\.: this is a folder; the name of a file is needed"),
    "no folder": ((*DOWN, "--vectors", "3", "none/v.npz"), r"none/v.npz: the folder 'none' does not exist; create it"),
    "too long a name": (
        (*DOWN, "--vectors", "3", 300 * "v"),
        r"error: v{300}: it cannot be written: File name too long",
    ),
    "a picture of no known format": (
        (*DOWN, "--vectors", "3", "v.npz", "--plot", "v.gif"),
        r"v.gif: the name of a picture has to end in .png, .pdf",
    ),
    "too little memory for the vectors": (
        (*DOWN, "--vectors", "500", "v.npz", "--memory", "3MB"),
        r"layer 'down': memory: 3 MB cannot hold 500 pairs of vectors; more than \d+ bytes are needed",
    ),
}


@pytest.mark.parametrize(("arguments", "message"), BAD.values(), ids=BAD)
def test_bad_input_gives_one_line_and_leaves_nothing(arguments: Sequence[str], message: str, tmp_path: Path) -> None:
    result = run("cnn", *arguments, "--json", "a.json", folder=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith(("crystal-lfa: error: ", "crystal-lfa cnn: error: "))
    assert re.search(message, line), line
    assert names_in(tmp_path) == []
