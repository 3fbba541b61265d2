"""The command ``crystal-lfa lattice``, run as users run it."""

from __future__ import annotations

import json
import re
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import run

import crystal_lfa as lfa
from crystal_lfa.cli import main
from crystal_lfa.geometry.descriptions.definitions import named, read_definition
from crystal_lfa.geometry.descriptions.facts import MOST_FREQUENCIES, describe

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "define_your_own_lattice.md"

KAGOME = """\
kagome: 2 dimensions, 3 sites and 3 unknowns a cell

primitive vectors       a1 = (1, 0)
                        a2 = (0.5, 0.866025)
cell volume             0.866025
dual vectors (no 2 pi)  b1 = (1, -0.57735)
                        b2 = (0, 1.1547)
kind of lattice         triangular
high-symmetry points    G (0, 0)
                        M (1/2, 1/2)
                        K (2/3, 1/3)
usual path              G M K G

site  fractional       dof
A              0    0    1
B            1/2    0    1
C              0  1/2    1

neighbours at  how many
          0.5  4 each
     0.866025  4 each

torus                   9 points
periods                 p1 = (3, 0)
                        p2 = (0, 3)
twist                   1/2, 0
shape                   3 x 3
invariant factors       3, 3

frequency  fractional            Cartesian
        0    0.166667         0   0.166667  -0.096225
        1    0.166667  0.333333   0.166667   0.288675
        2    0.166667  0.666667   0.166667   0.673575
        3         0.5         0        0.5  -0.288675
        4         0.5  0.333333        0.5   0.096225
        5         0.5  0.666667        0.5   0.481125
        6    0.833333         0   0.833333  -0.481125
        7    0.833333  0.333333   0.833333  -0.096225
        8    0.833333  0.666667   0.833333   0.288675
"""


