"""``crystal-lfa kernels``: compile what makes singular values fast, once for a machine."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crystal_lfa.spectra.kernels.report import KernelState

__all__ = ["add_parser"]


def add_parser(commands: Any) -> None:
    """Add the subcommand to the command's subparsers."""
    parser = commands.add_parser(
        "kernels",
        help="compile the kernels for singular values now, once for this machine",
        description=(
            "Compile the kernels for singular values and vectors, once for this machine, instead of when work has "
            "grown to where it pays. They need numba, the extra 'fast'; without it LAPACK does the same, more slowly."
        ),
    )
    parser.add_argument("--json", metavar="FILE", help="write JSON; - for standard output, no text")
    parser.set_defaults(run=_run, lighter="compiling takes some hundred MB")


def _run(options: argparse.Namespace) -> int:
    from crystal_lfa.files import write_whole
    from crystal_lfa.outputs import check_places
    from crystal_lfa.spectra.kernels.report import ABSENT, prepared

    check_places([None if options.json == "-" else options.json], {})
    states = []
    for state in prepared():
        states.append(state)
        if options.json is None:
            how = "compiled" if state.compiled else "was ready"
            print(f"{state.kernel:9s} {state.dtype:8s} {how}, {state.seconds:.1f} s", flush=True)
    if options.json is None:
        print(_where(states) if states else ABSENT)
        return 0
    text = json.dumps({"kernels": [state.as_dict() for state in states]}, indent=2) + "\n"
    if options.json == "-":
        sys.stdout.write(text)
    else:
        write_whole(options.json, lambda file: file.write(text.encode()))
    return 0


def _where(states: list[KernelState]) -> str:
    folder = states[0].folder
    return (
        f"kept in {folder}"
        if folder
        else "kept nowhere: there is no folder that can be written to; NUMBA_CACHE_DIR may name one"
    )
