"""Kernels compiled once for all processes that run tests: each compiles what no other has begun, and loads the rest."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from crystal_lfa.spectra.kernels.choice import found_kernels
from crystal_lfa.spectra.kernels.report import prepared

_LONGEST_WAIT = 300
"""Seconds; then another process has failed, and this one compiles all."""


def shared_folder(factory: pytest.TempPathFactory, config: pytest.Config) -> Path:
    """Return a folder that all processes of this run know, and no other run."""
    own = factory.getbasetemp()
    # Not by pytest-xdist's variables: tests that start pytest hand them on.
    return own.parent if hasattr(config, "workerinput") else own


def get_kernels(folder: Path, dtype: str) -> None:
    """Get the kernels of a number type ready; files in a folder say which have been begun."""
    kernels = found_kernels() or {}
    # Vectors take longest.
    for name in sorted(kernels, key=lambda name: name != "factors"):
        try:
            (folder / f"{name}-{dtype}").touch(exist_ok=False)
        except FileExistsError:
            continue
        kernels[name].prepare(dtype)
    end = time.monotonic() + _LONGEST_WAIT
    for kernel in kernels.values():
        while kernel.folder is not None and not kernel.is_at_hand(dtype) and time.monotonic() < end:
            time.sleep(0.5)
    list(prepared((dtype,)))
