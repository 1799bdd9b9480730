"""The parts of a record that people read; HTML and PDF show the same words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Tone = Literal["plain", "good", "warning", "bad", "quiet"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One field: its text, a smaller second line, and how it looks; ``code`` is set in a fixed pitch."""

    text: str
    detail: str = ""
    tone: Tone = "plain"
    code: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Columns by title with their share of the width in percent, and rows of as many cells."""

    columns: tuple[tuple[str, int], ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, sentences, facts by name, and tables; what is empty is not shown."""

    title: str
    sentences: tuple[str, ...] = ()
    facts: tuple[tuple[str, Cell], ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """The whole record: ``subject`` is tenant and environment, ``decision`` the decision in words."""

    subject: str
    made: str
    program: str
    decision: str
    tone: Tone
    sentence: str
    comment: str
    facts: tuple[tuple[str, Cell], ...]
    sections: tuple[Section, ...]
    signature: tuple[tuple[str, Cell], ...]
    verification: tuple[str, ...]
