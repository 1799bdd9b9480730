"""Golden messages are written from answers; what rules leave out stays as it was."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

from lxml import etree
from lxml.etree import _Element

from pytest_iflow.checks.document import Document
from pytest_iflow.checks.golden_json import JsonGolden, Side, items_of, member_of, rules_of
from pytest_iflow.checks.golden_rules import Rule
from pytest_iflow.checks.golden_value import NOTHING, NOWHERE, rule_of, value_difference
from pytest_iflow.checks.golden_xml import XmlGolden
from pytest_iflow.checks.quoting import as_text, quoted
from pytest_iflow.errors import ConfigurationError
from pytest_iflow.secrets.registry import mask

_WRITABLE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'


class GoldenWriter:
    """Writes golden messages of a run; ``write`` puts bytes into a file.

    ``written`` are the files, each with what changed in it: one line for each difference.
    """

    def __init__(self, root: Path, write: Callable[[Path, bytes], None]) -> None:
        self._root = root.resolve()
        self._write = write
        self.written: dict[str, list[str]] = {}

    def place_of(self, name: str) -> Path:
        """Return where a golden message is written that is not there yet: in the folder payloads."""
        return self._root / "payloads" / name.replace("\\", "/")

    def is_written(self, path: Path) -> bool:
        """Tell whether the run has written this file already."""
        return self._name(path) in self.written

    def write(self, path: Path, data: bytes, changes: list[str]) -> str:
        """Write a file of the suite and return its name; raises ConfigurationError for any other file."""
        real = path.resolve()
        if not real.is_relative_to(self._root):
            raise ConfigurationError(
                f'"{path.name}" lies outside of the suite, and is not written',
                where=str(real),
                remedy=f"Copy the file below {self._root}, or save the answer by hand.",
            )
        text = data.decode(errors="replace")
        if mask(text) != text:
            raise ConfigurationError(
                f"The golden message {path.name} is not written: a secret stands in the answer",
                where=str(real),
                remedy="Let the flow not answer with it, or save the answer by hand, without the secret.",
            )
        try:
            if real.exists() and not real.stat().st_mode & _WRITABLE:
                raise ConfigurationError(
                    f"The golden message {path.name} is not written: the file is read-only",
                    where=str(real),
                    remedy="Check the file out, or let it be written to, and run again.",
                )
            real.parent.mkdir(parents=True, exist_ok=True)
            self._write(real, data)
        except OSError as error:
            raise ConfigurationError(f"{path.name} cannot be written: {error}", where=str(real)) from None
        name = self._name(path)
        self.written[name] = changes
        return name

    def _name(self, path: Path) -> str:
        real = path.resolve()
        return (real.relative_to(self._root) if real.is_relative_to(self._root) else real).as_posix()


def updated(golden: Document | None, found: Document, rules: tuple[Rule, ...]) -> bytes:
    """Return the golden message that an answer gives, laid out to be read; without ``golden`` it is new.

    Where rules let the answer differ, it stays as it was.
    """
    if found.kind == "json":
        value = found.value if golden is None else _JsonUpdate(rules).merged(golden, found)
        return f"{''.join(_pretty(value, ''))}\n".encode("utf-8", "backslashreplace")
    root = deepcopy(found.value)
    if golden is not None:
        _XmlUpdate(rules).merge(golden, Document("xml", root, namespaces=found.namespaces))
    _indent(root, "\n")
    return f"{_DECLARATION}\n{etree.tostring(root, encoding='unicode')}\n".encode()


def _pretty(value: Any, indent: str) -> Iterator[str]:
    deeper = f"{indent}  "
    if isinstance(value, dict) and value:
        for number, (name, member) in enumerate(value.items()):
            yield f"{',' if number else '{'}\n{deeper}{quoted(name)}: "
            yield from _pretty(member, deeper)
        yield f"\n{indent}}}"
    elif isinstance(value, list) and value:
        for number, item in enumerate(value):
            yield f"{',' if number else '['}\n{deeper}"
            yield from _pretty(item, deeper)
        yield f"\n{indent}]"
    else:
        yield quoted(value) if isinstance(value, str) else as_text(value)


def _indent(element: _Element, line: str) -> None:
    """Put each element on a line of its own, but where text stands beside elements."""
    texts = (element.text, *(child.tail for child in element))
    if not len(element) or any(text and text.strip() for text in texts):
        return
    element.text = f"{line}  "
    for child in element:
        _indent(child, f"{line}  ")
        child.tail = f"{line}  "
    element[-1].tail = line


class _JsonUpdate(JsonGolden):
    def merged(self, golden: Document, found: Document) -> Any:
        return self._merged((golden.value, self.resolve(golden)), (found.value, self.resolve(found)))

    def _merged(self, golden: Side, found: Side) -> Any:
        is_ignored = rule_of(rules_of(golden, found), "ignore") is not None
        if is_ignored or self.fits(golden, found):
            return golden[0]
        expected, actual = golden[0], found[0]
        if isinstance(expected, dict) and isinstance(actual, dict):
            names = dict.fromkeys((*expected, *actual))
            values = {name: self._merged(member_of(golden, name), member_of(found, name)) for name in names}
            return {name: value for name, value in values.items() if value is not NOTHING}
        if isinstance(expected, list) and isinstance(actual, list):
            return self._merged_items(golden, found)
        return actual

    def _merged_items(self, golden: Side, found: Side) -> list[Any]:
        ours, theirs = items_of(golden), items_of(found)
        any_order = rule_of(rules_of(golden, found), "any-order")
        partners = {other: one for one, other in self.pairs(ours, theirs, any_order) if one is not None}
        return [
            self._merged(ours[partners[index]], side) if index in partners else side[0]
            for index, side in enumerate(theirs)
        ]


class _XmlUpdate(XmlGolden):
    def merge(self, golden: Document, found: Document) -> None:
        """Put into ``found`` what stays as it was."""
        self.resolve(golden, found)
        self._merge(golden.value, found.value)

    def _merge(self, golden: _Element, found: _Element) -> None:
        rules = self.rules_of(golden, found)
        self._merge_attributes(golden, found)
        if rule_of(rules, "mask") and self.fits(golden, found):
            found.text = golden.text
            found[:] = [deepcopy(child) for child in golden]
            return
        if not len(golden) and not len(found):
            pair = golden.text or "", found.text or ""
            if rules and value_difference(NOWHERE, rules, *pair) is None:
                found.text = golden.text
            return
        ours, theirs = self.children(golden), self.children(found)
        for one, other in [*self.pairs(ours, theirs, rule_of(rules, "any-order"))]:
            if one is not None and other is not None:
                self._merge(one, other)
        compared = {*ours, *theirs}
        for child in [child for child in found if child not in compared]:
            _remove(child)
        for index, child in enumerate(golden):
            if child not in compared:
                kept = deepcopy(child)
                kept.tail = None
                found.insert(min(index, len(found)), kept)

    def _merge_attributes(self, golden: _Element, found: _Element) -> None:
        for name in {*map(str, golden.attrib), *map(str, found.attrib)}:
            rules = self.rules_of_attribute(name, golden, found)
            one, other = golden.get(name), found.get(name)
            if one is not None and rules and (other is not None or rule_of(rules, "ignore")):
                if value_difference(NOWHERE, rules, one, other) is None:
                    found.set(name, one)
            elif one is None and rule_of(rules, "ignore"):
                del found.attrib[name]


def _remove(element: _Element) -> None:
    """Take an element away, but not the text behind it."""
    parent, before = element.getparent(), element.getprevious()
    if parent is None:
        return
    if before is not None:
        before.tail = (before.tail or "") + (element.tail or "")
    else:
        parent.text = (parent.text or "") + (element.tail or "")
    parent.remove(element)
