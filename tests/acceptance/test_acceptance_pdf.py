"""The record as PDF."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdf
import pytest

from pytest_iflow.acceptance.layout import Cell, Paper, Section, Table
from pytest_iflow.acceptance.paper import write_pdf
from pytest_iflow.acceptance.pdf_pages import STANDARD, fonts_for

WORDS = "Donaudampfschifffahrtsgesellschaft" * 20
PAPER = Paper(
    subject="trial / größe",
    made="2026-11-03 05:42:07 UTC",
    program="pytest-iflow 0.1.0",
    decision="Accepted with deviations",
    tone="warning",
    sentence="1 of 2 scenarios passed.",
    comment="Nur für <Release 1> & Co.\nZweite Zeile.",
    facts=(
        ("Tenant", Cell("trial")),
        ("Environment", Cell("größe")),
        ("Decided by", Cell("Jürgen Groß", "QA lead")),
        ("Decided on", Cell("2026-11-03")),
    ),
    sections=(
        Section("Scope", ("The whole suite.",), (("Suite", Cell("all")),)),
        Section(
            "Evidence",
            tables=(
                Table(
                    (("File", 30), ("What", 70)),
                    tuple(
                        (Cell(f"file-{number}", code=True), Cell("text", "more", "bad"))
                        for number in range(90)
                    ),
                ),
            ),
        ),
        Section("Long", tables=(Table((("Words", 100),), ((Cell(WORDS),), (Cell("wort " * 3000),))),)),
    ),
    signature=(("Name", Cell("Jürgen Groß")), ("Key (SHA-256)", Cell("9c13 a183", code=True))),
    verification=("This record is signed.",),
)


def read(paper: Paper, folder: Path) -> list[str]:
    """Return the text of each page, as another program reads it."""
    path = folder / "acceptance.pdf"
    assert write_pdf(paper, path)
    return [page.extract_text() for page in pypdf.PdfReader(path).pages]


def test_the_pages_say_what_the_record_says(tmp_path: Path) -> None:
    """With umlauts, long words and long tables; the head of a table stands on each page."""
    pages = read(PAPER, tmp_path)
    text = "\n".join(pages)
    assert "Jürgen Groß" in pages[0]
    assert "Nur für <Release 1> & Co." in text
    assert all(f"file-{number}" in text for number in range(90))
    assert text.count("File\nWhat") > 1
    assert "Place, date" in pages[-1]
    assert "all of it stands in acceptance.html" in text
    assert "".join(text.split()).count(WORDS[:60])
    for number, page in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in page


def test_the_file_names_its_subject(tmp_path: Path) -> None:
    """For archives that read titles."""
    read(PAPER, tmp_path)
    information = pypdf.PdfReader(tmp_path / "acceptance.pdf").metadata
    assert information is not None
    assert information.title == "Acceptance record trial / größe, 2026-11-03 05:42:07 UTC"
    assert information.author == "Jürgen Groß"


def test_letters_of_the_world_are_shown_or_named(tmp_path: Path) -> None:
    """A font of the machine that has them, else their numbers: nothing is lost in silence."""
    strange = replace(PAPER, comment="Łódź №7 \U0010fffd")
    text = "\n".join(read(strange, tmp_path))
    fonts = fonts_for("Łódź №7 \U0010fffd")
    assert fonts.shown("Łódź №7 \U0010fffd") in text
    assert "[U+10FFFD]" in text


def test_the_fonts_of_every_reader_are_taken_where_they_do() -> None:
    """And lack what is not of Western Europe, and what cannot be printed."""
    assert fonts_for("Größe: 7 €\n") is STANDARD
    assert STANDARD.lacks("Łódź\x00") == 3
    assert STANDARD.shown("Ł\x00") == "[U+0141][U+0000]"


def test_without_the_extra_there_is_no_pdf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no error."""
    find = importlib.util.find_spec

    def find_no_reportlab(name: str, package: str | None = None) -> Any:
        return None if name == "reportlab" else find(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", find_no_reportlab)
    assert not write_pdf(PAPER, tmp_path / "acceptance.pdf")
    assert list(tmp_path.iterdir()) == []
