"""The network report: its numbers, its files, its pictures."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import math
import os
import re
import stat
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

import matplotlib as mpl
import numpy as np
import pytest
import scipy.stats
import torch
from matplotlib import pyplot as plt
from numpy.typing import NDArray
from torch.nn import functional

import crystal_lfa as lfa
from crystal_lfa import errors
from crystal_lfa.cnn import Report, analyze, load
from crystal_lfa.drawing.ridgelines import ridgelines
from crystal_lfa.files import write_together, write_whole
from crystal_lfa.outputs import rounded_up

CONTRACT = [
    "name", "shape", "stride", "dilation", "groups", "transposed", "input_shape", "assumed",
    "sigma_max", "sigma_min", "condition", "frobenius", "norm_upper", "count", "reason",
]  # fmt: skip


@pytest.fixture(autouse=True)
def pictures_in_memory() -> Iterator[None]:
    mpl.use("Agg")
    yield
    plt.close("all")


def network() -> dict[str, NDArray[np.float64]]:
    rng = np.random.default_rng(11)
    return {
        "stem.weight": rng.standard_normal((4, 3, 3, 3)),
        "down.weight": rng.standard_normal((5, 4, 3, 2)),
        "mix.weight": rng.standard_normal((6, 2, 3, 3)),
        "up.weight": rng.standard_normal((6, 2, 2, 2)),
        "line.weight": rng.standard_normal((2, 1, 5)),
    }


ATTRIBUTES: dict[str, dict[str, Any]] = {
    "*": {"input_shape": (6, 7)},
    "down": {"stride": (2, 3), "padding": 0, "dilation": 1, "groups": 1, "transposed": False},
    "mix": {"groups": 2, "dilation": (1, 2), "input_shape": (4, 5)},
    "up": {"transposed": True, "stride": 2, "input_shape": (3, 4)},
    "line": {"input_shape": 9},
}


@pytest.fixture(scope="module")
def report() -> Report:
    return analyze(network(), attributes=ATTRIBUTES)


def test_the_numbers_are_those_of_the_matrices(report: Report) -> None:
    for layer in report:
        operator = layer.layer.operator()
        sigma = np.linalg.svd(operator.to_sparse(layer.torus).toarray(), compute_uv=False)
        np.testing.assert_allclose(np.sort(layer.values, axis=None)[::-1], sigma, rtol=0, atol=1e-12 * sigma[0])
        assert layer.count == len(sigma)
        assert layer.sigma_max == pytest.approx(sigma[0], rel=1e-12)
        assert layer.sigma_min == pytest.approx(sigma[-1], abs=1e-12 * sigma[0])
        assert layer.condition == pytest.approx(sigma[0] / sigma[-1], rel=1e-9)
        assert layer.frobenius == pytest.approx(np.linalg.norm(sigma), rel=1e-12)
        assert layer.stable_rank == pytest.approx(np.sum(sigma**2) / sigma[0] ** 2, rel=1e-12)
        assert layer.effective_rank == pytest.approx(np.exp(scipy.stats.entropy(sigma)), rel=1e-9)
        assert layer.norm.lower <= layer.norm.upper
        assert layer.reason is None
        assert not layer.values.flags.writeable


def test_the_report_is_indexed_by_name(report: Report) -> None:
    assert [layer.name for layer in report] == ["stem", "down", "mix", "up", "line"] == [x.name for x in report.layers]
    assert len(report) == 5
    assert report["mix"].shape == (6, 2, 3, 3)
    with pytest.raises(errors.InvalidArgumentError, match="no layer is called 'head'; the layers are stem, down, mix"):
        report["head"]


def test_of_many_layers_a_message_names_a_few() -> None:
    many = analyze({f"c{i}": np.ones((1, 1, 1)) for i in range(30)}, 2)
    with pytest.raises(errors.InvalidArgumentError, match=r"the layers are c0, .*, c11 and 18 more$"):
        many["x"]


def test_json_keeps_the_contract(report: Report, tmp_path: Path) -> None:
    text = report.to_json(tmp_path / "report.json")
    assert (tmp_path / "report.json").read_text() == text
    content = json.loads(text)
    assert list(content) == ["layers", "totals", "gain"]
    for entry, layer in zip(content["layers"], report, strict=True):
        assert [key for key in entry if key in CONTRACT] == CONTRACT
        assert entry["name"] == layer.name
        assert entry["shape"] == list(layer.shape)
        assert entry["count"] == layer.count
        for key in ("sigma_max", "sigma_min", "condition", "frobenius"):
            assert entry[key] == getattr(layer, key)
        assert (entry["norm_lower"], entry["norm_upper"]) == (layer.norm.lower, layer.norm.upper)
        assert (entry["torus"], entry["notes"]) == (list(layer.torus.shape), list(layer.notes))
        assert entry["reason"] is None
    down = content["layers"][1]
    told = {key: down[key] for key in ("stride", "dilation", "groups", "transposed", "input_shape", "assumed")}
    assert told == {
        "stride": [2, 3], "dilation": [1, 1], "groups": 1, "transposed": False, "input_shape": [6, 7], "assumed": [],
    }  # fmt: skip
    assert content["layers"][4]["assumed"] == ["stride", "padding", "dilation", "groups", "transposed"]
    assert content["layers"][3]["transposed"] is True


def test_what_is_infinite_or_undefined_is_null_in_json() -> None:
    report = analyze({"difference": np.array([[[1.0, -1.0]]]), "nothing": np.zeros((1, 1, 2))}, 4)
    # The sum of -1 and 1 may be rounded, so that the smallest value is not exactly 0 on every machine.
    singular = dataclasses.replace(report["difference"], values=np.array([[2.0], [0.0]]))
    unbounded = dataclasses.replace(singular, norm=dataclasses.replace(singular.norm, upper=math.inf))
    assert singular.condition == math.inf
    assert math.isnan(report["nothing"].condition)
    first, second, third = json.loads(Report((singular, unbounded, report["nothing"])).to_json())["layers"]
    assert (first["condition"], second["condition"], third["condition"]) == (None, None, None)
    assert (first["sigma_min"], third["sigma_max"], third["frobenius"]) == (0.0, 0.0, 0.0)
    assert first["norm_upper"] >= 2
    assert second["norm_upper"] is None
    assert (report["nothing"].stable_rank, report["nothing"].effective_rank) == (0, 0)


def test_squares_neither_overflow_nor_vanish() -> None:
    plain = analyze({"a": network()["stem.weight"]}, 5)["a"]
    for scale in (1e200, 1e-200):
        scaled = analyze({"a": network()["stem.weight"] * scale}, 5)["a"]
        assert scaled.frobenius == pytest.approx(plain.frobenius * scale, rel=1e-12)
        assert scaled.stable_rank == pytest.approx(plain.stable_rank, rel=1e-12)
        assert scaled.effective_rank == pytest.approx(plain.effective_rank, rel=1e-12)


def test_csv_has_the_same_numbers(report: Report, tmp_path: Path) -> None:
    text = report.to_csv(tmp_path / "report.csv")
    assert (tmp_path / "report.csv").read_text() == text
    rows = list(csv.DictReader(io.StringIO(text)))
    entries = json.loads(report.to_json())["layers"]
    assert [list(row) for row in rows] == [list(entry) for entry in entries]
    for row, entry in zip(rows, entries, strict=True):
        for key in ("sigma_max", "sigma_min", "condition", "frobenius", "norm_upper", "count"):
            assert float(row[key]) == entry[key]
    assert [(row["name"], row["shape"], row["stride"]) for row in rows][1] == ("down", "5x4x3x2", "2x3")
    assert rows[4]["assumed"] == "stride padding dilation groups transposed"
    assert "does not divide the input" in rows[1]["notes"]


def test_markdown_is_a_table_with_its_footnotes(report: Report, tmp_path: Path) -> None:
    text = report.to_markdown(tmp_path / "report.md")
    assert (tmp_path / "report.md").read_text() == text
    lines = text.splitlines()
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines[:7]]
    assert {len(row) for row in rows} == {11}
    assert [row[0].strip() for row in rows[2:]] == ["stem", "down", "mix", "up (transposed)", "line"]
    assert rows[2][2].strip() == r"1\*"
    assert rows[3][2].strip() == "2x3"
    assert f"{report['stem'].sigma_max:.6g}" in rows[2][7]
    # An asterisk of ours is neither emphasis nor a list.
    assert not re.search(r"(?<!\\)\*", text)
    assert any(line.startswith(r"\* assumed, since the model does not tell: dilation, groups") for line in lines)
    odd = analyze({"a|b": np.ones((1, 1, 2))}, 3).to_markdown().splitlines()
    assert odd[2].startswith(r"| a\|b |")


def test_the_text_marks_what_was_assumed(report: Report) -> None:
    lines = repr(report).splitlines()
    assert lines[0].split()[:3] == ["layer", "weight", "stride"]
    assert len({len(line) for line in lines[1:3]}) == 1
    cells = {line.split()[0]: line.split() for line in lines[2:7]}
    assert cells["stem"][2:6] == ["1*", "1*", "1*", "6x7"]
    assert cells["down"][2:6] == ["2x3", "1", "1", "6x7"]
    assert any(line.startswith("* assumed, since the model does not tell: ") for line in lines)
    assert "down: the stride 2x3 does not divide the input: analysed on 6x9 pixels, ceil(n / s) outputs." in lines
    told = analyze(
        load({"a": np.ones((1, 1, 1))}, attributes={"a": ATTRIBUTES["down"] | {"stride": 1, "input_shape": 2}})
    )
    assert "*" not in repr(told)


# where the numbers come from ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("extent", "stride"), [(7, 2), (7, 3), (5, 4), (2, 5), (8, 2)])
def test_an_input_that_the_stride_does_not_divide_has_the_ceiling_of_outputs(extent: int, stride: int) -> None:
    outputs = math.ceil(extent / stride)
    layer = analyze({"a": network()["stem.weight"]}, (extent, 4), {"a": {"stride": (stride, 1)}})["a"]
    assert layer.torus.shape == (outputs * stride, 4)
    assert layer.count == outputs * 4 * min(4, 3 * stride)
    assert layer.layer.input_shape == (extent, 4)
    says = any("does not divide the input: analysed on " in note for note in layer.notes)
    assert says == bool(extent % stride)
    expected = lfa.svdvals(
        lfa.cnn.conv(network()["stem.weight"], (stride, 1)), lfa.lattices.integer(2).torus((outputs * stride, 4))
    )
    np.testing.assert_array_equal(layer.values, expected)


@pytest.mark.parametrize("mode", ["zeros", "circular", "reflect", "replicate"])
def test_where_the_padding_mode_makes_the_numbers_no_bound_that_is_said(mode: str) -> None:
    (layer,) = analyze(torch.nn.Conv1d(1, 1, 3, padding=1, padding_mode=mode), 8)
    assert any(f"{mode} padding, of which no number here is a bound" in note for note in layer.notes) == (
        mode in {"reflect", "replicate"}
    )


def test_reflected_and_replicated_borders_really_pass_the_bound() -> None:
    """Why that is said: for the kernel [0, 0, 1] the norm is 1, but sqrt 2 with the last pixel replicated."""
    convolution = torch.nn.Conv1d(1, 1, 3, padding=1, padding_mode="replicate", bias=False).double()
    convolution.weight.data = torch.tensor([[[0.0, 0.0, 1.0]]], dtype=torch.float64)
    matrix = convolution(torch.eye(6, dtype=torch.float64)[:, None])[:, 0].detach()
    assert float(torch.linalg.matrix_norm(matrix, 2)) == pytest.approx(math.sqrt(2))
    assert analyze(convolution, 6)["weight"].norm.upper == pytest.approx(1)


def test_a_layers_report_is_printed_on_a_line(report: Report) -> None:
    text = repr(report["mix"])
    assert text.startswith(f"LayerReport('mix', 80 singular values from {report['mix'].sigma_min:.6g} to ")
    assert "\n" not in text


def test_a_transposed_layer_takes_every_input() -> None:
    layer = analyze({"a": network()["up.weight"]}, (5, 7), {"a": {"stride": 3, "transposed": True}})["a"]
    assert layer.torus.shape == (5, 7)
    assert layer.count == 35 * 6
    assert layer.notes == ()


def largest_on_dense_samples(operator: lfa.CrystalOperator) -> float:
    extents = {1: (997,), 2: (61, 53)}[operator.lattice.dim]
    return float(lfa.svdvals(operator, extents).max())


def zero_padded_norm(layer: lfa.cnn.ConvLayer, extents: tuple[int, ...]) -> float:
    """Return the largest singular value of torch's convolution with zeros around the image."""
    weight = torch.tensor(layer.weight)
    axes = len(extents)
    channels = weight.shape[0] if layer.transposed else weight.shape[1] * layer.groups
    size = channels * math.prod(extents)
    images = torch.eye(size, dtype=torch.float64).reshape(size, channels, *extents)
    if layer.transposed:
        convolve = (functional.conv_transpose1d, functional.conv_transpose2d)[axes - 1]
        result = convolve(images, weight, None, layer.stride, layer.padding, 0, layer.groups, layer.dilation)
    else:
        plain = (functional.conv1d, functional.conv2d)[axes - 1]
        result = plain(images, weight, None, layer.stride, layer.padding, layer.dilation, layer.groups)
    return float(torch.linalg.matrix_norm(result.reshape(size, -1), 2))


