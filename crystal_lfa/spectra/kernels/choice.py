"""Whether a job goes to the kernels or to LAPACK: by its size, and by what getting ready would cost.

Loading numba takes about a second and compiling some more; what is compiled is kept on disk. So a process turns to the
kernels when its work has grown to where that pays: this is the one thing that it remembers. The values agree to
rounding either way.
"""

from __future__ import annotations

from importlib.util import find_spec
from threading import Lock

__all__ = ["Account", "account", "lapack_seconds"]

LOADED_AFTER = 0.2
"""Seconds of work after which a process loads kernels that are on disk."""

COMPILED_AFTER = 8.0
"""Seconds of work after which a process compiles them: about what that takes."""

LARGEST = 512
"""Of larger matrices those in all lanes together do not stay in the cache, and LAPACK is as fast."""


def lapack_seconds(m: int, n: int) -> float:
    """Return about how long LAPACK takes for the singular values of one complex matrix."""
    return 1.2e-6 * min(m, n) + 2.1e-9 * m * n * min(m, n)


class Account:
    """What a process has worked so far, in seconds that LAPACK would take."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._seconds = 0.0
        self._ready: set[tuple[str, str]] = set()

    def chooses_kernel(self, kernel: str, dtype: str, seconds: float) -> bool:
        """Return whether a job of so many seconds, now to be done, goes to a kernel; get it ready if so."""
        with self._lock:
            if (kernel, dtype) in self._ready:
                return True
            self._seconds += seconds
            if self._seconds < LOADED_AFTER or not is_installed():
                return False
            from crystal_lfa.spectra.kernels.catalogue import KERNELS

            if self._seconds < COMPILED_AFTER and not KERNELS[kernel].is_at_hand(dtype):
                return False
            KERNELS[kernel].prepare(dtype)
            self._ready.add((kernel, dtype))
            return True

    def prepare(self) -> None:
        """Get all kernels ready."""
        from crystal_lfa.spectra.kernels.catalogue import KERNELS

        with self._lock:
            for name, kernel in KERNELS.items():
                for dtype in kernel.dtypes:
                    kernel.prepare(dtype)
                    self._ready.add((name, dtype))


def is_installed() -> bool:
    """Return whether numba is there."""
    return find_spec("numba") is not None


account = Account()
"""That of this process."""
