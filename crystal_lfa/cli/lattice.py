"""``crystal-lfa lattice NAME|FILE.toml``: what there is to say of a lattice, a crystal, a torus."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

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
"""

_SOURCE = "NAME|FILE.toml"


def add_parser(commands: Any) -> None:
    """Add the subcommand to the command's subparsers."""
    from crystal_lfa.geometry.descriptions.definitions import named, parameters_of
    from crystal_lfa.geometry.descriptions.facts import MOST_FREQUENCIES

    parser = commands.add_parser(
        "lattice",
        usage=f"%(prog)s {_SOURCE} [options]",
        help="a lattice or crystal, its neighbours, dual lattice and zone, and a torus with its frequencies",
        description="Describe a lattice or a crystal, and a torus of it.",
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
        "--plot",
        metavar="FILE",
        help="draw the crystal and its Brillouin zone, with the frequencies of a torus: .png, .pdf or .svg",
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
    from crystal_lfa.files import Writer, write_together
    from crystal_lfa.geometry.descriptions.definitions import read_definition
    from crystal_lfa.geometry.descriptions.facts import describe
    from crystal_lfa.outputs import check_picture, check_places, picture_writer

    path = None if options.json == "-" else options.json
    inputs = {options.source: "the definition"} if Path(options.source).is_file() else {}
    check_places((path, options.plot), inputs)
    if options.plot is not None:
        check_picture(options.plot, "--plot")
    definition = read_definition(options.source, options.parameters or ())
    torus = definition.torus(options.torus, options.twist)
    description = describe(definition.crystal, torus, name=definition.name, shells=options.shells)
    writers: dict[str | Path, Writer] = {}
    if path is not None:
        writers[path] = lambda file: file.write(description.to_json().encode())
    if options.plot is not None:
        writers[options.plot] = picture_writer(
            options.plot, lambda: description.figure(as_lattice=definition.is_lattice)
        )
    write_together(writers)
    sys.stdout.write(description.to_json() if options.json == "-" else f"{description.to_text()}\n")
    return 0
