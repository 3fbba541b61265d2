"""What a model file does not say about its convolutions, given by the user or assumed, never silently."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from crystal_lfa.cnn.convolution import one_an_axis, read_arguments
from crystal_lfa.cnn.layer import ConvLayer
from crystal_lfa.errors import AttributesError, CrystalError, InvalidArgumentError, NotFiniteError
from crystal_lfa.files import as_path, read_toml
from crystal_lfa.geometry.exact.integers import axes_of
from crystal_lfa.operators.arrays import as_array

__all__ = ["Attributes", "FoundLayer", "complete", "read_attributes", "shortened"]

Attributes = Mapping[str, Mapping[str, Any]]
"""From a glob over layer names to keywords of `conv` and ``input_shape``; later ones win."""

CONV_KEYS = ("stride", "padding", "dilation", "groups", "transposed", "output_padding")

KEYS = (*CONV_KEYS, "input_shape", "padding_mode")

MATTERING = ("stride", "padding", "dilation", "groups", "transposed", "input_shape")
"""The keys that are reported as assumed: the others change nothing on a torus."""

PADDING_MODES = ("zeros", "circular", "reflect", "replicate", "unknown")

ASSUMED_EXTENT = 32
"""Pixels along every axis where nothing at all tells the size of a layer's input."""


@dataclass(frozen=True, slots=True)
class FoundLayer:
    """A convolution as a reader finds it: a weight, and what the source says about it.

    Attributes
    ----------
    name : str
    weight : array, or None where `reason` says why there is none
    known : mapping
        Keywords of `conv`, ``input_shape`` and ``padding_mode``, as far as the source tells them.
    notes : tuple of str
    reason : str or None
        Why the layer cannot be analysed, where it cannot.
    """

    name: str
    weight: Any
    known: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    reason: str | None = None


def read_attributes(source: Any) -> dict[str, dict[str, Any]]:
    """Return attributes from a mapping or the path of a TOML file with one table a glob; none from None.

    Raises
    ------
    AttributesError
        If the file cannot be read or parsed, an entry is no table, or a key is unknown.
    """
    if source is None:
        return {}
    tables: Iterable[tuple[Any, Any]]
    if isinstance(source, Mapping):
        tables, where = source.items(), "attributes"
    elif isinstance(source, str | Path):
        tables, where = _parse(as_path(source, "attributes")), str(source)
    else:
        message = f"attributes: got {type(source).__name__}; a mapping from layer names, or a TOML file, is needed"
        raise AttributesError(message)
    checked: dict[str, dict[str, Any]] = {}
    for pattern, table in tables:
        if not isinstance(table, Mapping):
            message = f"{where}: [{pattern}] is {table!r}; a table of {', '.join(KEYS)} is needed"
            raise AttributesError(message)
        unknown = [str(key) for key in table if key not in KEYS]
        if unknown:
            message = f"{where}: [{pattern}] has the unknown key {unknown[0]!r}; valid keys are {', '.join(KEYS)}"
            raise AttributesError(message)
        # A pattern written in two ways, [a.b] and ["a.b"], counts where it comes last.
        checked[str(pattern)] = {**checked.pop(str(pattern), {}), **table}
    return checked


def _parse(path: Path) -> list[tuple[str, Any]]:
    """Return the tables of a TOML file under their full names, in the order in which they stand there."""
    try:
        table, text = read_toml(path, "the attributes")
        tables = list(_flattened(table, ()))
    except InvalidArgumentError as error:
        raise AttributesError(str(error)) from None
    except RecursionError as error:
        raise AttributesError(f"{path}: this is not a TOML file: {error}") from None
    lines = _header_lines(text)
    tables.sort(key=lambda entry: _place(entry[0], lines))
    # [layer1.0] in TOML is a table in a table.
    return [(".".join(path), table) for path, table in tables]


def _header_lines(text: str) -> dict[tuple[str, ...], int]:
    """Return the line on which each table of a TOML file begins, which the parser does not tell."""
    lines: dict[tuple[str, ...], int] = {}
    for number, line in enumerate(text.splitlines()):
        if line.lstrip().startswith("["):
            with suppress(ValueError, RecursionError):
                ((path, _),) = _flattened(tomllib.loads(line), ())
                lines.setdefault(path, number)
    return lines


def _place(path: tuple[str, ...], lines: Mapping[tuple[str, ...], int]) -> int:
    """Return the line of a table, or of the one in which it stands as a dotted key; -1 at the top of the file."""
    known = (lines[path[:length]] for length in range(len(path), 0, -1) if path[:length] in lines)
    return next(known, -1)


