"""Bad input of the forms that operators take: pictures, files, expressions, reports of bands."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import sympy

import crystal_lfa as lfa
from crystal_lfa.errors import FreeParametersError, InvalidArgumentError, MultiplierError, OperatorFileError
from crystal_lfa.operators.storage import _arrays, _hash_of
from crystal_lfa.spectra.band_report import report_bands

Case = tuple[type[Exception], str, Callable[[], object]]

EPS = sympy.Symbol("eps")
SQUARE = lfa.Crystal(lfa.lattices.square())
LAPLACIAN = lfa.stencil([[0, -1, 0], [-1, 4, -1], [0, -1, 0]])
SYMBOLIC = EPS * LAPLACIAN
FORTH = lfa.CrystalOperator(SQUARE, lfa.Crystal(SQUARE.lattice, dof=2), {(0, 0): [[1], [2]]})
MIXED = lfa.Crystal(SQUARE.lattice, [[0, 0], [0.5, 0.5]], dof=[1, 2])


class Own(lfa.Operator):
    is_real = is_hermitian = True

    def __init__(self) -> None:
        self._fill(domain=SQUARE, codomain=SQUARE)

    def symbols(self, waves: Any, _dtype: Any = None) -> Any:
        return waves(np.zeros((1, 2), dtype=np.int64))[..., None]


def stored(change: Callable[[Any], object] | None = None, *, damaged: bool = False) -> Callable[[], object]:
    """Return what reads a file of an operator whose description was changed, its hash made anew."""

    def read() -> object:
        arrays = _arrays(LAPLACIAN)
        description = json.loads(arrays["description"].tobytes())
        if change is not None:
            change(description)
        arrays["description"] = np.frombuffer(json.dumps(description).encode(), dtype=np.uint8)
        digest = "nothing" if damaged else _hash_of(arrays)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "operator.npz"
            np.savez(path, hash=np.frombuffer(digest.encode(), dtype=np.uint8), **arrays)
            return lfa.load(path)

    return read


def unreadable() -> object:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "operator.npz"
        path.write_text("nothing")
        return lfa.load(path)


def drawn(operator: lfa.Operator, *arguments: Any) -> Callable[[], object]:
    return lambda: operator.plot_symbol(None, *arguments)


TWO = sympy.Symbol("x", real=True) + sympy.Symbol("x")


def part(**settings: Any) -> Callable[[], object]:
    """Return what reads a file with one part more than it has."""
    return stored(lambda d: d["parts"].append(settings))


class Flat(Own):
    def symbols(self, waves: Any, _dtype: Any = None) -> Any:
        return waves(np.zeros((1, 2), dtype=np.int64))


form_cases: list[Case] = [
    (InvalidArgumentError, r"symbols: Flat gave an array of shape \(10, 1\)", lambda: lfa.norm(2 * Flat(), 4)),
    (InvalidArgumentError, r"order: got \[0, 1\]; a 2 x 2 int", lambda: LAPLACIAN.strictly_lower([0, 1])),
    (OperatorFileError, r"part 1 is made of the parts \[-1\]", part(kind="Adjoint", inputs=[-1])),
    (OperatorFileError, r"a part of kind 'Unknown' with the settings", part(kind="Unknown", inputs=[0])),
    (
        OperatorFileError,
        r"the exponent 10000000000 is too large",
        part(kind="Scaled", inputs=[0], factor=["Pow", ["rational", "10", "1"], ["rational", "10000000000", "1"]]),
    ),
    (
        OperatorFileError,
        r"'1e2000000000' is no fraction",
        stored(lambda d: d["parts"][0]["domain"].update(sites=[["1e2000000000", "0"]])),
    ),
    (
        OperatorFileError,
        r"part 2: the crystals of its operands differ",
        stored(
            lambda d: d["parts"].extend(
                [
                    {
                        "kind": "OnSublattice",
                        "inputs": [0],
                        "lattice": {**d["parts"][0]["domain"]["lattice"], "matrix": [["2", "0"], ["0", "1"]]},
                    },
                    {"kind": "Sum", "inputs": [0, 1]},
                ]
            )
        ),
    ),
    (InvalidArgumentError, r"operator: several parameters are called x; one", lambda: (TWO * LAPLACIAN).parameters),
    (InvalidArgumentError, r"symbols: eps is a parameter of the op", lambda: SYMBOLIC.to_sympy(sympy.symbols("eps b"))),
    (InvalidArgumentError, r"symbols: got 'a'; SymPy symbols, one a direction", lambda: LAPLACIAN.to_sympy("a")),
    (InvalidArgumentError, r"values: got '1' for eps; a number or a SymPy", lambda: SYMBOLIC.subs({"eps": "1"})),
    (InvalidArgumentError, r"parameters: got 'eps'; a list of symbols or", lambda: SYMBOLIC.lambdify("eps")),
    (InvalidArgumentError, r"values: got 'x'; numbers, or arrays of", lambda: SYMBOLIC.lambdify()([0, 0], "x")),
    (InvalidArgumentError, r"rtol: got 'x'; a number that is not neg", lambda: LAPLACIAN.allclose(LAPLACIAN, rtol="x")),
    (InvalidArgumentError, r"factor: got .*'a'.*; a number is needed", lambda: LAPLACIAN.inv() * np.array("a")),
    (
        MultiplierError,
        r"hermitian: the codomain has to be the domain",
        lambda: lfa.CrystalOperator.from_couplings(SQUARE, FORTH.codomain, [], hermitian=True),
    ),
    (MultiplierError, r"couplings: got 3; a list of", lambda: lfa.CrystalOperator.from_couplings(SQUARE, SQUARE, 3)),
    (InvalidArgumentError, r"operator: couples 1089 pairs; up to 1000", lambda: lfa.stencil(np.ones((33, 33))).plot()),
    (FreeParametersError, r"operator: its numbers have free parameters; subs\(\)", lambda: SYMBOLIC.plot()),  # noqa: PLW0108
    (InvalidArgumentError, r"quantity: it gave an array of complex128", drawn(LAPLACIAN, lambda s: s[:, 0, 0])),
    (InvalidArgumentError, r"quantity: got 'x'; one of 'eigenvalues', ", drawn(LAPLACIAN, "x")),
    (InvalidArgumentError, r"quantity: .* is not known to be Hermitian", drawn(FORTH, "eigenvalues")),
    (InvalidArgumentError, r"quantity: a spectral radius needs an operator from", drawn(FORTH, "spectral radius")),
    (InvalidArgumentError, r"ax: got 2 for one image, the", lambda: LAPLACIAN.plot_symbol([None, None], "norm")),
    (InvalidArgumentError, r"operator: its lattice has dimension 3", drawn(lfa.identity(lfa.lattices.cubic()))),
    (InvalidArgumentError, r"points: got 1; \d+ to \d+ can be drawn", drawn(LAPLACIAN, None, 1)),
    (OperatorFileError, r"path: absent.npz does not exist", lambda: lfa.load("absent.npz")),
    (OperatorFileError, r"path: .* is no file of an operator: ", unreadable),
    (OperatorFileError, r"its content does not have its hash", stored(damaged=True)),
    (OperatorFileError, r"the format is 'another'", stored(lambda d: d.update(format="another"))),
    (
        OperatorFileError,
        r"'lambdify' is no function known here",
        stored(lambda d: d["parts"].append({"kind": "Scaled", "inputs": [0], "factor": ["lambdify", "x"]})),
    ),
    (OperatorFileError, r"operator: a Own cannot be saved; finite range", lambda: Own().content_hash()),
    (OperatorFileError, r"gamma in gamma\(eps\) cannot be", (LAPLACIAN * sympy.gamma(EPS)).content_hash),
    (InvalidArgumentError, r"symbols: got 1; 2, one angle a direction", lambda: LAPLACIAN.to_sympy([EPS])),
    (InvalidArgumentError, r"operator: the symbol of .* has no closed form", lambda: LAPLACIAN.pinv().to_sympy()),
    (InvalidArgumentError, r"values: got int; a mapping", lambda: SYMBOLIC.subs(3)),
    (InvalidArgumentError, r"values: got 'x'; the operator's parameters are eps", lambda: SYMBOLIC.subs({"x": 1})),
    (MultiplierError, r"values: got nan; finite expressions", lambda: SYMBOLIC.subs({EPS: sympy.nan})),
    (MultiplierError, r"array: got None of type NoneType; numbers or", lambda: lfa.stencil([1, None])),
    (FreeParametersError, r"has the free parameters eps; subs\(\) gives", lambda: lfa.svdvals(SYMBOLIC, 4)),
    (InvalidArgumentError, r"parameters: got x; each of eps is needed once", lambda: SYMBOLIC.lambdify(["x"])),
    (InvalidArgumentError, r"values: got 2; 1 are needed: eps", lambda: SYMBOLIC.lambdify()([0, 0], 1, 2)),
    (InvalidArgumentError, r"--bands: the cell has 225 unknowns", lambda: report_bands(SQUARE.supercell(15))),
    (InvalidArgumentError, r"--bands: the sites have 1 to 2 unknowns", lambda: report_bands(MIXED)),
    (InvalidArgumentError, r"--hopping: got \[\]; finite numbers", lambda: report_bands(SQUARE, hopping=())),
    (
        InvalidArgumentError,
        r"--hopping: shells: got 10001; from 1 to",
        lambda: report_bands(SQUARE, hopping=[1.0] * 10_001),
    ),
    (InvalidArgumentError, r"--bands: corners: got 'Q'; the points", lambda: report_bands(SQUARE, ["G", "Q"])),
]
