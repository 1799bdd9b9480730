"""How the pages of the PDF are laid out, and in which fonts; needs reportlab."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    Flowable,
    HRFlowable,
    KeepTogether,
    LongTable,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    TableStyle,
)

from pytest_iflow.acceptance.layout import Cell, Paper, Section, Table, Tone
from pytest_iflow.results.json_format import encode

_FAMILIES = (
    ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSansMono.ttf"),
    ("arial.ttf", "arialbd.ttf", "cour.ttf"),
    ("Arial.ttf", "Arial Bold.ttf", "Courier New.ttf"),
    ("LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf", "LiberationMono-Regular.ttf"),
)
"""Regular, bold and fixed pitch, as files that reportlab looks for where systems keep fonts."""

_MARGIN = 18 * mm
_WIDTH = A4[0] - 2 * _MARGIN
_FRAME = 6
"""Points that reportlab leaves free within the margins."""

_LABEL = 38 * mm
_INK, _QUIET, _LINE = HexColor(0x1D2125), HexColor(0x5A6169), HexColor(0xD6D3CC)
_COLORS: dict[Tone, str] = {
    "plain": "#1d2125",
    "quiet": "#5a6169",
    "good": "#1e6a42",
    "warning": "#875000",
    "bad": "#b0271d",
}
_LONGEST_CELL = 1500
"""Characters: a row has to fit on one page; acceptance.html and acceptance.json have all."""


@dataclass(frozen=True, slots=True)
class Fonts:
    """Names of the three fonts, and the characters that they have, None for all of Windows-1252."""

    regular: str
    bold: str
    mono: str
    has: frozenset[int] | None = None

    def shown(self, text: str) -> str:
        """Return ``text``; a character that the fonts lack is shown by its number, ``[U+4E2D]``."""
        return "".join(char if self._has(char) else f"[U+{ord(char):04X}]" for char in text)

    def lacks(self, text: str) -> int:
        """Return how many different characters of ``text`` the fonts lack."""
        return sum(not self._has(char) for char in set(text))

    def _has(self, char: str) -> bool:
        if char in "\n\t":
            return True
        if self.has is not None:
            return ord(char) in self.has
        return char.isprintable() and char.encode("cp1252", "ignore") != b""


STANDARD = Fonts("Helvetica", "Helvetica-Bold", "Courier")
"""In every PDF reader; they have the letters of Western Europe."""


def fonts_for(text: str) -> Fonts:
    """Return the fonts that lack the fewest characters of ``text``; the standard ones if they have all."""
    if not STANDARD.lacks(text):
        return STANDARD
    installed = [fonts for family in _FAMILIES if (fonts := _installed(family))]
    return min([STANDARD, *installed], key=lambda fonts: fonts.lacks(text))


def _installed(family: tuple[str, str, str]) -> Fonts | None:
    try:
        fonts: list[TTFont] = [TTFont(name.rpartition(".")[0], name) for name in family]
    except TTFError:
        return None
    for font in fonts:
        registerFont(font)
    common = frozenset.intersection(*(frozenset(font.face.charToGlyph) for font in fonts))
    regular, bold, mono = (font.fontName for font in fonts)
    return Fonts(regular, bold, mono, common)


def build_pdf(paper: Paper, path: Path) -> None:
    """Write the paper; raises OSError."""
    pages = _Pages(fonts_for(encode(paper).decode()))
    document = SimpleDocTemplate(
        str(path),
        pagesize=A4,
        leftMargin=_MARGIN - _FRAME,
        rightMargin=_MARGIN - _FRAME,
        topMargin=18 * mm,
        bottomMargin=20 * mm,
        title=f"Acceptance record {paper.subject}, {paper.made}",
        author=paper.facts[2][1].text,
        creator=paper.program,
    )
    footer = pages.fonts.shown(f"{paper.subject} · {paper.made} · {paper.program}")
    document.build(
        list(pages.story(paper)), canvasmaker=partial(_NumberedCanvas, footer, pages.fonts.regular)
    )


class _NumberedCanvas(Canvas):
    """A canvas that draws its pages at the end, when their number is known."""

    def __init__(self, footer: str, font: str, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._footer = footer
        self._footer_font = font
        self._kept: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802, reportlab's name
        """Keep the page."""
        self._kept.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined]  # the stubs lack it; showPage itself ends in it

    def save(self) -> None:
        """Draw all pages, each with its number."""
        for number, page in enumerate(self._kept, start=1):
            self.__dict__.update(page)
            self.setFont(self._footer_font, 7.5)
            self.setFillColor(_QUIET)
            self.drawString(_MARGIN, 11 * mm, self._footer)
            self.drawRightString(A4[0] - _MARGIN, 11 * mm, f"Page {number} of {len(self._kept)}")
            super().showPage()
        super().save()


class _Pages:
    def __init__(self, fonts: Fonts) -> None:
        self.fonts = fonts
        body = ParagraphStyle(
            "body", fontName=fonts.regular, fontSize=9, leading=12.5, textColor=_INK, splitLongWords=True
        )
        self._body = body
        self._cell = ParagraphStyle("cell", body, fontSize=8, leading=10.5)
        self._quiet = ParagraphStyle("quiet", body, fontSize=8, leading=11, textColor=_QUIET)
        self._label = ParagraphStyle("label", self._quiet, leading=12.5)
        self._heading = ParagraphStyle(
            "heading",
            body,
            fontName=fonts.bold,
            fontSize=12.5,
            leading=16,
            spaceBefore=16,
            spaceAfter=3,
            keepWithNext=1,
        )
        self._title = ParagraphStyle("title", body, fontName=fonts.bold, fontSize=20, leading=25)

    def story(self, paper: Paper) -> Iterator[Flowable]:
        """Yield everything from the heading to the signature."""
        yield self._text("Acceptance record", self._quiet)
        yield self._text(paper.subject, self._title)
        yield Spacer(0, 4 * mm)
        yield self._decision(paper)
        for section in paper.sections:
            yield from self._section(section)
        yield KeepTogether(list(self._signature(paper)))

    def _decision(self, paper: Paper) -> Flowable:
        words = ParagraphStyle(
            "words", self._title, fontSize=15, leading=20, textColor=HexColor(_COLORS[paper.tone])
        )
        inside: list[Flowable] = [self._text(paper.decision, words), self._text(paper.sentence, self._body)]
        if paper.comment:
            inside.append(self._text(paper.comment, self._body))
        inside.append(self._facts(paper.facts, _WIDTH - 10 * mm))
        rows = [[each] for each in inside]
        style: list[tuple[Any, ...]] = [
            ("BOX", (0, 0), (-1, -1), 0.5, _LINE),
            ("LINEBEFORE", (0, 0), (0, -1), 4, HexColor(_COLORS[paper.tone])),
            ("LEFTPADDING", (0, 0), (-1, -1), 5 * mm),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("TOPPADDING", (0, 0), (-1, 0), 3 * mm),
            ("BOTTOMPADDING", (0, -1), (-1, -1), 3 * mm),
        ]
        return LongTable(rows, colWidths=[_WIDTH], style=TableStyle(style))

    def _section(self, section: Section) -> Iterator[Flowable]:
        yield from self._heading_with_line(section.title)
        for sentence in section.sentences:
            yield self._text(sentence, self._body)
        if section.facts:
            yield self._facts(section.facts, _WIDTH)
        for table in section.tables:
            yield Spacer(0, 2 * mm)
            yield self._table(table)

    def _heading_with_line(self, title: str) -> Iterator[Flowable]:
        yield self._text(title, self._heading)
        line = HRFlowable(width="100%", thickness=0.6, color=_INK, spaceBefore=0, spaceAfter=4)
        line.keepWithNext = 1
        yield line

    def _facts(self, facts: tuple[tuple[str, Cell], ...], width: float) -> Flowable:
        rows = [[self._text(label, self._label), self._paragraph(cell, self._body)] for label, cell in facts]
        return LongTable(rows, colWidths=[_LABEL, width - _LABEL], style=TableStyle(_plain_cells(1)))

    def _table(self, table: Table) -> Flowable:
        head = [self._text(title, self._quiet) for title, _ in table.columns]
        rows = [[self._paragraph(cell, self._cell) for cell in row] for row in table.rows]
        style = [
            *_plain_cells(2.5),
            ("RIGHTPADDING", (0, 0), (-1, -1), 6),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE),
        ]
        widths = [_WIDTH * share / 100 for _, share in table.columns]
        return LongTable([head, *rows], colWidths=widths, repeatRows=1, style=TableStyle(style))

    def _signature(self, paper: Paper) -> Iterator[Flowable]:
        yield from self._heading_with_line("Signature")
        yield self._facts(paper.signature, _WIDTH)
        yield Spacer(0, 20 * mm)
        place, gap = 62 * mm, 12 * mm
        lines = [[self._text("Place, date", self._quiet), "", self._text("Signature", self._quiet)]]
        style = [
            *_plain_cells(2),
            ("LINEABOVE", (0, 0), (0, 0), 0.6, _INK),
            ("LINEABOVE", (2, 0), (2, 0), 0.6, _INK),
        ]
        yield LongTable(lines, colWidths=[place, gap, _WIDTH - place - gap], style=TableStyle(style))
        yield Spacer(0, 4 * mm)
        for sentence in paper.verification:
            yield self._text(sentence, self._quiet)

    def _text(self, text: str, style: ParagraphStyle) -> Paragraph:
        return Paragraph(self._markup(text), style)

    def _paragraph(self, cell: Cell, style: ParagraphStyle) -> Paragraph:
        face = self.fonts.mono if cell.code else self.fonts.regular
        size = style.fontSize - (1.2 if cell.code else 0)
        shown = (
            f'<font face="{face}" size="{size}" color="{_COLORS[cell.tone]}">{self._markup(cell.text)}</font>'
        )
        if cell.detail:
            shown += f'<br/><font size="7" color="{_COLORS["quiet"]}">{self._markup(cell.detail)}</font>'
        return Paragraph(shown, style)

    def _markup(self, text: str) -> str:
        if len(text) > _LONGEST_CELL:
            text = text[:_LONGEST_CELL] + " … (all of it stands in acceptance.html)"
        return escape(self.fonts.shown(text)).replace("\n", "<br/>")


def _plain_cells(padding: float) -> list[tuple[Any, ...]]:
    """Return the style of cells that begin at the top of their row, without space at the sides."""
    return [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), padding),
        ("BOTTOMPADDING", (0, 0), (-1, -1), padding),
    ]