def test_norm_upper_bounds_every_frequency_and_every_zero_padded_size(report: Report) -> None:
    for layer in report:
        densely = largest_on_dense_samples(layer.layer.operator())
        assert layer.sigma_max <= layer.norm.upper
        assert densely <= layer.norm.upper
        assert layer.norm.lower <= densely * (1 + 1e-3)
        sizes = [(9,), (4,), (17,)] if layer.name == "line" else [(7, 7), (9, 6), (3, 11)]
        for size in sizes:
            assert zero_padded_norm(layer.layer, size) <= layer.norm.upper


def test_norm_upper_is_a_bound_for_random_layers(rng: np.random.Generator) -> None:
    for _ in range(20):
        kernel = tuple(rng.integers(1, 5, 2).tolist())
        weight = rng.standard_normal((*rng.integers(1, 4, 2).tolist(), *kernel))
        table = {
            "stride": int(rng.integers(1, 3)),
            "dilation": int(rng.integers(1, 3)),
            "transposed": bool(rng.random() < 0.3),
        }
        (layer,) = analyze({"a": weight}, tuple(rng.integers(1, 8, 2).tolist()), {"a": table})
        assert largest_on_dense_samples(layer.layer.operator()) <= layer.norm.upper
        size = (8, 9)
        assert zero_padded_norm(layer.layer, size) <= layer.norm.upper