def _flattened(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the tables that hold anything but tables, and empty ones, under the names that lead to them."""
    for name, value in table.items():
        full = (*path, name)
        if not isinstance(value, Mapping):
            yield full, value
            continue
        own = {key: entry for key, entry in value.items() if not isinstance(entry, Mapping)}
        deeper = {key: entry for key, entry in value.items() if isinstance(entry, Mapping)}
        if own or not deeper:
            yield full, own
        yield from _flattened(deeper, full)


def complete(
    found: Iterable[FoundLayer], input_shape: Any, attributes: Mapping[str, Mapping[str, Any]]
) -> tuple[ConvLayer, ...]:
    """Make layers of what a reader found, what the user gives, and defaults where neither tells.

    Parameters
    ----------
    found : iterable of FoundLayer
    input_shape : int or sequence of int, optional
        Spatial extents for layers of which the source does not tell them; recorded as assumed.
    attributes : from `read_attributes`

    Raises
    ------
    AttributesError
        If a pattern matches no layer, or a value does not fit its layer.
    """
    layers = list(found)
    names = [layer.name for layer in layers]
    for pattern in attributes:
        if not any(fnmatchcase(name, pattern) for name in names):
            message = f"attributes: no layer is called {pattern!r}; the layers are {shortened(names)}"
            raise AttributesError(message)
    dimensions = {layer.weight.ndim - 2 for layer in layers if layer.weight is not None}
    given = axes_of(input_shape) == 1 and len(input_shape) in dimensions
    return tuple(_completed(layer, _fitting(layer, input_shape, given=given), attributes) for layer in layers)


def _fitting(found: FoundLayer, input_shape: Any, *, given: bool) -> Any:
    """Return the network's shape for a layer; None where it is one of other layers' dimension, and says nothing."""
    other = given and found.weight is not None and len(input_shape) != found.weight.ndim - 2
    return None if other else input_shape


def shortened(names: Sequence[str]) -> str:
    """Return names as text, the first twelve if there are many."""
    return ", ".join(names) if len(names) <= 12 else f"{', '.join(names[:12])} and {len(names) - 12} more"


def _completed(found: FoundLayer, input_shape: Any, attributes: Mapping[str, Mapping[str, Any]]) -> ConvLayer:
    if found.reason is not None:
        return ConvLayer.unreadable(found.name, found.reason, found.weight, found.known)
    told = dict(found.known)
    for pattern, table in attributes.items():
        if fnmatchcase(found.name, pattern):
            told.update(table)
    axes = found.weight.ndim - 2
    extents = ASSUMED_EXTENT if input_shape is None else input_shape
    try:
        # What `conv` would refuse is refused here, with the layer's name.
        arguments = read_arguments(
            as_array(found.weight, "weight"), **{key: told[key] for key in CONV_KEYS if key in told}
        )
        return ConvLayer(
            name=found.name,
            weight=found.weight,
            stride=arguments.stride,
            padding=arguments.padding,
            padding_mode=_one_of(told.get("padding_mode", "unknown"), PADDING_MODES),
            dilation=arguments.dilation,
            groups=arguments.groups,
            transposed=arguments.transposed,
            output_padding=arguments.output_padding,
            input_shape=one_an_axis(told.get("input_shape", extents), axes, "input_shape", 1),
            assumed=tuple(key for key in MATTERING if key not in told),
            notes=(*found.notes, *_suspicions(found, told)),
        )
    except NotFiniteError:
        raise NotFiniteError(f"layer {found.name!r}: its weight holds NaN or infinity; it has to be finite") from None
    except (CrystalError, ValueError, OverflowError) as error:
        # Python itself refuses to print integers of more than some thousand digits.
        raise AttributesError(f"layer {found.name!r}, weight {tuple(found.weight.shape)}: {error}") from None


def _one_of(value: Any, valid: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in valid:
        raise AttributesError(f"padding_mode: got {value!r}; one of {', '.join(valid)} is needed")
    return str(value)


def _suspicions(found: FoundLayer, told: Mapping[str, Any]) -> Iterator[str]:
    """Say where a bare weight looks like something that a file of bare weights cannot tell."""
    if "groups" not in told and found.weight.shape[1] == 1 and found.weight.shape[0] > 1:
        yield (
            f"read as {found.weight.shape[0]} filters on one channel; a depthwise layer looks the same: "
            f"then give groups = {found.weight.shape[0]}"
        )
