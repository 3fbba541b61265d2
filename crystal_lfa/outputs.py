"""What commands write: where they may, pictures, and text that a terminal only prints."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_CEILING, Decimal
from importlib import import_module
from pathlib import Path
from typing import IO, Any

from crystal_lfa.errors import InvalidArgumentError, MissingLibraryError
from crystal_lfa.files import Writer, as_path, destination, is_special

__all__ = ["check_picture", "check_places", "picture_format", "picture_writer", "printable", "rounded_up"]

_ROUNDING = 1e-12
"""What a bound may exceed a short number by for rounding errors alone."""

_PICTURE_FORMATS = ("png", "pdf", "svg")


def printable(text: str) -> str:
    """Return text of one line, with what a terminal would obey rather than print escaped as in Python."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)


def rounded_up(bound: float, digits: int) -> str:
    """Return an upper bound as text that is not below it, so that what is printed is a bound too.

    A bound that is a short number but for rounding errors is printed as that.

    Examples
    --------
    >>> rounded_up(1.33881157, 5), rounded_up(3 + 1e-15, 5), rounded_up(481.8375, 4)
    ('1.3389', '3', '481.9')
    """
    if not math.isfinite(bound) or bound <= 0:
        return f"{bound:.{digits}g}"
    nearest = f"{bound:.{digits}g}"
    if float(nearest) >= bound * (1 - _ROUNDING):
        return nearest
    unit = Decimal(1).scaleb(Decimal(bound).adjusted() - digits + 1)
    return f"{float(Decimal(bound).quantize(unit, ROUND_CEILING)):.{digits}g}"


def check_places(outputs: Iterable[str | None], inputs: Mapping[str, str]) -> None:
    """Refuse files that could not be written, or would replace what is needed.

    Parameters
    ----------
    outputs : paths, None where there is none
    inputs : mapping from paths to what they are

    Raises
    ------
    InvalidArgumentError
        Naming the path.
    """
    taken = {_resolved(path): what for path, what in inputs.items()}
    for path in outputs:
        if path is None or is_special(path):
            continue
        target = destination(as_path(path, "output"))
        if not target.parent.is_dir():
            raise InvalidArgumentError(f"{path}: the folder {str(Path(path).parent)!r} does not exist; create it first")
        if target.is_dir():
            raise InvalidArgumentError(f"{path}: this is a folder; the name of a file is needed")
        if not os.access(target.parent, os.W_OK):
            raise InvalidArgumentError(f"{path}: its folder cannot be written to; a file in a writable one is needed")
        if target in taken:
            raise InvalidArgumentError(f"{path}: this is {taken[target]}, and would be lost; another name is needed")
        taken[target] = "another output"


def _resolved(path: str) -> Path:
    """Return where a path leads, or the path itself; what is wrong with it is said when it is opened."""
    try:
        return Path(path).resolve()
    except (OSError, RuntimeError, ValueError):
        return Path(path)


def picture_format(path: str) -> str:
    """Return the format that a picture's name asks for."""
    return Path(path).suffix.lower().removeprefix(".")


def check_picture(path: str, option: str) -> None:
    """Refuse a picture that could not be drawn, before the work and not after it.

    Parameters
    ----------
    path : str
    option : str
        What of the command asks for it.

    Raises
    ------
    InvalidArgumentError
        If its name has another ending than those of the formats known.
    MissingLibraryError
        If matplotlib is not installed.
    """
    if picture_format(path) not in _PICTURE_FORMATS:
        raise InvalidArgumentError(f"{path}: the name of a picture has to end in .{', .'.join(_PICTURE_FORMATS)}")
    try:
        import_module("matplotlib")
    except ImportError:
        raise MissingLibraryError.for_extra("matplotlib", option, "plot") from None


def picture_writer(path: str, draw: Callable[[], Any]) -> Writer:
    """Return what writes the figure that `draw()` makes into an opened file, in the format that the path asks for."""

    def write(file: IO[bytes]) -> None:
        import matplotlib as mpl

        from crystal_lfa.drawing.axes import save_figure

        # A command draws into files only; no window system is asked for.
        mpl.use("Agg")
        save_figure(draw(), file, picture_format(path))

    return write
