"""The experiments of `benchmarks/`, at tiny sizes: that they run, and that what they write says what they measured."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
IN_PROCESS = ("values", "vectors", "growth", "layout", "norms")
IN_PROCESSES = ("memory", "startup", "two_grid", "large_layer")


def _run(*arguments: str) -> None:
    subprocess.run([sys.executable, str(BENCHMARKS / "run.py"), *arguments], check=True, cwd=BENCHMARKS.parent)


def _smoke(folder: Path, names: tuple[str, ...]) -> dict[str, Any]:
    _run("--edition", "smoke", "--out", str(folder), "--only", *names)
    results: dict[str, Any] = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    assert tuple(results) == names
    for record in results.values():
        assert record["rows"]
        assert record["edition"] == "smoke"
        assert {"processor", "cores", "python", "numpy", "scipy", "numba", "torch", "blas"} == set(record["machine"])
    return results


def _total(row: dict[str, Any], name: str) -> Any:
    return sum(np.array(rounds) for rounds in row["seconds"][name].values())


def _cells(folder: Path, name: str) -> list[list[str]]:
    lines = (folder / f"{name}.md").read_text(encoding="utf-8").splitlines()
    table = [line.strip("| ").split(" | ") for line in lines if line.startswith("|")]
    assert {len(line) for line in table} == {len(table[0])}
    return [table[0], *table[2:]]


def test_experiments_write_what_they_measured_and_draw_it_again(tmp_path: Path) -> None:
    results = _smoke(tmp_path, IN_PROCESS)
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    tables = {"values", "limit", "vectors", "vectors_steps", "exponents", "totals", "steps", "layout", "norms"}
    assert {f"{name}.md" for name in tables} == {name for name in written if name.endswith(".md")}
    drawn = tables - {"exponents", "vectors_steps"}
    assert {f"{name}.png" for name in drawn} == {name for name in written if name.endswith(".png")}
    for name in ("values", "vectors", "growth"):
        for row in results[name]["rows"]:
            if row.get("series") == "large":
                assert {"transform"} == set(row["seconds"].get("fft", {"transform": []}))
                continue
            assert max(row["errors"].values()) < 1e-13
            for contender, ratio in row["ratios"].items():
                ratios = _total(row, contender) / _total(row, "crystal_lfa")
                assert ratio == pytest.approx([np.median(ratios), ratios.min(), ratios.max()])
    header, *lines = _cells(tmp_path, "values")
    for row, line in zip(results["values"]["rows"], lines, strict=True):
        shown = float(line[header.index("paper / crystal_lfa")].split()[0])
        assert shown == pytest.approx(row["ratios"]["paper"][0], rel=5e-3)
    for path in tmp_path.iterdir():
        if path.name != "results.json":
            path.unlink()
    _run("--redraw", str(tmp_path))
    again = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert set(again) == set(written)
    assert all(again[name] == written[name] for name in written if name.endswith(".md"))


def test_experiments_in_processes_of_their_own(tmp_path: Path) -> None:
    results = _smoke(tmp_path, IN_PROCESSES)
    assert {row["name"] for row in results["memory"]["rows"]} == {"paper", "crystal_lfa"}
    assert all(row["peak"] >= 0 and row["result"] == 8 * 2 * 8 * 8 for row in results["memory"]["rows"])
    (grid,) = results["two_grid"]["rows"]
    assert list(grid["factors"].values()) == pytest.approx([grid["factors"]["by name"]] * 3)
    (large,) = results["large_layer"]["rows"]
    assert large["residual"] < 1e-13
    assert large["truncation"] <= large["next"] * (1 + 1e-12)


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Import modules of the folder, and leave no trace of their short names."""
    monkeypatch.setattr(sys, "path", [str(BENCHMARKS), *sys.path])
    before = set(sys.modules)
    yield importlib.import_module
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(BENCHMARKS) + os.sep):
            del sys.modules[name]


def test_exponents_of_powers_are_exact(modules: Any) -> None:
    sizes = np.array([16, 32, 64, 128])
    assert modules("summaries").exponent(sizes, 3e-6 * sizes**2.0) == pytest.approx(2, abs=1e-12)
    seconds = [{"fft": {"transform": [n**2.0], "svd": [n**3.0]}} for n in sizes]
    rows = [{"extent": int(n), "seconds": found} for n, found in zip(sizes, seconds, strict=True)]
    fitted = modules("summaries").fitted
    assert fitted(rows, "extent", "fft", "transform") == "2.00 (n = 16 .. 128)"
    assert float(fitted(rows, "extent", "fft").split()[0]) > 2.9


def test_contenders_that_take_too_long_are_left_out_and_named(modules: Any) -> None:
    names = ("explicit", "fft", "paper", "crystal_lfa")
    taking_part, left_out = modules("contenders").choose(names, 64, 32, 2.0, vectors=True)
    assert taking_part == ["paper", "crystal_lfa"]
    assert set(left_out) == {"explicit", "fft"}
    row = {"seconds": {"paper": {"whole": [1.0, 2.0, 4.0]}}, "left_out": left_out}
    cell = modules("summaries").contender_cell
    assert cell(row, "paper") == "2 s (1 - 4)"
    assert cell(row, "fft") == "left out: about 4.29 s a call"


def test_who_is_not_installed_is_left_out_and_leaves_the_others_their_columns(
    modules: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "torch" else find(name))
    values = modules("experiments.values")
    rows = list(values.run("smoke"))
    header, _, line, *_ = (line.strip("| ").split(" | ") for line in values.tables(rows)["values"].splitlines())
    assert line[header.index("torch")] == "left out: not installed"
    assert float(line[header.index("error of crystal_lfa / sigma max")]) < 1e-13
    assert values.pictures(rows)["values"] is not None


def test_explicit_matrices_have_the_librarys_values(modules: Any) -> None:
    contenders = modules("contenders")
    weight = contenders.random_weight(3)
    for extent in (2, 3, 5):  # on two points offsets meet
        explicit = np.linalg.svd(contenders.explicit_matrix(weight, extent), compute_uv=False)
        assert np.allclose(np.sort(explicit), np.sort(contenders.our_values(weight, extent), axis=None), atol=1e-12)


def test_half_of_the_frequencies_and_those_opposite_to_themselves(modules: Any) -> None:
    visited = modules("experiments.values").visited
    for extent in range(1, 6):
        pairs = {frozenset({(a, b), (-a % extent, -b % extent)}) for a, b in np.ndindex(extent, extent)}
        # Of each pair one.
        assert visited(extent) == len(pairs), extent


def test_pictures_leave_gaps_where_a_contender_was_left_out(modules: Any) -> None:
    pictures = modules("pictures")
    figure, ax = pictures.figure()
    pictures.curves(ax, [4, 8], {"explicit": [(1.0, 0.9, 1.1), None], "paper": [(1, 1, 1), (2, 2, 2)]}, ("n", "s"))
    pictures.bars(ax, ["a", "b"], {"fft / paper": [None, (1.0, 0.9, 1.1)], "": [(1, 1, 1), (2, 2, 2)]}, ("n", "s"))
    figure.draw_without_rendering()
    assert [text.get_text() for text in ax.texts] == ["1", "1", "2"]
