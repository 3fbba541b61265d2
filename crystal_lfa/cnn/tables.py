"""A report as rows: JSON, CSV, Markdown, text."""

from __future__ import annotations

import csv
import io
import json
import math
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.outputs import printable

if TYPE_CHECKING:
    from crystal_lfa.cnn.report import LayerReport

__all__ = [
    "HEADER",
    "as_csv",
    "as_json",
    "as_markdown",
    "as_text",
    "cells",
    "check_archive_names",
    "footnotes",
    "row_label",
    "write_archive",
]

_NUMBERS = ("values", "sigma max", "sigma min", "cond.", "norm <=")
HEADER = ("layer", "weight", "stride", "dil.", "groups", "input", *_NUMBERS)

_LONGEST_NAME = 200
"""Bytes of a layer's name in an archive: a folder into which it is unpacked has to take it."""


def _record(report: LayerReport) -> dict[str, Any]:
    layer = report.layer
    return {
        "name": report.name,
        "shape": list(report.shape),
        "stride": list(layer.stride),
        "padding": list(layer.padding),
        "padding_mode": layer.padding_mode,
        "dilation": list(layer.dilation),
        "groups": layer.groups,
        "transposed": layer.transposed,
        "input_shape": list(layer.input_shape),
        "assumed": list(layer.assumed),
        "sigma_max": report.sigma_max,
        "sigma_min": report.sigma_min,
        "condition": report.condition,
        "frobenius": report.frobenius,
        "stable_rank": report.stable_rank,
        "effective_rank": report.effective_rank,
        "norm_lower": report.norm.lower,
        "norm_upper": report.norm.upper,
        "count": report.count,
        "torus": list(report.torus.shape),
        "notes": list(report.notes),
        "reason": report.reason,
    }


def as_json(reports: Iterable[LayerReport]) -> str:
    """Return ``{"layers": [...]}``; JSON has no infinity, so what is not finite is null."""
    layers = [
        {key: None if isinstance(x, float) and not math.isfinite(x) else x for key, x in _record(report).items()}
        for report in reports
    ]
    return json.dumps({"layers": layers}, indent=2, allow_nan=False) + "\n"


def as_csv(reports: Iterable[LayerReport]) -> str:
    """Return one row a layer under the keys of the JSON; lists as text."""
    rows = [_record(report) for report in reports]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: _joined(value) for key, value in row.items()})
    return text.getvalue()


def _joined(value: Any) -> Any:
    if isinstance(value, list):
        texts = [str(entry) for entry in value]
        return ("; " if any(" " in text for text in texts) else "x" if _are_numbers(value) else " ").join(texts)
    return value


def _are_numbers(value: Sequence[Any]) -> bool:
    return all(isinstance(entry, int) for entry in value)


def _extents(numbers: Sequence[int]) -> str:
    return "x".join(str(n) for n in numbers)


def _compact(numbers: Sequence[int]) -> str:
    """Return one number where all are equal."""
    return str(numbers[0]) if len(set(numbers)) == 1 else _extents(numbers)


def cells(report: LayerReport) -> tuple[str, ...]:
    """Return the texts of a layer's row under `HEADER`; what was assumed carries an asterisk."""
    layer = report.layer

    def marked(text: str, key: str) -> str:
        return f"{text}*" if key in layer.assumed else text

    return (
        f"{printable(report.name)}{' (transposed)' if layer.transposed else ''}",
        _extents(report.shape),
        marked(_compact(layer.stride), "stride"),
        marked(_compact(layer.dilation), "dilation"),
        marked(str(layer.groups), "groups"),
        marked(_extents(layer.input_shape), "input_shape"),
        str(report.count),
        f"{report.sigma_max:.6g}",
        f"{report.sigma_min:.4g}",
        f"{report.condition:.4g}",
        f"{report.norm.upper:.5g}",
    )


def footnotes(reports: Sequence[LayerReport]) -> list[str]:
    """Return what a reader of the table has to know: what the numbers are, what was assumed, notes."""
    lines = [
        "Singular values for circular padding; sigma max with zero padding, at any input size, is at most 'norm <='."
    ]
    assumed = {key for report in reports for key in report.layer.assumed}
    if assumed:
        which = ", ".join(sorted(assumed))
        lines.append(f"* assumed, since the model does not tell: {which}. Give them as attributes (--attributes FILE).")
    by_note: dict[str, list[str]] = {}
    for report in reports:
        for note in report.notes:
            by_note.setdefault(note, []).append(printable(report.name))
    return lines + [f"{', '.join(names)}: {note}." for note, names in by_note.items()]


def as_markdown(reports: Sequence[LayerReport]) -> str:
    """Return a Markdown table and its footnotes."""
    rows = [HEADER, tuple("---" if i < 1 else "---:" for i in range(len(HEADER))), *(cells(r) for r in reports)]
    lines = ["| " + " | ".join(_escaped(cell) for cell in row) + " |" for row in rows]
    return "\n".join([*lines, "", *(f"{_escaped(line)}\n" for line in footnotes(reports))])


def _escaped(text: str) -> str:
    """Return text for Markdown: the asterisk of what was assumed is neither emphasis nor a list."""
    return text.replace("|", r"\|").replace("*", r"\*")


def as_text(reports: Sequence[LayerReport]) -> str:
    """Return a table in plain text and its footnotes."""
    rows = [HEADER, *(cells(report) for report in reports)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEADER))]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))])
        for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join([line.rstrip() for line in lines] + ["", *footnotes(reports)])


def row_label(report: LayerReport) -> str:
    """Return a layer's name and what tells its size, for the axis of a picture."""
    layer = report.layer
    extras = [f"stride {_compact(layer.stride)}"] if set(layer.stride) != {1} else []
    extras += [f"dilation {_compact(layer.dilation)}"] if set(layer.dilation) != {1} else []
    extras += [f"groups {layer.groups}"] if layer.groups > 1 else []
    extras += ["transposed"] if layer.transposed else []
    # Between two dollars matplotlib would set formulas.
    name = printable(report.name).replace("$", r"\$")
    return f"{name}\n{_extents(report.shape)}" + (f", {', '.join(extras)}" if extras else "")


def check_archive_names(names: Sequence[str]) -> None:
    """Raise `InvalidArgumentError` unless names can be those of files in an archive, safe wherever it is unpacked."""
    if len(set(names)) < len(names):
        raise InvalidArgumentError("layers: two have the same name, which an archive cannot hold; rename one")
    for name in names:
        parts = name.split("/")
        strange = "\\" in name or any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in name)
        # Lone surrogates are no text, and have no bytes.
        too_long = len(name.encode(errors="replace")) > _LONGEST_NAME
        if strange or too_long or not parts[0] or ".." in parts:
            shown = repr(name) if len(name) <= _LONGEST_NAME else f"{name[:40]!r}..., {len(name)} characters"
            message = (
                f"layers: an archive cannot hold one called {shown}; a name of at most {_LONGEST_NAME} bytes is "
                "needed, without a leading /, the part .., backslashes and control characters"
            )
            raise InvalidArgumentError(message)


def write_archive(file: IO[bytes], arrays: Mapping[str, NDArray[np.float64]]) -> None:
    """Write arrays as .npz; any name is allowed, numpy's own keywords too."""
    import zipfile

    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)
