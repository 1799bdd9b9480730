"""Differences of two messages in two columns: what is expected, and what was found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import NamedTuple

from msgspec import Struct

from pytest_iflow.checks.quoting import LISTED_ENTRIES
from pytest_iflow.errors import CheckError
from pytest_iflow.secrets.registry import mask

USUAL_WIDTH = 100
"""Characters of a line where nobody knows how wide it may be: in Allure, on the summary page."""

NARROWEST = 60
"""Characters of a line from which on two columns can be read."""

ALIKE = 0.6
"""How much of two texts is the same where a reader has to look for what differs: that is marked."""

LONGEST_MARKED = 4_000
"""Characters of both sides together up to which a page marks what differs: it takes the square of them."""

_BESIDE = " | "
_INDENT = "    "


NO_VALUE = "nothing"
"""Stands for a side that has no value."""


class Row(NamedTuple):
    """One difference: its place, and both sides in words of one line."""

    place: str
    expected: str
    found: str

    def __str__(self) -> str:
        wanted = "not expected" if self.expected == NO_VALUE else f"expected {self.expected}"
        return f"{self.place}: {wanted}, found {self.found}"


class DifferenceError(CheckError):
    """A message is not the one that is expected; ``rows`` are the first of its ``total`` differences."""

    def __init__(self, head: str, rows: Sequence[Row], total: int, *, where: str, remedy: str) -> None:
        # Before the texts are broken over lines, where a part of a secret would not be recognised.
        self.rows: Sequence[Row] = [Row(*map(mask, each)) for each in rows[:LISTED_ENTRIES]]
        self.head = head
        self.more = total - len(self.rows)
        super().__init__(self._laid_out(USUAL_WIDTH), where=where, remedy=remedy)

    def text(self, width: int | None = None) -> str:
        """Return all of it, in lines of at most ``width`` characters where both columns need no more."""
        return self._text(self.what if width is None else self._laid_out(width))

    def _laid_out(self, width: int) -> str:
        more = [f"  and {self.more} more"] if self.more else []
        return "\n".join([f"{self.head}:", *side_by_side(self.rows, width), *more])


def side_by_side(rows: Sequence[Row], width: int) -> Iterator[str]:
    """Yield lines: the place of each difference, below it both sides, and marks where they differ.

    Both sides stand below each other where ``width`` is too small for two columns.
    """
    if width < NARROWEST:
        for row in rows:
            yield f"  {row.place}"
            yield f"{_INDENT}expected  {row.expected}"
            yield f"{_INDENT}found     {row.found}"
        return
    column = (width - len(_INDENT) - len(_BESIDE)) // 2
    yield _line("expected", "found", column)
    for row in rows:
        yield f"  {row.place}"
        for expected, found in _pieces(row, column):
            yield _line(expected.text, found.text, column)
            if expected.marks or found.marks:
                yield _line(expected.marks, found.marks, column, beside="   ")


class _Piece(Struct, frozen=True):
    """A part of a side that fits a column, and the marks below it."""

    text: str = ""
    marks: str = ""


Marked = list[tuple[str, bool]]
"""A text in parts, each with whether it differs from the other side."""


def marked_sides(expected: str, found: str) -> tuple[Marked, Marked]:
    """Return both sides of a difference in parts; in texts that have little in common nothing is marked."""
    changes = _changes(expected, found) if len(expected) + len(found) <= LONGEST_MARKED else []
    return (
        _in_parts(expected, [(first, last) for first, last, _, _ in changes]),
        _in_parts(found, [(first, last) for _, _, first, last in changes]),
    )


def _in_parts(text: str, marked: list[tuple[int, int]]) -> Marked:
    parts, end = [], 0
    for first, last in marked:
        parts += [(text[end:first], False), (text[first:last], True)]
        end = last
    return [part for part in [*parts, (text[end:], False)] if part[0]]


def _changes(expected: str, found: str) -> list[list[int]]:
    """Return where two texts differ: first and last place in the one, and in the other."""
    matcher = SequenceMatcher(None, expected, found, autojunk=False)
    if matcher.ratio() < ALIKE:
        return []
    return [places for kind, *places in matcher.get_opcodes() if kind != "equal"]


def _pieces(row: Row, column: int) -> Iterator[tuple[_Piece, _Piece]]:
    changes = _changes(row.expected, row.found)
    places = {place for first, last, _, _ in changes for place in range(first, last)}
    found_places = {place for _, _, first, last in changes for place in range(first, last)}
    return zip_longest(
        _broken(row.expected, column, places), _broken(row.found, column, found_places), fillvalue=_Piece()
    )


def _broken(text: str, column: int, marked: set[int]) -> Iterator[_Piece]:
    from rich.cells import cell_len, chop_cells

    position = 0
    for piece in chop_cells(text, column) or [""]:
        marks = "".join(
            ("^" if index in marked else " ") * cell_len(character)
            for index, character in enumerate(piece, start=position)
        )
        yield _Piece(piece, marks.rstrip())
        position += len(piece)


def _line(left: str, right: str, column: int, beside: str = _BESIDE) -> str:
    from rich.cells import cell_len

    return f"{_INDENT}{left}{' ' * (column - cell_len(left))}{beside}{right}".rstrip()
