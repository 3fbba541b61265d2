"""Run the experiments: what the paper measured, again, and what this library promises.

    python benchmarks/run.py --edition quick                 # five to six minutes on two cores
    python benchmarks/run.py --edition full                  # about half an hour
    python benchmarks/run.py --edition quick --only values memory
    python benchmarks/run.py --redraw docs/benchmarks        # tables and pictures again, from the numbers alone

Written are results.json, a Markdown table a name, and a picture. What is not run keeps its results.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pictures
from machine import LIBRARIES, load, machine

EXPERIMENTS = (
    "values", "vectors", "growth", "layout", "memory", "startup", "norms", "two_grid", "large_layer",
)  # fmt: skip
EDITIONS = ("smoke", "quick", "full")
DEFAULT = Path(__file__).resolve().parents[1] / "docs" / "benchmarks"
RESULTS = "results.json"

Record = dict[str, Any]


def main() -> None:
    """Run, or draw again what was run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edition", choices=EDITIONS, default="quick", help="smoke: tiny sizes, to see that all runs")
    parser.add_argument("--only", choices=EXPERIMENTS, nargs="+", help="some experiments")
    parser.add_argument("--out", type=Path, default=DEFAULT, help="a folder (default: docs/benchmarks)")
    parser.add_argument("--redraw", type=Path, metavar="DIR", help="tables and pictures of a folder again")
    options = parser.parse_args()
    if options.redraw:
        for name, record in read(options.redraw).items():
            write(name, record, options.redraw)
        return
    if options.edition == "smoke" and options.out == DEFAULT:
        parser.error("--out: what the smoke edition finds is no result; give it another folder than docs/benchmarks")
    options.out.mkdir(parents=True, exist_ok=True)
    for name in options.only or EXPERIMENTS:
        record = measured(name, options.edition)
        if record["rows"]:
            known = {**read(options.out), name: record}
            ordered = {key: known[key] for key in EXPERIMENTS if key in known}
            (options.out / RESULTS).write_text(json.dumps(ordered, indent=1) + "\n", encoding="utf-8")
            write(name, record, options.out)


def measured(name: str, edition: str) -> Record:
    """Run an experiment; return its rows, and what they depend on."""
    experiment = importlib.import_module(f"experiments.{name}")
    before, start = load(), time.perf_counter()
    rows = []
    for row in experiment.run(edition):
        rows.append(row)
        print(f"{name}: {len(rows)} done, {time.perf_counter() - start:.1f} s", flush=True)
    return {
        "edition": edition,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "load": [before, load()],
        "seconds": round(time.perf_counter() - start, 1),
        "rows": rows,
    }


def read(folder: Path) -> dict[str, Record]:
    """Return what was measured before."""
    path = folder / RESULTS
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def write(name: str, record: Record, folder: Path) -> None:
    """Write an experiment's tables and pictures."""
    experiment = importlib.import_module(f"experiments.{name}")
    drawn = {}
    if importlib.util.find_spec("matplotlib") is None:
        print(f"{name}: matplotlib is not installed: no pictures")
    else:
        drawn = experiment.pictures(record["rows"])
    for title, picture in drawn.items():
        pictures.save(picture, folder / f"{title}.png")
    for title, table in experiment.tables(record["rows"]).items():
        picture = f"\n![{title.replace('_', ' ')}]({title}.png)\n" if title in drawn else ""
        (folder / f"{title}.md").write_text(f"{table}\n{_origin(record)}\n{picture}", encoding="utf-8")


def _origin(record: Record) -> str:
    """Return a line that says where numbers come from."""
    found = record["machine"]
    known = [f"{name} {found[name]}" for name in LIBRARIES if found[name]]
    absent = [f"no {name}" for name in LIBRARIES if not found[name]]
    before, after = record["load"]
    return (
        f"{found['processor']}, {found['cores']} cores, load {before} before and {after} after; "
        f"Python {found['python']}, {', '.join(known + absent)}; {'; '.join(found['blas'])}; "
        f"{record['edition']} edition, {record['date']}."
    )


if __name__ == "__main__":
    main()
