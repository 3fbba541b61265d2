"""Whether a job goes to the kernels or to LAPACK: by its size, and by what getting ready would cost.

Loading numba takes about a second and compiling some more; what is compiled is kept on disk. So a process turns to the
kernels when its work has grown to where that pays: this is the one thing that it remembers. The values agree to
rounding either way.
"""

from __future__ import annotations

from collections.abc import Iterator
from threading import Lock
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crystal_lfa.spectra.kernels.compiling import Compiled

__all__ = ["Account", "account", "found_kernels", "kernel_seconds", "lapack_seconds"]

LOADED_AFTER = 0.2
"""Seconds of work after which a process loads kernels that are on disk."""

COMPILED_AFTER = 10.0
"""Seconds of work after which a process compiles them: about what that takes."""

LARGEST = 512
"""Of larger matrices those in all lanes together do not stay in the cache, and LAPACK is as fast."""


def lapack_seconds(m: int, n: int) -> float:
    """Return about how long LAPACK takes for the singular values of one complex matrix."""
    return 1.2e-6 * min(m, n) + 2.1e-9 * m * n * min(m, n)


def kernel_seconds(m: int, n: int) -> float:
    """Return about how long a kernel takes for them, symbol included."""
    return 5e-8 + 3e-8 * m * n + 7e-10 * m * n * min(m, n)


class Account:
    """What a process has worked so far, in seconds that LAPACK would take, and which kernels it has at hand."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._seconds = 0.0
        self._ready: set[tuple[str, str]] = set()

    def chooses_kernel(self, name: str, dtype: str, seconds: float) -> bool:
        """Return whether a job that takes LAPACK so many seconds goes to a kernel, which then is ready."""
        with self._lock:
            if (name, dtype) in self._ready:
                return True
            self._seconds += seconds
            if self._seconds < LOADED_AFTER:
                return False
            kernels = found_kernels()
            if kernels is None or (self._seconds < COMPILED_AFTER and not kernels[name].is_at_hand(dtype)):
                return False
            kernels[name].prepare(dtype)
            self._ready.add((name, dtype))
            return True

    def prepare(
        self, kernels: dict[str, Compiled], dtypes: tuple[str, ...] | None = None
    ) -> Iterator[tuple[str, str, bool, float]]:
        """Get kernels ready; yield the name and number type of each, whether it was at hand, and how long it took."""
        for name, kernel in kernels.items():
            for dtype in dtypes or kernel.dtypes:
                start = perf_counter()
                with self._lock:
                    kept = kernel.prepare(dtype)
                    self._ready.add((name, dtype))
                yield name, dtype, kept, perf_counter() - start


def found_kernels() -> dict[str, Compiled] | None:
    """Return all kernels by name, loading numba; None where it is missing or does not fit to what else is installed."""
    try:
        from crystal_lfa.spectra.kernels.catalogue import KERNELS
    except ImportError:
        return None
    return KERNELS


account = Account()
"""That of this process."""
