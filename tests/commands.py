"""The command line, run as users run it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

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
