"""Numbers and SymPy expressions as nested lists of text, and back: read without running anything."""

from __future__ import annotations

from typing import Any

from crystal_lfa.errors import OperatorFileError
from crystal_lfa.operators.symbolic.expressions import is_expression

__all__ = ["from_tree", "to_tree"]

_FUNCTIONS = ("Add", "Mul", "Pow", "sin", "cos", "tan", "exp", "log", "Abs", "conjugate", "re", "im")
_LARGEST_EXPONENT = 1000
"""SymPy computes powers of numbers with all their digits."""

_CONSTANTS = {"pi": "Pi", "I": "ImaginaryUnit", "E": "Exp1"}


def to_tree(value: Any) -> Any:
    """Return a number or expression as nested lists of text.

    Raises
    ------
    OperatorFileError
        If it holds a function that is not known here.
    """
    import sympy

    if not is_expression(value):
        number = complex(value)
        return ["complex", number.real.hex(), number.imag.hex()] if number.imag else ["float", number.real.hex()]
    if value.is_Symbol and not value.is_Dummy:
        facts = {name: fact for name, fact in value.assumptions0.items() if name != "commutative"}
        return ["symbol", value.name, sorted([name, bool(fact)] for name, fact in facts.items())]
    if value.is_Rational:
        return ["rational", str(value.p), str(value.q)]
    if value.is_Float:
        return ["float", float(value).hex()]
    for name, attribute in _CONSTANTS.items():
        if value == getattr(sympy.S, attribute):
            return ["constant", name]
    kind = type(value).__name__
    if kind not in _FUNCTIONS:
        message = f"operator: {kind} in {value} cannot be saved"
        raise OperatorFileError(f"{message}; sums, products, powers, sin and the like can")
    return [kind, *(to_tree(part) for part in value.args)]


def from_tree(tree: Any) -> Any:
    """Return the number or expression of nested lists of text.

    Raises
    ------
    ValueError
        If they describe none.
    """
    import sympy

    kind, *parts = tree
    match kind:
        case "complex":
            return complex(float.fromhex(parts[0]), float.fromhex(parts[1]))
        case "float":
            return float.fromhex(parts[0])
        case "rational":
            return sympy.Rational(int(parts[0]), int(parts[1]))
        case "symbol":
            return sympy.Symbol(str(parts[0]), **{str(name): bool(fact) for name, fact in parts[1]})
        case "constant":
            return getattr(sympy.S, _CONSTANTS[parts[0]])
    if kind not in _FUNCTIONS:
        raise ValueError(f"{kind!r} is no function known here")
    arguments = [from_tree(part) for part in parts]
    if kind == "Pow" and getattr(arguments[-1], "is_Rational", False) and abs(arguments[-1]) > _LARGEST_EXPONENT:
        raise ValueError(f"the exponent {arguments[-1]} is too large")
    return getattr(sympy, kind)(*arguments)
