"""Bodies made anonymous: JSON, XML with SOAP, forms, CSV, EDIFACT, X12, IDocs, parts, and plain text.

Everything but the personal values stays as it is written, in the charset that it has.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Literal
from urllib.parse import quote_plus, unquote_plus

from lxml import etree

from pytest_iflow.checks.element_path import ElementPaths
from pytest_iflow.checks.flat_records import flat_format, read_flat, separator_of
from pytest_iflow.checks.jsonpath_search import compiled_jsonpath, matches
from pytest_iflow.drafts.golden_answers import text_of
from pytest_iflow.errors import CheckError
from pytest_iflow.recording.anonymiser import Anonymiser
from pytest_iflow.recording.edi import rewritten_edi
from pytest_iflow.recording.json_rewriting import rewritten_json
from pytest_iflow.transport.charset import media_type

_ENTITY = re.compile(r"<!ENTITY\s")
_DECLARED = re.compile(r"\A\s*<\?xml[^>]*\?>\s*")
_INDEX = re.compile(r"\[\d+\]")
_HEAD = 400
_ROWS_OF_A_TABLE = 2


class Bodies:
    """Rewrites bodies by the rules of one ``anonymiser``."""

    def __init__(self, anonymiser: Anonymiser) -> None:
        self._anonymiser = anonymiser
        anonymiser.rewrite_document = self._document
        self._json_rules = [compiled_jsonpath(path) for path in anonymiser.rules.json]
        self._xml_rules = [etree.XPath(path) for path in anonymiser.rules.xml]

    def body(self, data: bytes, content_type: str | None) -> bytes | None:
        """Return a body without its personal values; None for one that is no text, of which nobody knows."""
        text, codec = text_of(data, content_type)
        if text is None:
            return None
        if _ENTITY.search(text):  # what it stands for is nowhere to be seen
            return None
        made = self._body(text, content_type)
        return data if made == text else made.encode(codec, "xmlcharrefreplace")

    def _body(self, text: str, content_type: str | None) -> str:
        kind = media_type(content_type)
        if kind == "application/x-www-form-urlencoded":
            return self.parameters(text, "form")
        if kind.startswith("multipart/") and (name := re.search('boundary="?([^";]+)', content_type or "")):
            return self._parts(text, name[1])
        if kind.endswith("csv"):
            return self._csv(text)
        return self.document(text)

    def document(self, text: str) -> str:
        """Rewrite a text by the format that it has."""
        made = self._document(text, "")
        if made is not None:
            return made
        format_ = flat_format(text[:_HEAD], "")
        try:
            if format_ in {"edifact", "x12"}:
                return rewritten_edi(read_flat(text, format_), self._anonymiser)
            if _is_table(text):
                return self._csv(text)
        except (CheckError, csv.Error):
            pass
        return self._lines(text)

    def parameters(self, text: str, place: str) -> str:
        """Rewrite a query, or a form: names stay as they are."""
        pieces = re.split("([&;])", text)
        return "".join(
            self._parameter(each, place) if index % 2 == 0 else each for index, each in enumerate(pieces)
        )

    def _parameter(self, written: str, place: str) -> str:
        name, equals, value = written.partition("=")
        if not equals:
            return self._anonymiser.text(written, place)
        plain = unquote_plus(value)
        plain_name = unquote_plus(name)
        made_name = self._anonymiser.text(plain_name, place)
        made = self._anonymiser.field(plain_name, plain, f"{place} {made_name}")
        if (made_name, made) == (plain_name, plain):
            return written
        return f"{quote_plus(made_name, safe='$')}={quote_plus(made, safe='$,:/@()')}"

    def _document(self, text: str, place: str) -> str | None:
        """Rewrite JSON or XML; None for any other text."""
        begins = text.lstrip("\ufeff \t\r\n")[:1]
        try:
            if begins in {"{", "["}:
                return self._json(text, place)
            if begins == "<":
                return self._xml(text, place)
        except (ValueError, etree.LxmlError, RecursionError, CheckError):
            return None
        return None

    def _json(self, text: str, place: str) -> str:
        ruled: set[tuple[str | int, ...]] = set()
        if self._json_rules:
            document = json.loads(text.removeprefix("\ufeff"))
            ruled = {match.parts for rule in self._json_rules for match in matches(rule, document)}
        return rewritten_json(text, ruled, self._anonymiser, place)

    def _xml(self, text: str, place: str) -> str:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, strip_cdata=False, huge_tree=False)
        declaration = found[0] if (found := _DECLARED.match(text)) else ""
        root = etree.fromstring(text.removeprefix(declaration).lstrip("\ufeff").encode(), parser)
        ruled = {id(each): each for rule in self._xml_rules for each in _ruled_elements(rule(root))}
        attributes = {each for rule in self._xml_rules for each in _ruled_attributes(rule(root))}
        paths, changed = ElementPaths(), False
        for element in root.iter():
            changed |= self._element(element, paths, ruled, attributes, place)
        for beside in (*root.itersiblings(preceding=True), *root.itersiblings()):
            changed |= _set(beside, "text", self._anonymiser.text(beside.text or "", f"{place}comment"))
        if not changed:
            return text
        tree = root.getroottree()
        return declaration + etree.tostring(tree, encoding="unicode")

    def _element(self, element: Any, paths: ElementPaths, ruled: Any, attributes: Any, place: str) -> bool:
        anonymiser = self._anonymiser
        if not isinstance(element.tag, str):  # a comment or an instruction
            changed = _set(element, "text", anonymiser.text(element.text or "", f"{place}comment"))
            return _set(element, "tail", anonymiser.text(element.tail or "", f"{place}text")) or changed
        path = f"{place} {_INDEX.sub('', paths(element))}".strip()
        name = etree.QName(element).localname
        by_rule = any(id(each) in ruled for each in (element, *element.iterancestors()))
        is_leaf = not len(element)
        text = element.text or ""
        parent = element.getparent()
        above = "" if parent is None else etree.QName(parent).localname
        # Mixed content is a text, whatever its element is called.
        made = (
            anonymiser.field(name, text, path, above=above, by_rule=by_rule)
            if is_leaf or by_rule
            else anonymiser.text(text, path)
        )
        changed = _set(element, "text", made)
        for attribute, value in element.attrib.items():
            rule = (element, attribute) in attributes or by_rule
            new = anonymiser.field(
                str(attribute), value, f"{path}/@{etree.QName(attribute).localname}", by_rule=rule
            )
            if new != value:
                element.set(attribute, new)
                changed = True
        return _set(element, "tail", anonymiser.text(element.tail or "", path)) or changed

    def _csv(self, text: str) -> str:
        separator = separator_of(text)
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
        names = rows[0] if rows else []
        made = [[self._cell(names, column, cell) for column, cell in enumerate(row)] for row in rows[1:]]
        first = [self._anonymiser.text(name, "csv heading") for name in names]
        if [first, *made] == rows:
            return text
        written = io.StringIO(newline="")
        end = "\r\n" if "\r\n" in text else "\n"
        style: Literal[0, 1] = csv.QUOTE_ALL if text.startswith('"') else csv.QUOTE_MINIMAL
        csv.writer(written, delimiter=separator, lineterminator=end, quoting=style).writerows([first, *made])
        return written.getvalue() if text.endswith(("\n", "\r")) else written.getvalue().removesuffix(end)

    def _cell(self, names: Sequence[str], column: int, cell: str) -> str:
        name = names[column].strip() if column < len(names) else str(column + 1)
        return self._anonymiser.field(name, cell, f"csv {name}")

    def _lines(self, text: str) -> str:
        return "".join(self._anonymiser.text(line, "text") for line in text.splitlines(keepends=True))

    def _parts(self, text: str, boundary: str) -> str:
        """Rewrite the parts of a multipart body, each by its own type."""
        pieces = text.split(f"--{boundary}")
        return f"--{boundary}".join(self._part(piece) for piece in pieces)

    def _part(self, piece: str) -> str:
        found = re.search(r"\r?\n\r?\n", piece)
        if not found:
            return piece
        head, blank, rest = piece[: found.start()], found[0], piece[found.end() :]
        kind = re.search(r"(?im)^content-type:\s*([^\r\n]+)", head)
        name = re.search(r'(?i)\bname="([^"]*)"', head)
        end = re.search(r"\r?\n\Z", rest)
        inner, tail = (rest[: end.start()], end[0]) if end else (rest, "")
        if name and not kind:
            made = self._anonymiser.field(name[1], inner, f"form {name[1]}")
        else:
            made = self._body(inner, kind[1] if kind else None)
        return self._anonymiser.text(head, "head of a part") + blank + made + tail


def _is_table(text: str) -> bool:
    """Tell whether the lines of a text have cells, all as many as its first one."""
    separator = separator_of(text)
    counts = {line.count(separator) for line in text.splitlines()[:50] if '"' not in line}
    return len(counts) == 1 and counts != {0} and text.count("\n") >= _ROWS_OF_A_TABLE - 1


def _set(element: Any, name: str, value: str) -> bool:
    """Set text or tail of an element where it is another one; keeps CDATA sections that are."""
    before = getattr(element, name) or ""
    if before == value:
        return False
    setattr(element, name, value)
    return True


def _ruled_elements(found: Any) -> Iterator[Any]:
    for each in found if isinstance(found, list) else ():
        if isinstance(each, etree._Element):  # noqa: SLF001, lxml has no other name for it
            yield each
        elif not getattr(each, "is_attribute", False) and hasattr(each, "getparent"):
            yield each.getparent()


def _ruled_attributes(found: Any) -> Iterator[tuple[Any, str]]:
    for each in found if isinstance(found, list) else ():
        if getattr(each, "is_attribute", False):
            yield each.getparent(), each.attrname
