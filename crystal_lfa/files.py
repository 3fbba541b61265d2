"""Files of users: TOML read within limits, results written whole or not at all."""

from __future__ import annotations

import errno
import io
import os
import stat
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from crystal_lfa.errors import InvalidArgumentError

__all__ = ["Writer", "as_path", "destination", "is_special", "read_toml", "write_together", "write_whole"]

Writer = Callable[[IO[bytes]], object]
"""What writes the content of a file into it, opened."""

_LONGEST_TOML = 1_000_000
"""Bytes of a file that people write by hand, and more."""

_PREFIX = ".crystal-lfa."
"""Of a neighbour: of a fixed length, so that any name which a folder takes can be written."""


def as_path(value: Any, argument: str) -> Path:
    """Return a path that the system takes, from text or a path.

    Raises
    ------
    InvalidArgumentError
        If it is neither, or has characters that no file's name can have.
    """
    if not isinstance(value, str | Path):
        raise InvalidArgumentError(f"{argument}: got {type(value).__name__}; the path of a file is needed")
    try:
        sound = b"\0" not in os.fsencode(value)
    except UnicodeEncodeError:
        sound = False
    if not sound:
        message = f"{argument}: got {str(value)!r}; a path without NUL and lone surrogates is needed"
        raise InvalidArgumentError(message)
    return Path(value)


def read_toml(path: Path, contents: str) -> tuple[dict[str, Any], str]:
    """Return what a TOML file says, and its text; neither its kind nor its size may surprise.

    Parameters
    ----------
    path : Path
    contents : str
        What messages call the contents, a plural.

    Raises
    ------
    InvalidArgumentError
        If the file cannot be read, is no regular one, is too large, or no TOML file.
    """
    try:
        text = _text(path, contents)
    except OSError as error:
        message = f"{path}: {contents} cannot be read: {error.strerror or error}; a TOML file is needed"
        raise InvalidArgumentError(message) from None
    except UnicodeDecodeError as error:
        raise InvalidArgumentError(f"{path}: this is not a TOML file: {error}") from None
    try:
        return tomllib.loads(text), text
    except (ValueError, RecursionError) as error:
        raise InvalidArgumentError(f"{path}: this is not a TOML file: {error}") from None


def _text(path: Path, contents: str) -> str:
    status = path.stat()
    if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
        message = f"{path}: {contents} cannot be read: this is no regular file; a TOML file is needed"
        raise InvalidArgumentError(message)
    if status.st_size > _LONGEST_TOML:
        message = f"{path}: {contents} have {status.st_size} bytes; a TOML file of at most {_LONGEST_TOML} is needed"
        raise InvalidArgumentError(message)
    # Some editors begin a file with a byte order mark.
    return path.read_text(encoding="utf-8-sig")


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
        finished = [
            (path, stack.enter_context(_written(as_path(path, "path"), write))) for path, write in writers.items()
        ]
        for path, put_in_place in finished:
            with _said(path):
                put_in_place()


def is_special(path: str | Path) -> bool:
    """Tell whether a path is a device, a pipe or a socket: what can be written to, but never replaced."""
    target = Path(path)
    try:
        return target.exists() and not target.is_file() and not target.is_dir()
    except OSError:
        return False


def destination(path: str | Path) -> Path:
    """Return the file that is written under a path: through a symbolic link the one that it leads to.

    Raises
    ------
    InvalidArgumentError
        If the system takes no file of this name, or the link leads nowhere but to itself.
    """
    with _said(path):
        try:
            target = Path(path).resolve()
        except RuntimeError as error:
            # What Python before 3.13 says of links in a circle.
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP)) from error
        with suppress(FileNotFoundError, NotADirectoryError):
            if stat.S_ISLNK(target.lstat().st_mode):
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    return target


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
    target = destination(path)
    with _said(path):
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=_PREFIX)
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
