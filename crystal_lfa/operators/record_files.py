"""Records in files: arrays as arrays, operators as they are composed, the rest as JSON that names no code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path as FilePath
from typing import Any, get_type_hints

import numpy as np
from array_api_compat import is_array_api_obj

from crystal_lfa.errors import OperatorFileError
from crystal_lfa.geometry import Crystal, Lattice, Torus
from crystal_lfa.geometry.records import recorded, restored
from crystal_lfa.geometry.zones import Path
from crystal_lfa.operators.archives import Arrays, digest_of, text_array, write_archive
from crystal_lfa.operators.arrays import is_symbolic, to_numpy
from crystal_lfa.operators.base import Operator
from crystal_lfa.operators.hints import conforms
from crystal_lfa.operators.records import Record
from crystal_lfa.operators.storage import BAD_CONTENT, built, described
from crystal_lfa.operators.torus_operator import TorusOperator

__all__ = ["FORMAT", "KNOWN", "Kinds", "content_hash", "from_told", "save"]

FORMAT = "crystal_lfa result, version 1"

Kinds = Mapping[str, type[Record]]

KNOWN: Kinds = {"TorusOperator": TorusOperator}

_PLACES: Mapping[str, type[Any]] = {kind.__name__: kind for kind in (Crystal, Lattice, Path, Torus)}


def save(record: Record, path: str | FilePath) -> None:
    """Write a record into a file: `Record.save`; nothing is written that would not be read again."""
    arrays = _arrays_of(record)
    try:
        from_told(json.loads(arrays["description"].tobytes())["result"], arrays, record.known())
    except BAD_CONTENT as error:
        raise OperatorFileError(f"result: this {type(record).__name__} could not be read again: {error!r}") from None
    write_archive(arrays, path)


def content_hash(record: Record) -> str:
    """Return a SHA-256 of what is written: `Record.content_hash`."""
    return digest_of(_arrays_of(record))


def _arrays_of(record: Record) -> Arrays:
    arrays: Arrays = {}
    told = _told(record, "", arrays, record.known())
    return {**arrays, "description": text_array(json.dumps({"format": FORMAT, "result": told}, sort_keys=True))}


# Out -------------------------------------------------------------------------------------------------------------


def _told(value: Any, name: str, arrays: Arrays, known: Kinds) -> Any:
    """Return what JSON holds of a value; arrays are put aside, under the names of the fields that they come from."""
    # The types of numpy's scalars come first: some are Python's floats as well.
    if (isinstance(value, np.generic) or is_array_api_obj(value)) and not is_symbolic(value):
        arrays[name] = to_numpy(value)
        return {"array": name}
    if isinstance(value, tuple):
        return {"tuple": [_told(entry, f"{name}.{i}", arrays, known) for i, entry in enumerate(value)]}
    if isinstance(value, Operator):
        return {"operator": {"prefix": f"{name}.", "parts": described(value, arrays, f"{name}.")}}
    if isinstance(value, Record):
        return _told_record(value, f"{name}." if name else "", arrays, known)
    return _told_plainly(value, name)


def _told_record(record: Record, prefix: str, arrays: Arrays, known: Kinds) -> Any:
    kind, stored = type(record).__name__, record.stored()
    if known.get(kind) is not type(stored):
        raise OperatorFileError(f"result: a {kind} cannot be saved; {', '.join(known)} can")
    parts = {f.name: _told(getattr(stored, f.name), prefix + f.name, arrays, known) for f in fields(stored)}
    return {"record": {"kind": kind, "parts": parts}}


def _told_plainly(value: Any, name: str) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return {"float": value.hex()}
    if isinstance(value, complex):
        return {"complex": [value.real.hex(), value.imag.hex()]}
    kind = type(value).__name__
    if _PLACES.get(kind) is not type(value):
        message = f"result: {name} is a {kind}, which cannot be saved; numbers, text, tuples, arrays, operators and "
        raise OperatorFileError(f"{message}{', '.join(_PLACES)} can")
    return {kind: recorded(value)}


# In --------------------------------------------------------------------------------------------------------------


def from_told(told: Any, arrays: Arrays, known: Kinds) -> Any:
    """Return a value of which JSON holds this.

    Raises
    ------
    KeyError, TypeError, ValueError, IndexError, AttributeError, ArithmeticError, RecursionError, MemoryError
        If it is none.
    """
    if told is None or isinstance(told, bool | int | str):
        return told
    ((kind, content),) = told.items()
    match kind:
        case "tuple":
            return tuple(from_told(entry, arrays, known) for entry in content)
        case "array":
            array = arrays[content]
            return array if array.ndim else array[()]
        case "operator":
            return built(content["parts"], arrays, content["prefix"])
        case "record":
            return _record(known, content["kind"], content["parts"], arrays)
    return _plain(kind, content)


def _plain(kind: str, content: Any) -> Any:
    if kind == "float":
        return float.fromhex(content)
    if kind == "complex":
        real, imaginary = map(float.fromhex, content)
        return complex(real, imaginary)
    return restored(_PLACES[kind], content)


def _record(known: Kinds, kind: str, told: dict[str, Any], arrays: Arrays) -> Any:
    cls = known[kind]
    hints = get_type_hints(cls)
    parts = {name: from_told(part, arrays, known) for name, part in told.items()}
    strangers = [name for name, part in parts.items() if not conforms(part, hints[name])]
    if strangers:
        raise ValueError(f"of a {kind}, {', '.join(strangers)} are of other types than they have")
    record = cls(**parts)
    if not record.fits():
        raise ValueError(f"the parts of this {kind} do not fit each other")
    return record.restored()
