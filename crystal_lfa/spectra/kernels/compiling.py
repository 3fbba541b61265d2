"""How kernels are compiled, and kept between processes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numba import njit, types
from numba.core.caching import FunctionCache

__all__ = ["NUMBERS", "Compiled", "inner"]

NUMBERS = {"float32": types.float32, "float64": types.float64}
"""The number types that kernels are compiled for."""

inner = njit(nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)
"""Decorates what kernels call."""


def _source_digest() -> str:
    """Return a digest of the sources of all kernels.

    What numba keeps on disk it finds again by the file of one function; a kernel consists of functions of many.
    """
    texts = [path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py"))]
    return hashlib.sha256(b"".join(texts)).hexdigest()


_DIGEST = _source_digest()


class Compiled:
    """A kernel with its signatures: compiled for a number type when asked to, or loaded from where it was kept.

    Parameters
    ----------
    define : callable
        From the digest of all sources to the function; the digest has to be a free variable in it.
    signatures : from the name of a number type to the types of the arguments
    """

    def __init__(self, define: Callable[[str], Any], signatures: dict[str, tuple[Any, ...]]) -> None:
        self._signatures = signatures
        self._ready: set[str] = set()
        function = define(_DIGEST)
        options = {"nogil": True, "error_model": "numpy"}
        try:
            self._run = njit(cache=True, **options)(function)
            self._kept: Any = FunctionCache(function)
        except RuntimeError:  # no folder to keep anything in
            self._run, self._kept = njit(**options)(function), None

    @property
    def dtypes(self) -> tuple[str, ...]:
        """The number types it can be compiled for."""
        return tuple(self._signatures)

    @property
    def folder(self) -> str | None:
        """Where what is compiled is kept; None if nowhere."""
        return None if self._kept is None else str(self._kept.cache_path)

    def is_at_hand(self, dtype: str) -> bool:
        """Return whether the kernel can be had without compiling."""
        if dtype in self._ready:
            return True
        if self._kept is None:
            return False
        return self._kept.load_overload(self._signatures[dtype], self._run.targetctx) is not None

    def prepare(self, dtype: str) -> bool:
        """Load or compile; return whether it was ready or on disk."""
        if dtype in self._ready:
            return True
        self._run.compile(self._signatures[dtype])
        self._ready.add(dtype)
        return self._signatures[dtype] in self._run.stats.cache_hits

    def __call__(self, dtype: str, *arguments: Any) -> None:
        """Run."""
        self.prepare(dtype)
        # Kernels return nothing: numba wraps what is returned in Python, where an interruption becomes a SystemError.
        self._run(*arguments)
