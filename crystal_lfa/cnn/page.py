"""A report as one page of HTML that loads nothing: pictures, the table, what the numbers mean."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from crystal_lfa.cnn.meanings import MEANINGS, PADDINGS
from crystal_lfa.cnn.tables import HEADER, cells, footnotes
from crystal_lfa.drawing.svg import sorted_curve
from crystal_lfa.outputs import printable, rounded_up

if TYPE_CHECKING:
    from crystal_lfa.cnn.layer_report import LayerReport
    from crystal_lfa.cnn.report import Report

__all__ = ["as_html"]

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #59636e; --line: #d5dae0; --paper: #ffffff; --card: #f6f8fa;
  --curve: #0b61a4; --area: #0b61a422; --mark: #a4430b; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --soft: #9aa4ae; --line: #333b44; --paper: #14181c;
  --card: #1c2228; --curve: #62b0ec; --area: #62b0ec22; --mark: #f0985c; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.2rem; max-width: 76rem; color: var(--ink); background: var(--paper);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 .3rem; overflow-wrap: anywhere; } h2 { font-size: 1.15rem; margin: 2rem 0 .6rem; }
p, li, dd { color: var(--soft); margin: .2rem 0; overflow-wrap: anywhere; } ul { padding-left: 1.2rem; }
.tiles, .layers { display: grid; gap: .7rem; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); }
.layers { grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr)); }
.tile, .layer { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .8rem; }
.tile b { display: block; font-size: 1.25rem; } .tile span { color: var(--soft); font-size: .85rem; }
.wide { overflow-x: auto; border: 1px solid var(--line); border-radius: .5rem; }
table { border-collapse: collapse; width: 100%; font-size: .88rem; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .6rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; } tr:last-child td { border-bottom: 0; }
th:first-child, td:first-child { text-align: left; max-width: min(24rem, 40vw); overflow: hidden;
  text-overflow: ellipsis; position: sticky; left: 0; background: var(--paper); }
.layer h3 { margin: 0; font-size: 1rem; overflow-wrap: anywhere; } .layer p { font-size: .85rem; }
svg { width: 100%; height: auto; display: block; margin: .4rem 0; } svg text { font: 10px system-ui, sans-serif; }
.axis { stroke: var(--line); } text.axis { fill: var(--soft); stroke: none; }
.curve { fill: none; stroke: var(--curve); stroke-width: 1.6; } .area { fill: var(--area); }
line.mark { stroke: var(--mark); stroke-dasharray: 4 3; } text.mark { fill: var(--mark); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem .9rem; } dt { font-weight: 600; }
dd { margin: 0; } .layer dl { font-size: .85rem; margin: 0; } .layer dt { font-weight: 400; color: var(--soft); }
.layer dd { color: var(--ink); font-variant-numeric: tabular-nums; }
@media (max-width: 34rem) { body { padding: .8rem; } .meaning { grid-template-columns: 1fr; }
  .meaning dt { margin-top: .4rem; } }
"""

_SCALE = "Singular values, sorted from large to small; dashed: the proven bound 'norm <='."


def as_html(report: Report, title: str) -> str:
    """Return a page with everything in it: style, pictures as SVG, no scripts."""
    body = [
        f"<h1>{_text(title)}</h1>",
        f"<p>{_text(_summary(report))}</p>",
        f'<div class="tiles">{"".join(_tiles(report))}</div>',
        "<h2>Layers</h2>",
        f'<div class="wide">{_table(report)}</div>',
        f"<ul>{''.join(f'<li>{_text(line)}</li>' for line in footnotes(report))}</ul>",
        "<h2>Spectra</h2>",
        f"<p>{_text(_SCALE)}</p>",
        f'<div class="layers">{"".join(_card(layer) for layer in report.layers)}</div>',
        "<h2>What the numbers mean</h2>",
        _definitions(MEANINGS.items()),
        "<h2>What they say about the layer's padding</h2>",
        _definitions(PADDINGS.items()),
    ]
    lines = "\n".join(body)
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_text(title)}</title><style>{_STYLE}</style></head>\n<body>\n{lines}\n</body></html>\n"
    )


def _text(text: str) -> str:
    return html.escape(printable(text))


def _summary(report: Report) -> str:
    totals = report.totals
    missing = totals.layers - totals.analysed
    counted = f"{totals.layers} convolutions" if totals.layers != 1 else "1 convolution"
    return f"{counted}, {missing} of them not analysed: the reasons are below." if missing else f"{counted}, analysed."


def _tiles(report: Report) -> Iterable[str]:
    totals, gain = report.totals, report.gain
    numbers = [
        (f"{totals.analysed} of {totals.layers}", "layers analysed"),
        (f"{totals.parameters:,}", "weights in them"),
        (f"{totals.count:,}", "singular values"),
        (_number(totals.largest_norm), "largest proven norm"),
    ]
    if gain is not None and math.isfinite(gain.bound):
        numbers.append((_number(gain.bound), "bound of the network's linear gain"))
    elif math.isfinite(totals.norm_product):
        numbers.append((_number(totals.norm_product), "product of the proven norms: bounds a plain chain"))
    return [f'<div class="tile"><b>{_text(number)}</b><span>{_text(label)}</span></div>' for number, label in numbers]


def _number(value: float) -> str:
    return rounded_up(value, 5) if math.isfinite(value) else "none"


def _table(report: Report) -> str:
    head = "".join(f"<th>{_text(title)}</th>" for title in HEADER)
    rows = "".join(_row(cells(layer)) for layer in report.layers)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _row(texts: Sequence[str]) -> str:
    return "<tr>" + "".join(f'<td title="{_text(text)}">{_text(text)}</td>' for text in texts) + "</tr>"


def _card(layer: LayerReport) -> str:
    name = f"<h3>{_text(layer.name)}</h3>"
    if layer.norm is None:
        return f'<div class="layer">{name}<p>Not analysed: {_text(layer.reason or "")}.</p></div>'
    upper = layer.norm.upper
    marks = [(upper, rounded_up(upper, 5))] if math.isfinite(upper) else []
    picture = sorted_curve(layer.values, marks, label=f"sorted singular values of {printable(layer.name)}")
    facts = [
        ("sigma max", f"{layer.sigma_max:.6g}"),
        ("sigma min", f"{layer.sigma_min:.4g}"),
        ("cond.", f"{layer.condition:.4g}"),
        ("norm <=", rounded_up(upper, 5)),
        ("frobenius", f"{layer.frobenius:.5g}"),
        ("stable rank", f"{layer.stable_rank:.5g}"),
        ("effective rank", f"{layer.effective_rank:.5g} (entropy {layer.entropy:.4g})"),
        ("above 1", f"{layer.share_above_one:.1%}"),
        ("dof", f"{layer.dof[0]:,} to {layer.dof[1]:,}"),
        ("padding", layer.layer.padding_mode),
    ]
    told = "".join(f"<dt>{_text(key)}</dt><dd>{_text(value)}</dd>" for key, value in facts)
    notes = "".join(f"<p>{_text(note)}.</p>" for note in layer.notes)
    return f'<div class="layer">{name}{picture}<dl>{told}</dl>{notes}</div>'


def _definitions(entries: Iterable[tuple[str, str]]) -> str:
    told = "".join(f"<dt>{_text(key)}</dt><dd>{_text(value)}</dd>" for key, value in entries)
    return f'<dl class="meaning">{told}</dl>'
