"""A report as rows: JSON, CSV, Markdown, text."""

from __future__ import annotations

import csv
import io
import json
import math
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.cnn.attributes import shortened
from crystal_lfa.cnn.meanings import GAIN, PADDINGS
from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.outputs import printable, rounded_up

if TYPE_CHECKING:
    from crystal_lfa.cnn.layer_report import LayerReport
    from crystal_lfa.cnn.report import Report

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
    "whole",
    "write_archive",
]

_NUMBERS = ("values", "sigma max", "sigma min", "cond.", "norm <=")
_MEASURES = (
    "sigma_max", "sigma_min", "condition", "frobenius", "stable_rank", "effective_rank", "entropy", "share_above_one",
)  # fmt: skip
HEADER = ("layer", "weight", "stride", "dil.", "groups", "input", *_NUMBERS)

_WIDEST_NAME = 60
"""Characters of a layer's name in a table; converters make some of hundreds."""

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
        **{key: getattr(report, key) for key in _MEASURES},
        "norm_lower": None if report.norm is None else report.norm.lower,
        "norm_upper": None if report.norm is None else report.norm.upper,
        "count": report.count,
        "dof": list(report.dof),
        "parameters": report.parameters,
        "torus": None if report.torus is None else list(report.torus.shape),
        "notes": list(report.notes),
        "reason": report.reason,
    }


def as_json(report: Report) -> str:
    """Return ``{"layers": [...], "totals": ..., "gain": ...}``; JSON has no infinity: what is not finite is null."""
    content = {
        "layers": [_finite(_record(layer)) for layer in report.layers],
        "totals": _finite(asdict(report.totals)),
        "gain": None if report.gain is None else _finite(asdict(report.gain)),
    }
    return json.dumps(content, indent=2, allow_nan=False) + "\n"


def _finite(record: dict[str, Any]) -> dict[str, Any]:
    return {key: None if isinstance(x, float) and not math.isfinite(x) else x for key, x in record.items()}


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
    if isinstance(value, float) and math.isnan(value):
        return None
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
    if not numbers:
        return "-"
    return str(numbers[0]) if len(set(numbers)) == 1 else _extents(numbers)


def cells(report: LayerReport) -> tuple[str, ...]:
    """Return the texts of a layer's row under `HEADER`; what was assumed carries an asterisk."""
    layer = report.layer

    def marked(text: str, key: str) -> str:
        return f"{text}*" if key in layer.assumed else text

    first = (
        f"{_short(printable(report.name))}{' (transposed)' if layer.transposed else ''}",
        _extents(report.shape) or "-",
        marked(_compact(layer.stride), "stride"),
        marked(_compact(layer.dilation), "dilation"),
        marked(str(layer.groups), "groups"),
        marked(_extents(layer.input_shape) or "-", "input_shape"),
    )
    return first + (("-",) * len(_NUMBERS) if report.norm is None else _numbers(report, report.norm.upper))


def _short(name: str) -> str:
    """Return a name as a table can show it: of a long one the middle is left out."""
    if len(name) <= _WIDEST_NAME:
        return name
    return f"{name[: _WIDEST_NAME // 3]}...{name[3 - _WIDEST_NAME * 2 // 3 :]}"


def _numbers(report: LayerReport, upper: float) -> tuple[str, ...]:
    return (
        str(report.count),
        f"{report.sigma_max:.6g}",
        f"{report.sigma_min:.4g}",
        f"{report.condition:.4g}",
        rounded_up(upper, 5),
    )


def footnotes(report: Report) -> list[str]:
    """Return what a reader of the table has to know: what the numbers are, what was assumed, notes, the whole."""
    lines = [
        "Singular values for circular padding; sigma max with zero padding, at any input size, is at most 'norm <='."
    ]
    assumed = {key for layer in report.layers for key in layer.layer.assumed}
    if assumed:
        which = ", ".join(sorted(assumed))
        lines.append(f"* assumed, since the model does not tell: {which}. Give them as attributes (--attributes FILE).")
    by_note: dict[str, list[str]] = {}
    for layer in report.layers:
        reasons = [f"not analysed: {layer.reason}"] if layer.reason is not None else []
        for note in (*reasons, *layer.notes):
            by_note.setdefault(note, []).append(_short(printable(layer.name)))
    lines += [f"{shortened(names)}: {printable(note)}." for note, names in by_note.items()]
    return lines + whole(report)


def whole(report: Report) -> list[str]:
    """Return what is known of the network as a whole, a sentence each, the bounds labelled for what they are."""
    totals, gain = report.totals, report.gain
    lines = []
    if gain is not None and math.isfinite(gain.bound):
        lines.append(f"Network: gain at most {rounded_up(gain.bound, 4)}, {GAIN}.")
    elif gain is not None and gain.unknown:
        others = f" and {len(gain.unknown) - 3} more" if len(gain.unknown) > 3 else ""
        shown = ", ".join(_short(printable(name)) for name in gain.unknown[:3])
        lines.append(f"Network: no bound of its gain, since none is known for {shown}{others}.")
    elif totals.layers > 1 and math.isfinite(totals.norm_product):
        product = rounded_up(totals.norm_product, 4)
        lines.append(
            f"All {totals.layers} layers: the product of 'norm <=' is {product}, a bound of their gain "
            "only if they are a plain chain, which this source does not tell."
        )
    if gain is not None and gain.blocks:
        texts = [f"{_short(printable(block.end))} {rounded_up(block.bound, 4)}" for block in gain.blocks]
        lines.append(f"Blocks of parallel branches, gain at most: {shortened(texts)}.")
    return lines


def as_markdown(report: Report) -> str:
    """Return a Markdown table, its footnotes, and what the numbers say for each padding."""
    rows = [HEADER, tuple("---" if i < 1 else "---:" for i in range(len(HEADER))), *(cells(r) for r in report.layers)]
    lines = ["| " + " | ".join(_escaped(cell) for cell in row) + " |" for row in rows]
    meanings = [f"- {padding} padding: {_escaped(meaning)}" for padding, meaning in PADDINGS.items()]
    return "\n".join([*lines, "", *(f"{_escaped(line)}\n" for line in footnotes(report)), *meanings, ""])


def _escaped(text: str) -> str:
    """Return text for Markdown: the asterisk of what was assumed is neither emphasis nor a list."""
    return text.replace("|", r"\|").replace("*", r"\*")


def as_text(report: Report) -> str:
    """Return a table in plain text and its footnotes."""
    rows = [HEADER, *(cells(layer) for layer in report.layers)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEADER))]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))])
        for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join([line.rstrip() for line in lines] + ["", *footnotes(report)])


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
