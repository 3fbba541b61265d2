"""The convolutions that the source text in a TorchScript file calls: read as text, never run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from crystal_lfa.errors import ModelFileError

__all__ = ["ConvolutionCall", "convolution_calls", "parse_classes"]

_ORDINARY = ("stride", "padding", "dilation", "groups")
_TRANSPOSED = ("stride", "padding", "output_padding", "groups", "dilation")
_GENERAL = ("stride", "padding", "dilation", "transposed", "output_padding", "groups")
"""Arguments after input, weight and bias of ``conv2d``, ``conv_transpose2d`` and ``_convolution``."""

_CALL = re.compile(r"_?conv(?:olution|[123]d|_transpose[123]d)$")

_NOTHING: Any = object()


@dataclass(frozen=True, slots=True)
class ConvolutionCall:
    """A call of a convolution in a module's code.

    Attributes
    ----------
    weight : str or None
        The module's attribute that holds the weight; ``CONSTANTS.c0`` and the like for one of the file's constants.
    known : mapping
        Arguments that the call, or the module's constants, give as numbers.
    """

    weight: str | None
    known: Mapping[str, Any] = field(default_factory=dict)


def parse_classes(source: str, where: str) -> dict[str, ast.ClassDef]:
    """Return the classes that a file of TorchScript defines, by name.

    Raises
    ------
    ModelFileError
        If the text is no source.
    """
    try:
        module = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ModelFileError(f"{where} is not TorchScript: {error}") from None
    return {node.name: node for node in module.body if isinstance(node, ast.ClassDef)}


def convolution_calls(definition: ast.ClassDef, attributes: Mapping[str, Any]) -> list[ConvolutionCall]:
    """Return the convolutions that the methods of a module call, in the order of the text.

    Parameters
    ----------
    definition : the module's class
    attributes : mapping
        Of the module, of which numbers can be arguments.
    """
    constants = {**attributes, **dict(_constants(definition))}
    calls = []
    for method in definition.body:
        if isinstance(method, ast.FunctionDef):
            # What is handed from one method to another goes by the attribute's own name.
            names = {argument.arg: argument.arg for argument in method.args.args} | dict(_attribute_names(method))
            scope = _Names(names, constants)
            calls += [_read_call(call, kind, scope) for call, kind in _calls(method)]
    return calls


@dataclass(frozen=True, slots=True)
class _Names:
    """What local names stand for: attributes of the module, and their values where those are fixed."""

    attributes: Mapping[str, str]
    constants: Mapping[str, Any]

    def attribute(self, node: ast.expr) -> str | None:
        return self.attributes.get(node.id) if isinstance(node, ast.Name) else _attribute(node)

    def value(self, node: ast.expr) -> Any:
        """Return what an argument is, numbers of a sequence as a tuple; a marker where it is computed."""
        if isinstance(node, ast.List | ast.Tuple):
            entries = [self.value(entry) for entry in node.elts]
            plain = entries and all(isinstance(entry, int) for entry in entries)
            # A list of one number is one for all axes.
            return (tuple(entries) if len(entries) > 1 else entries[0]) if plain else _NOTHING
        if isinstance(node, ast.Constant) and isinstance(node.value, int | str):
            return node.value
        found = self.constants.get(self.attribute(node) or "", _NOTHING)
        return found if isinstance(found, int | str | tuple) else _NOTHING


def _calls(method: ast.FunctionDef) -> Iterator[tuple[ast.Call, str]]:
    found = [
        (node, node.func.attr)
        for node in ast.walk(method)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "torch"
        and _CALL.match(node.func.attr)
        and len(node.args) >= 2
    ]
    yield from sorted(found, key=lambda entry: (entry[0].lineno, entry[0].col_offset))


def _constants(definition: ast.ClassDef) -> Iterator[tuple[str, Any]]:
    """Yield the attributes that the class fixes, as ``stride : Final[Tuple[int, int]] = (2, 2)``."""
    nothing = _Names({}, {})
    for node in definition.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            value = nothing.value(node.value)
            if value is not _NOTHING:
                yield node.target.id, value


def _attribute_names(method: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    """Yield (local name, attribute of the module) for what is read once and used later."""
    for node in ast.walk(method):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            attribute = _attribute(node.value)
            if attribute is not None:
                yield node.targets[0].id, attribute


def _attribute(node: ast.expr) -> str | None:
    """Return "weight" for ``self.weight`` and ``getattr(self, "weight")``, "CONSTANTS.c0" for a constant."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return node.attr if node.value.id == "self" else f"{node.value.id}.{node.attr}"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "getattr":
        named = node.args[1] if len(node.args) > 1 else None
        return named.value if isinstance(named, ast.Constant) and isinstance(named.value, str) else None
    return None


def _read_call(call: ast.Call, kind: str, names: _Names) -> ConvolutionCall:
    order = _GENERAL if kind == "_convolution" else _TRANSPOSED if "transpose" in kind else _ORDINARY
    known: dict[str, Any] = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, "transposed": "transpose" in kind}
    for key, node in zip(order, call.args[3:], strict=False):
        value = names.value(node)
        # What the code computes may be fixed as the module's own attribute.
        known[key] = names.constants.get(key, _NOTHING) if value is _NOTHING else value
    known.setdefault("padding_mode", names.constants.get("padding_mode", _NOTHING))
    if known["padding"] in {"same", "valid"}:
        known["padding"] = None if known["padding"] == "same" else 0
    told = {key: value for key, value in known.items() if value is not _NOTHING}
    return ConvolutionCall(names.attribute(call.args[1]), told)
