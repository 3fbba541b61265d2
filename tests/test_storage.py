"""Operators in files: what is saved comes back, and nothing else is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy
from stored_files import forge

import crystal_lfa as lfa
from crystal_lfa.errors import OperatorFileError
from crystal_lfa.testing import families

LAPLACIAN = lfa.stencil([[0, -1, 0], [-1, 4, -1], [0, -1, 0]])
UNIT = lfa.identity(LAPLACIAN.domain)


@pytest.mark.parametrize("family", families(), ids=lambda family: family.name.replace(" ", "-"))
@pytest.mark.parametrize("seed", range(3))
def test_every_family_comes_back(family: Any, seed: int, tmp_path: Path) -> None:
    case = family.draw(np.random.default_rng(seed))
    path = tmp_path / "operator.npz"
    case.operator.save(path)
    again = lfa.load(path)
    assert type(again) is type(case.operator)
    assert again.content_hash() == case.operator.content_hash()
    assert again.domain.is_same_as(case.operator.domain)
    torus = case.operator.lattice.torus(case.torus)
    assert (again.symbol(torus.frequencies) == case.operator.symbol(torus.frequencies)).all()
    # Lattices of one origin stay related exactly.
    assert again.lattice == case.operator.lattice


def test_parameters_come_back(tmp_path: Path) -> None:
    eps, z = sympy.Symbol("eps", positive=True), sympy.Symbol("z")
    entry = sympy.sqrt(eps) / 3 + sympy.I * sympy.sin(z) * sympy.pi - 0.1 + sympy.exp(-z)
    operator = z * (lfa.stencil([entry, 2, 0]) + lfa.stencil([1j])).inv() + lfa.stencil([eps])
    operator.save(tmp_path / "symbolic.npz")
    again = lfa.load(tmp_path / "symbolic.npz")
    assert again.parameters == (eps, z)
    values = {"eps": 0.5, "z": 0.25}
    np.testing.assert_allclose(again.subs(values).symbol([0.3]), operator.subs(values).symbol([0.3]), rtol=1e-14)
    with pytest.raises(OperatorFileError, match=r"operator: gamma in gamma\(z\) cannot be saved; sums, products"):
        lfa.stencil([sympy.gamma(z)]).save(tmp_path / "no.npz")
    assert not (tmp_path / "no.npz").exists()


def test_hashes_tell_operators_apart() -> None:
    hashes = {
        operator.content_hash()
        for operator in (
            LAPLACIAN, 2 * LAPLACIAN, LAPLACIAN.on(2), (LAPLACIAN + UNIT).inv(), (LAPLACIAN + UNIT).inv() @ LAPLACIAN,
            3 * (LAPLACIAN + UNIT).inv(), lfa.stencil(LAPLACIAN.multipliers.sum() + np.eye(3)), LAPLACIAN.pinv(),
            LAPLACIAN.pinv(rtol=1e-3),
        )
    }  # fmt: skip
    assert len(hashes) == 9
    assert lfa.stencil([1, 2]).content_hash() == lfa.stencil([1.0, 2.0]).content_hash()


class Own(lfa.Operator):
    is_real = is_hermitian = True

    def __init__(self) -> None:
        self._fill(domain=LAPLACIAN.domain, codomain=LAPLACIAN.domain)

    def symbols(self, waves: Any, _dtype: Any = None) -> Any:
        return waves(np.zeros((1, 2), dtype=np.int64))[..., None]


def test_foreign_operators_are_not_saved(tmp_path: Path) -> None:
    with pytest.raises(OperatorFileError, match="operator: a Own cannot be saved; finite range and what is composed"):
        (Own() + LAPLACIAN).save(tmp_path / "own.npz")


def altered(path: Path, **changes: Any) -> Path:
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    np.savez(path, allow_pickle=False, **{**arrays, **changes})
    return path


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "operator.npz"
    LAPLACIAN.save(path)
    whole = path.read_bytes()
    with pytest.raises(OperatorFileError, match=r"path: .*absent\.npz does not exist"):
        lfa.load(tmp_path / "absent.npz")
    for content in (b"", b"text", whole[:-30], whole[: len(whole) // 2]):
        path.write_bytes(content)
        with pytest.raises(OperatorFileError, match="is no file of an operator"):
            lfa.load(path)
    path.write_bytes(whole)
    with pytest.raises(OperatorFileError, match="its content does not have its hash"):
        lfa.load(altered(path, multipliers0=2 * LAPLACIAN.multipliers))
    np.savez(path, weight=np.eye(2))
    with pytest.raises(OperatorFileError, match="is no file of an operator or a result, or"):
        lfa.load(path)
    np.save(tmp_path / "array.npy", np.eye(2))
    with pytest.raises(OperatorFileError, match="is no file of an operator"):
        lfa.load(tmp_path / "array.npy")
    np.savez(path, allow_pickle=True, description=np.array([print], dtype=object))
    with pytest.raises(OperatorFileError, match="is no file of an operator"):
        lfa.load(path)


def test_bytes_changed_at_random_are_noticed(tmp_path: Path, rng: np.random.Generator) -> None:
    path = tmp_path / "operator.npz"
    (LAPLACIAN + UNIT).inv().save(path)
    whole = np.frombuffer(path.read_bytes(), dtype=np.uint8)
    for _ in range(300):
        damaged = whole.copy()
        damaged[rng.integers(len(whole))] ^= rng.integers(1, 256, dtype=np.uint8)
        path.write_bytes(damaged.tobytes())
        try:
            again = lfa.load(path)
        except OperatorFileError:
            continue
        assert again.content_hash() == (LAPLACIAN + UNIT).inv().content_hash()


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(format="another"),
        lambda d: d["parts"][0].update(kind="Unknown", domain={}),
        lambda d: d["parts"][0]["domain"].update(sites=[["os.system('x')", "0"]]),
        lambda d: d["parts"].clear(),
        lambda d: d["parts"].append(None),
        lambda d: d["parts"].append({"kind": "Scaled", "inputs": [0], "factor": ["float", "inf"]}),
        lambda d: d["parts"].append({"kind": "Scaled", "inputs": [0], "factor": ["float", "0x1p99999"]}),
        lambda d: d["parts"].append({"kind": "PseudoInverse", "inputs": [0], "rtol": "nan"}),
        lambda d: d["parts"][0]["domain"].update(sites=[["1/0", "0"]]),
        lambda d: d["parts"].append(
            {
                "kind": "OnSublattice",
                "inputs": [0],
                "lattice": {**d["parts"][0]["domain"]["lattice"], "matrix": [["100000000", "0"], ["0", "1"]]},
            }
        ),
        lambda d: d["parts"].append({"kind": "Inverse", "inputs": [7]}),
        lambda d: d["parts"].append({"kind": "Scaled", "inputs": [0], "factor": ["lambdify", "x"]}),
    ],
)
def test_files_that_describe_no_operator_are_refused(tmp_path: Path, change: Any) -> None:
    path = forge(LAPLACIAN, tmp_path / "operator.npz", change)
    with pytest.raises(OperatorFileError, match="describes no operator"):
        lfa.load(path)
