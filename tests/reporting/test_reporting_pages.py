"""The look of the pages, and how they write times."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from importlib.resources import files

import pytest

from pytest_iflow.reporting.pages import duration, moment, plural

CSS = files("pytest_iflow.reporting.pages").joinpath("page.css").read_text(encoding="utf-8")
READABLE = 4.5  # WCAG 2.2, 1.4.3: contrast of text, level AA


def colours(scheme: str) -> dict[str, str]:
    """Return the named colours of the scheme: light stands first in the CSS, dark overrides it."""
    light, dark = (dict(re.findall(r"--([\w-]+): (#\w{6})", block)) for block in CSS.split(":root {")[1:3])
    return light if scheme == "light" else light | dark


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour, by the formula of WCAG 2.2."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "papers"),
    [
        ("ink", ("paper", "surface", "failed-tint", "broken-tint")),
        ("quiet", ("paper", "surface", "failed-tint", "broken-tint")),
        ("link", ("paper", "surface")),
        ("passed", ("paper", "surface")),
        ("failed", ("paper", "surface", "failed-tint")),
        ("broken", ("paper", "surface", "broken-tint")),
        ("skipped", ("paper", "surface")),
    ],
)
def test_text_stands_out_from_its_ground(scheme: str, ink: str, papers: tuple[str, ...]) -> None:
    """Every pair of text and ground that the pages use has the contrast of level AA."""
    named = colours(scheme)
    for paper in papers:
        dark, light = sorted((luminance(named[ink]), luminance(named[paper])))
        assert (light + 0.05) / (dark + 0.05) >= READABLE, f"{ink} on {paper}"


def test_the_look_asks_nothing_of_any_host() -> None:
    """No font, picture or style sheet is loaded."""
    assert not re.findall(r"url\(|@import|@font-face|//", CSS)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.00 s"),
        (9.876, "9.88 s"),
        (59.994, "59.99 s"),
        (59.996, "1 min 00 s"),
        (252.4, "4 min 12 s"),
        (3599.6, "1 h 00 min"),
        (3840, "1 h 04 min"),
    ],
)
def test_a_time_span_is_written_as_people_read_it(seconds: float, text: str) -> None:
    """Units grow with the span, and rounding never gives 60 of the smaller one."""
    assert duration(seconds) == text


def test_a_moment_is_written_to_the_minute() -> None:
    """Date and time are in the order of ISO 8601 and name their zone."""
    assert moment(datetime(2026, 11, 3, 4, 2, 59, tzinfo=UTC)) == "2026-11-03 04:02 UTC"


@pytest.mark.parametrize(("count", "text"), [(0, "0 files"), (1, "1 file"), (1200, "1,200 files")])
def test_a_count_has_its_noun(count: int, text: str) -> None:
    """One is singular; thousands are grouped."""
    assert plural(count, "file") == text
