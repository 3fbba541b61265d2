"""The command ``crystal-lfa lattice --bands``, run as users run it."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from commands import run

import crystal_lfa as lfa
from crystal_lfa import errors
from crystal_lfa.cli import main
from crystal_lfa.spectra.band_report import report_bands

mpl.use("Agg")
import matplotlib.pyplot as plt

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "bands.md"

GRAPHENE = """\
hopping                 -1 to neighbours at 0.57735
                        0.1 to neighbours at 1
bands along             G M K G, 200 frequencies

band  minimum  at  maximum  at
   1     -2.4   G     -0.3   K
   2     -0.3   K      3.6   G

corner  band 1  band 2
     G    -2.4     3.6
     M    -1.2     0.8
     K    -0.3    -0.3
"""


def bands(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run ``crystal-lfa lattice`` and see that it succeeds silently."""
    result = run("lattice", *arguments, folder=folder)
    assert result.stderr == ""
    assert result.returncode == 0
    return result


def facts(*arguments: str, folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bands(*arguments, "--json", "-", folder=folder).stdout)
    return found


def test_the_text(tmp_path: Path) -> None:
    arguments = ("honeycomb", "--bands", "G", "M", "K", "G", "--hopping", "-1", "1/10")
    text = bands(*arguments, folder=tmp_path).stdout
    assert text.startswith("honeycomb: 2 dimensions, 2 sites and 2 unknowns a cell\n")
    assert text.endswith(f"\n\n{GRAPHENE}")
    without = bands("honeycomb", folder=tmp_path).stdout
    assert text == f"{without}\n{GRAPHENE}"


def test_without_corners_the_usual_path(tmp_path: Path) -> None:
    short = bands("diamond", "--bands", folder=tmp_path).stdout
    path = ["G", "X", "W", "K", "G", "L", "U", "W", "L", "K|U", "X"]
    assert f"bands along             {' '.join(path)}, 202 frequencies" in short
    assert bands("diamond", "--bands", *path, folder=tmp_path).stdout == short
    values = {line.split()[0]: line.split()[1:] for line in short.splitlines()[-6:]}
    assert list(values) == ["G", "X", "W", "K", "L", "U"]
    # One point of the dual space modulo the lattice.
    assert values["K"] == values["U"]
    assert values["X"] == values["W"] == ["0", "0"]


def test_json_has_the_numbers_of_the_library(tmp_path: Path) -> None:
    corners = ("G", "1/3,1/3", "(-1/2,1/2)", "G")
    found = facts("kagome", "--bands", *corners, "--hopping", "-1", "0.25", folder=tmp_path)
    crystal = lfa.crystals.kagome()
    operator = -1 * lfa.adjacency(crystal) + 0.25 * lfa.adjacency(crystal, 2)
    expected = lfa.bands(operator, ["G", [1 / 3, 1 / 3], [-1 / 2, 1 / 2], "G"])
    of_bands = found["bands"]
    assert of_bands["path"] == ["G", "(0.3333, 0.3333)", "(-0.5, 0.5)", "G"]
    assert [(tick["distance"], tick["label"]) for tick in of_bands["ticks"]] == list(expected.ticks)
    assert np.array_equal(of_bands["frequencies"], expected.frequencies)
    assert np.array_equal(of_bands["distance"], expected.distance)
    assert np.array(of_bands["values"]) == pytest.approx(expected.values, abs=1e-13)
    assert [(term["distance"], term["value"]) for term in of_bands["hopping"]] == [
        (shell.distance, value) for shell, value in zip(crystal.shells(2), (-1, 0.25), strict=True)
    ]
    assert found["size"] == 3
    assert "bands" not in facts("kagome", folder=tmp_path)


def test_the_commands_and_the_text_of_the_documentation(tmp_path: Path) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    commands = [line.split()[2:] for line in text.splitlines() if line.startswith("crystal-lfa lattice")]
    assert len(commands) == 2
    printed = [bands(*arguments, folder=tmp_path).stdout for arguments in commands]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["graphene.json", "graphene.png"]
    (shown,) = re.findall(r"```text\n(.*?)```", text, re.DOTALL)
    assert printed[1].endswith(f"\n\n{shown}")
    found = json.loads((tmp_path / "graphene.json").read_text())
    assert [term["value"] for term in found["bands"]["hopping"]] == [-1, 0.1]


def test_a_file(tmp_path: Path) -> None:
    (tmp_path / "chain.toml").write_text("vectors = [[2]]\nsites = [[0], [0.5]]\ndof = 2\nlabels = ['a', 'b']\n")
    found = facts("chain.toml", "--bands", "G", "X", "1/4", "-1/4", folder=tmp_path)["bands"]
    assert found["path"] == ["G", "X", "(0.25)", "(-0.25)"]
    assert found["ticks"][-1]["distance"] == pytest.approx(0.25 + 0.125 + 0.25)
    formula = 2 * np.abs(np.cos(np.pi * np.array(found["frequencies"])))
    assert np.array(found["values"]) == pytest.approx(formula * [-1, -1, 1, 1], abs=1e-13)


@pytest.mark.parametrize("name", ["diamond", "kagome", "honeycomb"])
@pytest.mark.parametrize("format_", ["png", "svg"])
def test_pictures(name: str, format_: str, tmp_path: Path) -> None:
    bands(name, "--bands", "--plot", f"picture.{format_}", folder=tmp_path)
    content = (tmp_path / f"picture.{format_}").read_bytes()
    if format_ == "svg":
        assert content.rstrip().endswith(b"</svg>")
    else:
        assert content.startswith(b"\x89PNG")