def test_the_bound_is_close_where_the_kernel_is_larger_than_the_input_too() -> None:
    weight = np.array([[[1.0, -2.0, 3.0, -2.0, 1.0]]])
    small, large = (analyze({"a": weight}, n)["a"] for n in (2, 64))
    for layer in (small, large):
        assert layer.norm.upper >= 9 - 1e-12
        assert layer.norm.upper <= 9 * 1.2
        assert layer.sigma_max == pytest.approx(9)


# options of analyze ------------------------------------------------------------------------------------------


def test_layers_may_be_given_in_place_of_a_source(report: Report) -> None:
    layers = load(network(), attributes=ATTRIBUTES)
    for source in (layers, list(layers), iter(layers)):
        assert analyze(source).to_json() == report.to_json()
    with pytest.raises(errors.InvalidArgumentError, match="input_shape and attributes belong to load"):
        analyze(layers, 8)
    with pytest.raises(errors.InvalidArgumentError, match="input_shape and attributes belong to load"):
        analyze(layers, attributes={"stem": {}})
    with pytest.raises(errors.InvalidArgumentError, match="source: got list; a path"):
        analyze([])


def test_torch_weights_give_the_same_report(report: Report) -> None:
    weights = {name: torch.from_numpy(array).requires_grad_() for name, array in network().items()}
    assert analyze(weights, attributes=ATTRIBUTES).to_json() == report.to_json()


