"""Arguments and exit status: 0, or 2 with one line for bad input."""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn, TextIO

from crystal_lfa.errors import CrystalError
from crystal_lfa.outputs import printable

__all__ = ["main", "make_parser"]

_NEGATIVE = re.compile(r"-\.?[0-9][0-9.,/e+-]*", re.IGNORECASE)

_LONGEST_MESSAGE = 1500
"""Characters; of a longer message the middle is left out."""


class _OneLineParser(argparse.ArgumentParser):
    """A parser that says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        _complain(f"{self.prog}: error: {message} (see {self.prog} --help)")
        raise SystemExit(2)


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command."""
    from crystal_lfa.cli import cnn, kernels, lattice, multigrid

    parser = _OneLineParser(
        prog="crystal-lfa",
        description="Translation-invariant operators on crystals, taken apart into their symbols.",
    )
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_OneLineParser)
    for command in (cnn, lattice, multigrid, kernels):
        command.add_parser(commands)
    parser.set_defaults(commands=", ".join(commands.choices))
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    _prepare_streams()
    parser = make_parser()
    try:
        return _run(parser, arguments)
    except CrystalError as error:
        return _failed(parser, str(error))
    except BrokenPipeError:
        # The reader has gone; nothing may be flushed to it at exit.
        _discard(sys.stdout)
        return 0
    except OSError as error:
        # What the outputs' files cannot take has been said already, with their names.
        _discard(sys.stdout)
        where = error.filename or "standard output"
        return _failed(parser, f"{where}: it cannot be used: {error.strerror or error}; a place with space is needed")
    except KeyboardInterrupt:
        _complain("\ninterrupted; nothing was written", raw=True)
        return 130


def _run(parser: argparse.ArgumentParser, arguments: Sequence[str] | None) -> int:
    given = sys.argv[1:] if arguments is None else arguments
    try:
        # argparse takes -1/2 and -1e-3 for options, but nothing that begins with a blank.
        options = parser.parse_args([f" {text}" if _NEGATIVE.fullmatch(text) else text for text in given])
    finally:
        # Help is printed there, and has to arrive while its failure can still be told.
        sys.stdout.flush()
    status = 0
    if options.version:
        import crystal_lfa

        print(f"crystal-lfa {crystal_lfa.__version__}")
    elif options.command is None:
        parser.error(f"a command is needed: {options.commands}")
    else:
        status = _run_command(parser, options)
    sys.stdout.flush()
    return status


def _run_command(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    try:
        status: int = options.run(options)
    except CrystalError:
        raise
    except MemoryError as error:
        return _failed(parser, f"not enough memory: {error}; {options.lighter}")
    return status


def _prepare_streams() -> None:
    """Make standard output and error take any text; where they are closed, it goes nowhere."""
    sys.stdout = sys.stdout or io.StringIO()
    sys.stderr = sys.stderr or io.StringIO()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _failed(parser: argparse.ArgumentParser, message: str) -> int:
    _complain(f"{parser.prog}: error: {message}")
    return 2


def _complain(message: str, *, raw: bool = False) -> None:
    """Write a message to standard error, one line unless it is the command's own; it may be full or gone."""
    if not raw:
        message = printable(" ".join(message.split()))
        if len(message) > _LONGEST_MESSAGE:
            message = f"{message[: _LONGEST_MESSAGE // 2]} ... {message[-_LONGEST_MESSAGE // 2 :]}"
    try:
        sys.stderr.write(f"{message}\n")
        sys.stderr.flush()
    except OSError:
        _discard(sys.stderr)


def _discard(stream: TextIO) -> None:
    """Let what is left in a stream go nowhere, so that it is not written at exit."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
