"""The house's own rules: style, types, import order, what an import costs."""

from __future__ import annotations

import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import crystal_lfa as lfa

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "crystal_lfa"
MODULES = sorted(module.name for module in pkgutil.walk_packages([str(PACKAGE)], "crystal_lfa."))


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False)


def test_style() -> None:
    result = _run("-m", "ruff", "check", ".")
    assert result.returncode == 0, result.stdout


def test_types() -> None:
    result = _run("-m", "mypy")
    assert result.returncode == 0, result.stdout


def test_imports_go_one_way() -> None:
    result = _run("-c", "from importlinter.cli import lint_imports_command as main; main(['--no-cache'])")
    assert result.returncode == 0, result.stdout
    assert "1 kept, 0 broken" in result.stdout


@pytest.mark.parametrize("name", MODULES)
def test_a_module_says_what_it_is_for_and_what_it_offers(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__
    if not name.endswith("__main__"):
        for public in getattr(module, "__all__", ()):
            assert hasattr(module, public)


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.name)
def test_modules_stay_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 350


def test_public_names() -> None:
    assert dir(lfa) == sorted(lfa.__all__)
    for name in lfa.__all__:
        assert getattr(lfa, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        lfa.nothing  # noqa: B018 - the access is the test


def test_an_import_stays_light() -> None:
    heavy = "sympy scipy matplotlib torch rich networkx safetensors"
    code = f"import sys, crystal_lfa; print([name for name in {heavy.split()!r} if name in sys.modules])"
    assert _run("-c", code).stdout.strip() == "[]"


def test_only_one_module_knows_sympys_normal_forms() -> None:
    users = {p.name for p in PACKAGE.rglob("*.py") if re.search(r"^\s*from sympy", p.read_text("utf-8"), re.MULTILINE)}
    assert users == {"normal_forms.py"}
