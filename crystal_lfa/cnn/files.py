"""Writing files whole or not at all."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from crystal_lfa.errors import InvalidArgumentError

__all__ = ["Writer", "is_special", "write_together", "write_whole"]

Writer = Callable[[IO[bytes]], object]
"""What writes the content of a file into it, opened."""


def write_whole(path: str | Path, write: Writer) -> None:
    """Write a file through a neighbour that takes its place when it is complete.

    Raises
    ------
    InvalidArgumentError
        If the folder does not exist or cannot be written to.
    """
    write_together({path: write})


def write_together(writers: Mapping[str | Path, Writer]) -> None:
    """Write several files, none of them before all are complete.

    Raises
    ------
    InvalidArgumentError
        As `write_whole`.
    """
    with ExitStack() as stack:
        finished = [(path, stack.enter_context(_written(Path(path), write))) for path, write in writers.items()]
        for path, put_in_place in finished:
            with _said(path):
                put_in_place()


def is_special(path: str | Path) -> bool:
    """Tell whether a path is a device, a pipe or a socket: what can be written to, but never replaced."""
    target = Path(path)
    return target.exists() and not target.is_file() and not target.is_dir()


@contextmanager
def _said(path: str | Path) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        message = f"{path}: it cannot be written: {error.strerror or error}; a file in a writable folder is needed"
        raise InvalidArgumentError(message) from None


@contextmanager
def _written(path: Path, write: Writer) -> Iterator[Callable[[], object]]:
    """Write the content aside; yield what puts it in its place. What was not put there is removed."""
    if is_special(path):
        content = io.BytesIO()
        write(content)
        yield lambda: path.write_bytes(content.getvalue())
        return
    # Through a symbolic link the file that it leads to is replaced, and not the link.
    target = path.resolve()
    with _said(path):
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    neighbour = Path(name)
    try:
        with _said(path):
            with os.fdopen(handle, "wb") as file:
                write(file)
            # mkstemp makes files private; a result is as readable as any other new file.
            mask = os.umask(0)
            os.umask(mask)
            neighbour.chmod(0o666 & ~mask)
        yield lambda: neighbour.replace(target)
    finally:
        neighbour.unlink(missing_ok=True)
