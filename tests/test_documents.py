"""What README and docs show is what comes out."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
WITH_EXAMPLES = [path for path in DOCUMENTS if ">>>" in path.read_text(encoding="utf-8")]
GALLERY = sorted((ROOT / "examples" / "gallery").glob("plot_*.py"))


@pytest.mark.parametrize("document", WITH_EXAMPLES, ids=lambda path: path.name)
def test_examples_in_documents(document: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    failed, tried = doctest.testfile(str(document), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert tried > 0
    assert failed == 0


def test_there_are_examples_and_a_gallery() -> None:
    assert {"README.md", "analyse_a_network.md", "operators_on_crystals.md"} <= {p.name for p in WITH_EXAMPLES}
    assert GALLERY


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_files_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text(encoding="utf-8"))
    for target in targets:
        if not target.startswith("http"):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def _readme_block(mark: str) -> str:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    match = re.search(re.escape(mark) + r"\n```\w*\n(.*?)```", text, re.DOTALL)
    assert match is not None, f"README.md: nothing follows {mark}"
    return match[1]


def test_readme_set_up_is_one_command_each() -> None:
    for name in ("run", "test"):
        assert len(_readme_block(f"<!-- set-up: {name} -->").strip().splitlines()) == 1


def _numbers(text: str) -> list[float]:
    return [float(x) for x in re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])", text)]


def test_readme_shows_what_the_first_command_prints(tmp_path: Path) -> None:
    command = _readme_block("<!-- set-up: run -->").split("crystal-lfa cnn", maxsplit=1)[1].split()
    arguments = [str(tmp_path / "spectra.png") if part == "spectra.png" else part for part in command]
    full = [sys.executable, "-m", "crystal_lfa.cli", "cnn", *arguments]
    printed = subprocess.run(full, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    shown = _readme_block("It prints the table below and draws the picture above into `spectra.png`:\n")
    assert [line.split()[:7] for line in shown.splitlines()] == [line.split()[:7] for line in printed.splitlines()]
    # The last digit shown depends on the processor's rounding.
    assert _numbers(printed) == pytest.approx(_numbers(shown), rel=1e-3)
    assert (tmp_path / "spectra.png").stat().st_size > 10_000


# Whoever builds the documentation runs them all as well, and stops at the first error.
@pytest.mark.slow
@pytest.mark.parametrize("script", GALLERY, ids=lambda path: path.name)
def test_gallery_scripts_run(script: Path) -> None:
    environment = {**os.environ, "MPLBACKEND": "Agg"}
    subprocess.run([sys.executable, "-W", "error", str(script)], cwd=ROOT, env=environment, check=True)
