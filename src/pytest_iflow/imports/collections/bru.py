"""The language of Bruno's files (docs.usebruno.com, "Bru Language"): blocks with lines of pairs or with text.

A block begins in the first column with its name and a brace, and ends with a brace in the first column. Its
text stands two blanks to the right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

_BEGIN = re.compile(r"([a-z][\w:-]*)\s*([{\[])\s*$")
_TEXTS = ("body", "script", "tests", "docs")
_PAIRS = frozenset({"body:form-urlencoded", "body:multipart-form", "body:file"})
_LONG = "'''"


class Pair(msgspec.Struct, frozen=True):
    """A line of a block; one with ``~`` before it is switched off."""

    name: str
    value: str
    is_off: bool = False


class Block(msgspec.Struct, frozen=True):
    """A block by its name, such as ``meta`` or ``body:json``; with pairs, or with a text."""

    name: str
    pairs: tuple[Pair, ...] = ()
    text: str = ""

    def value(self, name: str) -> str:
        """Return the value of a pair; empty where there is none."""
        return next((pair.value for pair in self.pairs if pair.name == name and not pair.is_off), "")


def blocks_of(text: str) -> dict[str, Block]:
    """Return the blocks of a file by their names; what stands outside of blocks is passed over."""
    found: dict[str, Block] = {}
    lines = iter(text.replace("\r\n", "\n").split("\n"))
    for line in lines:
        begins = _BEGIN.match(line)
        if not begins:
            continue
        end = "}" if begins[2] == "{" else "]"
        inner = list(_until(lines, end))
        name = begins[1]
        if end == "]":
            pairs = tuple(_named(each) for each in inner if each.strip(" ,"))
            found[name] = Block(name, pairs)
        elif name.partition(":")[0] in _TEXTS and name not in _PAIRS:
            found[name] = Block(name, text="\n".join(each.removeprefix("  ") for each in inner))
        else:
            found[name] = Block(name, tuple(_pairs(inner)))
    return found


def _until(lines: Iterator[str], end: str) -> Iterator[str]:
    for line in lines:
        if line.rstrip() == end:
            return
        yield line


def _named(line: str) -> Pair:
    name = line.strip(" ,\t")
    return Pair(name.lstrip("~"), "", is_off=name.startswith("~"))


def _pairs(lines: list[str]) -> Iterator[Pair]:
    """Yield the pairs of a block; a value in three quotes has several lines."""
    left = iter(lines)
    for line in left:
        name, colon, value = line.strip().partition(":")
        if name.startswith(('"', "'")):  # a name with a colon in it
            quoted, _, value = line.strip()[1:].partition(name[0] + ":")
            name = quoted
        if not colon or not name:
            continue
        value = value.strip()
        if value.startswith(_LONG):
            value = "\n".join(each.removeprefix("    ") for each in _long(left, value.removeprefix(_LONG)))
        yield Pair(name.lstrip("~").strip(), value, is_off=name.startswith("~"))


def _long(lines: Iterator[str], first: str) -> Iterator[str]:
    if first.strip():
        yield first
    for line in lines:
        if line.strip() == _LONG:
            return
        yield line