def describes(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run ``crystal-lfa lattice`` and see that it succeeds silently."""
    result = run("lattice", *arguments, folder=folder)
    assert result.stderr == ""
    assert result.returncode == 0
    return result


def facts(*arguments: str, folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(describes(*arguments, "--json", "-", folder=folder).stdout)
    return found


def test_the_text(tmp_path: Path) -> None:
    assert describes("kagome", "--torus", "3", "--twist", "1/2", "0", folder=tmp_path).stdout == KAGOME


def test_json_has_the_numbers_of_the_library(tmp_path: Path) -> None:
    found = facts("diamond", "--torus", "4", "1", "0", "0", "3", "0", "0", "0", "2", "--shells", "3", folder=tmp_path)
    crystal = lfa.crystals.diamond()
    torus = crystal.lattice.torus([[4, 1, 0], [0, 3, 0], [0, 0, 2]])
    assert np.array_equal(found["vectors"], crystal.lattice.vectors)
    assert np.array_equal(found["dual_vectors"], crystal.lattice.dual.vectors)
    assert (found["kind"], found["size"]) == ("face-centred cubic", 2)
    assert found["cell_volume"] == crystal.lattice.cell_volume
    assert [[Fraction(x) for x in site["fractional"]] for site in found["sites"]] == list(
        map(list, crystal.exact_sites)
    )
    assert [shell["coordination"] for shell in found["shells"]] == [[4, 4], [12, 12], [12, 12]]
    points = {name: [float(Fraction(x)) for x in p["fractional"]] for name, p in found["high_symmetry_points"].items()}
    assert points["X"] == [0.5, 0.0, 0.5]
    of_torus = found["torus"]
    assert (of_torus["order"], of_torus["invariant_factors"]) == (24, [1, 2, 12])
    assert of_torus["frequencies_left_out"] == 0
    assert np.array_equal(of_torus["frequencies"], torus.frequencies)
    assert np.array_equal(of_torus["cartesian_frequencies"], crystal.lattice.dual.cartesian(torus.frequencies))


@pytest.mark.parametrize("name", sorted(named()))
def test_every_name_is_described(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parameters = {"integer": ["2"], "edges": ["2"], "staggered": ["2"], "oblique": ["1", "1.3", "70"]}
    given = parameters.get(name, ["1", "2"] if name in {"rectangular", "tetragonal"} else [])
    options = ["--parameters", *given] if given else []
    assert main(["lattice", name, *options, "--torus", "2", "--json", str(tmp_path / "facts.json")]) == 0
    assert capsys.readouterr().out.startswith(name)
    expected = read_definition(name, [float(x) if "." in x else int(x) for x in given]).crystal
    found = json.loads((tmp_path / "facts.json").read_text())
    assert np.allclose(found["vectors"], expected.lattice.vectors, rtol=1e-15)
    assert found["torus"]["order"] == 2**expected.lattice.dim


def test_a_file_and_the_commands_of_the_documentation(tmp_path: Path) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    (definition,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    (tmp_path / "mine.toml").write_text(definition)
    commands = [line.split()[2:] for line in text.splitlines() if line.startswith("crystal-lfa lattice")]
    assert len(commands) == 2
    for arguments in commands:
        describes(*arguments, folder=tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kagome.png", "mine.json", "mine.toml"]
    found = json.loads((tmp_path / "mine.json").read_text())
    assert [(s["label"], s["dof"], s["fractional"]) for s in found["sites"]] == [
        ("A", 1, ["1/3", "1/3"]),
        ("B", 2, ["2/3", "2/3"]),
    ]
    assert found["torus"]["order"] == 12
    assert found["torus"]["twist"] == ["1/2", "0"]


def test_a_file_may_have_a_torus_that_options_replace(tmp_path: Path) -> None:
    (tmp_path / "cell.toml").write_text(
        "vectors = [[2, 0], [0, 2]]\nsites = [[1, 0.5]]\ncartesian = true\ndof = 3\ntorus = [[2, 1], [0, 2]]\n"
        'twist = ["1/3", 0]\n'
    )
    found = facts("cell.toml", folder=tmp_path)
    assert found["sites"][0]["fractional"] == ["1/2", "1/4"]
    assert (found["size"], found["torus"]["order"], found["torus"]["twist"]) == (3, 4, ["1/3", "0"])
    replaced = facts("cell.toml", "--torus", "3", "--twist", "-1/2", folder=tmp_path)
    assert (replaced["torus"]["order"], replaced["torus"]["twist"]) == (9, ["1/2", "1/2"])


def test_square_roots_and_coordinates_with_few_digits(tmp_path: Path) -> None:
    for name, height in {"exact": '"sqrt(3)/2"', "also": '"0.5 * sqrt(3)"', "rounded": "0.866025"}.items():
        (tmp_path / f"{name}.toml").write_text(f"vectors = [[1, 0], [0.5, {height}]]\n")
    assert facts("exact.toml", folder=tmp_path)["kind"] == "triangular"
    assert facts("exact.toml", folder=tmp_path)["vectors"] == facts("also.toml", folder=tmp_path)["vectors"]
    assert facts("rounded.toml", folder=tmp_path)["kind"] is None
    text = describes("rounded.toml", folder=tmp_path).stdout
    assert "none of those known here; nearly triangular: are ten digits of the vectors given?" in text
    assert "nearly" not in describes("oblique", "--parameters", "1", "1.3", "70", folder=tmp_path).stdout


def test_large_tori_and_zones_not_known(tmp_path: Path) -> None:
    found = facts("oblique", "--parameters", "1", "1.3", "70", "--torus", "1024", "--shells", "0", folder=tmp_path)
    assert (found["kind"], found["high_symmetry_points"], found["shells"]) == (None, {}, [])
    assert len(found["torus"]["frequencies"]) == MOST_FREQUENCIES
    assert found["torus"]["frequencies_left_out"] == 1024**2 - MOST_FREQUENCIES
    huge = describes("cubic", "--torus", "1048576", folder=tmp_path).stdout
    assert "1152921504606846976 points" in huge
    assert huge.endswith(f"... and {2**60 - 16} more\n")


@pytest.mark.parametrize("format_", ["png", "pdf", "svg"])
@pytest.mark.parametrize("torus", [(), ("--torus", "3")])
def test_pictures(format_: str, torus: tuple[str, ...], tmp_path: Path) -> None:
    describes("honeycomb", *torus, "--plot", f"picture.{format_}", folder=tmp_path)
    content = (tmp_path / f"picture.{format_}").read_bytes()
    if format_ == "svg":
        assert b"<svg" in content[:1000]
        assert content.rstrip().endswith(b"</svg>")
    else:
        assert content.startswith(b"\x89PNG" if format_ == "png" else b"%PDF")


def test_without_matplotlib(tmp_path: Path) -> None:
    result = run("lattice", "square", "--plot", "square.png", folder=tmp_path, without=["matplotlib"])
    assert result.returncode == 2
    assert result.stderr == (
        "crystal-lfa: error: --plot needs matplotlib, which is not installed: pip install 'crystal-lfa[plot]'\n"
    )
    assert describes("square", folder=tmp_path).stdout.startswith("square: 2 dimensions")


BAD = {
    "nothing": ([], "the following arguments are required: NAME|FILE.toml"),
    "a name": (["kagame"], "kagame: this is neither a name nor a file; a TOML file or one of bcc, cscl, cubic"),
    "a file": (["mine.toml"], "mine.toml: there is no such file; a TOML file or one of bcc,"),
    "a folder": (["."], ".: its contents cannot be read: Is a directory; a TOML file is needed"),
    "no parameters": (["oblique"], "oblique: --parameters: got 0 of a b degrees; a, b, degrees missing"),
    "many parameters": (["square", "--parameters", "1", "2"], "square: --parameters: got 2 of [a]"),
    "a parameter": (["square", "--parameters", "x"], "got 'x'; a finite number or a fraction such as 1/2 is needed"),
    "negative": (["square", "--parameters", "-1"], "square: a: got -1.0; "),
    "dimension": (["integer", "--parameters", "2.5"], "integer: dimension: got 2.5; an integer"),
    "many dimensions": (["integer", "--parameters", "40"], "integer: dimension: got 40; up to 8 can be described"),
    "a torus": (["square", "--torus", "3", "1", "2"], "--torus: got 3 integers; 1 or 2 (multiples of the vectors)"),
    "a dependent torus": (["square", "--torus", "1", "2", "2", "4"], "--torus: periods: got ((1, 2), (2, 4))"),
    "half a torus": (["square", "--torus", "1.5"], "got '1.5'; an integer is needed, and NAME|FILE.toml comes before"),
    "a twist alone": (["square", "--twist", "1/2"], "--twist: got one, but no torus; --torus is needed as well"),
    "twists": (["square", "--torus", "2", "--twist", "0", "0", "0"], "--twist: got 3 numbers; 1, or 2 (one a period)"),
    "shells": (["square", "--shells", "-1"], "got -1; 0 or a positive integer is needed"),
    "many shells": (["square", "--shells", "1000000"], "shells: got 1000000; from 1 to 10000"),
    "a picture": (["square", "--plot", "square.gif"], "square.gif: the name of a picture has to end in .png, .pdf"),
    "space": (
        ["integer", "--parameters", "4", "--plot", "four.png"],
        "dimension: got 4; what has dimension 1, 2 or 3 can be drawn",
    ),
}


@pytest.mark.parametrize(("arguments", "message"), BAD.values(), ids=BAD)
def test_bad_input(arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("lattice", *arguments, folder=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith("crystal-lfa")
    assert message in line
    assert list(tmp_path.iterdir()) == []


def test_an_output_does_not_replace_the_definition(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text("vectors = [[1]]\n")
    result = run("lattice", "mine.toml", "--json", "mine.toml", folder=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert "mine.toml: this is the definition, and would be lost; another name is needed" in result.stderr
    assert mine.read_text() == "vectors = [[1]]\n"


def test_not_enough_memory(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from crystal_lfa.geometry.descriptions import facts as description

    def exhaust(*_arguments: Any, **_options: Any) -> None:
        raise MemoryError("Unable to allocate 3 TiB")

    monkeypatch.setattr(description, "describe", exhaust)
    assert main(["lattice", "square"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("crystal-lfa: error: not enough memory: Unable to allocate 3 TiB; fewer --shells")


def test_text_of_a_crystal_with_many_sites() -> None:
    many = lfa.Crystal(
        lfa.lattices.integer(1), [Fraction(i, 20) for i in range(20)], labels=["a\x1b[31m", *"bcdefghijklmnopqrst"]
    )
    text = describe(many, name="many\n").to_text()
    assert text.startswith("many\\n: 1 dimension, 20 sites")
    assert "... and 4 more" in text
    assert "\x1b" not in text
    assert "0.05  2 each" in text
