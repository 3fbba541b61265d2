"""``crystal-lfa multigrid PROBLEM|FILE.toml``: smoothing and convergence factors of a multigrid method."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crystal_lfa.multigrid.command.report import MethodReport

__all__ = ["add_parser"]

EPILOG = """\
Problems, with what they take (in brackets what may be left out):

    poisson                    anisotropic --eps [--axis]      rotated-diffusion --eps --angle
    biharmonic                 convection-diffusion --velocity --eps [--scheme]
    helmholtz --k2             mehrstellen                     q1-poisson

Smoothers, with what they take:

    jacobi [--omega --blocks]                  gauss-seidel [--order --reverse --symmetric --blocks]
    sor --omega [--order --reverse]            red-black [--omega]
    coloured --colours [--omega --blocks]      kaczmarz [--omega --order --reverse]
    richardson --omega                         chebyshev --degree [--kind --interval --optimal]
    vanka [--centre --omega --kind --colours]

A method can be a TOML file. Its keys are the options without dashes in front and with _ for -, all at the top level;
options given as well win. In place of a problem it may have a stencil, nested lists whose axis i is direction i of the
lattice:

    stencil = [[0, -1, 0], [-1, 4, -1], [0, -1, 0]]  # or: problem = "poisson"
    lattice = "square"                               # as of crystal-lfa lattice; or: dim = 2
    smoother = "jacobi"
    omega = "4/5"                                    # fractions are text
    coarse = [2, 2]                                  # or 2, or rows such as [[1, 1], [1, -1]]
    pre = 2
    n = 64                                           # a torus; without it all frequencies
    twist = "1/2"

Without --n factors are suprema over all frequencies: attained, or a limit towards a frequency at which the coarse
operator has no inverse. Such frequencies are left out and counted. The h-ellipticity is that of all
frequencies in any case.
"""

_SOURCE = "PROBLEM|FILE.toml"


def add_parser(commands: Any) -> None:
    """Add the subcommand to the command's subparsers."""
    parser = commands.add_parser(
        "multigrid",
        usage=f"%(prog)s {_SOURCE} [options]",
        help="smoothing and convergence factors of a multigrid method, its best weight, and a picture",
        description="Predict how fast a multigrid method converges: local Fourier analysis.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", nargs="?", metavar=_SOURCE, help="a problem's name or a TOML file, both below")
    _add_problem(parser.add_argument_group("the problem"))
    _add_smoother(parser.add_argument_group("the smoother"))
    _add_cycle(parser.add_argument_group("the cycle"))
    _add_questions(parser.add_argument_group("what is asked"))
    parser.set_defaults(run=_run, lighter="fewer --levels, a smaller --coarse or a smaller --n may fit")


def _add_problem(group: Any) -> None:
    _add(group, "--problem", "NAME", "in place of its name alone")
    _add(group, "--dim", "D", "dimension of the integer lattice (default 2)")
    _add(
        group,
        "--lattice",
        "NAME",
        "in its place a lattice or crystal, as of crystal-lfa lattice: a name with its parameters, or a TOML file",
        many=True,
    )
    _add(group, "--eps", "E", "weak diffusion, beside 1; with convection all of the diffusion")
    _add(group, "--axis", "I", "the axis of weak diffusion, from 0 (default 0)")
    _add(group, "--angle", "A", "the angle of strong diffusion from the x axis, in radians")
    _add(group, "--velocity", "V", "the components of the velocity", many=True)
    _add(group, "--scheme", "S", "of convection: upwind (default) or central")
    _add(group, "--k2", "K", "the square of the wave number, such as 0.5 or 0.5-0.2j")


def _add_smoother(group: Any) -> None:
    _add(group, "--smoother", "NAME", "one of those below (default jacobi)")
    _add(group, "--omega", "W", "its weight")
    _add(group, "--degree", "K", "of the Chebyshev polynomial")
    _add(group, "--kind", "K", "of Chebyshev polynomials 1 or 4, of vanka additive or multiplicative")
    _add(
        group, "--interval", "X", "of Chebyshev polynomials, in units of the largest eigenvalue: two numbers", many=True
    )
    _add_flag(group, "--optimal", "the optimal Chebyshev polynomial of kind 4")
    _add(group, "--blocks", "B", "what is relaxed together: none, lines 0, planes 0 1, or cells 2", many=True)
    _add(group, "--centre", "S", "of vanka: the number of the site around which patches are (default 0)")
    _add(
        group, "--order", "M", "points z are visited lexicographically by M z: the integer matrix row by row", many=True
    )
    _add_flag(group, "--reverse", "visit in the opposite order")
    _add_flag(group, "--symmetric", "go back in a second sweep")
    _add(group, "--colours", "N", "the sublattice whose cosets are the colours, as --coarse; or auto", many=True)


