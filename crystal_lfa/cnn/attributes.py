"""What a model file does not say about its convolutions, given by the user or assumed, never silently."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from crystal_lfa.cnn.convolution import one_an_axis
from crystal_lfa.cnn.layer import ConvLayer
from crystal_lfa.errors import AttributesError, CrystalError, NotFiniteError

__all__ = ["Attributes", "FoundLayer", "complete", "read_attributes"]

Attributes = Mapping[str, Mapping[str, Any]]
"""From a glob over layer names to keywords of `conv` and ``input_shape``; later ones win."""

KEYS = ("stride", "padding", "dilation", "groups", "transposed", "output_padding", "input_shape", "padding_mode")

MATTERING = ("stride", "padding", "dilation", "groups", "transposed", "input_shape")
"""The keys that are reported as assumed: the others change nothing on a torus."""

PADDING_MODES = ("zeros", "circular", "reflect", "replicate", "unknown")

ASSUMED_EXTENT = 32
"""Pixels along every axis where nothing at all tells the size of a layer's input."""


@dataclass(frozen=True, slots=True)
class FoundLayer:
    """A convolution as a reader finds it: a weight, and what the source says about it."""

    name: str
    weight: Any
    known: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def read_attributes(source: Attributes | str | Path | None) -> dict[str, dict[str, Any]]:
    """Return attributes from a mapping or the path of a TOML file with one table a glob.

    Raises
    ------
    AttributesError
        If the file cannot be read or parsed, an entry is no table, or a key is unknown.
    """
    if source is None:
        return {}
    if isinstance(source, Mapping):
        tables = {str(pattern): table for pattern, table in source.items()}
        where = "attributes"
    else:
        tables = dict(_flattened(_parse(Path(source)), ""))
        where = str(source)
    checked: dict[str, dict[str, Any]] = {}
    for pattern, table in tables.items():
        if not isinstance(table, Mapping):
            message = f"{where}: [{pattern}] is {table!r}; a table of {', '.join(KEYS)} is needed"
            raise AttributesError(message)
        unknown = [str(key) for key in table if key not in KEYS]
        if unknown:
            message = f"{where}: [{pattern}] has the unknown key {unknown[0]!r}; valid keys are {', '.join(KEYS)}"
            raise AttributesError(message)
        checked[pattern] = dict(table)
    return checked


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise AttributesError(f"{path}: the attributes cannot be read: {error.strerror or error}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AttributesError(f"{path}: this is not a TOML file: {error}") from None


def _flattened(table: Mapping[str, Any], path: str) -> Iterator[tuple[str, Any]]:
    """Join the names of nested tables with dots: [layer1.0] in TOML is a table in a table."""
    for name, value in table.items():
        full = f"{path}.{name}" if path else name
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
            message = f"attributes: no layer is called {pattern!r}; the layers are {_shortened(names)}"
            raise AttributesError(message)
    return tuple(_completed(layer, input_shape, attributes) for layer in layers)


def _shortened(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= 12 else f"{', '.join(names[:12])} and {len(names) - 12} more"


def _completed(
    found: FoundLayer, input_shape: Any, attributes: Mapping[str, Mapping[str, Any]]
) -> ConvLayer:
    told = dict(found.known)
    for pattern, table in attributes.items():
        if fnmatchcase(found.name, pattern):
            told.update(table)
    axes = found.weight.ndim - 2
    extents = ASSUMED_EXTENT if input_shape is None else input_shape
    try:
        dilation = one_an_axis(told.get("dilation", 1), axes, "dilation", 1)
        kernel = tuple(int(k) for k in found.weight.shape[2:])
        centred = tuple(d * (k - 1) // 2 for k, d in zip(kernel, dilation, strict=True))
        layer = ConvLayer(
            name=found.name,
            weight=found.weight,
            stride=one_an_axis(told.get("stride", 1), axes, "stride", 1),
            padding=one_an_axis(_or_default(told.get("padding"), centred), axes, "padding", 0),
            padding_mode=_one_of(told.get("padding_mode", "unknown"), PADDING_MODES),
            dilation=dilation,
            groups=_or_default(told.get("groups"), 1),
            transposed=_boolean(told.get("transposed", False)),
            output_padding=one_an_axis(told.get("output_padding", 0), axes, "output_padding", 0),
            input_shape=one_an_axis(told.get("input_shape", extents), axes, "input_shape", 1),
            assumed=tuple(key for key in MATTERING if key not in told),
            notes=(*found.notes, *_suspicions(found, told)),
        )
        # What `conv` would refuse is refused here, with the layer's name.
        layer.operator()
    except NotFiniteError:
        raise NotFiniteError(f"layer {found.name!r}: its weight holds NaN or infinity; it has to be finite") from None
    except CrystalError as error:
        raise AttributesError(f"layer {found.name!r}, weight {tuple(found.weight.shape)}: {error}") from None
    return layer


def _or_default(value: Any, default: Any) -> Any:
    return default if value is None else value


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise AttributesError(f"transposed: got {value!r}; true or false is needed")
    return value


def _one_of(value: Any, valid: tuple[str, ...]) -> str:
    if value not in valid:
        raise AttributesError(f"padding_mode: got {value!r}; one of {', '.join(valid)} is needed")
    return str(value)


def _suspicions(found: FoundLayer, told: Mapping[str, Any]) -> Iterator[str]:
    """Say where a bare weight looks like something that a file of bare weights cannot tell."""
    if "groups" not in told and found.weight.shape[1] == 1 and found.weight.shape[0] > 1:
        yield (
            f"read as {found.weight.shape[0]} filters on one channel; a depthwise layer looks the same: "
            f"then give groups = {found.weight.shape[0]}"
        )
