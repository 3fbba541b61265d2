"""The conformance matrix: every cell of the cross product in `examples/conformance` against PyTorch's own layers."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import crystal_lfa as lfa

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "examples" / "conformance" / "conformance.py"


def script() -> ModuleType:
    """Return the script as a module; dataclasses look themselves up among those imported."""
    specification = importlib.util.spec_from_file_location("conformance", SCRIPT)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules["conformance"] = module
    specification.loader.exec_module(module)
    return module


conformance = script()


@pytest.mark.parametrize("direction", conformance.DIRECTIONS)
@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_every_cell_has_the_singular_values_of_pytorchs_layer(dimension: int, direction: str) -> None:
    chosen = [cell for cell in conformance.cells(dimension) if cell.direction == direction]
    done = conformance.compare_all(chosen)
    table = conformance.table(done)
    assert len(done) >= 150, table
    assert [each.cell for each in done if each.found != each.expected] == [], table
    assert max(each.difference for each in done) <= 1e-12, table
    assert all(each.agrees for each in done), table


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_the_matrix_is_a_full_cross_product(dimension: int) -> None:
    cells = list(conformance.cells(dimension))
    assert len(set(cells)) == len(cells)
    for direction in ("forward", "transposed"):
        found = [cell for cell in cells if cell.direction == direction]
        axes = [{getattr(cell, name) for cell in found} for name in ("stride", "dilation", "kernel", "groups")]
        assert len(found) == 2 * np.prod([len(values) for values in axes])
        assert [len(values) for values in axes] == [3 + (dimension > 1), 3, 3 + (dimension < 3) + (dimension == 2), 3]
    for cell in cells:
        channels = cell.groups * max(cell.fine_width, cell.coarse_width)
        assert channels * np.prod(cell.pixels) <= 300
    names = set(conformance.FEATURES) - {f"{other}-d" for other in {1, 2, 3} - {dimension}}
    if dimension == 1:
        names -= {"strides that differ", "dilations that differ", "rectangular kernel"}
    for name in names:
        assert sum(map(conformance.FEATURES[name], cells)) >= 50, name


def test_what_pytorch_wraps_itself_is_what_indices_wrap(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = [cell for cell in conformance.cells(2) if cell.wraps_itself][::10]
    itself = [conformance.dense(cell).copy() for cell in chosen]
    monkeypatch.setattr(conformance.Cell, "wraps_itself", False)
    for cell, matrix in zip(chosen, itself, strict=True):
        np.testing.assert_allclose(conformance.dense(cell), matrix, rtol=0, atol=1e-14)


def test_a_wrong_value_and_a_wrong_number_are_found(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cell = next(conformance.cells(1))
    right = lfa.svdvals
    assert conformance.compare(cell).agrees

    def larger(*arguments: Any) -> Any:
        return right(*arguments) * (1 + 1e-11)

    def fewer(*arguments: Any) -> Any:
        return right(*arguments)[1:]

    for wrong, count in ((larger, 1), (fewer, 0)):
        monkeypatch.setattr(lfa, "svdvals", wrong)
        found = conformance.compare(cell)
        assert not found.agrees
        assert (found.found == found.expected) == count
        assert conformance.table([found]).splitlines()[-1].split()[-1] == str(count)
    monkeypatch.setattr(sys, "argv", ["conformance.py", "--dimensions", "1"])
    monkeypatch.setattr(conformance, "cells", lambda _: [cell])
    assert conformance.main() == 1
    assert "disagrees: Comparison(cell=Cell(stride=(1,)" in capsys.readouterr().out


def test_the_script_prints_the_table() -> None:
    command = [sys.executable, "-W", "error", str(SCRIPT), "--dimensions", "1"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert printed[0].split()[:2] == ["feature", "cells"]
    rows = {line[:22].strip(): line[22:].split() for line in printed[2:]}
    cells = str(len(list(conformance.cells(1))))
    assert rows["all"][0] == rows["all"][3] == rows["1-d"][0] == cells
    assert "larger than the input" in rows
    assert "2-d" not in rows
    assert all(float(row[2]) <= 1e-12 and row[0] == row[3] for row in rows.values())
