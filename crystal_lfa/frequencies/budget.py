"""How much memory a call may allocate."""

from __future__ import annotations

import re

from crystal_lfa.errors import InvalidArgumentError

__all__ = ["parse_memory", "readable_bytes"]

_UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


def parse_memory(memory: str | float) -> int:
    """Return a number of bytes from a number, or from text such as "1GB" (1e9 bytes) or "200 MB".

    Raises
    ------
    InvalidArgumentError
        If the text is not a number with one of the units B, kB, MB, GB, TB, or the number is not positive.

    Examples
    --------
    >>> parse_memory("1.5GB")
    1500000000
    """
    match = re.fullmatch(r"\s*([0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?)\s*([A-Za-z]*)\s*", str(memory))
    if match is None or match[2].upper() not in _UNITS:
        message = f'memory: got {memory!r}; a positive number of bytes, or text such as "1GB" or "200MB", is needed'
        raise InvalidArgumentError(message)
    size = float(match[1]) * _UNITS[match[2].upper()]
    if not 1 <= size < 2**63:
        raise InvalidArgumentError(f"memory: got {memory!r}; a number of bytes between 1 and 2^63 is needed")
    return int(size)


def readable_bytes(size: int) -> str:
    """Return a number of bytes as text with a decimal unit.

    Examples
    --------
    >>> readable_bytes(33_554_432)
    '33.6 MB'
    """
    number = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1000:
            return f"{number:.3g} {unit}"
        number /= 1000
    return f"{number:.3g} TB"
