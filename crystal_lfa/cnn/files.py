"""Writing a file whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from crystal_lfa.errors import InvalidArgumentError

__all__ = ["write_whole"]


def write_whole(path: str | Path, write: Callable[[IO[bytes]], object]) -> None:
    """Write a file through a neighbour that takes its place when it is complete.

    Raises
    ------
    InvalidArgumentError
        If the folder does not exist or cannot be written to.
    """
    target = Path(path)
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    except OSError as error:
        message = f"{target}: it cannot be written: {error.strerror or error}; a file in a writable folder is needed"
        raise InvalidArgumentError(message) from None
    neighbour = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
        # mkstemp makes files private; a result is as readable as any other new file.
        mask = os.umask(0)
        os.umask(mask)
        neighbour.chmod(0o666 & ~mask)
        neighbour.replace(target)
    except OSError as error:
        raise InvalidArgumentError(f"{target}: it cannot be written: {error.strerror or error}") from None
    finally:
        neighbour.unlink(missing_ok=True)
