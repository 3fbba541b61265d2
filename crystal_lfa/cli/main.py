"""Arguments and exit status: 0, or 2 with one line for bad input."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from crystal_lfa.errors import CrystalError

__all__ = ["main", "make_parser"]


class _OneLineParser(argparse.ArgumentParser):
    """A parser that says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        sys.stderr.write(f"{self.prog}: error: {message} (see {self.prog} --help)\n")
        raise SystemExit(2)


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command."""
    from crystal_lfa.cli import cnn

    parser = _OneLineParser(
        prog="crystal-lfa",
        description="Translation-invariant operators on crystals, taken apart into their symbols.",
    )
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_OneLineParser)
    cnn.add_parser(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = make_parser()
    options = parser.parse_args(arguments)
    if options.version:
        import crystal_lfa

        print(f"crystal-lfa {crystal_lfa.__version__}")
        return 0
    if options.command is None:
        parser.error("a command is needed: cnn")
    try:
        status: int = options.run(options)
        sys.stdout.flush()
    except CrystalError as error:
        sys.stderr.write(f"{parser.prog}: error: {' '.join(str(error).split())}\n")
        return 2
    except BrokenPipeError:
        # The reader has gone; nothing may be flushed to it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted; nothing was written\n")
        return 130
    return status
