"""A page that asks nobody."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from pytest_iflow.errors import IflowError
from pytest_iflow.reporting.allure.foreign_hosts import without_foreign_hosts
from tests.browser import Browser

pytest_plugins = ["tests.browser"]

TRACKING = """
    <script async src="https://www.googletagmanager.com/gtag/js?id=G-1"></script>
    <script>
        window.dataLayer = window.dataLayer || [];
        gtag('config', 'G-1');
    </script>
"""


def page(body: str) -> str:
    """Return a page with this in its body."""
    return f"<!DOCTYPE html><html><head><title>t</title></head><body><h1>Report</h1>{body}</body></html>"


def as_data(script: str) -> str:
    """Return a script element that carries its script as Allure's does."""
    data = base64.b64encode(script.encode()).decode()
    return f'<script src="data:text/javascript;base64,{data}"></script>'


def test_tracking_is_cut_out_and_the_rest_stays() -> None:
    """Nothing of it is left."""
    cleaned = without_foreign_hosts(page(f"{TRACKING}<script>d('x')</script>"))
    assert "google" not in cleaned
    assert "dataLayer" not in cleaned
    assert "<script>d('x')</script>" in cleaned


@pytest.mark.parametrize(
    "body",
    [
        '<script src="https://tracker.example/t.js"></script>',
        '<link rel="preconnect" href="https://tracker.example">',
        "<link rel=stylesheet href=//tracker.example/font.css>",
        '<img src="http://tracker.example/pixel.gif">',
        '<iframe src="https://tracker.example/"></iframe>',
        "<script>fetch('https://tracker.example/collect')</script>",
        "<script>new WebSocket('wss://tracker.example/')</script>",
        '<script>window.x = {"to": "https:\\/\\/tracker.example\\/"}</script>',
        as_data('navigator.sendBeacon("https://TRACKER.example/")'),
    ],
)
def test_a_page_that_asks_another_host_is_refused(body: str) -> None:
    """Allure may change how it tracks; then no report goes out, and the host is named."""
    with pytest.raises(IflowError, match=r"would ask other hosts: tracker\.example; it was not kept"):
        without_foreign_hosts(page(body))


def test_a_page_without_a_head_is_refused() -> None:
    """It has no place for the policy."""
    with pytest.raises(IflowError, match="no head"):
        without_foreign_hosts("<h1>Report</h1>")


@pytest.mark.parametrize(
    "body",
    [
        '<a href="https://tenant.example/">a link asks nobody before it is clicked</a>',
        as_data('e("http://www.w3.org/2000/svg"); a({href:"https://allurereport.org"})'),
        '<script>d("data/x","aHR0cHM6Ly90ZW5hbnQuZXhhbXBsZS8=")</script>',
        '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">',
    ],
)
def test_what_only_names_a_host_is_kept(body: str) -> None:
    """Links, namespaces, and results."""
    assert body in without_foreign_hosts(page(body))


def test_the_browser_asks_nobody_whatever_an_attachment_holds(browser: Browser, tmp_path: Path) -> None:
    """A picture in what a script shows later is not asked for; without the policy it is."""
    late = "document.body.insertAdjacentHTML('beforeend', atob('%s'))"
    picture = base64.b64encode(b'<img src="https://tracker.example/pixel.gif">').decode()
    plain = page(f"<script>{late % picture}</script>")
    blocked, asked = [], []
    for name, text in (("guarded.html", without_foreign_hosts(plain)), ("plain.html", plain)):
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        with browser.open(file) as opened:
            assert "Report" in opened.text
            blocked.append(any("Content Security Policy" in error for error in opened.errors))
            asked.append(bool(opened.foreign_requests))
    assert (blocked, asked) == ([True, False], [False, True])