def test_an_executor_and_the_number_of_its_workers_change_nothing(report: Report) -> None:
    for workers in (1, 3):
        with ThreadPoolExecutor(workers) as executor:
            assert analyze(network(), attributes=ATTRIBUTES, executor=executor).to_json() == report.to_json()


def test_single_precision_on_request(report: Report) -> None:
    single = analyze(network(), attributes=ATTRIBUTES, dtype="float32")
    for layer in single:
        assert layer.values.dtype == np.float32
        np.testing.assert_allclose(layer.values, report[layer.name].values, rtol=0, atol=1e-5 * layer.sigma_max)


def test_progress_counts_the_frequencies_of_the_whole_network(report: Report) -> None:
    calls: list[tuple[int, int]] = []
    analyze(network(), attributes=ATTRIBUTES, progress=lambda done, total: calls.append((done, total)))
    frequencies = sum(layer.layer.frequencies() for layer in report)
    assert {total for _, total in calls} == {frequencies}
    done = [count for count, _ in calls]
    assert done == sorted(done)
    assert done[-1] == frequencies
    assert len(set(done)) >= len(report)


def test_a_budget_that_cannot_hold_the_report_names_the_layer_before_any_work() -> None:
    weights = {"a": np.ones((4, 4, 3)), "b": np.ones((8, 8, 3))}
    calls: list[int] = []
    with pytest.raises(
        errors.MemoryBudgetError, match=r"layer 'b': memory: 40 kB .* 64 kB .* 96 kB .* all 2; more than 96000"
    ):
        analyze(weights, 1000, memory="40kB", progress=lambda done, _total: calls.append(done))
    assert not calls
    with pytest.raises(errors.MemoryBudgetError, match=r"layer 'a': memory: 10 kB cannot hold the singular values"):
        analyze(weights, 1000, memory="10kB")
    with pytest.raises(
        errors.MemoryBudgetError, match=r"layer 'b', beside 32 kB for the layers before it: memory: 64.1 kB"
    ):
        analyze(weights, 1000, memory=96_100)
    assert analyze(weights, 1000, memory="1MB")["b"].count == 8000
    with pytest.raises(errors.InvalidArgumentError, match="memory: got 'much'"):
        analyze(weights, 8, memory="much")