def _add_cycle(group: Any) -> None:
    _add(group, "--pre", "N", "smoothing steps before the coarse grid correction (default 1)")
    _add(group, "--post", "N", "and after it (default 1)")
    _add(
        group,
        "--coarse",
        "N",
        "the coarse lattice: one integer, one a vector, or all coordinates of its vectors, row by row (default 2)",
        many=True,
    )
    names = "interpolation (default), cubic, cell-centred, piecewise-constant"
    _add(group, "--prolongation", "P", f"{names}, or operator: with weights from its equations")
    names = "full-weighting (default), half-weighting, injection, cell-average"
    _add(group, "--restriction", "R", f"{names}, or adjoint: of the prolongation, over the index")
    _add(group, "--coarse-operator", "C", "galerkin (default) or rediscretised")
    _add(group, "--levels", "K", "the number of grids (default 2)")
    _add(group, "--cycle", "C", "V (default), W, F, or how often each coarser grid is visited")


def _add_questions(group: Any) -> None:
    _add(
        group,
        "--n",
        "N",
        "maxima over the frequencies of a torus: one integer, one a vector, or all period vectors, row by row",
        many=True,
    )
    _add(group, "--twist", "T", "of that torus: one number, or one a period; default 0", many=True)
    _add(group, "--sweeps", "N", "smoothing steps of the smoothing factor (default all of a cycle)")
    group.add_argument(
        "--optimize",
        nargs=2,
        metavar=("LOW", "HIGH"),
        default=argparse.SUPPRESS,
        help="find the omega between LOW and HIGH with the smallest convergence factor, and report of that",
    )
    _add_flag(group, "--optimize-smoothing", "with --optimize: with the smallest smoothing factor")
    _add(group, "--simulate", "CYCLES", "run the method on a random error, on the torus or one of moderate size")
    group.add_argument(
        "--plot",
        metavar="FILE",
        help="draw the spectral radius of smoother and cycle over the Brillouin zone, and the spectrum of the cycle "
        "(of more than two dimensions that alone): .png, .pdf or .svg",
    )
    group.add_argument("--json", metavar="FILE", help="write the report as JSON; - for standard output, no table")


def _add(group: Any, name: str, metavar: str, text: str, *, many: bool = False) -> None:
    # What was not given does not replace what a file says.
    options = {"nargs": "+"} if many else {}
    group.add_argument(name, metavar=metavar, help=text, default=argparse.SUPPRESS, **options)


def _add_flag(group: Any, name: str, text: str) -> None:
    group.add_argument(name, action="store_true", help=text, default=argparse.SUPPRESS)


def _run(options: argparse.Namespace) -> int:
    from crystal_lfa.cli.display import progress_display
    from crystal_lfa.cli.interruption import interruption_between_chunks
    from crystal_lfa.files import Writer, write_together
    from crystal_lfa.multigrid.command.figures import figure
    from crystal_lfa.multigrid.command.methods import KEYS, read_description, read_method
    from crystal_lfa.multigrid.command.report import report_method
    from crystal_lfa.outputs import check_picture, check_places, picture_writer

    path = None if options.json == "-" else options.json
    given = {key: value for key, value in vars(options).items() if key in KEYS}
    description = read_description(options.source, given)
    check_places((path, options.plot), _inputs(options.source, description))
    if options.plot is not None:
        check_picture(options.plot, "--plot")
    method = read_method(description)
    with progress_display() as display, interruption_between_chunks() as check:

        def progress(name: str, done: int, total: int) -> None:
            display(name, done, total)
            check()

        report = report_method(method, progress)
    writers: dict[str | Path, Writer] = {}
    if path is not None:
        writers[path] = lambda file: file.write(report.to_json().encode())
    if options.plot is not None:
        writers[options.plot] = picture_writer(options.plot, lambda: figure(report.method))
    write_together(writers)
    if options.json == "-":
        sys.stdout.write(report.to_json())
    else:
        _print_report(report)
    return 0


def _inputs(source: str | None, description: Mapping[str, Any]) -> dict[str, str]:
    """Return the files that are read, and what they are."""
    inputs = {} if source is None else {source: "the description"}
    lattice = description.get("lattice")
    words = lattice if isinstance(lattice, list) else [lattice]
    if words and isinstance(words[0], str):
        inputs[words[0]] = "the lattice"
    return {path: what for path, what in inputs.items() if Path(path).is_file()}


def _print_report(report: MethodReport) -> None:
    """Print a report: on terminals with rich where it is installed, else in plain text."""
    from crystal_lfa.cli.display import WIDEST
    from crystal_lfa.multigrid.command.report import HEADER

    try:
        from rich import box
        from rich.console import Console
        from rich.table import Table
    except ImportError:
        print(report.to_text())
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    for number, title in enumerate(HEADER):
        table.add_column(title, justify="right" if number in {1, len(HEADER) - 1} else "left", no_wrap=True)
    for row in report.rows():
        table.add_row(*row)
    console = Console(highlight=False, markup=False, emoji=False)
    width = console.measure(table, options=console.options.update(max_width=WIDEST)).maximum
    if not sys.stdout.isatty() or width > console.width:
        print(report.to_text())
        return
    for name, text in report.fields():
        print(f"{name:<11}  {text}")
    console.print(table)
    for line in report.remarks():
        print(line)
