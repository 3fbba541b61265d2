"""What a terminal shows: with rich where it is installed, else, and into files and pipes, in plain text."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from crystal_lfa.cnn.report import Report
from crystal_lfa.cnn.tables import HEADER, cells, footnotes

WIDEST = 1000
"""Columns, more than any table needs."""

__all__ = ["print_report", "progress_display"]

_LINE = 60
"""Characters of the line of progress in plain text."""


def print_report(report: Report) -> None:
    """Print the table of a report and its footnotes."""
    if not sys.stdout.isatty():
        print(report)
        return
    try:
        from rich import box
        from rich.console import Console
        from rich.table import Table
    except ImportError:
        print(report)
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    for number, title in enumerate(HEADER):
        table.add_column(title, justify="left" if number == 0 else "right", no_wrap=True)
    for layer in report:
        table.add_row(*cells(layer))
    console = Console(highlight=False, markup=False, emoji=False)
    if console.measure(table, options=console.options.update(max_width=WIDEST)).maximum > console.width:
        # Cut cells help nobody: the terminal may wrap plain lines.
        print(report)
        return
    console.print(table)
    for line in footnotes(report):
        console.print(line, style="dim" if not line.startswith("*") else "yellow")


@contextmanager
def progress_display() -> Iterator[Callable[[str, int, int], None]]:
    """Yield a function (layer, done, total) that shows how far the work has come, on terminals only."""
    if not sys.stderr.isatty():
        yield lambda _layer, _done, _total: None
        return
    try:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
    except ImportError:
        try:
            yield _plain_line
        finally:
            # What is printed next, a table or an error, takes the place of the line.
            sys.stderr.write(f"\r{'':{_LINE}}\r")
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=None)
        yield lambda layer, done, total: bar.update(task, description=layer, completed=done, total=total)


def _plain_line(layer: str, done: int, total: int) -> None:
    sys.stderr.write(f"\r{done / total:4.0%}  {layer:<{_LINE - 6}.{_LINE - 6}}")
    sys.stderr.flush()
