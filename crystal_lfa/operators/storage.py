"""Operators in files: ``.npz`` archives of plain numbers and a JSON description, never pickled, with a content hash."""

from __future__ import annotations

import hashlib
import json
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.errors import OperatorFileError
from crystal_lfa.files import write_together
from crystal_lfa.geometry import Crystal, Lattice
from crystal_lfa.operators.arrays import is_symbolic, to_numpy
from crystal_lfa.operators.base import Operator
from crystal_lfa.operators.evaluation import Program
from crystal_lfa.operators.finite_range import CrystalOperator
from crystal_lfa.operators.inverses import Inverse, PseudoInverse
from crystal_lfa.operators.nodes import Adjoint, OnSublattice, Product, Scaled, Sum, Transpose
from crystal_lfa.operators.reading import read_number
from crystal_lfa.operators.symbolic.trees import from_tree, to_tree

__all__ = ["content_hash", "load", "save"]

_FORMAT = "crystal_lfa operator, version 1"

_BAD_ARCHIVE = (
    ValueError, OSError, EOFError, AttributeError, TypeError, NotImplementedError, RuntimeError, MemoryError, KeyError,
    zipfile.BadZipFile, zlib.error, lzma.LZMAError,
)  # fmt: skip
"""What reading damaged archives was seen to raise."""

_BAD_CONTENT = (
    KeyError, TypeError, ValueError, IndexError, AttributeError, ArithmeticError, RecursionError, MemoryError,
)  # fmt: skip

_FRACTION = re.compile(r"-?[0-9]{1,1000}(?:/[0-9]{1,1000})?")

_LARGEST_INDEX = 1_000_000
"""Points of a larger cell in a file."""

_KINDS = frozenset({"Sum", "Product", "Adjoint", "Transpose", "Inverse"})
"""Nodes that their operands determine."""


def save(operator: Operator, path: str | Path) -> None:
    """Write an operator into a file: `Operator.save`."""
    arrays = _arrays(operator)
    hashed = {**arrays, "hash": np.frombuffer(_hash_of(arrays).encode(), dtype=np.uint8)}
    write_together({path: lambda file: np.savez(file, allow_pickle=False, **hashed)})


def content_hash(operator: Operator) -> str:
    """Return a SHA-256 of an operator's description and numbers: `Operator.content_hash`."""
    return _hash_of(_arrays(operator))


def load(path: str | Path) -> Operator:
    """Return the operator that a file of `Operator.save` holds.

    Parameters
    ----------
    path : str or Path

    Raises
    ------
    OperatorFileError
        If the file is no such file, or is damaged. No code in a file is ever run.

    Examples
    --------
    >>> import tempfile
    >>> import crystal_lfa as lfa
    >>> A = lfa.stencil([-1, 3, -1])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     (A.inv() @ A).save(f"{folder}/unit.npz")
    ...     unit = lfa.load(f"{folder}/unit.npz")
    >>> unit.allclose(lfa.identity(A.domain))
    True
    """
    try:
        with Path(path).open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except FileNotFoundError:
        raise OperatorFileError(f"path: {path} does not exist") from None
    except _BAD_ARCHIVE as error:
        reason = "this is no .npz archive" if "pickle" in str(error) else error
        raise OperatorFileError(f"path: {path} is no file of an operator: {reason}") from None
    stored = arrays.pop("hash", np.zeros(0, dtype=np.uint8)).tobytes().decode("ascii", "replace")
    if "description" not in arrays or stored != _hash_of(arrays):
        raise OperatorFileError(f"path: {path} is no file of an operator, or its content does not have its hash")
    try:
        return _built(json.loads(arrays["description"].tobytes()), arrays)
    except _BAD_CONTENT as error:
        raise OperatorFileError(f"path: {path} describes no operator: {error!r}") from None


def _hash_of(arrays: dict[str, NDArray[Any]]) -> str:
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        little = array.astype(array.dtype.newbyteorder("<"))
        digest.update(f"{name} {little.dtype.str} {little.shape};".encode())
        digest.update(little.tobytes())
    return digest.hexdigest()


# Out -------------------------------------------------------------------------------------------------------------


def _arrays(operator: Operator) -> dict[str, NDArray[Any]]:
    """Return the arrays of a file: the description, and numbers of every finite-range part."""
    arrays: dict[str, NDArray[Any]] = {}
    parts = [_described(number, step, arrays) for number, step in enumerate(Program.of(operator).steps)]
    text = json.dumps({"format": _FORMAT, "parts": parts}, sort_keys=True)
    return {**arrays, "description": np.frombuffer(text.encode(), dtype=np.uint8)}


