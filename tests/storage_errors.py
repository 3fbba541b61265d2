"""Bad files of operators and results, and what cannot be put into one."""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import sympy
from stored_files import forge

import crystal_lfa as lfa
from crystal_lfa.errors import OperatorFileError
from crystal_lfa.operators.archives import write_archive
from crystal_lfa.spectra.results import Result

Case = tuple[type[Exception], str, Callable[[], object]]

EPS = sympy.Symbol("eps")
LAPLACIAN = lfa.stencil([[0, -1, 0], [-1, 4, -1], [0, -1, 0]])
FOUND = lfa.svd(LAPLACIAN, 4)
BANDS = lfa.bands(LAPLACIAN, points=9)
NORM = lfa.norm(LAPLACIAN, 4)


class Own(lfa.Operator):
    is_real = is_hermitian = True

    def __init__(self) -> None:
        self._fill(domain=LAPLACIAN.domain, codomain=LAPLACIAN.codomain)

    def symbols(self, waves: Any, _dtype: Any = None) -> Any:
        return waves(np.zeros((1, 2), dtype=np.int64))[..., None]


@dataclass(frozen=True, eq=False)
class OwnResult(Result):
    """A result that the library does not know."""

    value: float


def read(write: Callable[[Path], object]) -> Callable[[], object]:
    """Return what reads a file after it was written."""

    def call() -> object:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "file.npz"
            write(path)
            return lfa.load(path)

    return call


def forged(thing: Any, change: Callable[[Any], object] | None = None, **arrays: Any) -> Callable[[], object]:
    return read(lambda path: forge(thing, path, change, **arrays))


def part(**settings: Any) -> Callable[[], object]:
    """Return what reads a file of an operator with one part more than it has."""
    return forged(LAPLACIAN, lambda d: d["parts"].append(settings))


def field(thing: Any, **parts: Any) -> Callable[[], object]:
    """Return what reads a file of a result with other fields."""
    return forged(thing, lambda d: d["result"]["record"]["parts"].update(parts))


def damaged(path: Path) -> None:
    """Change a number of an operator, and leave the hash as it is."""
    LAPLACIAN.save(path)
    with np.load(path) as file:
        np.savez(path, **{**file, "multipliers0": 2 * LAPLACIAN.multipliers})


def members(path: Path, **contents: bytes) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in contents.items():
            archive.writestr(f"{name}.npy", content)


def lying(path: Path) -> None:
    """Write an array that claims to have 10^15 entries."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"shape": (10**15,), "fortran_order": False, "descr": "<f8"})
    members(path, values=file.getvalue() + bytes(64))


def squeezed(path: Path) -> None:
    np.savez_compressed(path, values=np.eye(9))


def renamed(description: Any) -> None:
    description["format"] = "another"


def newer(path: Path) -> None:
    file = io.BytesIO()
    np.lib.format.write_array(file, np.eye(2), version=(2, 0))
    members(path, values=file.getvalue())


def without_hash(path: Path) -> None:
    write_archive({"weight": np.eye(2)}, path)


def saved(thing: Any) -> Callable[[], object]:
    return read(thing.save)


def grown(path: Path) -> None:
    """Write a band structure along a line that leads nowhere."""

    def change(description: Any) -> None:
        lines = description["result"]["record"]["parts"]["path"]["Path"]["lines"]
        lines[0][1] = lines[0][0]

    forge(BANDS, path, change)


storage_cases: list[Case] = [
    (OperatorFileError, r"path: absent.npz does not exist", lambda: lfa.load("absent.npz")),
    (OperatorFileError, r"path: .* is no file of an operator or a result: ", read(lambda path: path.write_text("no"))),
    (OperatorFileError, r"is no file of an operator or a result: this is no reg", lambda: lfa.load(os.devnull)),
    (OperatorFileError, r"members are compressed, or larger", read(squeezed)),
    (OperatorFileError, r"values.npy has version \(2, 0\) of the format; 1.0 is", read(newer)),
    (OperatorFileError, r"values.npy holds no numbers, or not as many as it says", read(lying)),
    (OperatorFileError, r"its content does not have its hash", read(damaged)),
    (OperatorFileError, r"its content does not have its hash", read(without_hash)),
    (OperatorFileError, r"the format is 'another', not 'crystal_lfa op", forged(NORM, renamed)),
    (OperatorFileError, r"operator: a Own cannot be saved; finite range", lambda: Own().content_hash()),
    (OperatorFileError, r"operator: a Own cannot be saved; finite range", saved(lfa.svd(Own(), 2))),
    (OperatorFileError, r"gamma in gamma\(eps\) cannot be", (LAPLACIAN * sympy.gamma(EPS)).content_hash),
    (OperatorFileError, r"result: a OwnResult cannot be saved; TorusOperator, SVD", saved(OwnResult(1.0))),
    (OperatorFileError, r"result: value is a list, which cannot be saved; numbers", saved(replace(NORM, value=[1]))),
    (
        OperatorFileError,
        r"result: this Supremum could not be read again: .*lower are of other types than they have",
        saved(replace(NORM, lower="4")),
    ),
    (OperatorFileError, r"describes no operator and no result: .*of a Supremum, skipped are", field(NORM, skipped="1")),
    (OperatorFileError, r"describes no operator and no result: .*the parts of this SVD do not", field(FOUND, chunk=0)),
    (OperatorFileError, r"part 1 is made of the parts \[-1\]", part(kind="Adjoint", inputs=[-1])),
    (OperatorFileError, r"part 1, of kind 'Adjoint', is made of other parts", part(kind="Adjoint", inputs=[])),
    (OperatorFileError, r"a part of kind 'Unknown' with the settings", part(kind="Unknown", inputs=[0])),
    (
        OperatorFileError,
        r"the exponent 10000000000 is too large",
        part(kind="Scaled", inputs=[0], factor=["Pow", ["rational", "10", "1"], ["rational", "10000000000", "1"]]),
    ),
    (OperatorFileError, r"'lambdify' is no function known here", part(kind="Scaled", inputs=[0], factor=["lambdify"])),
    (
        OperatorFileError,
        r"'1e2000000000' is no fraction",
        forged(LAPLACIAN, lambda d: d["parts"][0]["domain"].update(sites=[["1e2000000000", "0"]])),
    ),
    (
        OperatorFileError,
        r"the matrix \[\['1', '1'\], \['1', '1'\]\] makes no basis of",
        forged(LAPLACIAN, lambda d: d["parts"][0]["domain"]["lattice"].update(matrix=[["1", "1"], ["1", "1"]])),
    ),
    (OperatorFileError, r"with labels \('G', 'X', 'M', 'G'\) are no path", read(grown)),
    (
        OperatorFileError,
        r"part 2: the crystals of its operands differ",
        forged(
            LAPLACIAN,
            lambda d: d["parts"].extend(
                [
                    {
                        "kind": "OnSublattice",
                        "inputs": [0],
                        "lattice": {**d["parts"][0]["domain"]["lattice"], "matrix": [["2", "0"], ["0", "1"]]},
                    },
                    {"kind": "Sum", "inputs": [0, 1]},
                ]
            ),
        ),
    ),
]