# files -------------------------------------------------------------------------------------------------------


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_saved_values_are_the_values(report: Report, tmp_path: Path) -> None:
    report.save_values(tmp_path / "values.npz")
    with np.load(tmp_path / "values.npz", allow_pickle=False) as archive:
        assert archive.files == [layer.name for layer in report]
        for layer in report:
            np.testing.assert_array_equal(archive[layer.name], layer.values)


def test_saved_values_may_have_any_name_but_not_one_twice(tmp_path: Path) -> None:
    report = analyze({"file": np.ones((1, 1, 1)), "a/b": np.ones((1, 1, 2))}, 2)
    report.save_values(tmp_path / "values.npz")
    with np.load(tmp_path / "values.npz") as archive:
        assert archive.files == ["file", "a/b"]
    with pytest.raises(errors.InvalidArgumentError, match="layers: two have the same name"):
        Report(report.layers + report.layers).save_values(tmp_path / "twice.npz")
    assert names_in(tmp_path) == ["values.npz"]


@pytest.mark.parametrize(
    "name", ["../a", "a/../b", "/a", "a\0b", "a\\b", "a\nb", "a\x1bb", "a\x85b", "a\ud800b", 201 * "a", 101 * "\u00e9"]
)
def test_names_that_are_unsafe_in_an_archive(name: str, tmp_path: Path) -> None:
    report = analyze({name: np.ones((1, 1, 1))}, 2)
    with pytest.raises(errors.InvalidArgumentError, match=r"layers: an archive cannot hold one called .*; a name of"):
        report.save_values(tmp_path / "values.npz")
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("name", ["a..b.0", "a/b", 200 * "a", "\u00e9 a", "weight"])
def test_names_that_are_safe_in_an_archive(name: str, tmp_path: Path) -> None:
    analyze({name: np.ones((1, 1, 1))}, 2).save_values(tmp_path / "values.npz")
    with np.load(tmp_path / "values.npz") as archive:
        assert archive.files == [name]