def _described(number: int, step: Any, arrays: dict[str, NDArray[Any]]) -> dict[str, Any]:
    operator, inputs = step.operator, list(step.inputs)
    kind = type(operator).__name__
    if isinstance(operator, CrystalOperator):
        multipliers = to_numpy(operator.multipliers)
        arrays[f"offsets{number}"] = operator.offsets
        crystals = {"domain": _of_crystal(operator.domain), "codomain": _of_crystal(operator.codomain)}
        if not is_symbolic(multipliers):
            arrays[f"multipliers{number}"] = multipliers
            return {"kind": "CrystalOperator", **crystals}
        trees = [to_tree(entry) for entry in multipliers.flat]
        return {"kind": "CrystalOperator", **crystals, "entries": trees}
    if kind in _KINDS:
        return {"kind": kind, "inputs": inputs}
    match operator:
        case Scaled():
            return {"kind": kind, "inputs": inputs, "factor": to_tree(operator.factor)}
        case PseudoInverse():
            rtol = operator.settings[0]
            return {"kind": kind, "inputs": inputs, "rtol": None if rtol is None else float(rtol).hex()}
        case OnSublattice():
            return {"kind": kind, "inputs": inputs, "lattice": _of_lattice(operator.lattice)}
    raise OperatorFileError(f"operator: a {kind} cannot be saved; finite range and what is composed of it can")


def _of_lattice(lattice: Lattice) -> dict[str, Any]:
    return {
        "root": [[x.hex() for x in row] for row in lattice.root],
        "matrix": [[str(x) for x in row] for row in lattice.exact_matrix],
    }


def _of_crystal(crystal: Crystal) -> dict[str, Any]:
    return {
        "lattice": _of_lattice(crystal.lattice),
        "sites": [[str(x) for x in site] for site in crystal.exact_sites],
        "dof": list(crystal.dof),
        "labels": list(crystal.labels),
    }


# In --------------------------------------------------------------------------------------------------------------


def _built(description: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Operator:
    if description["format"] != _FORMAT:
        raise ValueError(f"the format is {description['format']!r}, not {_FORMAT!r}")
    done: list[Operator] = []
    for number, part in enumerate(description["parts"]):
        places = part.get("inputs", [])
        if not all(isinstance(i, int) and 0 <= i < number for i in places):
            raise ValueError(f"part {number} is made of the parts {places}")
        done.append(_part(number, part, [done[i] for i in places], arrays))
    return done[-1]


def _part(number: int, part: dict[str, Any], inputs: list[Operator], arrays: dict[str, NDArray[Any]]) -> Operator:
    kind = part["kind"]
    if kind in {"Sum", "Product"}:
        left, right = inputs
        pairs = [(left.domain, right.codomain)]
        if kind == "Sum":
            pairs = [(left.domain, right.domain), (left.codomain, right.codomain)]
        if not all(one.is_same_as(other) for one, other in pairs):
            raise ValueError(f"part {number}: the crystals of its operands differ")
        return Sum(left, right) if kind == "Sum" else Product(left, right)
    if kind == "CrystalOperator":
        domain, codomain = _crystal(part["domain"]), _crystal(part["codomain"])
        offsets = arrays[f"offsets{number}"]
        matrices = _matrices(part, arrays.get(f"multipliers{number}"), (len(offsets), codomain.size, domain.size))
        return CrystalOperator(domain, codomain, dict(zip(map(tuple, offsets.tolist()), matrices, strict=True)))
    (operand,) = inputs
    return _of_one_part(kind, part, operand)


def _of_one_part(kind: str, part: dict[str, Any], operand: Operator) -> Operator:
    match kind:
        case "Adjoint":
            return Adjoint(operand)
        case "Transpose":
            return Transpose(operand)
        case "Inverse" if operand.shape[0] == operand.shape[1]:
            return Inverse(operand)
        case "PseudoInverse":
            rtol = None if part["rtol"] is None else float.fromhex(part["rtol"])
            if rtol is None or 0 <= rtol < 1:
                return PseudoInverse(operand, rtol)
        case "Scaled":
            return Scaled(operand, read_number(from_tree(part["factor"]), "factor"))
        case "OnSublattice":
            coarse = _lattice(part["lattice"])
            if coarse.index_in(operand.lattice) <= _LARGEST_INDEX:
                return OnSublattice(operand, coarse)
    raise ValueError(f"a part of kind {kind!r} with the settings {part} is none")


def _matrices(part: dict[str, Any], numbers: NDArray[Any] | None, shape: tuple[int, ...]) -> Iterator[Any]:
    if numbers is None:
        numbers = np.empty(len(part["entries"]), dtype=object)
        numbers[:] = [from_tree(tree) for tree in part["entries"]]
    yield from numbers.reshape(shape)


def _lattice(described: dict[str, Any]) -> Lattice:
    root = Lattice([[float.fromhex(x) for x in row] for row in zip(*described["root"], strict=True)])
    return root.derived(tuple(tuple(_fraction(x) for x in row) for row in described["matrix"]))


def _fraction(text: str) -> Fraction:
    if _FRACTION.fullmatch(text) is None:
        raise ValueError(f"{text[:50]!r} is no fraction")
    return Fraction(text)


def _crystal(described: dict[str, Any]) -> Crystal:
    sites = [[_fraction(x) for x in site] for site in described["sites"]]
    return Crystal(_lattice(described["lattice"]), sites, described["dof"], described["labels"])
