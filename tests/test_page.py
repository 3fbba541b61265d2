"""The report as a page: complete in itself, and as a browser shows it."""

from __future__ import annotations

import html.parser
import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import crystal_lfa as lfa
from crystal_lfa.cnn import ConvLayer, Report, analyze
from crystal_lfa.drawing.svg import sorted_curve

MODEL = Path(__file__).resolve().parents[1] / "examples" / "digits"


@pytest.fixture(scope="module")
def report() -> Report:
    layers = lfa.cnn.load(MODEL / "digits.safetensors", attributes=MODEL / "digits.toml")
    lost = ConvLayer.unreadable("<script>alert('lost')</script>", "its weight & shape are lost")
    return analyze((*layers, lost))


class Elements(html.parser.HTMLParser):
    """Collects elements and their attributes, and sees that all that is opened is closed."""

    void = ("meta", "line", "polygon", "polyline")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in self.void:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_sound_and_loads_nothing(report: Report, tmp_path: Path) -> None:
    text = report.to_html(tmp_path / "report.html", title="Digits & co")
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == text
    elements = Elements()
    elements.feed(text)
    assert not elements.open
    tags = {tag for tag, _ in elements.seen}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "a"}
    assert not any(key in {"src", "href", "onload", "style"} for _, attributes in elements.seen for key in attributes)
    assert not re.search(r"https?:|url\(|@import", text)
    assert [tag for tag, _ in elements.seen].count("svg") == 6
    assert "<title>Digits &amp; co</title>" in text
    policy = next(a for tag, a in elements.seen if tag == "meta" and "http-equiv" in a)
    assert policy["content"] == "default-src 'none'; style-src 'unsafe-inline'"


def test_everything_is_said_on_it(report: Report) -> None:
    text = report.to_html()
    for layer in report:
        if layer.is_analysed:
            assert f"{layer.sigma_max:.6g}" in text
            assert f"{layer.share_above_one:.1%}" in text
    assert "&lt;script&gt;alert(&#x27;lost&#x27;)&lt;/script&gt;" in text
    assert "Not analysed: its weight &amp; shape are lost." in text
    for meaning in (*lfa.cnn.meanings.MEANINGS.values(), *lfa.cnn.meanings.PADDINGS.values()):
        assert html.escape(meaning) in text


def test_curves_of_nothing_and_of_one_number() -> None:
    assert 'points="6.0,112.0 314.0,112.0"' in sorted_curve([])
    assert sorted_curve([2.0]).count("14.0") >= 2
    many = sorted_curve(np.random.default_rng(0).random(10**5), [(2.0, "a < b")])
    assert many.count(",") < 1000
    assert "a &lt; b" in many


def chromium() -> str | None:
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)


@pytest.mark.skipif(chromium() is None and "CI" not in os.environ, reason="no Chromium on this machine")
@pytest.mark.parametrize("width", [1280, 390])
def test_a_browser_shows_it_at_desktop_and_phone_width(report: Report, width: int, tmp_path: Path) -> None:
    """Nothing is wider than the window but tables, which scroll by themselves, and nothing is empty."""
    browser = chromium()
    assert browser is not None, "CI needs Chromium"
    page, picture = tmp_path / "report.html", tmp_path / "picture.png"
    measure = (
        "<script>document.title = [document.documentElement.scrollWidth, window.innerWidth,"
        "document.querySelectorAll('.layer svg').length,"
        "Math.min(...[...document.querySelectorAll('.layer svg')].map(x => x.getBoundingClientRect().height))].join()"
        "</script>"
    )
    # The page's own policy forbids scripts; the test's one measures it.
    text = re.sub(r"<meta http-equiv[^>]*>", "", report.to_html(title="Digits"))
    page.write_text(text.replace("</body>", f"{measure}</body>"), encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--window-size={width},900"]
    shown = subprocess.run(
        [browser, *options, "--dump-dom", page.as_uri()], capture_output=True, text=True, check=True, timeout=120
    ).stdout
    title = re.search(r"<title>([\d.,]+)</title>", shown)
    assert title is not None
    content, window, pictures, height = map(float, title[1].split(","))
    assert content <= window
    assert (pictures, height > 50) == (6, True)
    subprocess.run(
        [browser, *options, f"--screenshot={picture}", page.as_uri()], capture_output=True, check=True, timeout=120
    )
    assert picture.stat().st_size > 10_000
