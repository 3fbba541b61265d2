"""Operators in files: a JSON description of how they are composed, beside the numbers of their parts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.errors import OperatorFileError
from crystal_lfa.geometry import Crystal, Lattice, Torus
from crystal_lfa.geometry.records import recorded, restored
from crystal_lfa.operators.archives import Arrays, digest_of, text_array, write_archive
from crystal_lfa.operators.arrays import is_symbolic, to_numpy
from crystal_lfa.operators.base import Operator
from crystal_lfa.operators.evaluation import Program
from crystal_lfa.operators.finite_range import CrystalOperator
from crystal_lfa.operators.inverses import Inverse, PseudoInverse
from crystal_lfa.operators.nodes import Adjoint, OnSublattice, Product, Scaled, Sum, Transpose
from crystal_lfa.operators.reading import read_number
from crystal_lfa.operators.symbolic.trees import from_tree, to_tree
from crystal_lfa.operators.tabulated import Tabulated
from crystal_lfa.operators.torus_operator import TorusOperator

__all__ = ["BAD_CONTENT", "FORMAT", "arrays_of", "built", "content_hash", "described", "save"]

FORMAT = "crystal_lfa operator, version 1"

BAD_CONTENT = (
    KeyError, TypeError, ValueError, IndexError, AttributeError, ArithmeticError, RecursionError, MemoryError,
)  # fmt: skip
"""What reading a description of nothing raises."""

_LARGEST_INDEX = 1_000_000
"""Points of a larger cell in a file."""

_KINDS = frozenset({"Sum", "Product", "Adjoint", "Transpose", "Inverse"})
"""Nodes that their operands determine."""


def save(operator: Operator, path: str | Path) -> None:
    """Write an operator into a file: `Operator.save`."""
    write_archive(arrays_of(operator), path)


def content_hash(operator: Operator) -> str:
    """Return a SHA-256 of an operator's description and numbers: `Operator.content_hash`."""
    return digest_of(arrays_of(operator))


def arrays_of(operator: Operator) -> Arrays:
    """Return the arrays of a file: the description, and numbers of every part that has some."""
    arrays: Arrays = {}
    text = json.dumps({"format": FORMAT, "parts": described(operator, arrays)}, sort_keys=True)
    return {**arrays, "description": text_array(text)}


# Out -------------------------------------------------------------------------------------------------------------


def described(operator: Operator, arrays: Arrays, prefix: str = "") -> list[dict[str, Any]]:
    """Return what JSON holds of an operator; numbers are put into `arrays`, under names with a prefix.

    Raises
    ------
    OperatorFileError
        If a part is neither of finite range, nor on a torus, nor composed by this library.
    """
    steps = enumerate(Program.of(operator).steps)
    return [_described(number, step, arrays, prefix) for number, step in steps]


def _described(number: int, step: Any, arrays: Arrays, prefix: str) -> dict[str, Any]:
    operator, inputs = step.operator, list(step.inputs)
    kind = type(operator).__name__
    if kind in _KINDS:
        return {"kind": kind, "inputs": inputs}
    match operator:
        case CrystalOperator() | Tabulated():
            return {"kind": kind, **_numbers(operator, number, arrays, prefix)}
        case Scaled():
            return {"kind": kind, "inputs": inputs, "factor": to_tree(operator.factor)}
        case PseudoInverse():
            rtol = operator.settings[0]
            return {"kind": kind, "inputs": inputs, "rtol": None if rtol is None else float(rtol).hex()}
        case OnSublattice():
            return {"kind": kind, "inputs": inputs, "lattice": recorded(operator.lattice)}
    raise OperatorFileError(f"operator: a {kind} cannot be saved; finite range and what is composed of it can")


def _numbers(leaf: CrystalOperator | Tabulated, number: int, arrays: Arrays, prefix: str) -> dict[str, Any]:
    crystals = {"domain": recorded(leaf.domain), "codomain": recorded(leaf.codomain)}
    if isinstance(leaf, Tabulated):
        arrays[f"{prefix}symbols{number}"] = to_numpy(leaf.table.symbols)
        return {**crystals, "torus": recorded(leaf.table.torus), "real": leaf.table.is_real}
    arrays[f"{prefix}offsets{number}"] = leaf.offsets
    multipliers = to_numpy(leaf.multipliers)
    if is_symbolic(multipliers):
        return {**crystals, "entries": [to_tree(entry) for entry in multipliers.flat]}
    arrays[f"{prefix}multipliers{number}"] = multipliers
    return crystals


# In --------------------------------------------------------------------------------------------------------------


def built(parts: list[dict[str, Any]], arrays: Arrays, prefix: str = "") -> Operator:
    """Return the operator that `described` has described.

    Raises
    ------
    KeyError, TypeError, ValueError, IndexError, AttributeError, ArithmeticError, RecursionError, MemoryError
        If it has not.
    """
    done: list[Operator] = []
    for number, part in enumerate(parts):
        places = part.get("inputs", [])
        if not all(isinstance(i, int) and 0 <= i < number for i in places):
            raise ValueError(f"part {number} is made of the parts {places}")
        inputs = [done[i] for i in places]
        done.append(_composed(number, part, inputs) if inputs else _leaf(number, part, arrays, prefix))
    return done[-1]


def _leaf(number: int, part: dict[str, Any], arrays: Arrays, prefix: str) -> Operator:
    kind = part["kind"]
    if kind not in {"CrystalOperator", "Tabulated"}:
        raise ValueError(f"part {number}, of kind {kind!r}, is made of other parts")
    domain, codomain = restored(Crystal, part["domain"]), restored(Crystal, part["codomain"])
    if kind == "Tabulated":
        symbols = arrays[f"{prefix}symbols{number}"]
        return Tabulated(TorusOperator(restored(Torus, part["torus"]), domain, codomain, symbols, part["real"] is True))
    offsets = arrays[f"{prefix}offsets{number}"]
    numbers = arrays.get(f"{prefix}multipliers{number}")
    matrices = _matrices(part, numbers, (len(offsets), codomain.size, domain.size))
    return CrystalOperator(domain, codomain, dict(zip(map(tuple, offsets.tolist()), matrices, strict=True)))


def _composed(number: int, part: dict[str, Any], inputs: list[Operator]) -> Operator:
    kind = part["kind"]
    if kind not in {"Sum", "Product"}:
        (operand,) = inputs
        return _of_one_part(kind, part, operand)
    left, right = inputs
    pairs = [(left.domain, right.codomain)]
    if kind == "Sum":
        pairs = [(left.domain, right.domain), (left.codomain, right.codomain)]
    if not all(one.is_same_as(other) for one, other in pairs):
        raise ValueError(f"part {number}: the crystals of its operands differ")
    return Sum(left, right) if kind == "Sum" else Product(left, right)


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
            coarse = restored(Lattice, part["lattice"])
            if coarse.index_in(operand.lattice) <= _LARGEST_INDEX:
                return OnSublattice(operand, coarse)
    raise ValueError(f"a part of kind {kind!r} with the settings {part} is none")


def _matrices(part: dict[str, Any], numbers: NDArray[Any] | None, shape: tuple[int, ...]) -> Iterator[Any]:
    if numbers is None:
        numbers = np.empty(len(part["entries"]), dtype=object)
        numbers[:] = [from_tree(tree) for tree in part["entries"]]
    yield from numbers.reshape(shape)
