"""Telling how far a long computation has come."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from crystal_lfa.errors import InvalidArgumentError

__all__ = ["Progress", "as_progress"]

Progress = bool | Callable[[int, int], object] | None
"""False or None: silent; True: a line on standard error; a callable gets (done, total) frequencies."""

_SECONDS_BETWEEN_LINES = 0.1


def as_progress(progress: Progress) -> Callable[[int, int], object]:
    """Return the callable that a value of the keyword `progress` stands for."""
    if callable(progress):
        return progress
    if progress is True:
        return _line_writer()
    if progress is False or progress is None:
        return lambda _done, _total: None
    raise InvalidArgumentError(f"progress: got {progress!r}; False, True or a callable(done, total) is needed")


def _line_writer() -> Callable[[int, int], object]:
    last = time.monotonic()

    def write(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if done < total and now - last < _SECONDS_BETWEEN_LINES:
            return
        last = now
        end = "\n" if done >= total else ""
        sys.stderr.write(f"\r{done}/{total} frequencies ({done / total:.0%}){end}")
        sys.stderr.flush()

    return write