def test_what_a_terminal_would_obey_is_escaped(tmp_path: Path) -> None:
    report = analyze({"a\x1b[31m\n\ud800$": np.ones((2, 1, 1))}, 2)
    for text in (repr(report), report.to_markdown(tmp_path / "a.md")):
        assert r"a\x1b[31m\n\ud800$ " in text
        assert "\x1b" not in text
    report.to_csv(tmp_path / "a.csv")
    assert r"\ud800$" in (tmp_path / "a.csv").read_text()
    assert json.loads(report.to_json())["layers"][0]["name"] == report.layers[0].name
    report.plot()[0].axes.figure.canvas.draw()


@pytest.mark.parametrize("path", [5, "a\0b", "a\ud800b", b"a", True])
def test_paths_that_no_file_has(path: Any, report: Report) -> None:
    for write in (report.to_json, report.to_csv, report.to_markdown, report.save_values):
        with pytest.raises(errors.InvalidArgumentError, match=r"path: got .*; (?:the path of|a path without NUL)"):
            write(path)


def test_files_are_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"before")

    def fail(file: IO[bytes]) -> None:
        file.write(b"half")
        raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        write_whole(path, fail)
    with pytest.raises(RuntimeError, match="stopped"):
        write_together({path: lambda file: file.write(b"after"), tmp_path / "second": fail})
    assert path.read_bytes() == b"before"
    assert names_in(tmp_path) == ["out"]
    write_together({path: lambda file: file.write(b"after"), tmp_path / "second": lambda file: file.write(b"too")})
    assert (path.read_bytes(), (tmp_path / "second").read_bytes()) == (b"after", b"too")
    assert names_in(tmp_path) == ["out", "second"]


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    def full(_file: IO[bytes]) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(errors.InvalidArgumentError, match="out: it cannot be written: No space left on device; a file"):
        write_whole(tmp_path / "out", full)
    assert names_in(tmp_path) == []
    with pytest.raises(errors.InvalidArgumentError, match="it cannot be written: No such file or directory"):
        write_whole(tmp_path / "none" / "out", full)


