"""A feature that is generated again: what nobody edited is replaced, what people wrote stays.

A feature file is taken apart into its head and its scenarios, each with the comments and tags above it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import unified_diff
from typing import Any

import msgspec
from gherkin.errors import CompositeParserException, ParserError
from gherkin.parser import Parser

from pytest_iflow.drafts.generated import FeatureMarks, Mark, sha256_of

_COMMENT = re.compile(r"\s*#")


class Change(msgspec.Struct, frozen=True):
    """What became of a file or of a scenario of it; ``difference`` is between people's text and the new one.

    ``what`` is ``added``, ``replaced``, ``unchanged``, ``edited`` (it stays), ``removed`` (it stays so) or
    ``vanished`` (from the source; it stays).
    """

    what: str
    path: str
    scenario: str = ""
    difference: str = ""


class FeatureBlocks(msgspec.Struct, frozen=True):
    """A feature file in parts: the head, and the blocks below it with the names of scenarios.

    A block without a name is a background or a rule. ``language`` and layout are people's own.
    """

    head: str
    blocks: tuple[tuple[str, str], ...]


class MergedFeature(msgspec.Struct, frozen=True):
    """The new text of a feature file, its marks, and what changed."""

    text: str
    marks: FeatureMarks
    changes: tuple[Change, ...]


def blocks_of(text: str) -> FeatureBlocks | None:
    """Take a feature file apart; None where it cannot be read."""
    try:
        document: Any = Parser().parse(text)
    except (CompositeParserException, ParserError, RecursionError):
        return None
    if "feature" not in document:
        return None
    lines = text.split("\n")
    starts = [(_start(part, lines), part.get("name", "")) for part in _parts(document["feature"]["children"])]
    ends = [start for start, _ in starts[1:]] + [len(lines)]
    blocks = tuple(
        (name, "\n".join(lines[start:end])) for (start, name), end in zip(starts, ends, strict=True)
    )
    return FeatureBlocks("\n".join(lines[: starts[0][0]] if starts else lines), blocks)


def merged_feature(
    path: str, head: str, scenarios: Mapping[str, str], there: str, marks: FeatureMarks, source: str
) -> MergedFeature:
    """Merge a generated feature, given as head and scenarios, into the text that is there.

    ``marks`` are those of the last time. A file that cannot be read stays as it is.
    """
    read = blocks_of(there)
    if read is None:
        difference = _difference(there, "\n".join((head, *scenarios.values())))
        return MergedFeature(there, marks, (Change("edited", path, difference=difference),))
    merge = _Merge(path, source, marks)
    new_head = merge.one("", read.head, head, marks.head) if head else read.head
    standing = {name for name, _ in read.blocks}
    parts = [new_head]
    for name, text in read.blocks:
        mark = marks.scenarios.get(name)
        parts.append(merge.one(name, text, scenarios[name], mark) if name in scenarios else text)
        if name not in scenarios and mark is not None and mark.source == source:
            merge.changes.append(Change("vanished", path, name))
    for name, text in scenarios.items():
        if name in standing:
            continue
        if name in marks.scenarios:
            merge.changes.append(Change("removed", path, name))
            continue
        merge.changes.append(Change("added", path, name))
        merge.marks[name] = Mark(source, sha256_of(text))
        parts.append(text)
    whole = "\n\n".join(part.strip("\n") for part in parts) + "\n"
    changed = any(change.what in {"added", "replaced"} for change in merge.changes)
    new_marks = FeatureMarks(merge.marks.pop("", marks.head), merge.marks)
    return MergedFeature(whole if changed else there, new_marks, tuple(merge.changes))


class _Merge:
    """The changes and marks of one feature file while it is merged."""

    def __init__(self, path: str, source: str, marks: FeatureMarks) -> None:
        self._path = path
        self._source = source
        self.marks = dict(marks.scenarios)
        self.changes: list[Change] = []

    def one(self, name: str, there: str, generated: str, mark: Mark | None) -> str:
        """Return the text that stands for a scenario or the head from now on, and note what changed."""
        new, now = sha256_of(generated), sha256_of(there)
        if new == now:
            self.marks[name] = Mark(self._source, new)
            if name:
                self.changes.append(Change("unchanged", self._path, name))
            return there
        if mark is not None and mark.sha256 == now and mark.source == self._source:
            self.marks[name] = Mark(self._source, new)
            self.changes.append(Change("replaced", self._path, name))
            return generated
        is_news = mark is None or mark.sha256 != new
        difference = _difference(there, generated) if is_news else ""
        self.changes.append(Change("edited", self._path, name, difference))
        if mark is not None and mark.source == self._source:
            self.marks[name] = Mark(self._source, new)
        return there


def _parts(children: list[Any]) -> Iterator[Any]:
    """Yield backgrounds, rules and scenarios in their order, those within rules as well."""
    for child in children:
        if rule := child.get("rule"):
            yield {"location": rule["location"], "tags": rule.get("tags", ())}
            yield from _parts(rule["children"])
        elif background := child.get("background"):
            yield {"location": background["location"], "tags": ()}
        else:
            yield child["scenario"]


def _start(part: Any, lines: list[str]) -> int:
    """Return the number, from 0, of the first line of a part: its comments and tags are above it."""
    first = min([part["location"]["line"], *(tag["location"]["line"] for tag in part["tags"])]) - 1
    while first > 0 and _COMMENT.match(lines[first - 1]):
        first -= 1
    return int(first)


def _difference(there: str, generated: str) -> str:
    """Return what differs, in lines as a diff has them: ``-`` is what is there, ``+`` what was generated."""
    old, new = there.strip("\n").split("\n"), generated.strip("\n").split("\n")
    return "\n".join(list(unified_diff(old, new, lineterm="", n=1))[2:])


def difference_of(there: bytes, generated: bytes) -> str:
    """Return what differs in two files; bytes that are no text are told in one sentence."""
    try:
        return _difference(there.decode(), generated.decode())
    except UnicodeDecodeError:
        return f"{len(there):,} bytes are there, {len(generated):,} were generated"
