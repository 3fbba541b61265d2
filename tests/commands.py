"""The command line, run as users run it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

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
    return subprocess.run(
        command(*arguments, without=without), cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )


def alike(one: object, other: object) -> bool:
    """Tell whether two values from JSON are the same but for the rounding of numbers: a short job is LAPACK's."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return one == pytest.approx(other, rel=1e-11)
    return one == other
