"""What figures depend on: the machine and what is installed; and how much memory this process takes."""

from __future__ import annotations

import ctypes
import importlib.metadata
import os
import platform
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_info

_TRIM_THRESHOLD, _MMAP_MAX = -1, -4
"""Options of glibc's mallopt: how much that is free at the top goes back; how many arrays are mapped by themselves."""

LIBRARIES = ("numpy", "scipy", "numba", "torch")


def machine() -> dict[str, Any]:
    """Return the processor, its cores, and versions; None for what is not installed."""
    return {
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "python": platform.python_version(),
        **{name: _version(name) for name in LIBRARIES},
        "blas": sorted({_described(pool) for pool in threadpool_info() if pool["user_api"] == "blas"}),
    }


def processor() -> str:
    """Return the processor's name."""
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def load() -> float | None:
    """Return the mean number of running processes of the last minute, where the system knows it."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def peak_bytes() -> int:
    """Return the peak resident memory of this process since it started, or since `forget_peak`."""
    status = Path("/proc/self/status")
    if status.exists():
        # Not ru_maxrss, which a process inherits from the one that started it.
        for line in status.read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) * 1024
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def keep_memory() -> None:
    """Let what this process frees stay with it for what it allocates next, where the allocator is that of glibc."""
    if platform.libc_ver()[0] == "glibc":
        allocator = ctypes.CDLL(None)
        allocator.mallopt(_MMAP_MAX, 0)
        allocator.mallopt(_TRIM_THRESHOLD, -1)


def forget_peak() -> None:
    """Let the peak start again at what is resident now, where the system can do that.

    Else what a compiler took before would hide what follows.
    """
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _described(pool: dict[str, Any]) -> str:
    return f"{pool['internal_api']} {pool['version']}, {pool['num_threads']} threads"
