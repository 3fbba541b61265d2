"""``crystal-lfa lattice NAME|FILE.toml``: what there is to say of a lattice, a crystal, a torus, and its bands."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crystal_lfa.geometry.descriptions.facts import Description
    from crystal_lfa.spectra.band_report import BandReport

__all__ = ["add_parser"]

EPILOG = """\
Names, with what --parameters takes (in brackets what may be left out):

{names}

A lattice or crystal of your own is a TOML file:

    vectors = [[1, 0], [0.5, "sqrt(3)/2"]]           # the primitive vectors, required
    sites = [["1/3", "1/3"], ["2/3", "2/3"]]         # in units of the vectors; default the origin
    cartesian = false                                # whether sites are Cartesian coordinates instead
    dof = [1, 2]                                     # unknowns of each site, or one number for all; default 1
    labels = ["A", "B"]                              # names of the sites
    torus = [4, 4]                                   # where --torus is not given
    twist = "1/2"                                    # where --twist is not given

Numbers may be fractions and square roots, "1/3" and "sqrt(3)/2" as text in a file.

With --bands, electrons hop between neighbours: to the nearest with the first number of --hopping, to those at the
next distance with the second, and so on. Corners of the path are letters of high-symmetry points, two of them with a
bar where the path jumps ("U|K"), or coordinates in units of the dual vectors: 1/3,1/3 or "(-1/3,1/3)".
"""

_SOURCE = "NAME|FILE.toml"


def add_parser(commands: Any) -> None:
    """Add the subcommand to the command's subparsers."""
    from crystal_lfa.geometry.descriptions.definitions import named, parameters_of
    from crystal_lfa.geometry.descriptions.facts import MOST_FREQUENCIES

    parser = commands.add_parser(
        "lattice",
        usage=f"%(prog)s {_SOURCE} [options]",
        help="a lattice or crystal, its neighbours, dual lattice and zone, a torus with its frequencies, and bands",
        description="Describe a lattice or a crystal, a torus of it, and the bands of electrons that hop on it.",
        epilog=EPILOG.format(names="\n".join(f"    {name} {parameters_of(name)}".rstrip() for name in named())),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", metavar=_SOURCE, help="a name or a TOML file, both below")
    parser.add_argument(
        "--parameters", type=_after_source(_number), nargs="+", metavar="X", help="numbers that a name takes; below"
    )
    parser.add_argument(
        "--torus",
        type=_after_source(_integer),
        nargs="+",
        metavar="N",
        help="periods: one integer, one a vector, or the coordinates of all period vectors, row by row",
    )
    parser.add_argument(
        "--twist",
        type=_after_source(_number),
        nargs="+",
        metavar="T",
        help="going once along a period multiplies by exp(2 pi i T): one number, or one a period; default 0",
    )
    parser.add_argument(
        "--shells",
        type=_count,
        metavar="K",
        help="how many shells of neighbours to show (default 2, in many dimensions fewer)",
    )
    parser.add_argument(
        "--bands",
        type=_corner,
        nargs="*",
        metavar="CORNER",
        help="the bands along a path from corner to corner, such as G M K G; without corners the usual path",
    )
    parser.add_argument(
        "--hopping",
        type=_after_source(_number),
        nargs="+",
        metavar="T",
        help="for --bands: to nearest neighbours, to those at the next distance, ...; default -1",
    )
    parser.add_argument(
        "--plot",
        metavar="FILE",
        help="draw the crystal and its Brillouin zone, with the frequencies of a torus; with --bands the path in the "
        "zone and the bands: .png, .pdf or .svg",
    )
    parser.add_argument(
        "--json",
        metavar="FILE",
        help="write the facts as JSON, with all frequencies of a torus (of more than "
        f"{MOST_FREQUENCIES} the first); - for standard output, no text",
    )
    parser.set_defaults(run=_run, lighter="fewer --shells or a smaller --torus may fit")


def _number(text: str) -> int | float | Any:
    from crystal_lfa.geometry.descriptions.entries import as_number

    number = as_number(text)
    if number is None:
        raise argparse.ArgumentTypeError(f"got {text.strip()!r}; a finite number or a fraction such as 1/2 is needed")
    return number


def _corner(text: str) -> str | tuple[float, ...]:
    """Return a corner of a path: letters, or coordinates with commas between, in parentheses or not."""
    from crystal_lfa.geometry.descriptions.entries import as_number

    entries = text.strip().removeprefix("(").removesuffix(")").split(",")
    if len(entries) == 1 and as_number(entries[0]) is None:
        return text.strip()
    return tuple(float(_number(entry)) for entry in entries)


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"got {text.strip()!r}; an integer is needed") from None


def _count(text: str) -> int:
    number = _integer(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"got {number}; 0 or a positive integer is needed")
    return number


def _after_source(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """Return a reader that reminds of the order, where what comes after an option was not meant for it."""

    def read_or_remind(text: str) -> Any:
        try:
            return read(text)
        except argparse.ArgumentTypeError as error:
            raise argparse.ArgumentTypeError(f"{error}, and {_SOURCE} comes before options") from None

    return read_or_remind


def _run(options: argparse.Namespace) -> int:
    from crystal_lfa.errors import InvalidArgumentError
    from crystal_lfa.files import Writer, write_together
    from crystal_lfa.geometry.descriptions.definitions import read_definition
    from crystal_lfa.geometry.descriptions.facts import describe
    from crystal_lfa.outputs import check_picture, check_places, picture_writer

    path = None if options.json == "-" else options.json
    inputs = {options.source: "the definition"} if Path(options.source).is_file() else {}
    check_places((path, options.plot), inputs)
    if options.plot is not None:
        check_picture(options.plot, "--plot")
    if options.hopping is not None and options.bands is None:
        raise InvalidArgumentError("--hopping: got numbers, but no --bands; --bands is needed as well")
    definition = read_definition(options.source, options.parameters or ())
    torus = definition.torus(options.torus, options.twist)
    description = describe(definition.crystal, torus, name=definition.name, shells=options.shells)
    report = None
    if options.bands is not None:
        from crystal_lfa.spectra.band_report import report_bands

        report = report_bands(definition.crystal, options.bands or None, options.hopping or (-1,))

    def figure() -> Any:
        return report.figure() if report else description.figure(as_lattice=definition.is_lattice)

    writers: dict[str | Path, Writer] = {}
    if path is not None:
        writers[path] = lambda file: file.write(_json(description, report).encode())
    if options.plot is not None:
        writers[options.plot] = picture_writer(options.plot, figure)
    write_together(writers)
    sys.stdout.write(_json(description, report) if options.json == "-" else _text(description, report))
    return 0


def _text(description: Description, report: BandReport | None) -> str:
    parts = [description.to_text(), *([report.to_text()] if report else [])]
    return "\n\n".join(parts) + "\n"


def _json(description: Description, report: BandReport | None) -> str:
    if report is None:
        return description.to_json()
    return json.dumps(json.loads(description.to_json()) | {"bands": report.facts()}, indent=2, allow_nan=False) + "\n"