def test_new_files_are_as_readable_as_any(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")
    write_whole(tmp_path / "ours", lambda file: file.write(b""))
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write_whole(pipe, lambda file: file.write(b"through"))
    reader.join()
    assert read == [b"through"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert names_in(tmp_path) == ["pipe"]


def test_a_link_stays_and_its_target_is_written(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    target, link = tmp_path / "folder" / "target", tmp_path / "link"
    target.write_bytes(b"before")
    link.symlink_to(target)
    write_whole(link, lambda file: file.write(b"after"))
    assert link.is_symlink()
    assert target.read_bytes() == b"after"


# pictures ----------------------------------------------------------------------------------------------------


def test_plot_draws_a_labelled_row_a_layer(report: Report) -> None:
    artists = report.plot()
    ax = artists[0].axes
    assert len(artists) == 3 * len(report)
    assert all(artist.axes is ax for artist in artists)
    labels = [tick.get_text() for tick in ax.get_yticklabels()]
    assert labels == [
        "line\n2x1x5",
        "up\n6x2x2x2, stride 2, transposed",
        "mix\n6x2x3x3, dilation 1x2, groups 2",
        "down\n5x4x3x2, stride 2x3",
        "stem\n4x3x3x3",
    ]
    assert ax.get_xlabel().startswith("singular value")
    assert ax.get_xscale() == "log"
    texts = [text.get_text() for text in ax.texts]
    assert texts == [f"max {layer.sigma_max:.3g}\n{layer.count} values" for layer in report]
    # The bar of every row stands at its largest value, the first row on top.
    bars = [artist.get_data() for artist in artists[2::3]]
    for row, ((x, y), layer) in enumerate(zip(bars, report, strict=True)):
        assert (list(x), list(y)) == ([layer.sigma_max], [len(report) - 1 - row])
    low, high = ax.get_xlim()
    assert low <= min(layer.values[layer.values > 1e-4 * 9].min() for layer in report)
    assert high >= max(layer.sigma_max for layer in report)
    ax.figure.canvas.draw()


def test_plot_draws_into_axes_that_are_given(report: Report) -> None:
    figure, ax = plt.subplots()
    assert {artist.axes for artist in report.plot(ax)} == {ax}
    assert plt.get_fignums() == [figure.number]


def test_values_far_below_the_largest_are_counted_and_not_drawn() -> None:
    artists = ridgelines({"a": np.array([1.0, 0.5, 1e-7, 0.0]), "b": np.zeros(3), "none": np.zeros(0)}, label="size")
    ax = artists[0].axes
    assert [text.get_text() for text in ax.texts] == [
        "max 1\n4 values\n2 below the axis",
        "max 0\n3 values\n3 below the axis",
        "no values",
    ]
    assert ax.get_xlabel().startswith("size")
    assert ax.get_xlim()[0] > 1e-3
    ax.figure.canvas.draw()


def test_the_density_is_where_the_values_are() -> None:
    values = np.concatenate([np.full(90, 1.0), np.full(10, 100.0)])
    line = ridgelines({"a": values})[1]
    x, y = line.get_data()
    assert x[np.argmax(y)] == pytest.approx(1, rel=0.1)
    assert y.max() == pytest.approx(1.25)
    between = (x > 3) & (x < 30)
    assert between.any()
    assert y[between].max() == pytest.approx(0, abs=1e-12)
    near = (x > 90) & (x < 110)
    assert y[near].max() == pytest.approx(1.25 / 9, rel=0.3)
    # Nothing is drawn beyond the smallest and the largest value, but for the width of a bin.
    assert y[(x < 0.95) | (x > 105)].max() == 0


def test_drawing_without_matplotlib_names_the_extra(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(
        errors.MissingLibraryError, match=r"drawing needs matplotlib.*pip install 'crystal-lfa\[plot\]'"
    ):
        report.plot()


def test_printed_bounds_are_not_below_the_proven_ones(report: Report) -> None:
    for layer, row in zip(report, str(report).splitlines()[2:], strict=False):
        assert layer.norm is not None
        assert layer.sigma_max <= layer.norm.upper <= float(row.split()[-1]) * (1 + 1e-12)
        assert float(row.split()[-1]) <= layer.norm.upper * (1 + 1.1e-4)
    assert rounded_up(math.inf, 4) == "inf"
    assert rounded_up(0.0, 4) == "0"
    for value in np.random.default_rng(0).lognormal(0, 30, 300):
        assert value * (1 - 1e-12) <= float(rounded_up(value, 4)) <= value * (1 + 1.1e-3)
