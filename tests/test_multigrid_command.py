"""The command ``crystal-lfa multigrid``, run as users run it."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import run

import crystal_lfa as lfa
from crystal_lfa import multigrid as mg
from crystal_lfa.cli import main
from crystal_lfa.cli import multigrid as command
from crystal_lfa.multigrid.command import problems, smoothers
from crystal_lfa.multigrid.command.methods import KEYS, Method, read_method

TABLE = """\
problem      poisson on the integer lattice of dimension 2
smoother     gauss-seidel
cycle        two grids, 1 + 1 smoothing steps, coarsening 2 x 2, interpolation, full-weighting, rediscretised coarse \
operator
frequencies  all

factor                 value            frequency             left out
smoothing factor         0.5  attained  (0.25, 0.102416)             0
h-ellipticity           0.25  attained  (0, 0.25)                    0
convergence factor  0.192464  attained  (0.176671, 0.176671)         1
norm                0.202657  attained  (0.193043, 0.193043)         1
energy norm         0.201504  attained  (0.199315, 0.199315)         1
"""

HALF = ("--twist", "1/2")
FACTORS = ("smoothing_factor", "h_ellipticity", "convergence_factor", "norm", "energy_norm")


def facts(*arguments: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Run ``crystal-lfa multigrid`` in this process, for its JSON."""
    assert main(["multigrid", *arguments, "--json", "-"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def with_places_left_out(text: str) -> str:
    """Return a table without the frequencies, which equal maxima share."""
    return re.sub(r"\([\d., ]*\) *", "(...)  ", text)


def test_the_table_and_json_of_all_frequencies(tmp_path: Path) -> None:
    arguments = ("poisson", "--smoother", "gauss-seidel", "--coarse-operator", "rediscretised")
    result = run("multigrid", *arguments, "--json", "facts.json", folder=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert with_places_left_out(result.stdout) == with_places_left_out(TABLE)
    found = json.loads((tmp_path / "facts.json").read_text())
    assert found["convergence_factor"]["value"] == pytest.approx(0.192464, abs=1e-6)
    assert found["convergence_factor"]["left_out"] == 1
    assert found["convergence_factor"]["attained"] is True
    assert found["smoothing_factor"]["value"] == pytest.approx(0.5, abs=1e-9)
    assert (found["torus"], found["optimum"], found["simulation"], found["notes"]) == (None, None, None, [])


def test_the_problem_as_an_option(capsys: pytest.CaptureFixture[str]) -> None:
    found = facts("--problem", "poisson", "--dim", "1", "--omega", "2/3", "--n", "16", *HALF, capsys=capsys)
    assert found == facts("poisson", "--dim", "1", "--omega", "2/3", "--n", "16", *HALF, capsys=capsys)


def test_a_torus(tmp_path: Path) -> None:
    arguments = ("poisson", "--smoother", "gauss-seidel", "--coarse-operator", "rediscretised", "--n", "64", *HALF)
    result = run("multigrid", *arguments, "--json", "-", folder=tmp_path, without=["rich"])
    assert (result.returncode, result.stderr) == (0, "")
    found = json.loads(result.stdout)
    assert found["convergence_factor"]["value"] == pytest.approx(0.192415146816, abs=1e-12)
    assert found["torus"] == {"periods": [[64, 0], [0, 64]], "twist": ["1/2", "1/2"]}
    assert found["convergence_factor"]["left_out"] == 0


def test_red_black_and_a_picture(tmp_path: Path) -> None:
    arguments = ("poisson", "--smoother", "red-black", "--coarse-operator", "rediscretised", "--n", "32", *HALF)
    result = run("multigrid", *arguments, "--plot", "method.png", folder=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert "smoother     red-black(omega=1)" in result.stdout
    assert "frequencies  those of the torus 32 x 32, twist 1/2, 1/2" in result.stdout
    assert (tmp_path / "method.png").read_bytes().startswith(b"\x89PNG")
    torus = lfa.lattices.integer(2).torus(32, twist=0.5)
    expected = mg.TwoGrid(mg.poisson(2), smoother=mg.RedBlack(), coarse_operator=mg.poisson).convergence_factor(torus)
    assert re.search(rf"^convergence factor +{float(expected):.6g} ", result.stdout, re.MULTILINE)


def test_the_triangular_lattice(capsys: pytest.CaptureFixture[str]) -> None:
    found = facts("poisson", "--lattice", "triangular", "--n", "24", capsys=capsys)
    A = mg.poisson(lfa.lattices.triangular())
    tg = mg.TwoGrid(A)
    assert found["problem"] == "poisson on triangular"
    assert found["smoothing_factor"]["value"] == float(mg.smoothing_factor(A, mg.Jacobi(), sweeps=2, N=24))
    assert found["convergence_factor"]["value"] == float(tg.convergence_factor(24))
    assert found["norm"]["value"] == float(tg.norm(24))
    assert found["energy_norm"]["value"] == float(tg.energy_norm(24))
    assert found["h_ellipticity"]["value"] == float(mg.h_ellipticity(A))


def test_a_file_that_options_complete(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "cell.toml").write_text("vectors = [[1, 0], [0, 1]]\n")
    (tmp_path / "mine.toml").write_text(
        'stencil = [[0, -1, 0], [-1, 4, -1], [0, -1, 0]]\nlattice = "cell.toml"\nsmoother = "jacobi"\n'
        'omega = "4/5"\ncoarse = [[1, 1], [1, -1]]\npre = 2\nn = 16\ntwist = "1/2"\nrestriction = "adjoint"\n'
    )
    torus = lfa.lattices.integer(2).torus(16, twist=0.5)
    for omega, extra in ((0.8, []), (0.9, ["--omega", "0.9"])):
        found = facts(str(tmp_path / "mine.toml"), *extra, capsys=capsys)
        tg = mg.TwoGrid(mg.poisson(2), smoother=mg.Jacobi(omega), pre=2, coarse=[[1, 1], [1, -1]])
        assert found["convergence_factor"]["value"] == pytest.approx(float(tg.convergence_factor(torus)), abs=1e-12)
    assert found["smoother"] == "jacobi(omega=0.9)"
    assert "2 + 1 smoothing steps, coarsening [[1, 1], [1, -1]], interpolation, adjoint, Galerkin" in found["cycle"]


def test_the_documented_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [line.strip() for line in command.EPILOG.splitlines() if " = " in line]
    (tmp_path / "mine.toml").write_text("\n".join(lines))
    assert len(lines) == 8
    found = facts(str(tmp_path / "mine.toml"), capsys=capsys)
    assert found["torus"] == {"periods": [[64, 0], [0, 64]], "twist": ["1/2", "1/2"]}


def test_the_best_weight(tmp_path: Path) -> None:
    arguments = ("poisson", "--dim", "1", "--optimize", "0.1", "1", "--optimize-smoothing", "--n", "32")
    result = run("multigrid", *arguments, "--json", "facts.json", folder=tmp_path)
    assert result.returncode == 0
    assert "best omega 0.666667: smoothing factor 0.333333" in result.stdout
    found = json.loads((tmp_path / "facts.json").read_text())
    assert found["optimum"]["omega"] == pytest.approx(2 / 3, abs=1e-6)
    assert found["optimum"]["factor"] == found["smoothing_factor"]["value"]
    assert (found["optimum"]["of"], found["smoother"]) == ("smoothing_factor", "jacobi(omega=0.666667)")


def test_the_best_weight_of_a_cycle(capsys: pytest.CaptureFixture[str]) -> None:
    found = facts("poisson", "--dim", "1", "--optimize", "0.1", "1", "--n", "32", capsys=capsys)
    assert found["optimum"]["of"] == "convergence_factor"
    assert found["optimum"]["factor"] == found["convergence_factor"]["value"]
    others = [mg.TwoGrid(mg.poisson(1), mg.Jacobi(omega)).convergence_factor(32) for omega in (0.5, 0.6, 0.7, 0.8)]
    assert found["optimum"]["factor"] <= min(map(float, others))


def test_a_simulation(capsys: pytest.CaptureFixture[str]) -> None:
    found = facts("poisson", "--n", "16", *HALF, "--simulate", "30", capsys=capsys)
    run_ = found["simulation"]
    assert (run_["cycles"], len(run_["factors"]), run_["torus"]) == (30, 30, found["torus"])
    assert run_["measured"] == pytest.approx(run_["predicted"], rel=0.05)
    assert run_["predicted"] == pytest.approx(found["convergence_factor"]["value"], abs=1e-12)
    assert main(["multigrid", "poisson", "--dim", "1", "--smoother", "sor", "--omega", "1.1", "--simulate", "9"]) == 0
    assert "9 cycles on the torus 64" in capsys.readouterr().out.splitlines()[-1]


def test_infinity_and_what_has_no_energy(capsys: pytest.CaptureFixture[str]) -> None:
    found = facts("helmholtz", "--k2", "0.5", "--dim", "1", capsys=capsys)
    assert found["convergence_factor"]["value"] is None
    found = facts("helmholtz", "--k2", "0.5-0.25j", "--n", "8", capsys=capsys)
    assert found["problem"] == "helmholtz(k2=0.5-0.25j) on the integer lattice of dimension 2"
    assert found["energy_norm"] is None
    assert [found[name]["left_out"] for name in FACTORS[:4]] == [0] * 4


@pytest.mark.parametrize("format_", ["pdf", "svg"])
def test_pictures(format_: str, tmp_path: Path) -> None:
    dimension = {"pdf": "1", "svg": "3"}[format_]
    path = tmp_path / f"picture.{format_}"
    arguments = ["poisson", "--dim", dimension, "--n", "4", *HALF, "--plot", str(path)]
    assert main(["multigrid", *arguments]) == 0
    content = path.read_bytes()
    assert content.startswith(b"%PDF") if format_ == "pdf" else b"<svg" in content[:1000]


def test_without_matplotlib(tmp_path: Path) -> None:
    result = run("multigrid", "poisson", "--plot", "poisson.png", folder=tmp_path, without=["matplotlib"])
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        "crystal-lfa: error: --plot needs matplotlib, which is not installed: pip install 'crystal-lfa[plot]'\n"
    )


@pytest.mark.parametrize("columns", ["110", "40"])
def test_on_a_terminal(columns: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    arguments = ["poisson", "--lattice", "honeycomb", "--coarse-operator", "rediscretised", "--n", "4", *HALF]
    assert main(["multigrid", *arguments]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "problem      poisson on honeycomb"
    assert any("─" in line for line in lines) == (columns == "110")
    assert len([line for line in lines if " attained " in line]) == len(FACTORS)
    assert lines[-1].startswith("coarse_operator: the sites of Crystal(")


SMOOTHERS = {
    "jacobi": ({"omega": "1/2", "blocks": "lines 0"}, mg.Jacobi(0.5, mg.lines(0))),
    "gauss-seidel": (
        {"order": [[0, 1], [1, 0]], "reverse": True, "symmetric": True, "blocks": ["planes", "0", "1"]},
        mg.GaussSeidel([[0, 1], [1, 0]], reverse=True, symmetric=True, blocks=mg.planes(0, 1)),
    ),
    "sor": ({"omega": 1.1, "order": "0 1 1 0"}, mg.SOR(1.1, [[0, 1], [1, 0]])),
    "red-black": ({"omega": "1.1"}, mg.RedBlack(1.1)),
    "coloured": ({"colours": [2, 1], "blocks": "lines 1"}, mg.Coloured((2, 1), mg.lines(1))),
    "kaczmarz": ({"reverse": True}, mg.Kaczmarz(reverse=True)),
    "richardson": ({"omega": 0.2}, mg.Richardson(0.2)),
    "chebyshev": ({"degree": "2", "kind": "1", "interval": [0.3, 1]}, mg.Chebyshev(2, 1, (0.3, 1.0))),
    "vanka": ({"kind": "additive", "omega": 0.2}, mg.Vanka(0, 0.2)),
}


@pytest.mark.parametrize("name", SMOOTHERS)
def test_smoothers_are_those_of_the_library(name: str) -> None:
    given, expected = SMOOTHERS[name]
    A = mg.poisson(2)
    method = read_method({"problem": "poisson", "smoother": name, **given})
    assert method.smoother.smoother(A).allclose(expected(A))
    assert method.smoother.text.startswith(name)


def test_every_smoother_and_problem_is_tested_and_explained() -> None:
    assert set(SMOOTHERS) == set(smoothers.SMOOTHERS)
    explained = re.split(r"\s{2,}|\n", command.EPILOG.split("A method can be")[0])
    for module, names in ((smoothers, smoothers.SMOOTHERS), (problems, problems.PROBLEMS)):
        for name in names:
            taken, required = module.parameters_of(name)
            (text,) = [entry for entry in explained if entry.split(" ")[0] == name]
            assert re.findall(r"--(\w+)", text) == list(dict.fromkeys(taken))
            assert re.findall(r"--(\w+)", text.split("[")[0]) == required


def test_options_are_the_keys_of_files() -> None:
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers())
    (action,) = [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
    options = {one.dest for one in action.choices["multigrid"]._actions}
    assert options - set(KEYS) == {"help", "source", "plot", "json"}
    assert set(KEYS) - options == {"stencil"}


def agree(method: Method, cycle: mg.TwoGrid | mg.KGrid) -> bool:
    return bool(method.cycle.error_propagator.allclose(cycle.error_propagator))


def test_cycles_are_those_of_the_library() -> None:
    A = mg.convection_diffusion(2, (1, 0.5), 0.25, mg.Scheme.CENTRAL)
    given = {"problem": "convection-diffusion", "velocity": "1 1/2", "eps": 0.25, "scheme": "central"}
    P = mg.operator_interpolation(A, 2)
    assert agree(
        read_method({**given, "prolongation": "operator", "restriction": "adjoint", "post": 0}),
        mg.TwoGrid(A, post=0, prolongation=P, restriction=P.H / 4),
    )
    assert agree(
        read_method({**given, "prolongation": "cubic", "restriction": "half-weighting", "levels": 3, "cycle": "w"}),
        mg.KGrid(A, 3, 2, prolongation=mg.cubic_interpolation, restriction=mg.half_weighting),
    )
    given = {"problem": "anisotropic", "eps": 0.1, "axis": 1, "coarse": "2 1", "coarse_operator": "rediscretised"}
    assert agree(
        read_method({**given, "levels": "3", "cycle": "F"}),
        mg.KGrid(
            mg.anisotropic(2, 0.1, 1),
            3,
            "F",
            coarse=(2, 1),
            coarse_operator=lambda lattice: mg.anisotropic(lattice, 0.1, 1),
        ),
    )


def test_fewest_colours() -> None:
    honeycomb = read_method({"problem": "poisson", "lattice": "honeycomb", "smoother": "coloured", "colours": "auto"})
    A = mg.poisson(lfa.crystals.honeycomb())
    assert honeycomb.smoother.smoother(A).allclose(mg.colouring(A, 1)(A))
    B = mg.poisson(lfa.lattices.triangular())
    assert smoothers.FewestColours(0.9)(B).allclose(mg.colouring(B, 3, omega=0.9)(B))
    far = lfa.stencil(np.ones(11))
    with pytest.raises(lfa.errors.InvalidArgumentError, match="colours: got auto; coarse: got 4, by which"):
        smoothers.FewestColours()(far)


BAD = {
    "nothing": ([], "problem: got none; a TOML file or one of poisson"),
    "a problem twice": (["poisson", "--problem", "helmholtz"], "problem: got poisson and helmholtz; one of them"),
    "a problem": (["posson"], "posson: this is neither a problem nor a file; a TOML file or one of poisson, aniso"),
    "a file": (["mine.toml"], "mine.toml: there is no such file; a TOML file or one of poisson,"),
    "no file": (["no.toml"], "no.toml: this is not a TOML file: "),
    "a key": (["key.toml"], "key.toml: unknown key 'omgea'; valid keys are problem, stencil, dim,"),
    "no problem": (["none.toml"], "problem: got neither a problem nor a stencil; a stencil or one of poisson,"),
    "two problems": (["two.toml"], "problem: got a problem as well as a stencil; a stencil or one of poisson,"),
    "a table": (["table.toml"], "problem: got {'name': 'poisson'}; one of poisson,"),
    "a flag": (["flag.toml"], "reverse: got 1; true or false is needed"),
    "a ragged stencil": (["ragged.toml"], "stencil: got [[1, 2], [3]]; rows of equally many numbers"),
    "a stencil again": (["stencil.toml", "--coarse-operator", "rediscretised"], "a stencil says nothing of other"),
    "a stencil elsewhere": (["stencil.toml", "--lattice", "cubic"], "a lattice of dimension 3 needs 3 axes"),
    "a stencil on sites": (["stencil.toml", "--lattice", "honeycomb"], "lattice: got honeycomb, a crystal; a stencil"),
    "parameters": (["poisson", "--eps", "1"], "eps: got '1', but poisson takes no parameters"),
    "no parameters": (["anisotropic"], "eps: got none; anisotropic takes eps, [axis]"),
    "no number": (["anisotropic", "--eps", "x"], "eps: got 'x'; a finite number, such as 0.8 or 2/3, is needed"),
    "negative": (["anisotropic", "--eps", "-1"], "anisotropic: eps: got -1.0; a number that is not negative"),
    "an axis": (["anisotropic", "--eps", "1", "--axis", "2"], "axis: got 2; the axes are 0 to 1"),
    "a dimension": (["poisson", "--dim", "9"], "dim: got 9; 1 to 4 can be described"),
    "half a dimension": (["poisson", "--dim", "2.5"], "dim: got '2.5'; an integer is needed"),
    "two places": (["poisson", "--dim", "2", "--lattice", "square"], "dim: got a dimension as well as a lattice"),
    "a lattice": (["poisson", "--lattice", "sqare"], "lattice: sqare: this is neither a name nor a file"),
    "another lattice": (["mehrstellen", "--lattice", "triangular"], "do not lie on a grid of orthogonal directions"),
    "a velocity": (["convection-diffusion", "--eps", "1", "--velocity", "1"], "velocity: got [1.0]; 2 real"),
    "a scheme": (
        ["convection-diffusion", "--eps", "1", "--velocity", "1", "0", "--scheme", "x"],
        "scheme: got 'x'; one of central, upwind is needed",
    ),
    "a wave number": (["helmholtz", "--k2", "i"], "k2: got 'i'; a finite number, such as 0.5 or 0.5-0.2j, is"),
    "a smoother": (["poisson", "--smoother", "jacoby"], "smoother: got 'jacoby'; one of jacobi, gauss-seidel, sor,"),
    "a weight": (
        ["poisson", "--smoother", "gauss-seidel", "--omega", "1"],
        "omega: got '1', but gauss-seidel takes [order], [reverse], [symmetric], [blocks]",
    ),
    "no weight": (["poisson", "--smoother", "sor"], "omega: got none; sor takes omega, [order], [reverse]"),
    "not a number": (["poisson", "--omega", "nan"], "omega: got 'nan'; a finite number"),
    "blocks": (["poisson", "--blocks", "cubes", "2"], "blocks: got 'cubes 2'; none, 'lines 0', 'planes 0 1' or"),
    "lines": (["poisson", "--blocks", "lines", "2"], "blocks: got 'lines 2'; the axes of a lattice of dimension 2"),
    "cells": (["poisson", "--blocks", "cells", "0"], "blocks: cells: vectors: got ((0, 0), (0, 0)), which are"),
    "colours": (["poisson", "--smoother", "coloured", "--colours", "1", "2", "3"], "colours: got 3 integers; 1 or 2"),
    "coloured blocks": (
        ["poisson", "--smoother", "coloured", "--colours", "auto", "--blocks", "lines", "0"],
        "colours: got auto, but colours with blocks are cosets; a sublattice is needed",
    ),
    "an interval": (
        ["poisson", "--smoother", "chebyshev", "--degree", "2", "--interval", "1", "0.5"],
        "interval: got (1.0, 0.5); (a, b) with 0 <= a < b",
    ),
    "a kind": (["poisson", "--smoother", "vanka", "--kind", "x"], "kind: got 'x'; one of additive, multiplicative"),
    "an order": (
        ["poisson", "--smoother", "gauss-seidel", "--order", "1", "2", "2", "4"],
        "order: got ((1, 2), (2, 4)), which is singular",
    ),
    "no coarse lattice": (["poisson", "--coarse", "1", "1", "2", "2"], "coarse: vectors: got ((1, 1), (2, 2)), which"),
    "half a coarse lattice": (["poisson", "--coarse", "1.5"], "coarse: got '1.5'; an integer is needed"),
    "the same lattice": (["poisson", "--coarse", "1"], "coarse: got the lattice itself; a coarser one is needed"),
    "many coarse numbers": (["poisson", "--coarse", "2", "2", "2"], "coarse: got 3 integers; 1 or 2 (multiples"),
    "steps": (["poisson", "--pre", "-1"], "pre: got -1; a number of smoothing steps, 0 or more, is needed"),
    "a prolongation": (["poisson", "--prolongation", "linear"], "prolongation: got 'linear'; one of interpolation,"),
    "a restriction": (["poisson", "--restriction", "x"], "restriction: got 'x'; one of full-weighting,"),
    "a coarse operator": (["poisson", "--coarse-operator", "x"], "coarse_operator: got 'x'; one of galerkin, redis"),
    "levels": (["poisson", "--levels", "40"], "levels: got 40; the number of grids is 2 to 12"),
    "deep levels": (["poisson", "--n", "6", "--levels", "3"], "error: n: the periods [[6, 0], [0, 6]] do not lie in"),
    "a cycle": (["poisson", "--cycle", "X"], "cycle: got 'X'; V, W, F, or how often each coarser grid is visited"),
    "no torus": (["poisson", "--n", "0"], "n: periods: got ((0, 0), (0, 0)), which are linearly dependent"),
    "a twist alone": (["poisson", "--twist", "1/2"], "twist: got one, but no torus; n is needed as well"),
    "twists": (["poisson", "--n", "8", "--twist", "0", "0", "0"], "twist: got 3 numbers; 1, or 2 (one a period)"),
    "sweeps": (["poisson", "--sweeps", "0"], "sweeps: got 0; a positive number is needed"),
    "bounds": (["poisson", "--optimize", "1", "0.5"], "optimize: got 1, 0.5; two bounds of omega, the lower one first"),
    "one bound": (["poisson", "--optimize", "1"], "argument --optimize: expected 2 arguments"),
    "bounds of nothing": (
        ["poisson", "--optimize", "0", "1", "--smoother", "gauss-seidel"],
        "optimize: got bounds of omega, but gauss-seidel takes none; one of jacobi, sor,",
    ),
    "no bounds": (["poisson", "--optimize-smoothing"], "optimize_smoothing: got it without optimize; bounds"),
    "a simulation": (["poisson", "--simulate", "1"], "simulate: got 1; at least 2 cycles are needed"),
    "a picture": (["poisson", "--plot", "x.gif"], "x.gif: the name of a picture has to end in .png, .pdf"),
    "a description lost": (["stencil.toml", "--json", "stencil.toml"], "stencil.toml: this is the description, and"),
}

FILES = {
    "no": "problem =\n",
    "key": 'problem = "poisson"\nomgea = 1\n',
    "none": 'smoother = "jacobi"\n',
    "two": 'problem = "poisson"\nstencil = [-1, 2, -1]\n',
    "table": '[problem]\nname = "poisson"\n',
    "flag": 'problem = "poisson"\nsmoother = "gauss-seidel"\nreverse = 1\n',
    "ragged": "stencil = [[1, 2], [3]]\n",
    "stencil": "stencil = [[0, -1, 0], [-1, 4, -1], [0, -1, 0]]\n",
}


@pytest.mark.parametrize(("arguments", "message"), BAD.values(), ids=BAD)
def test_bad_input(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        (tmp_path / f"{name}.toml").write_text(text)
    try:
        status: Any = main(["multigrid", *arguments])
    except SystemExit as error:
        status = error.code
    out, err = capsys.readouterr()
    assert (status, out) == (2, "")
    (line,) = err.splitlines()
    assert line.startswith("crystal-lfa")
    assert message in line
    assert {path.stem: path.read_text() for path in tmp_path.iterdir()} == FILES


def test_bad_input_of_a_process(tmp_path: Path) -> None:
    result = run("multigrid", "posson", folder=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 1