@pytest.mark.parametrize("make", [lfa.crystals.kagome, lfa.crystals.diamond, lambda: lfa.crystals.staggered(1)])
def test_the_picture_has_the_path_and_the_bands(make: Any) -> None:
    plt.close("all")
    report = report_bands(make())
    figure = report.figure()
    left, right = figure.axes
    assert (left.name == "3d") == (make().lattice.dim == 3)
    assert right.get_ylabel() == "eigenvalue"
    labels = [label.get_text() for label in right.get_xticklabels()]
    assert labels == [label.replace("G", "Γ") for _, label in report.bands.ticks]
    assert len(plt.get_fignums()) == 1
    plt.close("all")


BAD = {
    "a letter": (["square", "--bands", "G", "Q"], "--bands: corners: got 'Q'; the points of a square lattice are G, X"),
    "one corner": (["square", "--bands", "G"], "--bands: corners: got ['G']; a path needs at least two"),
    "equal corners": (["square", "--bands", "G", "0,0"], "--bands: corners: "),
    "few coordinates": (["cubic", "--bands", "G", "1/2,0"], "3 fractional coordinates are needed"),
    "no coordinates": (["square", "--bands", "G", "1/2,x"], "got 'x'; a finite number or a fraction"),
    "infinite coordinates": (["square", "--bands", "G", "inf,0"], "got 'inf'; a finite number or a fraction"),
    "an unknown kind": (
        ["oblique", "--parameters", "1", "1.3", "70", "--bands"],
        "is of a kind without usual path here; give fractional coordinates",
    ),
    "an unknown kind's letters": (
        ["oblique", "--parameters", "1", "1.3", "70", "--bands", "G", "X"],
        "is of a kind without named points here but 'G'; give fractional coordinates instead of 'X'",
    ),
    "hopping alone": (["square", "--hopping", "-1"], "--hopping: got numbers, but no --bands; --bands is needed"),
    "no hopping": (["square", "--bands", "--hopping"], "argument --hopping: expected at least one argument"),
    "a hopping": (["square", "--bands", "--hopping", "t"], "got 't'; a finite number or a fraction such as 1/2 is"),
    "sites that differ": (["sites.toml", "--bands"], "--bands: the sites have 1 to 2 unknowns; one number is needed"),
    "a large cell": (["large.toml", "--bands"], "--bands: the cell has 250 unknowns; bands of up to 200 are described"),
    "four dimensions": (
        ["integer", "--parameters", "4", "--bands", "G", "0,0,0,1/2", "--plot", "four.png"],
        "dimension: got 4; what has dimension 1, 2 or 3 can be drawn",
    ),
}


@pytest.mark.parametrize(("arguments", "message"), BAD.values(), ids=BAD)
def test_bad_input(arguments: list[str], message: str, tmp_path: Path) -> None:
    files = {
        "sites.toml": "vectors = [[1]]\nsites = [[0], [0.5]]\ndof = [1, 2]\n",
        "large.toml": "vectors = [[1]]\ndof = 250\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    result = run("lattice", *arguments, folder=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith("crystal-lfa")
    assert message in line
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(files)


def test_bands_in_four_dimensions_have_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lattice", "integer", "--parameters", "4", "--bands", "G", "0,0,0,1/2", "--shells", "0"]) == 0
    assert "(0, 0, 0, 0.5)" in capsys.readouterr().out


def test_extremes_away_from_corners_have_coordinates() -> None:
    text = report_bands(lfa.Crystal(lfa.lattices.integer(1)), ["G", [0.8]], [-1]).to_text()
    assert re.search(r"1\s+-2\s+G\s+1\.99\d+\s+\(0\.\d+\)", text)


def test_many_bands_take_several_tables() -> None:
    text = report_bands(lfa.Crystal(lfa.lattices.integer(1), dof=10)).to_text()
    assert "band 8" in text
    assert re.search(r"corner\s+band 9\s+band 10", text)
    assert len(text.splitlines()) == 2 + 1 + 11 + 1 + 2 * 3


def test_what_is_zero_but_for_rounding_is_printed_as_zero() -> None:
    report = report_bands(lfa.crystals.lieb())
    assert re.search(r"2\s+0\s+flat\s+0\s+flat", report.to_text())
    assert not any(value[1] for value in report.facts()["values"])


def test_no_hopping_at_all_is_flat() -> None:
    assert re.search(r"1\s+0\s+flat\s+0\s+flat", report_bands(lfa.Crystal(lfa.lattices.square()), None, [0]).to_text())


@pytest.mark.parametrize("hopping", [[], [float("nan")], [1, float("inf")]])
def test_hopping_is_finite_numbers(hopping: list[float]) -> None:
    with pytest.raises(errors.InvalidArgumentError, match=r"--hopping: got .*; finite numbers, one a shell"):
        report_bands(lfa.crystals.kagome(), None, hopping)


def test_too_many_shells() -> None:
    square = lfa.Crystal(lfa.lattices.square())
    with pytest.raises(errors.InvalidArgumentError, match="--hopping: shells: got 10001; from 1 to 10000 can be asked"):
        report_bands(square, None, [1.0] * 10_001)
