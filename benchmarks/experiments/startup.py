"""What one waits for before anything is computed: processes from their start to their end, all files read before."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from typing import Any

import pictures as pic
from summaries import Row, all_ratios, markdown, ratio_cell, spread, time_cell, totals
from timing import interleaved, whole

FIRST = "import numpy, crystal_lfa as lfa; lfa.svdvals(lfa.cnn.conv(numpy.ones((4, 3, 3, 3))), (8, 8))"
COMMANDS = {
    "python": ("-c", "pass"),
    "import numpy": ("-c", "import numpy"),
    "import crystal_lfa": ("-c", "import crystal_lfa"),
    "crystal-lfa --help": ("-m", "crystal_lfa.cli", "--help"),
    "first svdvals": ("-c", FIRST),
}
REPEATS = {"smoke": 1, "quick": 7, "full": 15}
BASE = "import numpy"
FEW = {name: COMMANDS[name] for name in ("python", BASE)}


def run(edition: str) -> Iterator[Row]:
    """Yield one row."""
    commands = FEW if edition == "smoke" else COMMANDS
    chains = {name: whole(partial(_process, arguments)) for name, arguments in commands.items()}
    seconds = interleaved(chains, REPEATS[edition])
    yield {"seconds": seconds, "ratios": all_ratios(seconds, BASE)}


def _process(arguments: tuple[str, ...]) -> None:
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)


def tables(rows: list[Row]) -> dict[str, str]:
    """Return the times, and ratios to importing numpy."""
    (row,) = rows
    lines = [
        [name, time_cell(totals(row["seconds"], name)), ratio_cell(row["ratios"][name]) if name != BASE else ""]
        for name in row["seconds"]
    ]
    return {"startup": markdown(["process", "time", f"this / {BASE}"], lines, words=1)}


def pictures(rows: list[Row]) -> dict[str, Any]:
    """Draw the times."""
    (row,) = rows
    figure, ax = pic.figure()
    times = [spread(totals(row["seconds"], name)) for name in row["seconds"]]
    pic.bars(ax, [name.replace(" ", "\n", 1) for name in row["seconds"]], {"whole process": times}, ("", "seconds"))
    return {"startup": figure}
