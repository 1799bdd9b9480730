"""Fonts of the PDF: those of every PDF reader, or one of the machine that has all letters of a text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reportlab.pdfbase.ttfonts import TTFont

_FAMILIES = (
    ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSansMono.ttf"),
    ("arial.ttf", "arialbd.ttf", "cour.ttf"),
    ("Arial.ttf", "Arial Bold.ttf", "Courier New.ttf"),
    ("LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf", "LiberationMono-Regular.ttf"),
)
"""Regular, bold and fixed pitch, as files that reportlab looks for where systems keep fonts."""


@dataclass(frozen=True, slots=True)
class Fonts:
    """Names of the three fonts, and the characters that they have, None for all of Windows-1252."""

    regular: str
    bold: str
    mono: str
    has: frozenset[int] | None = None

    def shown(self, text: str) -> str:
        """Return ``text`` with what the fonts lack as the character's number, ``[U+4E2D]``."""
        return "".join(char if self._has(char) else f"[U+{ord(char):04X}]" for char in text)

    def lacks(self, text: str) -> int:
        """Return how many different characters of ``text`` the fonts have not."""
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
    """Return the fonts that lack least of ``text``, the standard ones where they lack nothing."""
    if not STANDARD.lacks(text):
        return STANDARD
    installed = [fonts for family in _FAMILIES if (fonts := _installed(family))]
    return min([STANDARD, *installed], key=lambda fonts: fonts.lacks(text))


def _installed(family: tuple[str, str, str]) -> Fonts | None:
    from reportlab.pdfbase.pdfmetrics import registerFont
    from reportlab.pdfbase.ttfonts import TTFError, TTFont

    try:
        fonts: list[TTFont] = [TTFont(name.rpartition(".")[0], name) for name in family]
    except TTFError:
        return None
    for font in fonts:
        registerFont(font)
    common = frozenset.intersection(*(frozenset(font.face.charToGlyph) for font in fonts))
    regular, bold, mono = (font.fontName for font in fonts)
    return Fonts(regular, bold, mono, common)
