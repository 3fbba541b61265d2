"""The command line, run as users run it."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

_SECONDS = 120
"""That a command may take."""

_IMPORTED = [
    "array_api_compat.numpy",
    "crystal_lfa.cli.cnn",
    "crystal_lfa.cli.kernels",
    "crystal_lfa.cli.lattice",
    "crystal_lfa.cli.multigrid",
    "crystal_lfa.cnn.command",
    "crystal_lfa.multigrid.command",
    "crystal_lfa.operators.symbolic",
    "crystal_lfa.spectra.kernels.catalogue",
    "matplotlib.backends.backend_agg",
    "matplotlib.pyplot",
    "mpl_toolkits.mplot3d",
    "numba.core.typing",
    "numba.np.arrayobj",
    "numba.typed.typeddict",
    "rich.progress",
    "rich.table",
    "safetensors.numpy",
    "scipy.optimize",
    "scipy.sparse.linalg",
    "scipy.spatial",
    "sympy",
    "torch",
]
"""What commands import on the way, and takes long."""

BLOCKED = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Blocker())
from crystal_lfa.cli import main
sys.exit(main(sys.argv[1:]))
"""


def command(*arguments: str, without: Sequence[str] = ()) -> list[str]:
    if without:
        return [sys.executable, "-c", BLOCKED.format(blocked=list(without)), *arguments]
    return [sys.executable, "-m", "crystal_lfa.cli", *arguments]


def run(*arguments: str, folder: Path, without: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, in a process of its own.

    Where the system can, the process is forked from one that has imported what takes long to import.
    """
    if without or "forkserver" not in multiprocessing.get_all_start_methods():
        return run_cold(*arguments, folder=folder, without=without)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_IMPORTED)
    with TemporaryDirectory() as streams:
        output, error = (Path(streams, name) for name in ("output", "error"))
        process = context.Process(target=_run_warm, args=(arguments, folder, dict(os.environ), output, error))
        process.start()
        process.join(_SECONDS)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired(arguments, _SECONDS)
        return subprocess.CompletedProcess(arguments, process.exitcode, output.read_text(), error.read_text())


def run_cold(*arguments: str, folder: Path, without: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, in a process that imports everything anew."""
    return subprocess.run(
        command(*arguments, without=without), cwd=folder, capture_output=True, text=True, check=False, timeout=_SECONDS
    )


def _run_warm(arguments: Sequence[str], folder: Path, environment: dict[str, str], output: Path, error: Path) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for number, path in ((1, output), (2, error)):
        with path.open("wb") as stream:
            os.dup2(stream.fileno(), number)
    from crystal_lfa.cli import main

    sys.exit(main(arguments))


def alike(one: object, other: object) -> bool:
    """Tell whether two values from JSON are the same but for the rounding of numbers: a short job is LAPACK's."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return one == pytest.approx(other, rel=1e-11)
    return one == other
